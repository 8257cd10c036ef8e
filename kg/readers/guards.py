"""What is refused in RDF/XML and JSON-LD before the parser library sees it."""

from __future__ import annotations

import io
import re
from typing import IO, Any

import numpy as np
from numba import njit

from kg.errors import BadFile
from kg.limits import MAX_JSON_DEPTH

_MAX_PROLOG = 64 * 1024
_PROLOG_PART = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")


def refuse_doctype(file: str, stream: io.BufferedReader) -> None:
    """``BadFile`` for XML with a DOCTYPE (entities expand without bound) or in an encoding other than UTF-8."""
    head = _peek(stream, _MAX_PROLOG)
    encoding = _ENCODING.match(head.lstrip())
    if encoding and encoding.group(1).decode().lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise BadFile(f"{file}: encoded as {encoding.group(1).decode()}; convert it to UTF-8 first")
    position = 0
    while match := _PROLOG_PART.match(head, position):
        position = match.end()
    if head[position : position + 9].upper() == b"<!DOCTYPE":
        raise BadFile(f"{file}: has a DOCTYPE, which can define entities that expand without bound; remove it")
    if not re.match(rb"<[^!?\s]", head[position : position + 2]):
        raise BadFile(f"{file}: no XML element within the first {_MAX_PROLOG // 1024} KiB")


def _peek(stream: io.BufferedReader, size: int) -> bytes:
    """The next bytes of a stream without taking them (its buffer must hold ``size``)."""
    return stream.peek(size)[:size]


class JsonGuard(io.RawIOBase):
    """A JSON stream that ends in ``BadFile`` where objects and arrays nest deeper than ``MAX_JSON_DEPTH``."""

    def __init__(self, file: str, stream: IO[bytes]) -> None:
        self.file, self.stream = file, stream
        self.state = np.zeros(3, np.int64)  # depth, inside a string, after a backslash

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data = self.stream.read(size)
        if _deepest(np.frombuffer(data, np.uint8), self.state) > MAX_JSON_DEPTH:
            raise BadFile(f"{self.file}: nested more than {MAX_JSON_DEPTH} levels deep")
        return data


@njit(cache=True)
def _deepest(data: np.ndarray[Any, Any], state: np.ndarray[Any, Any]) -> Any:
    depth, inside, escaped = state[0], state[1], state[2]
    deepest = depth
    for byte in data:
        if escaped:
            escaped = 0
        elif inside:
            if byte == 92:
                escaped = 1
            elif byte == 34:
                inside = 0
        elif byte == 34:
            inside = 1
        elif byte == 123 or byte == 91:
            depth += 1
            deepest = max(deepest, depth)
        elif byte == 125 or byte == 93:
            depth -= 1
    state[0], state[1], state[2] = depth, inside, escaped
    return deepest
