"""JSON: one row a line, or the rows in an array, or a document that holds a network.

An edge is ``{"head": ..., "relation": ..., "tail": ...}``, further members being its attributes, or ``[head, relation,
tail]``; a node has an id and a name or a type. A question's row has ``graph: [[head, relation, tail], ...]`` (Luo et
al. 2024, Reasoning on Graphs, arXiv 2310.01061); the graph read is the union over all rows, the questions are passed
over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from clew.kg.ingest.readers.json_documents import is_document, read_document, read_whole
from clew.kg.ingest.readers.json_values import DECODER, members, values
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.records import Records
from clew.kg.ingest.readers.rows import text_lines

_DOCUMENT = re.compile(
    rb'\s*\{\s*"(?:(?:directed|multigraph|nodes|links|edges|elements|format_version|generated_by|graphs'
    rb'|target_cytoscapejs_version)"|graph"\s*:\s*\{|(?:head|results)"\s*:\s*\{|(?:data|rows|items|records)"\s*:\s*\[)'
)
_PRETTY = re.compile(rb'\s*(?:[\[{]|\{[^\n]*,)[ \t\r]*\n\s*["}\]]')


def read_json(reading: FileReading) -> None:
    """Read JSON of edges, of nodes, or of questions with subgraphs; or a network (``read_document``)."""
    head = reading.stream.peek(1 << 16)
    if _is_array(head):
        _read_rows(reading, members(reading))
    elif _DOCUMENT.match(head):
        read_whole(reading)
    elif _PRETTY.match(head):
        _read_rows(reading, values(reading))
    else:
        _read_lines(reading)


def _is_array(head: bytes) -> bool:
    """Whether a source is an array of rows, and not triples as arrays, one a line."""
    if not head.lstrip().startswith(b"["):
        return False
    try:
        first = DECODER.decode(head.lstrip().split(b"\n")[0].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return True
    return not first or any(isinstance(member, list | dict) for member in first)


def _read_rows(reading: FileReading, found: Iterable[tuple[int, Any]]) -> None:
    """Add rows that are JSON values with their lines."""
    records = Records(reading)
    for line, value in found:
        if is_document(value):
            read_document(reading, value, line)
        else:
            records.add(value, line)
    records.flush()


def _read_lines(reading: FileReading) -> None:
    """Add rows that are a line each."""
    records = Records(reading)
    for line, text in text_lines(reading):
        try:
            value = DECODER.decode(text)
        except RecursionError as error:
            reading.reject("shape", line, str(error), text)
        except ValueError as error:
            reading.reject("syntax", line, f"not JSON: {error}", text)
        else:
            if is_document(value):
                read_document(reading, value, line)
            else:
                records.add(value, line, text)
    records.flush()
