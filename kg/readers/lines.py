"""N-Triples and N-Quads: plain lines by the compiled scanner, all others by the parser library, line by line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyoxigraph as ox

from kg.errors import BadFile
from kg.limits import MAX_LINE_BYTES
from kg.readers import scan
from kg.readers.reading import Reading
from kg.readers.terms import reason_of, rows_of

Array = np.ndarray[Any, np.dtype[Any]]
_CHUNK = 1 << 20  # bytes scanned at a time


def read_ntriples(reading: Reading) -> None:
    """Read N-Triples (RDF 1.1), UTF-8."""
    _read(reading, quads=False)


def read_nquads(reading: Reading) -> None:
    """Read N-Quads (RDF 1.1), UTF-8; a statement's named graph becomes its provenance."""
    _read(reading, quads=True)


def _read(reading: Reading, *, quads: bool) -> None:
    scanner = Scanner(reading, quads=quads)
    rest = b""
    while chunk := reading.stream.read(_CHUNK):
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if len(rest) > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{scanner.line}: a line of more than {MAX_LINE_BYTES:,} bytes")
        if cut:
            scanner.scan(data[:cut])
            reading.tick()
    if rest:
        scanner.scan(rest)


class Scanner:
    """Feeds whole lines to the compiled scanner and what that leaves over to the parser library."""

    def __init__(self, reading: Reading, *, quads: bool, numbered: bool = True) -> None:
        self.reading, self.quads, self.numbered, self.line = reading, quads, numbered, 1
        self.scope = np.frombuffer(reading.scope.encode(), np.uint8)

    def scan(self, data: bytes) -> None:
        """Add the statements of ``data``, which must end where a line ends."""
        lines = data.count(b"\n") + 1
        buffer = np.frombuffer(data, np.uint8)
        out = np.empty(len(data) + lines * 3 * (len(self.scope) + 2), np.uint8)
        rows = np.empty((lines, scan.WIDTH), np.int64)
        hard = np.empty((lines, 3), np.int64)
        found, left, count = scan.scan(buffer, self.quads, self.scope, self.line, out, rows, hard)
        if not _is_utf8(data):
            rows, extra = self._without_bad_bytes(data, rows[:found])
            found = len(rows)
            hard = np.concatenate((hard[:left], extra))
            hard = hard[np.argsort(hard[:, 2], kind="stable")]
            left = len(hard)
        if not self.numbered:  # lines of a serialisation, not of the source
            rows[:found, scan.LINE] = 0
            hard[:left, 2] = 0
        self._add(out, rows[:found], data, hard[:left])
        self.line += count

    def _add(self, out: Array, rows: Array, data: bytes, hard: Array) -> None:
        """Hand on the rows and the hard lines, in line order where the first error ends the reading."""
        if not len(hard):
            self.reading.add_rows(out, rows)
            return
        done = 0
        for start, end, line in hard.tolist():
            if self.reading.rejections.on_error == "fail":
                before = int(np.searchsorted(rows[:, scan.LINE], line))
                self.reading.add_rows(out, rows[done:before])
                done = before
            self._parse(data[start:end], line)
        self.reading.add_rows(out, rows[done:])

    def _parse(self, raw: bytes, line: int) -> None:
        """One line by the library: its statements, or its error."""
        syntax = ox.RdfFormat.N_QUADS if self.quads else ox.RdfFormat.N_TRIPLES
        try:
            raw.decode()
            quads = list(ox.parse(raw, syntax))
            self.reading.add_rows(*rows_of(quads, self.reading.scope, line))
        except UnicodeDecodeError as error:
            self.reading.reject("encoding", line, f"not UTF-8 at byte {error.start + 1} of the line", raw)
        except SyntaxError as error:
            kind, message = reason_of(error)
            column = f" (column {error.offset})" if error.offset else ""
            self.reading.reject(kind, line, message + column, raw)

    def _without_bad_bytes(self, data: bytes, rows: Array) -> tuple[Array, Array]:
        """The rows whose lines are UTF-8, and (start, end, line) of those that are not."""
        bad: list[tuple[int, int, int]] = []
        start = 0
        for i, raw in enumerate(data.split(b"\n")):
            if not _is_utf8(raw):
                bad.append((start, start + len(raw), self.line + i))
            start += len(raw) + 1
        lines = np.array([line for _, _, line in bad], np.int64)
        scanned = np.isin(lines, rows[:, scan.LINE])
        return rows[~np.isin(rows[:, scan.LINE], lines)], np.array(bad, np.int64)[scanned]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
