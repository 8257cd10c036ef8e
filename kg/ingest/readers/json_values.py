"""JSON values one behind the other: the members of an array, or whole values, of a file of any size."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from clew.kg.errors import BadFile, BadLine
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import excerpt
from clew.kg.limits import MAX_LINE_BYTES

_PIECE = 1 << 18  # bytes read at a time
_BLANK = re.compile(r"[ \t\r\n]*")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        names = [name for name, _ in members]
        raise ValueError(f"{max(names, key=names.count)!r} occurs twice in one object")
    return found


DECODER = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)
"""Reads JSON as its grammar says, without ``NaN`` and the like, and no object that gives a name twice: one of its
values would be lost."""


def members(reading: FileReading) -> Iterator[tuple[int, Any]]:
    """The (line, value) of each member of the array that a source is; memory holds one of up to ``MAX_LINE_BYTES``.

    ``BadLine`` where the array is broken, whatever the options say of bad lines: what comes behind the place cannot be
    told from what belongs to it.
    """
    text = _JsonText(reading)
    text.take("[")
    if text.next() == "]":
        text.take("]")
    else:
        while True:
            text.next()
            yield text.line, text.value()
            if text.next() == "]":
                break
            text.take(",")
        text.take("]")
    if text.next():
        raise text.error("more behind the end of the array")


def values(reading: FileReading) -> Iterator[tuple[int, Any]]:
    """The (line, value) of each of the values that follow one another in a source; errors as for ``members``."""
    text = _JsonText(reading)
    while text.next():
        yield text.line, text.value()


class _JsonText:
    """The text of a source, read in pieces, and a place in it."""

    def __init__(self, reading: FileReading) -> None:
        self.reading, self.line = reading, 1
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.text, self.at, self.ended = "", 0, False

    def next(self) -> str:
        """The next character that is not blank, not taken yet; empty at the end."""
        while True:
            end = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr]  # it matches anything
            self._pass(end)
            if end < len(self.text) or self.ended:
                return self.text[end : end + 1]
            self._more()

    def take(self, mark: str) -> None:
        """Pass over a mark that must come next."""
        if self.next() != mark:
            raise self.error(f"{mark!r} expected")
        self.at += 1

    def value(self) -> Any:
        """The next value, passed over."""
        self.next()
        while True:
            try:
                value, end = DECODER.raw_decode(self.text, self.at)
                if end < len(self.text) or self.ended:
                    self._pass(end)
                    return value
            except RecursionError as error:
                raise BadFile(f"{self.reading.file}:{self.line}: nested too deeply") from error
            except json.JSONDecodeError as error:
                if self.ended:
                    what = error.msg.removesuffix(" at")
                    raise self.error(f"not JSON: {what} at its character {error.pos - self.at + 1}") from error
                if len(self.text) - self.at > MAX_LINE_BYTES:
                    what = f"not JSON ({error.msg}), or a value of more than {MAX_LINE_BYTES:,} characters"
                    raise self.error(what) from error
            except ValueError as error:  # a constant, or a number of thousands of digits
                raise self.error(f"not JSON: {error}") from error
            self._more()

    def error(self, reason: str) -> BadLine:
        """The error for what is here."""
        return BadLine(self.reading.file, self.line, reason, excerpt(self.text[self.at : self.at + 200]))

    def _pass(self, end: int) -> None:
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def _more(self) -> None:
        """Read on: as much again as is held, so that a long value is not parsed at every piece."""
        held = self.text[self.at :]
        raw = self.reading.stream.read(max(_PIECE, len(held)))
        try:
            self.text, self.at, self.ended = held + self.decoder.decode(raw, final=not raw), 0, not raw
        except UnicodeDecodeError as error:
            line = self.line + held.count("\n") + raw.count(b"\n", 0, error.start)
            raise BadLine(self.reading.file, line, "not UTF-8; convert the file first") from error
        self.reading.tick()
