"""JSON Lines: one edge a line, or one question with its own subgraph a line (the layout of RoG's and GCR's data).

An edge is ``{"head": ..., "relation": ..., "tail": ...}``, further members being its attributes. A question's row has
``graph: [[head, relation, tail], ...]`` (Luo et al. 2024, Reasoning on Graphs, arXiv 2310.01061); the graph read is
the union over all rows, the questions are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from clew.kg.ingest.readers.layout import HEAD, RELATION, TAIL
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.rows import text_lines
from clew.kg.terms.literal import NUL, to_term
from clew.kg.terms.values import literal_of_value

_BATCH = 50_000


class BadShape(ValueError):
    """A JSON value that is neither an edge nor a question's row."""


def read_jsonlines(reading: FileReading) -> None:
    """Read JSON Lines of edges or of questions with subgraphs."""
    batch = EdgeBatch()
    for line, text in text_lines(reading):
        try:
            add_record(batch, json.loads(text), line)
        except (BadShape, RecursionError) as error:
            reading.reject("shape", line, str(error), text)
        except ValueError as error:
            reading.reject("syntax", line, f"not JSON: {error}", text)
        if len(batch.heads) >= _BATCH:
            reading.add_edges(batch)
            batch = EdgeBatch()
            reading.tick()
    reading.add_edges(batch)


def add_record(batch: EdgeBatch, record: object, line: int) -> None:
    """Add one record's edges to ``batch``, all or none; ``BadShape`` where it is not understood."""
    if not isinstance(record, Mapping):
        raise BadShape("not a JSON object")
    if isinstance(record.get("graph"), Iterable) and not isinstance(record["graph"], str | Mapping):
        triples = [_triple(row) for row in record["graph"]]
        for head, relation, tail in triples:
            batch.add(head, relation, tail, line)
        return
    names = {name.lower(): name for name in record}
    found = [
        next((names[known] for known in sorted(options) if known in names), None) for options in (HEAD, RELATION, TAIL)
    ]
    if None in found or len(set(found)) < 3:
        raise BadShape("neither head, relation and tail nor graph found")
    head, relation, tail = _triple([record[str(name)] for name in found])
    batch.add(head, relation, tail, line)
    for name, value in record.items():
        literal = literal_of_value(value)
        if name and name not in found and literal is not None:
            batch.attribute(len(batch.heads) - 1, name, literal)


def _triple(row: Any) -> tuple[str, str, str]:
    """Head and relation as keys, the tail as a key (text) or a literal's term (a number or truth value)."""
    if not isinstance(row, list | tuple) or len(row) != 3:
        raise BadShape("a triple needs three members")
    head, relation, tail = row
    return _key(head), _key(relation), _key(tail) if isinstance(tail, str) else _term(tail)


def _key(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip() or NUL in text:
        raise BadShape(f"invalid key: {value!r}")
    return text.strip()


def _term(value: object) -> str:
    literal = literal_of_value(value)
    if literal is None:
        raise BadShape(f"invalid tail: {value!r}")
    return to_term(literal)
