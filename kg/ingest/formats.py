"""The supported formats: names, file name extensions, and detection by content."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Callable
from pathlib import PurePath

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.foreign import foreign_file, foreign_text
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.streams import COMPRESSED

Reader = Callable[[FileReading], None]

FORMATS = {
    "ntriples": ("clew.kg.ingest.readers.lines", "read_ntriples", (".nt", ".ntriples")),
    "nquads": ("clew.kg.ingest.readers.lines", "read_nquads", (".nq", ".nquads")),
    "turtle": ("clew.kg.ingest.readers.turtle.document", "read_turtle", (".ttl", ".turtle")),
    "trig": ("clew.kg.ingest.readers.turtle.document", "read_trig", (".trig",)),
    "rdfxml": ("clew.kg.ingest.readers.rdfxml.document", "read_rdfxml", (".rdf", ".owl")),
    "jsonld": ("clew.kg.ingest.readers.jsonld.document", "read_jsonld", (".jsonld",)),
    "json": ("clew.kg.ingest.readers.jsonlines", "read_json", (".cyjs",)),
    "jsonlines": ("clew.kg.ingest.readers.jsonlines", "read_json", (".jsonl", ".ndjson")),
    "graphml": ("clew.kg.ingest.readers.graphml", "read_graphml", (".graphml",)),
    "nodelink": ("clew.kg.ingest.readers.jsonlines", "read_json", (".nodelink",)),
    "sif": ("clew.kg.ingest.readers.sif", "read_sif", (".sif",)),
    "parquet": ("clew.kg.ingest.readers.arrow", "read_parquet", (".parquet", ".pq")),
    "arrow": ("clew.kg.ingest.readers.arrow", "read_arrow", (".arrow", ".feather")),
    "table": ("clew.kg.ingest.readers.tables", "read_table", (".csv", ".tsv", ".tab", ".psv")),
    "patch-added": ("clew.kg.ingest.readers.patches", "read_added", ()),
    "patch-deleted": ("clew.kg.ingest.readers.patches", "read_deleted", ()),
}
"""By the name of a format: the module of its reader, imported when it is first used, the reader, the extensions."""

LINE_FORMATS = frozenset({"ntriples", "nquads", "patch-added", "patch-deleted"})
"""Formats in which every line is a statement of its own."""

_BY_EXTENSION = {extension: name for name, (*_, extensions) in FORMATS.items() for extension in extensions}
_TERM = rb'(?:<[^<>"\s]*>|_:\S+)'
_BLANK = rb"(?:\s*(?:#[^\n]*)?\n)*\s*"
_PROLOG = rb"(?:\s|<\?.*?\?>|<!--.*?-->)*"
_BY_CONTENT = (
    (re.compile(_BLANK + rb"(?:@prefix|@base|prefix\s+[\w.-]*:\s*<|base\s*<)", re.IGNORECASE), "trig"),
    (re.compile(_PROLOG + rb"<graphml", re.IGNORECASE | re.DOTALL), "graphml"),
    (re.compile(rb'\s*[\[{][\s\[{]*"@'), "jsonld"),
    (re.compile(rb"PAR1"), "parquet"),
    (re.compile(rb"ARROW1"), "arrow"),
    (
        re.compile(_BLANK + _TERM + rb"\s+<[^<>\s]*>\s+(?:" + _TERM + rb'|"[^\n]*)\s+(?:<[^<>\s]*>|_:\S+)\s*\.'),
        "nquads",
    ),
    (
        re.compile(_BLANK + _TERM + rb"\s+<[^<>\s]*>\s+(?:" + _TERM + rb'|"[^\n]*)\s*\.[^\S\n]*\r?\n?'),
        "ntriples",
    ),
    (re.compile(_BLANK + _TERM + rb"[ ]*\s+(?:a\s|<[^<>\s]*>\s|[\w-]*:\w+\s)[^\n]*[;,.]\s*(?:\n|$)"), "trig"),
)
_JSON = re.compile(rb'\s*(?:\[\s*[\[{"\]]|\[\s*(?:-?\d[\d.eE+-]*|true|false|null)\s*[,\]]|\{\s*["}])')
_XML = re.compile(rb"\s*(?:<\?xml|<!--|<!DOCTYPE\s+rdf|<rdf:RDF|<[\w.-]+:[\w.-]+\s[^<>]*xmlns)", re.IGNORECASE)
_HEAD = 1 << 13  # bytes looked at


def reader_of(name: str) -> Reader:
    """The reader of a format; ``BadInput`` for a name that is none."""
    if name not in FORMATS:
        raise BadInput(f"unknown format {name!r}; formats: {', '.join(FORMATS)}")
    module, reader, _ = FORMATS[name]
    found: Reader = getattr(importlib.import_module(module), reader)
    return found


def format_of_name(file: str) -> str | None:
    """The format that a file's extension (a compression's left out) stands for, if any."""
    suffixes = [suffix for suffix in PurePath(file.lower()).suffixes if suffix not in COMPRESSED]
    return _BY_EXTENSION.get(suffixes[-1]) if suffixes else None


def detect(file: str, stream: io.BufferedReader) -> str:
    """The format of a source: by its extension (a compression's left out), else by its first bytes, else a table.

    ``BadFile`` for what is of no format that is read, though a delimiter might split it.
    """
    named, head = format_of_name(file), stream.peek(_HEAD)[:_HEAD]
    if named is not None and named != "table":
        return named
    if not head:
        raise BadFile(f"{file}: the file is empty")
    found = None if named else next((name for pattern, name in _BY_CONTENT if pattern.match(head)), None)
    if found is not None:
        return found
    foreign = foreign_file(file) or foreign_text(head)
    if named and _JSON.match(head):
        foreign = "JSON, no table; give it another extension than that of tables, or --format json"
    if foreign is not None:
        raise BadFile(f"{file}: this is {foreign}")
    return "json" if _JSON.match(head) else "rdfxml" if _XML.match(head) and not named else "table"


def is_graph_file(name: str) -> bool:
    """Whether a file's extension (that of a compression left out) is that of a format."""
    return format_of_name(name) is not None
