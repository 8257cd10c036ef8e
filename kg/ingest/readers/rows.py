"""The rows of a delimited text file, and the lines of any UTF-8 text file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import Any

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.limits import MAX_LINE_BYTES

Row = tuple[int, list[Any]]  # the line number and the cells: text, or literals in a column of cells.LITERALS
Complain = Callable[[str, int, str, str], None]  # kind, line, reason, text
_RETURNS = "a carriage return outside of quotes; if it ends the lines, convert them (tr '\\r' '\\n')"


def rows_of(reading: FileReading, delimiter: str, quote: str, skip: int = 0) -> Iterator[Row]:
    """All rows of a table that are UTF-8 and not blank, with the line each ends on, after ``skip`` lines."""
    for _ in range(skip):
        reading.stream.readline(MAX_LINE_BYTES + 1)
    texts = text_lines(reading, skip, blank=bool(quote))
    return rows_of_lines(texts, delimiter, quote, lambda *found: reading.reject(*found))


def rows_of_lines(
    texts: Iterator[tuple[int, str]], delimiter: str, quote: str, complain: Complain | None = None
) -> Iterator[Row]:
    """The rows in numbered lines, blank ones passed over; errors in quoting go to ``complain``, if any."""
    if not quote:
        yield from ((line, text.split(delimiter)) for line, text in texts if text.strip())
        return
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _Numbered(texts)
    parser = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=complain is not None)
    while True:
        try:
            yield from ((lines.number, cells) for cells in parser if len(cells) > 1 or (cells and cells[0].strip()))
            return
        except csv.Error as error:
            if complain is None:
                return
            reason = _RETURNS if "\r" in lines.text else str(error)
            complain("syntax", lines.number, reason, lines.text)


class _Numbered:
    """Lines as the CSV parser takes them, remembering the last one."""

    def __init__(self, texts: Iterator[tuple[int, str]]) -> None:
        self.texts, self.number, self.text = texts, 0, ""

    def __iter__(self) -> _Numbered:
        return self

    def __next__(self) -> str:
        self.number, self.text = next(self.texts)
        return self.text + "\n"


def text_lines(reading: FileReading, number: int = 0, *, blank: bool = False) -> Iterator[tuple[int, str]]:
    """The (number, text) of every line that is not blank (or of those, too); lines that are not UTF-8 text are
    rejected. ``number`` lines were read before."""
    while raw := reading.stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{number}: the line exceeds {MAX_LINE_BYTES:,} bytes")
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            reason = (
                f"not UTF-8 at byte {error.start + 1} of the line; if the file is in another encoding, convert it "
                "(iconv -f WINDOWS-1252 -t UTF-8)"
            )
            reading.reject("encoding", number, reason, raw)
            continue
        if "\0" in text:
            reading.reject("encoding", number, "the line contains a NUL character", raw)
        elif blank or text.strip():
            yield number, text
