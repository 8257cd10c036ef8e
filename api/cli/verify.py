"""``clew verify``."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.options.against import against_options
from clew.api.cli.progress import observer
from clew.api.schema.ask_result import AskResult
from clew.api.verify.documents import saved_results
from clew.api.verify.dump import graph_of_dump
from clew.api.verify.report import verdicts
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import Verified
from clew.tries.storage import verify_indices

_ENDINGS = (".json", ".jsonl", ".ndjson")


@common.command("verify")
@click.argument("subject", metavar="ANSWER.json|GRAPH")
@click.argument("version", required=False)
@click.option("--all", "every", is_flag=True, help="Check all stored versions of GRAPH, not only the current one.")
@click.option("--graph", "-g", help="Stored graph to check a saved result against. Default: the one that it names.")
@click.option("--any-version", is_flag=True, help="Check a saved result against another version of the graph.")
@against_options
def command(
    console: Console,
    subject: str,
    version: str | None,
    every: bool,
    graph: str | None,
    any_version: bool,
    against: tuple[str, ...],
    reading: IngestOptions,
) -> None:
    """Check saved results, or the files of a graph.

    ANSWER.json: a result of 'clew ask --json', of REST or Python, or several (JSON Lines; '-': standard input). It is
    checked again against the stored graph or an RDF dump, without a model. Exit code 1: one does not hold.

    GRAPH: the checksums of every file, the indices made from it included, the content hash of the statements, and the
    order and range of ids.
    """
    catalogue = Catalogue(console.settings.home)
    if _is_file(catalogue, subject):
        if version is not None or every:
            raise BadInput("a saved result states its version: VERSION and --all are for a graph")
        _verify_results(console, catalogue, subject, graph, any_version, against, reading)
    elif graph is not None or any_version or against:
        raise BadInput(f"there is no file {subject!r}; --graph, --any-version and --against are for a saved result")
    else:
        _verify_graph(console, catalogue, subject, version, every)


def _is_file(catalogue: Catalogue, subject: str) -> bool:
    """Return whether a saved result is meant. Raises ``BadInput`` where both are there."""
    file = Path(subject)
    if subject == "-" or file.name != subject:
        return True
    if not file.is_file():
        return file.suffix in _ENDINGS and subject not in catalogue.names()
    if subject in catalogue.names():
        raise BadInput(f"there is a graph and a file {subject!r}: for the file, write ./{subject}")
    return True


def _verify_results(
    console: Console,
    catalogue: Catalogue,
    file: str,
    graph: str | None,
    any_version: bool,
    against: tuple[str, ...],
    reading: IngestOptions,
) -> None:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}") from None
    saved = saved_results(text)
    dump = graph_of_dump(against, reading, observer(console)) if against else None
    opened = cache(catalogue.open)

    def graph_of(result: AskResult) -> Graph:
        if dump is not None:
            return dump
        name = graph or result.graph
        return opened(name, None if any_version else result.version)

    found = verdicts(saved, graph_of, sources=dump is None, any_version=any_version)
    if console.json:
        console.print_json({"holds": all(each.holds for each in found), "results": [each.to_dict() for each in found]})
    for each in () if console.json else found:
        console.print(each.text, colour="green" if each.holds else "red")
    if not all(each.holds for each in found):
        raise click.exceptions.Exit(1)


def _verify_graph(console: Console, catalogue: Catalogue, graph: str, version: str | None, every: bool) -> None:
    versions = catalogue.versions(graph) if every else [version or catalogue.current(graph)]
    reports = [_verify(catalogue, graph, each) for each in versions]
    if console.json:
        console.print_json({"graph": graph, "versions": [report.to_dict() | made for report, made in reports]})
    for report, made in () if console.json else reports:
        files, size = (getattr(report, what) + made["indices"][what] for what in ("files", "bytes"))
        said = f"{files} files, {size / 2**20:,.1f} MiB, {report.statements:,} statements"
        console.print(f"{graph} {report.version}: {said}: OK")


def _verify(catalogue: Catalogue, graph: str, version: str) -> tuple[Verified, dict[str, dict[str, int]]]:
    """Check a version, and the indices made from it."""
    report = catalogue.verify(graph, version)
    made = [verify_indices(folder) for folder in catalogue.derived_folders(report.version)]
    files, size = (sum(one[i] for one in made) for i in range(2))
    return report, {"indices": {"files": files, "bytes": size}}
