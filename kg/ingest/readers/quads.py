"""Statements that the parser library gives, on their way into the graph: as N-Quads, no Python object per term."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.lines import Scanner
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.limits import MAX_SPELLING_RATIO, MAX_TERM_BYTES, MIN_EXPANSION_BYTES

Array = np.ndarray[Any, np.dtype[Any]]
_CHUNK = 1 << 20  # bytes scanned at a time
_TERM = re.compile(rb'"(?:[^"\\]|\\.)*"|<[^<>]*>|_:([a-f][0-9a-f]{25,31})(?= )')


class QuadSink(io.RawIOBase):
    """Takes the N-Quads that the library writes and scans them, some megabytes at a time or when told to."""

    def __init__(self, reading: FileReading, *, held: bool = False) -> None:
        """``held``: nothing is scanned before ``scan`` is called, so that ``drop`` can take it back."""
        self.reading, self.held = reading, held
        self.scanner = Scanner(reading, quads=True, numbered=False)
        self.names = _BlankNames(reading.options.blank_scope)
        self.parts: list[bytes] = []
        self.size = self.total = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Take what the library writes; ``BadFile`` where a short document swells as only one made for it does."""
        self.parts.append(bytes(data))
        self.size += len(data)
        self.total += len(data)
        if self.size >= _CHUNK:
            source = max(self.reading.bytes_read(), 1)
            if self.total > MIN_EXPANSION_BYTES and self.total > MAX_SPELLING_RATIO * source:
                raise BadFile(f"{self.reading.file}: its statements expand to {self.total // source:,} times its size")
            if not self.held:
                self.scan(whole=False)
        return len(data)

    def write_quads(self, quads: Iterable[Any]) -> None:
        """Take quads of the library, which turns them into N-Quads; its ``SyntaxError`` ends them."""
        target: Any = self
        try:
            ox.serialize(quads, target, ox.RdfFormat.N_QUADS)
        except MemoryError as full:
            if "buffer" not in str(full):
                raise
            raise BadFile(f"{self.reading.file}: a term exceeds {MAX_TERM_BYTES >> 20} MiB") from full

    def drop(self) -> None:
        """Forget what was written since the last scan."""
        self.total -= self.size
        self.parts, self.size = [], 0

    def take(self) -> bytes:
        """What was written since the last scan, which is then forgotten, but counts."""
        text, self.parts, self.size = b"".join(self.parts), [], 0
        return text

    def scan(self, whole: bool = True) -> None:
        """Scan what was written, up to the last line end unless it is the ``whole`` rest."""
        text = self.take()
        cut = len(text) if whole else text.rfind(b"\n") + 1
        self.parts, self.size = [text[cut:]], len(text) - cut
        self.add(text[:cut])

    def add(self, text: bytes, places: Array | None = None) -> None:
        """Add the statements of N-Quads; ``places``: the line that each was read on."""
        if text:
            self.scanner.scan(self.names.repeatable(text), places)
            self.reading.tick()


class _BlankNames:
    """Repeatable names for anonymous blank nodes: the library draws 128-bit random ones, a new set at every reading."""

    def __init__(self, scope: str) -> None:
        self.names: dict[bytes, bytes] = {}
        self.prefix = b"genid" + scope.encode()

    def repeatable(self, lines: bytes) -> bytes:
        """``lines`` with the anonymous nodes numbered in the order in which they appear."""
        return _TERM.sub(self._rename, lines) if b"_:" in lines else lines

    def _rename(self, match: re.Match[bytes]) -> bytes:
        label = match.group(1)
        if label is None:
            return match.group()
        return b"_:" + self.names.setdefault(label, b"%s%d" % (self.prefix, len(self.names)))
