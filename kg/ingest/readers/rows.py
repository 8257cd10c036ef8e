"""The rows of a delimited text file, and the lines of any UTF-8 text file."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.limits import MAX_LINE_BYTES

Row = tuple[int, list[str]]  # the line number and the cells


def rows_of(reading: FileReading, delimiter: str, quote: str) -> Iterator[Row]:
    """All rows of a table that are UTF-8 and not blank, with the line each ends on."""
    texts = text_lines(reading)
    if not quote:
        for line, text in texts:
            yield line, text.split(delimiter)
        return
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _Numbered(texts)
    parser = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    while True:
        try:
            yield from ((lines.number, cells) for cells in parser if cells)
            return
        except csv.Error as error:
            reading.reject("syntax", lines.number, str(error), lines.text)


class _Numbered:
    """Lines as the CSV parser takes them, remembering the last one."""

    def __init__(self, texts: Iterator[tuple[int, str]]) -> None:
        self.texts, self.number, self.text = texts, 0, ""

    def __iter__(self) -> _Numbered:
        return self

    def __next__(self) -> str:
        self.number, self.text = next(self.texts)
        return self.text + "\n"


def text_lines(reading: FileReading) -> Iterator[tuple[int, str]]:
    """The (number, text) of every line that is not blank; lines that are not UTF-8 text are rejected."""
    number = 0
    while raw := reading.stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{number}: the line exceeds {MAX_LINE_BYTES:,} bytes")
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            reading.reject("encoding", number, f"not UTF-8 at byte {error.start + 1} of the line", raw)
            continue
        if "\0" in text:
            reading.reject("encoding", number, "the line contains a NUL character", raw)
        elif text.strip():
            yield number, text
