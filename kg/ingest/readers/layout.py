"""The meaning of the columns of a table: edges (triples) or nodes, with or without attributes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clew.kg.errors import BadFile

Extras = tuple[tuple[int, str], ...]  # column and attribute name

HEAD = {
    "head",
    "subject",
    "subj",
    "s",
    "h",
    "source",
    "src",
    "from",
    "start",
    "entity1",
    "node1",
    "head_id",
    "source_id",
}
RELATION = {
    "relation",
    "predicate",
    "pred",
    "p",
    "r",
    "rel",
    "property",
    "type",
    "label",
    "edge",
    "relation_id",
    "edge_type",
}
TAIL = {"tail", "object", "obj", "o", "t", "target", "dst", "to", "end", "entity2", "node2", "tail_id", "target_id"}
_IDS = {"id", "key", "node", "node_id", "nodeid", "entity", "entity_id"}
_NAMES = ("label", "name", "title")
_TYPES = {"type", "class", "category", "labels"}
_NEO4J = re.compile(r"[^:]*:(start_id|end_id|type|label|id|ignore)(?:\((.*)\))?(?:\{.*\})?", re.IGNORECASE)
_NEO4J_NAMES = {"start_id": "head", "end_id": "tail", "type": "relation", "label": "class", "id": "id", "ignore": ""}


@dataclass(frozen=True, slots=True)
class EdgeLayout:
    """A row is one edge: the columns of head, relation and tail, and those kept as attributes of the edge; the id
    spaces of head and tail (``""``: none)."""

    head: int
    relation: int
    tail: int
    extras: Extras = ()
    head_space: str = ""
    tail_space: str = ""


@dataclass(frozen=True, slots=True)
class NodeLayout:
    """A row is one node: its key, its name, its types (``;`` between several) and its attributes; the id space of the
    key (``""``: none)."""

    key: int
    name: int | None
    types: tuple[int, ...]
    extras: Extras = ()
    space: str = ""


Layout = EdgeLayout | NodeLayout


def of_header(cells: Sequence[str]) -> Layout | None:
    """The layout that a header of usual column names gives (also Neo4j's ``:START_ID``), or None if it is none."""
    names = [_usual(cell) for cell in cells]
    found = [next((i for i, name in enumerate(names) if name in known), -1) for known in (HEAD, RELATION, TAIL)]
    if min(found) >= 0 and len(set(found)) == 3:
        head, relation, tail = found
        return EdgeLayout(head, relation, tail, _extras(cells, found), _space(cells[head]), _space(cells[tail]))
    key = next((i for i, name in enumerate(names) if name in _IDS), None)
    types = tuple(i for i, name in enumerate(names) if name in _TYPES)
    name = next((names.index(name) for name in _NAMES if name in names), None)
    if key is None or (name is None and not types):
        return None
    extras = _extras(cells, [key, *types, -1 if name is None else name])
    return NodeLayout(key, name, types, extras, _space(cells[key]))


def of_choice(file: str, wanted: Sequence[str], header: Sequence[str] | None) -> EdgeLayout:
    """The layout a caller chose: head, relation and tail column by position (from 1) or by header name.

    ``BadFile`` for a column that is not there. Without a ``header`` there are no attributes: they would have no names.
    """
    names = [cell.strip().lower() for cell in header or ()]
    positions = []
    for name in wanted:
        if name.isdigit() and int(name) >= 1 and (header is None or int(name) <= len(names)):
            positions.append(int(name) - 1)
        elif name.strip().lower() in names:
            positions.append(names.index(name.strip().lower()))
        else:
            raise BadFile(f"{file}: there is no column {name!r}; columns: {', '.join(names) or 'none (no header)'}")
    head, relation, tail = positions
    if not header:
        return EdgeLayout(head, relation, tail)
    return EdgeLayout(head, relation, tail, _extras(header, positions), _space(header[head]), _space(header[tail]))


def _usual(cell: str) -> str:
    name = cell.strip()
    match = _NEO4J.fullmatch(name)
    return _NEO4J_NAMES[match.group(1).lower()] if match else name.lower()


def _space(cell: str) -> str:
    """The id space that Neo4j writes behind a column's name: ``:ID(Person)``. Ids are told apart within one only."""
    match = _NEO4J.fullmatch(cell.strip())
    return (match.group(2) or "").strip() if match else ""


def _extras(cells: Sequence[str], taken: Sequence[int]) -> Extras:
    """The other columns with a name, without the type Neo4j writes after it (``age:int``)."""
    named = ((i, cell.strip().split(":")[0]) for i, cell in enumerate(cells) if i not in taken and _usual(cell))
    return tuple((i, name) for i, name in named if name)
