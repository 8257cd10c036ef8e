"""The columns of a graph in a folder: memory-mapped, checked, and opened at their first use only."""

from __future__ import annotations

import logging
from dataclasses import fields
from pathlib import Path
from typing import Any

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.memo import OncePerGraph
from clew.kg.store.delta import Delta
from clew.kg.terms.typed.value import ValueKind
from clew.tries.columns.arrays import ColumnArrays
from clew.tries.columns.columns import ValueColumns
from clew.tries.columns.updated import updated
from clew.tries.columns.values import ValueGroup
from clew.tries.storage import Base, read_array, read_index, write_index

FORMAT = 1
REBUILD = "clew compact"
KIND, INDEX = "columns", "1"
"""The name under which the catalogue keeps columns, and what names their format; change that when it changes. Under
``KIND`` a graph keeps where its columns are stored, and the base of an update."""


def keep_columns_in(graph: Graph, folder: Path, base: Base | None = None) -> None:
    """Let ``columns_of`` open the columns of a graph from a folder, or make and store them there, at its first call:
    those of an updated graph from those of its ``base``."""
    graph.derived.setdefault(KIND, (folder, base))


def columns_of(graph: Graph) -> ValueColumns:
    """Return the columns of a graph: stored where ``keep_columns_in`` has told of a folder."""
    return ValueColumns(graph, *_parts_of(graph))


def _derived(graph: Graph) -> _Parts:
    found = _opened(graph)
    return found.groups, found.arrays


_Parts = tuple[tuple[ValueGroup, ...], ColumnArrays]
_parts_of: OncePerGraph[_Parts] = OncePerGraph(_derived)
"""Kept without the graph: it goes as soon as nobody holds it, and its files with it, rather than as garbage later."""


def _opened(graph: Graph) -> ValueColumns:
    kept: tuple[Path, Base | None] | None = graph.derived.get(KIND)
    if kept is None:
        return ValueColumns.of(graph)
    folder, base = kept
    graph.derived[KIND] = folder, None  # what the base is read for is done here, and it holds the graph
    try:
        return load(folder, graph)
    except StaleIndex as error:
        if folder.exists():
            logging.getLogger(__name__).warning("rebuilding: %s", error)
    earlier = base() if base else None
    found = (_followed(graph, *earlier) if earlier else None) or ValueColumns.of(graph)
    try:
        save(found, folder)
    except OSError as error:
        logging.getLogger(__name__).warning("the columns of %s are not kept: %s", graph.name, error)
    return found


def _followed(graph: Graph, delta: Delta, folder: Path) -> ValueColumns | None:
    """The columns of the graph that ``delta`` led to, made from those of its base in ``folder``; None where there are
    none, or all must be read again."""
    try:
        return updated(load(folder, delta.base), delta, graph)
    except StaleIndex:
        return None


def load(folder: Path, graph: Graph) -> ValueColumns:
    """Open what ``save`` stored. ``StaleIndex`` where it is missing, damaged or of another version."""
    manifest = read_index(folder, _manifest(graph), REBUILD)
    groups = tuple(ValueGroup(ValueKind(kind), unit) for kind, unit in manifest["groups"])
    arrays = ColumnArrays(**{field.name: read_array(folder, field.name, REBUILD) for field in fields(ColumnArrays)})
    if not arrays.fits(graph, len(groups)):
        raise StaleIndex(f"the index at {folder} is damaged; rebuild it with: {REBUILD}")
    return ValueColumns(graph, groups, arrays)


def save(columns: ValueColumns, folder: Path) -> None:
    """Store the columns of a graph in a folder."""
    manifest = {**_manifest(columns.graph), "groups": [[group.kind.value, group.unit] for group in columns.groups]}
    arrays = {field.name: getattr(columns.arrays, field.name) for field in fields(ColumnArrays)}
    write_index(folder, manifest, arrays)


def _manifest(graph: Graph) -> dict[str, Any]:
    return {"format": FORMAT, "kind": KIND, "graph": graph.content_hash}
