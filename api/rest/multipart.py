"""Reads ``multipart/form-data`` (RFC 7578) as it arrives, and writes each part to a file of its own.

The framework's own parser would first put everything into temporary files elsewhere, without a limit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from clew.kg.errors import BadInput

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

Place = Callable[[str, str], Path]
"""Returns where a part is to be stored, of its name and its file name; raises ``BadInput`` for one that may not be."""
_Event = tuple[str, bytes]


class MultipartReceiver:
    """Writes the parts of one body. ``most``: the bytes that a part of a name may have; there are no other names."""

    def __init__(self, content_type: str, place: Place, most: Mapping[str, float]) -> None:
        """Raises ``BadInput`` for a header without a boundary."""
        boundary = parse_options_header(content_type)[1].get(b"boundary")
        if not boundary:
            raise BadInput("Content-Type: multipart/form-data has no boundary")
        self._place, self._most = place, most
        self._parts = _PartEvents()
        try:
            self._parser = MultipartParser(boundary, self._parts.callbacks())
        except FormParserError as error:
            raise BadInput(f"Content-Type: {error}") from None

    async def receive(self, body: AsyncIterator[bytes]) -> None:
        """Write what arrives. Raises ``BadInput`` for what is no such body, and the errors of ``body``."""
        file = None
        left = 0.0
        try:
            async for chunk in body:
                for kind, data in self._parsed(chunk):
                    if kind == "begin":
                        name, path = self._begun(data)
                        left = self._most[name]
                        file = await anyio.open_file(path, "wb")
                    elif file is not None and kind == "data":
                        left -= len(data)
                        if left < 0:
                            raise BadInput(f"the part {name!r} exceeds {self._most[name]:,.0f} bytes")
                        await file.write(data)
                    elif file is not None:
                        await file.aclose()
        finally:
            if file is not None:
                await file.aclose()
        if not self._parts.whole:
            raise BadInput("the body ends before its last boundary")

    def _parsed(self, chunk: bytes) -> list[_Event]:
        """Return what a piece of the body holds, in order."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadInput(f"the body is no multipart/form-data: {error}") from None
        return self._parts.taken()

    def _begun(self, disposition: bytes) -> tuple[str, Path]:
        """Return the name of the part that begins, and its file."""
        kind, options = parse_options_header(disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if kind != b"form-data" or name not in self._most:
            raise BadInput(f"there is no part {name[:80]!r}; there are: {', '.join(self._most)}")
        if b"filename" not in options:
            raise BadInput(f"the part {name!r} is no file (with curl: -F {name}=@FILE)")
        return name, self._place(name, options[b"filename"].decode("utf-8", "replace"))


class _PartEvents:
    """What the parser has told: parts that begin (with their ``Content-Disposition``), their data, and their ends."""

    def __init__(self) -> None:
        self.whole = False
        self._events: list[_Event] = []
        self._field = self._value = self._disposition = b""

    def callbacks(self) -> MultipartCallbacks:
        """Return the functions that the parser calls."""
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def taken(self) -> list[_Event]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    def _part_begin(self) -> None:
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _headers_finished(self) -> None:
        self._events.append(("begin", self._disposition))

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        self._events.append(("data", data[start:end]))

    def _part_end(self) -> None:
        self._events.append(("end", b""))

    def _end(self) -> None:
        self.whole = True
