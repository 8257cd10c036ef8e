"""What a JSON value says that is a row: an edge, a triple, a question with its own subgraph, or a node."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from clew.kg.ingest.readers.layout import HEAD, RELATION, TAIL, Layout, NodeLayout, of_header
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.terms.literal import NUL, Literal, to_term
from clew.kg.terms.values import literal_of_value
from clew.kg.terms.vocabulary import RDF_TYPE

_BATCH = 50_000
_LONE = re.compile("[\ud800-\udfff]")
_REMEMBERED = 64  # lists of members whose meaning is remembered: the rows of a file share theirs


class BadShape(ValueError):
    """A JSON value that is no row."""


class Records:
    """Adds rows to a reading, edges some ten thousand at a time."""

    def __init__(self, reading: FileReading) -> None:
        self.reading, self.batch = reading, EdgeBatch()
        self.ids: list[str] = []
        self.facts: list[object] = []
        self.lines: list[int] = []

    def add(self, record: object, line: int, text: str = "") -> None:
        """Add one row, or reject it (with its ``text``)."""
        try:
            layout = _layout(tuple(record)) if isinstance(record, dict) else None
            if isinstance(record, dict) and isinstance(layout, NodeLayout) and not is_rows(record.get("graph")):
                self._add_node(record, layout, line)
            else:
                add_record(self.batch, record, line)
        except BadShape as error:
            self.reading.reject("shape", line, str(error), text or repr(record))
        if len(self.batch.heads) >= _BATCH or len(self.ids) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Pass on the edges held, and look at the ids of the nodes added."""
        self.reading.add_edges(self.batch)
        self.reading.ids.add(self.reading.file, self.ids, self.facts, self.lines)
        self.batch, self.ids, self.facts, self.lines = EdgeBatch(), [], [], []
        self.reading.tick()

    def _add_node(self, record: dict[str, Any], layout: NodeLayout, line: int) -> None:
        """Add a node: its name as a label, its types, its other members as literals."""
        names, builder, source = list(record), self.reading.builder, self.reading.source(line)
        key = key_of(record[names[layout.key]])
        label = record[names[layout.name]] if layout.name is not None else None
        if label is not None and (not isinstance(label, str) or _is_broken(label)):
            raise BadShape(f"the name of a node must be a text: {label!r:.40}")
        types = [key_of(kind) for i in layout.types for kind in _listed(record[names[i]])]
        extras = [(names[i], literals(names[i], record[names[i]])) for i, _, _ in layout.extras]
        if label and label.strip():
            builder.label(key, label.strip())
        for kind in types:
            builder.edge(key, RDF_TYPE, kind, source)
        for name, several in extras:
            for literal in several:
                builder.edge(key, name, literal, source)
        self.reading.rejections.accepted += 1
        self.ids.append(key)
        self.facts.append((label, *types) if label else (self.reading.file,))
        self.lines.append(line)


def add_record(batch: EdgeBatch, record: object, line: int) -> None:
    """Add one record's edges to ``batch``, all or none; ``BadShape`` where it is not understood."""
    if isinstance(record, list) and record and not isinstance(record[0], list | dict):
        batch.add(*_triple(record), line)
        return
    if not isinstance(record, Mapping):
        raise BadShape("not a JSON object")
    if is_rows(record.get("graph")):
        triples = [_triple(row) for row in record["graph"]]
        for head, relation, tail in triples:
            batch.add(head, relation, tail, line)
        return
    found = _ends(tuple(record))
    if not found:
        hint = "; is this JSON-LD? (--format jsonld)" if any(name.startswith("@") for name in record) else ""
        raise BadShape(f"neither head, relation and tail nor graph nor id and name found{hint}")
    head, relation, tail = _triple([record[name] for name in found])
    if len(record) == 3:
        batch.add(head, relation, tail, line)
        return
    extras = [(name, literals(name, value)) for name, value in record.items() if name and name not in found]
    batch.add(head, relation, tail, line)
    for name, several in extras:
        for literal in several:
            batch.attribute(len(batch.heads) - 1, name, literal)


@functools.lru_cache(maxsize=_REMEMBERED)
def _layout(names: tuple[str, ...]) -> Layout | None:
    """The layout of the members of a row."""
    return of_header(names)


@functools.lru_cache(maxsize=_REMEMBERED)
def _ends(names: tuple[str, ...]) -> tuple[str, ...]:
    """The members that are head, relation and tail; none where one of them is missing."""
    usual = {name.strip().lower(): name for name in names}
    found = [next((usual[known] for known in several if known in usual), None) for several in (HEAD, RELATION, TAIL)]
    named = tuple(name for name in found if name is not None)
    return named if len(set(named)) == 3 else ()


def is_rows(value: object) -> bool:
    """Whether a member is a list of triples (of whatever kind of sequence)."""
    return isinstance(value, Iterable) and not isinstance(value, str | Mapping)


def literals(name: str, value: object) -> list[Literal]:
    """The values of a member: none for null, several for a list; ``BadShape`` for an object, or lists in a list."""
    if value is None:
        return []
    found = [_literal(one) for one in (value if isinstance(value, list | tuple) else [value])]
    if None in found or _is_broken(name):
        raise BadShape(
            f"the member {name!r} holds {value!r:.40}, neither a text, a number, a truth value nor a list of them"
        )
    return [literal for literal in found if literal is not None]


def _literal(value: object) -> Literal | None:
    """The literal of a value, None for what has none: a number beyond all floats, which JSON can write, has none."""
    if (isinstance(value, float) and math.isinf(value)) or (isinstance(value, str) and _is_broken(value)):
        return None
    return literal_of_value(value)


def _is_broken(text: str) -> bool:
    """Whether a text holds half of a character (a lone surrogate), which JSON can write."""
    return not text.isascii() and _LONE.search(text) is not None


def key_of(value: object) -> str:
    """A key: a text, or a whole number as one; ``BadShape`` for anything else, and for an empty one."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip() or NUL in text or _is_broken(text):
        raise BadShape(f"invalid key: {value!r:.40}")
    return text.strip()


def _listed(value: object) -> list[object]:
    """The types that a member names: a list of them, or text with ``;`` between."""
    if isinstance(value, str):
        return [part for part in value.split(";") if part.strip()]
    return [] if value is None else value if isinstance(value, list) else [value]


def _triple(row: Any) -> tuple[str, str, str]:
    """Head and relation as keys, the tail as a key or a literal's term.

    A number is a value, but a key where the head is one, too: then ids are numbers.
    """
    if not isinstance(row, list | tuple) or len(row) != 3:
        raise BadShape("a triple needs three members")
    head, relation, tail = row
    if not isinstance(relation, str):
        raise BadShape(f"a relation must be a text: {relation!r:.40}")
    is_key = isinstance(tail, str) or (isinstance(head, int) and isinstance(tail, int) and not isinstance(tail, bool))
    return key_of(head), key_of(relation), key_of(tail) if is_key else _term(tail)


def _term(value: object) -> str:
    literal = _literal(value)
    if literal is None:
        raise BadShape(f"invalid tail: {value!r}")
    return to_term(literal)
