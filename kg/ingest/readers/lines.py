"""N-Triples and N-Quads: plain lines by the compiled scanner, all others by the parser library, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyoxigraph as ox

from clew.kg.columnar.prefetch import ahead
from clew.kg.errors import BadFile
from clew.kg.ingest.readers import scan
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of, rows_of, rows_of_terms
from clew.kg.ingest.readers.tolerance import terms_of
from clew.kg.limits import MAX_LINE_BYTES

Array = np.ndarray[Any, np.dtype[Any]]
_CHUNK = 1 << 20  # bytes scanned at a time
_NEWLINE = 10
_HIGH_BITS = np.uint64(0x8080808080808080)


def read_ntriples(reading: FileReading) -> None:
    """Read N-Triples (RDF 1.1), UTF-8."""
    _read(reading, quads=False)


def read_nquads(reading: FileReading) -> None:
    """Read N-Quads (RDF 1.1), UTF-8; a statement's named graph becomes its provenance."""
    _read(reading, quads=True)


def _read(reading: FileReading, *, quads: bool) -> None:
    """Scan the next piece in a thread of its own while the statements of one are added."""
    scanner = Scanner(reading, quads=quads)
    for scanned in ahead(scanner.prepare(data) for data in _pieces(reading, scanner)):
        scanner.add(scanned)
        reading.tick()


def _pieces(reading: FileReading, scanner: Scanner) -> Iterator[Array]:
    """The source in pieces of whole lines, uint8[.]; each is overwritten when the next but one is asked for."""
    buffers = [np.empty(_CHUNK, np.uint8) for _ in range(2)]
    held = turn = 0  # bytes of an unfinished line at the start of the buffer whose turn it is
    while True:
        buffer = buffers[turn]
        read = reading.stream.readinto(buffer[held:].data)
        filled = held + (read or 0)
        if not read:
            if filled:
                yield buffer[:filled]
            return
        cut = _after_last_newline(buffer, held, filled)
        held = filled - cut
        if held > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{scanner.line}: the line exceeds {MAX_LINE_BYTES:,} bytes")
        other = 1 - turn if cut else turn
        if len(buffers[other]) < held + _CHUNK // 2:  # a long line
            buffers[other] = np.concatenate((buffer[cut:filled], np.empty(len(buffer), np.uint8)))
        elif cut:
            buffers[other][:held] = buffer[cut:filled]
        turn = other
        if cut:
            yield buffer[:cut]


def _after_last_newline(buffer: Array, low: int, high: int) -> int:
    """The place after the last line end within ``low..high-1``, 0 if there is none."""
    step = 1 << 12
    for end in range(high, low, -step):
        begin = max(low, end - step)
        found = np.flatnonzero(buffer[begin:end] == _NEWLINE)
        if len(found):
            return begin + int(found[-1]) + 1
    return 0


@dataclass(frozen=True, slots=True)
class Scanned:
    """A piece of a source: its bytes, the normalised terms, a row for each plain line, and the lines left over."""

    data: Array
    out: Array
    rows: Array
    hard: Array


class Scanner:
    """Feeds whole lines to the compiled scanner and what that leaves over to the parser library."""

    def __init__(self, reading: FileReading, *, quads: bool, numbered: bool = True) -> None:
        self.reading, self.quads, self.numbered, self.line = reading, quads, numbered, 1
        self.scope = np.frombuffer(reading.scope.encode(), np.uint8)
        self._room = [_Room(), _Room()]

    def scan(self, data: bytes, places: Array | None = None) -> None:
        """Add the statements of ``data``, which must end where a line ends; ``places``: the line to say of each."""
        self.add(self.prepare(np.frombuffer(data, np.uint8), places))

    def prepare(self, data: Array, places: Array | None = None) -> Scanned:
        """Scan whole lines; what is returned holds until the next call but one."""
        lines = int(np.count_nonzero(data == _NEWLINE)) + 1
        self._room.reverse()
        out, rows, hard = self._room[0].of(len(data) + lines * 3 * (len(self.scope) + 2), lines)
        found, left, count = scan.scan(data, self.quads, self.scope, self.line, out, rows, hard)
        rows, hard = rows[:found], hard[:left]
        if not _is_ascii(data) and not _is_utf8(data.tobytes()):
            rows, extra = self._without_bad_bytes(data.tobytes(), rows)
            hard = np.concatenate((hard, extra))
            hard = hard[np.argsort(hard[:, 2], kind="stable")]
        if not self.numbered:  # lines of a serialisation, not of the source
            rows[:, scan.LINE] = 0 if places is None else places[rows[:, scan.LINE] - self.line]
            hard[:, 2] = 0 if places is None else places[hard[:, 2] - self.line]
        self.line += count
        return Scanned(data, out, rows, hard)

    def add(self, scanned: Scanned) -> None:
        """Hand on the rows and the hard lines, in line order where the first error ends the reading."""
        out, rows = scanned.out, scanned.rows
        done = 0
        for start, end, line in scanned.hard.tolist():
            if self.reading.rejections.on_error == "fail":
                before = max(done, int(np.searchsorted(rows[:, scan.LINE], line)))  # nested ones are not in order
                self.reading.add_rows(out, rows[done:before])
                done = before
            self._parse(scanned.data[start:end].tobytes(), line)
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
            if self.reading.options.lenient and self._keep(raw, line, kind):
                return
            column = f" (column {error.offset})" if error.offset and self.numbered else ""
            self.reading.reject(kind, line or self.reading.where(raw), message + column, raw)

    def _keep(self, raw: bytes, line: int, kind: str) -> bool:
        """Keep a line with IRIs or a language tag that are not valid; False where it has other faults."""
        found = terms_of(raw.decode(), self.reading.scope)
        if found is None or (found[0][3] and not self.quads):
            return False
        self.reading.add_rows(*rows_of_terms([found], line))
        tagged = kind == "language tag" or "_" in found[0][2].rpartition("\0@")[2] * (found[1] > 0)
        self.reading.rejections.keep("language tag" if tagged else "IRI")
        return True

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


class _Room:
    """Memory for what the scanner writes, used again and again: fresh pages cost as much as scanning."""

    def __init__(self) -> None:
        self.out: Array = np.empty(0, np.uint8)
        self.rows: Array = np.empty((0, scan.WIDTH), np.int64)
        self.hard: Array = np.empty((0, 3), np.int64)

    def of(self, size: int, lines: int) -> tuple[Array, Array, Array]:
        """Arrays for at least ``size`` bytes of terms and ``lines`` lines."""
        if len(self.out) < size:
            self.out = np.empty(size + size // 4, np.uint8)
        if len(self.rows) < lines:
            self.rows = np.empty((lines + lines // 4, scan.WIDTH), np.int64)
            self.hard = np.empty((lines + lines // 4, 3), np.int64)
        return self.out, self.rows, self.hard


def _is_ascii(data: Array) -> bool:
    whole = len(data) // 8 * 8
    return not (data[:whole].view(np.uint64) & _HIGH_BITS).any() and not (data[whole:] >= 128).any()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
