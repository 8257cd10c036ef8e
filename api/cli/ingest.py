"""``clew ingest``."""

from __future__ import annotations

from dataclasses import replace

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.options.endpoint import fetched, sparql_options
from clew.api.cli.options.indexing import build_indices, no_index_option
from clew.api.cli.options.reading import reading_options
from clew.api.cli.progress import observer
from clew.api.settings import make_home
from clew.kg.errors import BadInput
from clew.kg.ingest.ingest import IngestReport, ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.sparql.endpoint import Endpoint
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.vocabulary import Inference


@common.command("ingest")
@click.argument("files", nargs=-1)
@common.graph_option
@sparql_options
@reading_options
@click.option("--labels", multiple=True, help="Table of keys and labels for entities and relations; repeatable.")
@click.option(
    "--label-predicate", multiple=True, help="Additional predicate (IRI) whose values are labels; repeatable."
)
@click.option(
    "--infer",
    type=click.Choice(["none", "rdfs", "owl"]),
    default="none",
    show_default=True,
    help="Infer statements from the schema. rdfs: subclasses, subproperties, domains and ranges; owl: also inverse, "
    "symmetric, transitive and equivalent ones.",
)
@no_index_option
@click.option("--language", multiple=True, help="Preferred label language; repeatable, best first. Default: en.")
def command(
    console: Console,
    files: tuple[str, ...],
    graph: str,
    endpoint: Endpoint | None,
    options: IngestOptions,
    labels: tuple[str, ...],
    label_predicate: tuple[str, ...],
    language: tuple[str, ...],
    infer: Inference,
    no_index: bool,
) -> None:
    """Load FILES (RDF, tables or databases) as a new graph, or as a new version of an existing graph.

    FILES can also be addresses of databases (postgresql://...), folders, patterns, or '-' for standard input. On any
    error, the graph stays unchanged. The indices that questions need are built too.
    """
    if not files and endpoint is None:
        raise BadInput("nothing to load: name FILES or a SPARQL endpoint (--sparql URL)")
    options = replace(options, labels=labels, label_predicates=label_predicate, languages=language or ("en",))
    options = replace(options, infer=infer)
    catalogue = Catalogue(console.settings.home)
    catalogue.check_name(graph)
    make_home(console.settings.home)
    with fetched(console, endpoint, graph) as pages:
        sources = (*files, *(file for file, _ in pages))
        report = ingest(catalogue, sources, graph, replace(options, names=pages), observer(console))
    indexed = None if no_index else build_indices(console, catalogue, graph)
    report_on(console, report, indexed)


def report_on(console: Console, report: IngestReport, indexed: float | None) -> None:
    """Print what an ingest or an update did; ``indexed``: the seconds that its indices took, None where it has none."""
    if console.json:
        console.print_json(report.to_dict() | {"index_seconds": indexed})
        return
    console.print(
        f"{report.graph} {report.version}: {report.triples:,} triples, {report.entities:,} entities, "
        f"{report.relations:,} relations in {report.seconds:.1f} s"
    )
    if report.rejected:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in report.rejected.items())
        first = f"; first: {report.first_rejected[0]}" if report.first_rejected else ""
        console.print(f"rejected: {kinds}{first}")
    if report.lists:
        lists, members = _counted(report.lists, "list"), _counted(report.list_members, "member")
        console.print(f"{lists} read as {members}")
    if report.inferred:
        console.print(f"{_counted(report.inferred, 'statement')} inferred")
    if report.kept:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in report.kept.items())
        console.print(f"kept statements with terms that are not valid: {kinds}")
    if report.not_loaded:
        count, first = len(report.not_loaded), report.not_loaded[0]
        console.print(f"not loaded: {_counted(count, 'file')} of other kinds; to load {first}, name it")
    if report.unused_labels:
        console.print(f"{report.unused_labels:,} labels not used: their keys are not in the graph")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
