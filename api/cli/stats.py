"""``clew stats``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.profile_picture import profile_picture
from clew.api.service.graph_info import graph_info, stats_of, value_counts
from clew.kg.graph.profile import CountedName, Profile, profile
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import storing
from clew.tries.columns.columns import ValueCounts


@common.command("stats")
@partial(common.graph_argument, needed=False)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a drawing of degrees and schema to this file, as SVG.",
)
def command(console: Console, graph: str, picture: Path | None) -> None:
    """Show the contents of GRAPH: counts, degrees, hubs, labels by language, relations with domains and ranges, and
    typed values."""
    catalogue = Catalogue(console.settings.home)
    opened = catalogue.open(graph)
    found, values = profile(opened), value_counts(catalogue, opened)
    if picture is not None:
        with storing(picture):
            picture.write_text(profile_picture(found), encoding="utf-8")
    if console.json:
        console.print_json(stats_of(graph_info(catalogue, graph), found, values))
        return
    for line in (*_lines(found), *_value_lines(values)):
        console.print(line)


def _value_lines(values: ValueCounts) -> Iterator[str]:
    yield "values that compare (edges)"
    for kind, unit, size in values.sizes:
        yield f"  {size:>10,}  {kind}{f' in {unit}' if unit else ''}"
    yield f"  {values.excluded:>10,}  literals that are no values"


def _lines(found: Profile) -> Iterator[str]:
    counts = {
        "name": found.name, "version": found.version, "triples": found.statements, "edges": found.edges,
        "entities": found.entities, "literals": found.literal_nodes, "relations": found.relations,
        "attributes": found.attributes, "from lists": found.list_members,
    }  # fmt: skip
    for name, value in counts.items():
        yield f"{name:<12}{value:,}" if isinstance(value, int) else f"{name:<12}{value}"
    yield "degrees (number of nodes, edges per node)"
    for least, nodes in found.degrees:
        span = f"{least:,}" if least < 2 else f"{least:,} to {2 * least - 1:,}"
        yield f"  {nodes:>10,}  {span}"
    yield "hubs (number of edges)"
    yield from _counted(found.hubs)
    yield f"labels by language ({found.unlabelled:,} entities without a label)"
    for language, count in found.labelled.items():
        yield f"  {count:>10,}  {language or 'no language tag'}"
    yield f"shared labels: {found.num_shared_labels:,}, on {found.num_sharing_entities:,} entities"
    yield from _counted(found.shared_labels)
    yield "relations (edges, heads: domain -> tails: range)"
    for relation in found.relation_profiles:
        ends = f"{relation.heads:,}{_classes(relation.domain)} -> {relation.tails:,}{_classes(relation.range)}"
        yield f"  {relation.edges:>10,}  {relation.label}  ({ends})"
    yield "literals by type"
    for kind, count in found.literals.items():
        yield f"  {count:>10,}  {kind}"


def _counted(things: tuple[CountedName, ...]) -> Iterator[str]:
    for thing in things:
        yield f"  {thing.count:>10,}  {thing.label}"


def _classes(classes: tuple[CountedName, ...]) -> str:
    """Return the two most common classes at one end of a relation."""
    return f": {', '.join(kind.label for kind in classes[:2])}" if classes else ""
