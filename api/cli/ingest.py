"""``clew ingest``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from api.cli import common
from api.cli.common import Console
from kg.catalogue import Catalogue
from kg.errors import BadInput
from kg.ingest import IngestReport, ingest
from kg.loading import Progress
from kg.options import IngestOptions


@common.command("ingest")
@click.argument("files", nargs=-1, required=True)
@common.graph_option
@click.option("--format", "format_", help="ntriples, turtle, table, ... Default: detected, file by file.")
@click.option("--delimiter", help="What separates a table's cells; 'tab' for a tab. Default: detected.")
@click.option("--columns", help="A table's head, relation and tail column, by name or position: '1,2,3'.")
@click.option("--header/--no-header", default=None, help="Whether a table's first row names its columns.")
@click.option("--quote", help="A table's quoting character; 'none' for none. Default: by the delimiter.")
@click.option("--labels", multiple=True, help="A table of key and label for the graph's entities; repeatable.")
@click.option("--language", multiple=True, help="Preferred language of labels; repeatable, best first. Default: en.")
@click.option("--on-error", type=click.Choice(["fail", "skip", "quarantine"]), default="fail", show_default=True)
@click.option("--quarantine", help="Where to write rejected lines, with --on-error quarantine.")
def command(
    console: Console,
    files: tuple[str, ...],
    graph: str,
    format_: str | None,
    delimiter: str | None,
    columns: str | None,
    header: bool | None,
    quote: str | None,
    labels: tuple[str, ...],
    language: tuple[str, ...],
    on_error: str,
    quarantine: str | None,
) -> None:
    """Load FILES (RDF or tables; folders, patterns and '-' too) as a graph, or as a new version of one.

    All or nothing: on any error the graph stays as it was.
    """
    if (on_error == "quarantine") != (quarantine is not None):
        raise BadInput("--quarantine FILE and --on-error quarantine go together")
    options = IngestOptions(
        format=format_,
        delimiter={"tab": "\t", r"\t": "\t"}.get(delimiter or "", delimiter),
        columns=_columns(columns),
        header=header,
        quote="" if quote == "none" else quote,
        labels=labels,
        languages=language or ("en",),
        on_error=on_error,  # type: ignore[arg-type]  # click has checked the choice
        quarantine=quarantine,
    )
    report = ingest(Catalogue(console.settings.home), files, graph, options, _observer(console))
    if console.json:
        console.print_json(report.to_dict())
    else:
        _print(console, report)


def _columns(text: str | None) -> tuple[str, str, str] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise BadInput(f"--columns needs the head, relation and tail column, such as 1,2,3; not {text!r}")
    return parts[0], parts[1], parts[2]


def _observer(console: Console) -> Callable[[Progress], None] | None:
    """Return what shows progress on a terminal, one line overwritten; nothing elsewhere."""
    if console.json or not sys.stderr.isatty():
        return None

    def show(progress: Progress) -> None:
        share = f" ({100 * progress.bytes_read // progress.bytes_total}%)" if progress.bytes_total else ""
        console.overwrite(f"{progress.file}{share}: {progress.accepted:,} triples, {progress.rejected:,} rejected")

    return show


def _print(console: Console, report: IngestReport) -> None:
    console.print(
        f"{report.graph} {report.version}: {report.triples:,} triples, {report.entities:,} entities, "
        f"{report.relations:,} relations in {report.seconds:.1f} s"
    )
    if report.rejected:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in report.rejected.items())
        console.print(f"rejected: {kinds}; first: {report.first_rejected[0]}")
    if report.unused_labels:
        console.print(f"{report.unused_labels:,} labels name nothing of the graph")
