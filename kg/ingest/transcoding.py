"""Turns texts of other encodings into UTF-8 while they are read."""

from __future__ import annotations

import codecs
import io
from typing import IO, Any

from clew.kg.errors import BadFile


class Transcoded(io.RawIOBase):
    """A text in some encoding, as UTF-8."""

    def __init__(self, file: str, stream: IO[bytes], encoding: str) -> None:
        self.file, self.stream, self.encoding = file, stream, encoding
        self.decoder = codecs.getincrementaldecoder(encoding)()
        self.ready, self.ended, self.looked = b"", False, False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """The next bytes; ``BadFile`` for what the encoding does not have."""
        while not self.ended and (size < 0 or len(self.ready) < size):
            data = self.stream.read(1 << 16)
            self.ended = not data
            self._look(data)
            try:
                self.ready += self.decoder.decode(data, self.ended).encode()
            except UnicodeError as error:
                raise BadFile(f"{self.file}: not {self.encoding}, which it says it is: {error}") from error
        size = len(self.ready) if size < 0 else size
        data, self.ready = self.ready[:size], self.ready[size:]
        return data

    def _look(self, data: bytes) -> None:
        """Refuse what was converted to UTF-8 without a word in its declaration: its letters would come out wrong."""
        if self.looked or data.isascii() or self.encoding.lower().startswith("utf"):
            return
        self.looked = True
        try:
            codecs.getincrementaldecoder("utf-8")().decode(data)
        except UnicodeDecodeError:
            return
        raise BadFile(
            f'{self.file}: its first line says encoding="{self.encoding}", but it is written in UTF-8; '
            'write encoding="UTF-8" there'
        )
