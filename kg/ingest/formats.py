"""The supported formats: names, file name extensions, and detection by content."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import PurePath

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.arrow import read_arrow, read_parquet
from clew.kg.ingest.readers.jsonld.document import read_jsonld
from clew.kg.ingest.readers.jsonlines import read_jsonlines
from clew.kg.ingest.readers.lines import read_nquads, read_ntriples
from clew.kg.ingest.readers.networks import read_graphml, read_nodelink
from clew.kg.ingest.readers.patches import read_added, read_deleted
from clew.kg.ingest.readers.rdfxml.document import read_rdfxml
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.tables import read_table
from clew.kg.ingest.readers.turtle.document import read_trig, read_turtle
from clew.kg.ingest.streams import COMPRESSED

Reader = Callable[[FileReading], None]

FORMATS: dict[str, tuple[Reader, tuple[str, ...]]] = {
    "ntriples": (read_ntriples, (".nt", ".ntriples")),
    "nquads": (read_nquads, (".nq", ".nquads")),
    "turtle": (read_turtle, (".ttl", ".turtle")),
    "trig": (read_trig, (".trig",)),
    "rdfxml": (read_rdfxml, (".rdf", ".owl")),
    "jsonld": (read_jsonld, (".jsonld",)),
    "jsonlines": (read_jsonlines, (".jsonl", ".ndjson")),
    "graphml": (read_graphml, (".graphml",)),
    "nodelink": (read_nodelink, (".nodelink",)),
    "parquet": (read_parquet, (".parquet", ".pq")),
    "arrow": (read_arrow, (".arrow", ".feather")),
    "table": (read_table, (".csv", ".tsv", ".tab", ".psv")),
    "patch-added": (read_added, ()),
    "patch-deleted": (read_deleted, ()),
}
"""Reader and extensions by format name."""

LINE_FORMATS = frozenset({"ntriples", "nquads", "patch-added", "patch-deleted"})
"""Formats in which every line is a statement of its own."""

_BY_EXTENSION = {extension: name for name, (_, extensions) in FORMATS.items() for extension in extensions}
_TERM = rb'(?:<[^<>"\s]*>|_:\S+)'
_BY_CONTENT = (
    (re.compile(rb"\s*(?:@prefix|@base|prefix\s|base\s)", re.IGNORECASE), "trig"),  # Turtle is TriG without graphs
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?<graphml", re.IGNORECASE), "graphml"),
    (re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE|<rdf:RDF)", re.IGNORECASE), "rdfxml"),
    (re.compile(rb'\s*[\[{][\s\[{]*"@'), "jsonld"),
    (re.compile(rb'\s*\{\s*"(?:directed|multigraph|nodes|links|edges|graph"\s*:\s*\{)'), "nodelink"),
    (re.compile(rb"\s*\{[^\n]*\}[^\S\n]*(?:\n\s*\{|\s*$)"), "jsonlines"),
    (re.compile(rb'\s*\{\s*"'), "nodelink"),
    (re.compile(rb"PAR1"), "parquet"),
    (re.compile(rb"ARROW1"), "arrow"),
    (
        re.compile(
            rb"(?:\s*(?:#[^\n]*)?\n)*\s*"
            + _TERM
            + rb"\s+<[^<>\s]*>\s+(?:"
            + _TERM
            + rb'|"[^\n]*)\s+(?:<[^<>\s]*>|_:\S+)\s*\.'
        ),
        "nquads",
    ),
    (
        re.compile(
            rb"(?:\s*(?:#[^\n]*)?\n)*\s*" + _TERM + rb"\s+<[^<>\s]*>\s+(?:" + _TERM + rb'|"[^\n]*)\s*\.[^\S\n]*\r?\n?'
        ),
        "ntriples",
    ),
)


def reader_of(name: str) -> Reader:
    """The reader of a format; ``BadInput`` for a name that is none."""
    if name not in FORMATS:
        raise BadInput(f"unknown format {name!r}; formats: {', '.join(FORMATS)}")
    return FORMATS[name][0]


def format_of_name(file: str) -> str | None:
    """The format that a file's extension (a compression's left out) stands for, if any."""
    suffixes = [suffix for suffix in PurePath(file.lower()).suffixes if suffix not in COMPRESSED]
    return _BY_EXTENSION.get(suffixes[-1]) if suffixes else None


def detect(file: str, stream: io.BufferedReader) -> str:
    """The format of a source: by its extension (a compression's left out), else by its first bytes, else a table."""
    named = format_of_name(file)
    if named is not None:
        return named
    head = stream.peek(1 << 13)
    if not head:
        raise BadFile(f"{file}: the file is empty")
    return next((name for pattern, name in _BY_CONTENT if pattern.match(head)), "table")


def is_graph_file(name: str) -> bool:
    """Whether a file's extension (that of a compression left out) is that of a format."""
    return format_of_name(name) is not None
