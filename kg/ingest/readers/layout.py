"""The meaning of the columns of a table: edges (triples) or nodes, with or without attributes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clew.kg.errors import BadFile

Extras = tuple[tuple[int, str, str], ...]  # column, attribute name, declared type ("": none)

# the names of one way of writing stand at the same rank: of several, the first in these lists counts
HEAD = (
    "head", "subject", "subj", "source", "src", "from", "h", "s", "entity1", "node1", "head_id", "source_id", "start",
)  # fmt: skip
RELATION = (
    "relation", "predicate", "pred", "rel", "interaction", "shared interaction", "relation_id", "edge_type", "property",
    "type", "label", "edge", "r", "p",
)  # fmt: skip
TAIL = (
    "tail", "object", "obj", "target", "dst", "to", "t", "o", "entity2", "node2", "tail_id", "target_id", "end",
)  # fmt: skip
IDS = ("id", "key", "node", "node_id", "nodeid", "entity", "entity_id")
NAMES = ("label", "name", "title")
TYPES = ("type", "class", "category", "labels")
ROWS_ADVICE = "if each row describes one thing, make nodes and edges of it first (docs: Model tables as a graph)"
"""What to do with a table of one row per thing."""
TRIPLES_ADVICE = "if each row is one edge, say so with --columns HEAD,RELATION,TAIL (names or positions of columns)"
"""What to do with a table of edges that does not look like one."""
_NEO4J = re.compile(r"[^:]*:(start_id|end_id|type|label|id|ignore)(?:\((.*)\))?(?:\{.*\})?", re.IGNORECASE)
_NEO4J_NAMES = {"start_id": "head", "end_id": "tail", "type": "relation", "label": "class", "id": "id", "ignore": ""}
_DECLARED = re.compile(
    r"(?P<name>.*):(?P<type>(?:int|integer|long|short|byte|float|double|boolean|char|string|date|time|localtime"
    r"|datetime|localdatetime|duration|point)(?:\[\])?(?:\{.*\})?)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EdgeLayout:
    """A row is one edge: the columns of head, relation and tail, and those kept as attributes of the edge; the id
    spaces of head and tail (``""``: none); the columns without a name."""

    head: int
    relation: int
    tail: int
    extras: Extras = ()
    head_space: str = ""
    tail_space: str = ""
    unnamed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeLayout:
    """A row is one node: its key, its name, its types (``;`` between several) and its attributes; the id space of the
    key (``""``: none); the columns without a name."""

    key: int
    name: int | None
    types: tuple[int, ...]
    extras: Extras = ()
    space: str = ""
    unnamed: tuple[int, ...] = ()


Layout = EdgeLayout | NodeLayout


def of_header(cells: Sequence[str]) -> Layout | None:
    """The layout that a header of usual column names gives (also Neo4j's ``:START_ID``), or None if it is none."""
    names = [_usual(cell) for cell in cells]
    found = [first_of(known, names) for known in (HEAD, RELATION, TAIL)]
    if min(found) >= 0 and len(set(found)) == 3:
        return _edges(cells, found)
    key, name = first_of(IDS, names), first_of(NAMES, names)
    types = tuple(i for i, name in enumerate(names) if name in TYPES)
    declared = any(role_of(cell) == "id" for cell in cells)
    if key < 0 or (name < 0 and not types and not declared):
        return None
    extras = _extras(cells, [key, *types, name])
    return NodeLayout(key, name if name >= 0 else None, types, extras, _space(cells[key]), _unnamed(cells))


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
    return _edges(header, positions) if header else EdgeLayout(head, relation, tail)


def lacks_relation(cells: Sequence[str]) -> bool:
    """Whether a header names a head and a tail, but nothing between them."""
    names = [_usual(cell) for cell in cells]
    return of_header(cells) is None and first_of(HEAD, names) >= 0 and first_of(TAIL, names) >= 0


def first_of(known: Iterable[str], names: Sequence[str]) -> int:
    """The place in ``names`` of the first of ``known`` that is there, -1 if none is."""
    return next((names.index(name) for name in known if name in names), -1)


def role_of(cell: str) -> str | None:
    """The role that Neo4j's header gives a column (``id``, ``start_id``, ``end_id``, ``type``, ``label``, ``ignore``)
    or None."""
    match = _NEO4J.fullmatch(cell.strip())
    return match.group(1).lower() if match else None


def _edges(cells: Sequence[str], found: Sequence[int]) -> EdgeLayout:
    head, relation, tail = found
    return EdgeLayout(
        head, relation, tail, _extras(cells, found), _space(cells[head]), _space(cells[tail]), _unnamed(cells)
    )


def _usual(cell: str) -> str:
    role = role_of(cell)
    return _NEO4J_NAMES[role] if role else _declared(cell)[0].lower()


def _declared(cell: str) -> tuple[str, str]:
    """A column's name and the type that Neo4j writes behind it (``age:int``), if any."""
    match = _DECLARED.fullmatch(cell.strip())
    return (match["name"].strip(), match["type"].lower()) if match else (cell.strip(), "")


def _space(cell: str) -> str:
    """The id space that Neo4j writes behind a column's name: ``:ID(Person)``. Ids are told apart within one only."""
    match = _NEO4J.fullmatch(cell.strip())
    return (match.group(2) or "").strip() if match else ""


def _extras(cells: Sequence[str], taken: Sequence[int]) -> Extras:
    """The other columns with a name."""
    named = ((i, *_declared(cell)) for i, cell in enumerate(cells) if i not in taken and role_of(cell) is None)
    return tuple((i, name, kind) for i, name, kind in named if name)


def _unnamed(cells: Sequence[str]) -> tuple[int, ...]:
    """The columns without a name; a first one is passed over: data frames are written with their row numbers there."""
    return tuple(i for i, cell in enumerate(cells) if i > 0 and not cell.strip())
