"""Rejects dangerous RDF/XML and JSON-LD before the parser library reads it."""

from __future__ import annotations

import io
import re
from typing import Any, Protocol

import numpy as np

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.depth import STATE, deepest_json, deepest_xml
from clew.kg.limits import MAX_JSON_DEPTH, MAX_XML_DEPTH, MAX_XML_PROLOG_BYTES


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


_PROLOG_PART = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


def refuse_doctype(file: str, stream: io.BufferedReader) -> None:
    """``BadFile`` for XML with a DOCTYPE (entities expand without bound) or in an encoding other than UTF-8."""
    head = _peek(stream, MAX_XML_PROLOG_BYTES)
    encoding = _ENCODING.match(head.lstrip())
    if encoding and encoding.group(1).decode().lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise BadFile(f"{file}: the encoding is {encoding.group(1).decode()}; convert the file to UTF-8 first")
    position = 0
    while match := _PROLOG_PART.match(head, position):
        position = match.end()
    if head[position : position + 9].upper() == b"<!DOCTYPE":
        raise BadFile(f"{file}: contains a DOCTYPE, which can define entities of unlimited size; remove it")
    if not re.match(rb"<[^!?\s]", head[position : position + 2]):
        raise BadFile(f"{file}: no XML element in the first {MAX_XML_PROLOG_BYTES // 1024} KiB")


def _peek(stream: io.BufferedReader, size: int) -> bytes:
    """The next bytes of a stream without taking them (its buffer must hold ``size``)."""
    return stream.peek(size)[:size]


class _DepthGuard(io.RawIOBase):
    """A stream that ends in ``BadFile`` where its document nests deeper than ``limit``."""

    def __init__(self, file: str, stream: Readable, deepest: Any, limit: int) -> None:
        self.file, self.stream, self.deepest, self.limit = file, stream, deepest, limit
        self.state = np.zeros(STATE, np.int64)

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.stream.read(size)
        depth = self.deepest(np.frombuffer(data, np.uint8), self.state)
        if depth > self.limit:
            raise BadFile(f"{self.file}: nested deeper than {self.limit} levels")
        if depth < 0:
            raise BadFile(f"{self.file}: markup declarations inside the document are not supported")
        return data


class JsonGuard(_DepthGuard):
    """A JSON stream whose objects and arrays may not nest deeper than ``MAX_JSON_DEPTH``."""

    def __init__(self, file: str, stream: Readable) -> None:
        super().__init__(file, stream, deepest_json, MAX_JSON_DEPTH)


class XmlGuard(_DepthGuard):
    """An XML stream without declarations whose elements may not nest deeper than ``MAX_XML_DEPTH``."""

    def __init__(self, file: str, stream: Readable) -> None:
        super().__init__(file, stream, deepest_xml, MAX_XML_DEPTH)

    @property
    def is_open(self) -> bool:
        """Whether what has been read ends within an element or a tag: the parser library takes such an end for one."""
        return bool(self.state[:2].any())
