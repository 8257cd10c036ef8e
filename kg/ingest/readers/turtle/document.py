"""Turtle and TriG: the parser library reads some hundred kilobytes of whole statements at a time."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.quads import QuadSink
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of
from clew.kg.ingest.readers.tolerance import NOT_KEPT, Checked, loosened, restored
from clew.kg.ingest.readers.turtle import statements
from clew.kg.ingest.readers.turtle.leaves import unclosed
from clew.kg.ingest.readers.turtle.repair import Loss, StatementRepair
from clew.kg.ingest.readers.turtle.statements import (
    CLOSE,
    DIRECTIVE,
    END,
    FIRST,
    KIND,
    LINE,
    OPEN,
    START,
    TRIPLES,
    UNIT,
)
from clew.kg.limits import MAX_STATEMENT_BYTES, MAX_TERM_BYTES, MAX_TURTLE_DEPTH

Array = np.ndarray[Any, np.dtype[Any]]
_CHUNK = 1 << 19  # bytes read at a time
_UNITS = 1 << 16  # statements of a chunk
_PREFIX = re.compile(rb"@?prefix\s+([^\s:<]*):", re.IGNORECASE)
_BASE = re.compile(rb"@?base\b", re.IGNORECASE)
_ANONYMOUS = re.compile(rb"\[\s*\]")
_UNREADABLE = b"?"
"""The head of a block that cannot be read."""
_UNSAFE = re.compile(r'[\x00-\x20<>"{}|^`\\]')


def read_turtle(reading: FileReading) -> None:
    """Read Turtle (RDF 1.2)."""
    _Statements(reading, ox.RdfFormat.TURTLE).read()


def read_trig(reading: FileReading) -> None:
    """Read TriG (RDF 1.2)."""
    _Statements(reading, ox.RdfFormat.TRIG).read()


class _Statements:
    """A document being read: what its directives and open graph say so far, and where it is."""

    def __init__(self, reading: FileReading, syntax: Any) -> None:
        self.reading, self.syntax = reading, syntax
        self.lenient = reading.options.lenient
        self.sink = QuadSink(reading, held=True)
        self.prefixes: dict[str, str] = {}
        self.base = reading.options.base_iri
        self.graph: bytes | None = None  # the head of the block that is open
        self.text = b""
        self.line, self.column = 1, 0
        self.resume = -1  # where in the text to read on, if not after its last statement
        self.units = np.empty((_UNITS, UNIT), np.int64)
        self.places = np.empty(0, np.int32)
        self.stack = statements.new_stack()

    def read(self) -> None:
        """Read it all."""
        final, step = False, _CHUNK
        while True:
            more = b"" if final else self.reading.stream.read(step)
            final = final or not more
            self.text += more
            count, placed, term = self._split(final)
            self._check(term)
            if count:
                self._read_units(0, count, placed, final)
                self._pass_over(int(self.units[count - 1, END]) if self.resume < 0 else self.resume)
            elif final:
                break
            step = _CHUNK if count else max(_CHUNK, len(self.text))
        if self.graph is not None:
            self.reading.reject("truncated", self.line, "the block of a graph does not end: unexpected end of file")

    def _split(self, final: bool) -> tuple[int, int, int]:
        if len(self.places) < 2 * len(self.text) + 2:
            self.places = np.empty(2 * len(self.text) + 2, np.int32)
        data, trig = np.frombuffer(self.text, np.uint8), self.syntax == ox.RdfFormat.TRIG
        found = statements.split(data, trig, final, self.line, self.units, self.places, self.stack)
        return int(found[0]), int(found[1]), int(found[2])

    def _check(self, term: int) -> None:
        """Refuse what nests too deep or does not end."""
        if term == statements.TOO_DEEP:
            raise BadFile(f"{self.reading.file}: nested deeper than {MAX_TURTLE_DEPTH} levels")
        if term >= 0 and len(self.text) - term > MAX_TERM_BYTES:
            raise BadFile(f"{self.reading.file}: a term exceeds {MAX_TERM_BYTES >> 20} MiB")
        if len(self.text) > MAX_STATEMENT_BYTES + 2 * _CHUNK:
            raise BadFile(f"{self.reading.file}:{self.line}: the statement exceeds {MAX_STATEMENT_BYTES >> 20} MiB")

    def _pass_over(self, cut: int) -> None:
        """Go on after ``cut``."""
        lines = self.text.count(b"\n", 0, cut)
        self.column = self._column(cut)
        self.line += lines
        self.text = self.text[cut:]
        self.resume = -1

    def _column(self, place: int) -> int:
        """The column of a place, from 0."""
        begin = self.text.rfind(b"\n", 0, place) + 1
        return len(self.text[begin:place].decode("utf-8", "replace")) + (0 if begin else self.column)

    def _read_units(self, low: int, high: int, placed: int, final: bool) -> None:
        """Read the units ``low..high-1``, whose triples end at ``placed``: together or, where that fails, in halves."""
        if self.graph is _UNREADABLE:
            low = self._lose_block(low, high)
        if low == high:
            return
        try:
            text, dropped = self._parse(self._wrapped(low, high))
        except SyntaxError as error:
            if high - low > 1 and (self.lenient or self.reading.rejections.on_error != "fail"):
                middle = (low + high) // 2
                self._read_units(low, middle, int(self.units[middle, FIRST]), final)
                self._read_units(middle, high, placed, final)
            else:
                self._save(low, placed, final, error)
        else:
            self._follow(low, high)
            self._add(text, self.places[int(self.units[low, FIRST]) : placed], dropped)

    def _wrapped(self, low: int, high: int) -> bytes:
        """The text of units, within the graph that is open there, from its line and column of a second line on."""
        start, end = int(self.units[low, START]), int(self.units[high - 1, END])
        blocks = np.flatnonzero(self.units[low:high, KIND] >= OPEN)
        unit = low + int(blocks[-1]) if len(blocks) else -1
        text, still = self.text[start:end], self.graph is not None
        if unit >= 0:
            opened, closed = (int(self.units[unit, column]) - start for column in (START, END))
            still = bool(self.units[unit, KIND] == OPEN)
            text = text[:opened] + self._head(unit) + b"{" + text[closed:] if still else text
        head = self.graph + b"{" if self.graph is not None else b""
        return head + b"\n" + b" " * self._column(start) + text + (b"}" if still else b"")

    def _head(self, unit: int) -> bytes:
        """What names the graph that a unit opens; a node without a label gets one, since the block may be cut."""
        start, end, line = (int(self.units[unit, column]) for column in (START, END, LINE))
        return _ANONYMOUS.sub(b"_:a%015x%016x" % (line, start), self.text[start : end - 1])

    def _parse(self, text: bytes) -> tuple[bytes, dict[int, str]]:
        """The N-Quads of a text whose first line is not the document's, and which of its statements were refused."""
        header = "".join(f"@prefix {name}: <{_escaped(iri)}> ." for name, iri in self.prefixes.items())
        parser = ox.parse(header.encode() + text, self.syntax, base_iri=self.base, lenient=self.lenient)
        quads = Checked(parser) if self.lenient else None
        try:
            self.sink.write_quads(quads or parser)
        except SyntaxError:
            self.sink.drop()
            raise
        self.found = parser.prefixes, parser.base_iri
        return self.sink.take(), quads.refused if quads else {}

    def _follow(self, low: int, high: int) -> None:
        """Take over what the units just read say for those after them."""
        self.prefixes, self.base = self.found
        for unit in np.flatnonzero(self.units[low:high, KIND] >= OPEN).tolist()[-1:]:
            self.graph = self._head(low + unit) if self.units[low + unit, KIND] == OPEN else None

    def _add(self, text: bytes, places: Array, dropped: dict[int, str]) -> None:
        """Add statements with their lines, if there are as many as the splitter counted."""
        exact = text.count(b"\n") + len(dropped) == len(places)
        for place, lost in dropped.items():
            self.reading.reject("IRI", int(places[place]) if exact else 0, NOT_KEPT, lost)
        self.sink.add(text, np.delete(places, list(dropped)) if exact else None)

    def _reject(self, error: SyntaxError, line: int, raw: bytes) -> None:
        kind, message = reason_of(error)
        self.reading.reject(kind, line, message, raw)

    def _fail(self, error: SyntaxError, unit: int) -> None:
        """Reject a unit at the line and column of its error, where that ends the reading."""
        kind, message = reason_of(error)
        line = int(self.units[unit, LINE]) + (error.lineno or 2) - 2
        lines = self.text.split(b"\n", max(0, line - self.line) + 1)
        raw = lines[line - self.line] if 0 <= line - self.line < len(lines) else b""
        self.reading.reject(kind, line, f"{message} (column {error.offset})" if error.offset else message, raw)

    # --- one unit that cannot be read

    def _save(self, unit: int, placed: int, final: bool, error: SyntaxError) -> None:
        """Save what can be saved of a unit."""
        kind, start, end, line = (int(self.units[unit, column]) for column in (KIND, START, END, LINE))
        text = self.text[start:end]
        if self.lenient and kind != CLOSE and self._read_loosely(unit, placed, text):
            return
        if self.reading.rejections.on_error == "fail":
            self._fail(error, unit)
        if final and (place := unclosed(text)) >= 0:
            self._reopen(start + place, start)
        elif kind == TRIPLES:
            self._repair(unit, text, line)
        else:
            self._reject(error, line, text)
            if kind == DIRECTIVE:
                self._forget(text)
            elif kind == OPEN:
                self.graph = _UNREADABLE

    def _read_loosely(self, unit: int, placed: int, text: bytes) -> bool:
        """Read a unit with its terms written so that the library takes them; False where it still does not."""
        free = loosened(text)
        try:
            found, dropped = self._parse(self._wrapped(unit, unit + 1).replace(text, free))
        except SyntaxError:
            return False
        self._follow(unit, unit + 1)
        self._add(restored(found), self.places[int(self.units[unit, FIRST]) : placed], dropped)
        return True

    def _repair(self, unit: int, text: bytes, line: int) -> None:
        """Read a statement without what is bad in it."""

        def lose(loss: Loss) -> None:
            for raw in loss.texts:
                self._reject(loss.error, line + text.count(b"\n", 0, loss.start), raw)

        end = int(self.units[unit, END])
        closed = self.graph is not None and self.text[end : end + 1] == b"}"
        kept = StatementRepair(text, self._fault, lose).statement(closed=closed)
        if kept:
            units, places = np.empty((2, UNIT), np.int64), np.empty(2 * len(kept) + 2, np.int32)
            data, trig = np.frombuffer(kept, np.uint8), self.syntax == ox.RdfFormat.TRIG
            _, placed, _ = statements.split(data, trig, True, line, units, places, self.stack)
            found, dropped = self._parse(self._within(kept))
            self._add(restored(found), places[:placed], dropped)

    def _fault(self, text: bytes) -> SyntaxError | None:
        """The error of a text of statements, read as one after those so far."""
        try:
            self._parse(self._within(text))
        except SyntaxError as error:
            return error
        return None

    def _within(self, text: bytes) -> bytes:
        """Statements within the graph that is open."""
        text = loosened(text) if self.lenient else text
        return text if self.graph is None else self.graph + b"{" + text + b"}"

    def _lose_block(self, low: int, high: int) -> int:
        """Reject the statements of a graph whose name cannot be read, line by line; where reading goes on."""
        for unit in range(low, high):
            kind, start, end, line = (int(self.units[unit, column]) for column in (KIND, START, END, LINE))
            if kind == CLOSE:
                self.graph = None
                return unit + 1
            for raw in self.text[start:end].splitlines():
                self.reading.reject("graph", line, "the name of its graph cannot be read", raw)
        return high

    def _reopen(self, place: int, start: int) -> None:
        """Take a long string that never ends for a short one, which ends with its line, and read on from there."""
        self.text, self.resume = self.text[:place] + self.text[place + 2 :], start

    def _forget(self, directive: bytes) -> None:
        """Unset what a bad directive would have set: what follows must not be read by an older one."""
        prefix = _PREFIX.match(directive)
        if prefix:
            self.prefixes.pop(prefix[1].decode("utf-8", "replace"), None)
        elif _BASE.match(directive):
            self.base = None


def _escaped(iri: str) -> str:
    """An IRI as Turtle takes it between angle brackets."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04X}", iri)
