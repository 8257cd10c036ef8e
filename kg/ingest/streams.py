"""Opening sources: files and standard input, compressed or not, checked before anything is parsed."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import zstandard

from clew.kg.errors import BadFile
from clew.kg.ingest.transcoding import Transcoded
from clew.kg.limits import MAX_DECOMPRESSION_MB, MAX_EXPANSION_RATIO, MIN_EXPANSION_BYTES

STDIN = "-"
BUFFER = 1 << 17  # what can be looked at before anything is parsed
_BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zst"}
_NOT_TEXT = {
    b"PK\x03\x04": "a ZIP archive (of Excel's sheets, perhaps: save each as CSV)",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a document of Office (save Excel's sheets as CSV)",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF",
    b"\x7fELF": "a program",
}
_TABLES = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")  # Parquet, Arrow file, Arrow stream
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r"))
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


class Counted(io.RawIOBase):
    """A source's raw bytes, counted as they are read, for progress and against decompression bombs."""

    def __init__(self, raw: IO[bytes]) -> None:
        self.raw, self.count = raw, 0

    def readable(self) -> bool:  # noqa: D102
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: D102
        count = int(self.raw.readinto(buffer) or 0)  # type: ignore[attr-defined]  # every binary file has it
        self.count += count
        return count


class _Guarded(io.RawIOBase):
    """Decompressed bytes; ``BadFile`` for damaged data and for an expansion no text has."""

    def __init__(self, inner: Any, counted: Counted, name: str) -> None:
        self.inner, self.counted, self.name, self.produced = inner, counted, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self.inner.read(len(buffer))
        except (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
            raise BadFile(f"{self.name}: damaged compressed data ({error})") from error
        buffer[: len(data)] = data
        self.produced += len(data)
        if self.produced > MIN_EXPANSION_BYTES and self.produced > MAX_EXPANSION_RATIO * max(self.counted.count, 1):
            raise BadFile(
                f"{self.name}: expands to more than {MAX_EXPANSION_RATIO} times its size (a decompression bomb?)"
            )
        return len(data)


class _Frames(io.RawIOBase):
    """Concatenated xz or zstd frames, each by a fresh ``decoder``, so that their memory is limited and a cut is seen.

    (``lzma.open`` takes no memory limit, zstandard's reader ends quietly where a frame is cut short.)
    """

    def __init__(self, raw: IO[bytes], decoder: Callable[[], Any], step: int) -> None:
        self.raw, self.fresh, self.step = raw, decoder, step
        self.decoder, self.rest, self.decoded = decoder(), b"", b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.decoded:
            if self.decoder.eof:
                self.rest = self.decoder.unused_data or self.raw.read(self.step)
                if not self.rest.strip(b"\0"):  # xz pads with zeros
                    return 0
                self.decoder = self.fresh()
            elif not self.rest:
                self.rest = self.raw.read(self.step)
                if not self.rest:
                    raise EOFError("unexpected end of data")
            self.decoded, self.rest = self.decoder.decompress(self.rest), b""
        data, self.decoded = self.decoded[: len(buffer)], self.decoded[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _xz() -> Any:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_DECOMPRESSION_MB << 20)


def _zst() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=MAX_DECOMPRESSION_MB << 20).decompressobj()


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "gz": lambda raw: gzip.GzipFile(fileobj=raw),
    "bz2": lambda raw: bz2.BZ2File(raw),
    "xz": lambda raw: _Frames(raw, _xz, 4096),  # 4 KiB of xz give some 28 MiB at the very most,
    "zst": lambda raw: _Frames(raw, _zst, 512),  # 512 bytes of zstd 16 MiB (128 KiB for each four-byte block)
}


@contextmanager
def open_source(path: str) -> Iterator[tuple[io.BufferedReader[Any], Counted]]:
    """The decompressed bytes of a file (``-``: standard input), without a byte order mark, and the raw byte count.

    ``BadFile`` if it cannot be opened, is of an encoding other than UTF-8 that announces itself, or is binary.
    """
    raw = _open_raw(path)
    with raw:
        counted = Counted(raw)
        buffered: io.BufferedReader[Any] = io.BufferedReader(counted, BUFFER)
        kind = next((kind for magic, kind in _MAGIC.items() if buffered.peek(8).startswith(magic)), None)
        if kind is not None:
            guarded = _Guarded(_DECODERS[kind](buffered), counted, path)
            buffered = io.BufferedReader(guarded, BUFFER)
        buffered = _check_text(path, buffered)
        yield buffered, counted


def _open_raw(path: str) -> IO[bytes]:
    if path == STDIN:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        if Path(path).is_dir():
            raise BadFile(f"{path}: this is a folder, not a file")
        return Path(path).open("rb")
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise BadFile(f"{path!r}: {error}") from error


def _check_text(path: str, stream: io.BufferedReader) -> io.BufferedReader:
    """Refuse what is plainly no UTF-8 text, XML in UTF-16 excepted; pass over a byte order mark."""
    head = stream.peek(1 << 13)[: 1 << 13]
    if head.startswith(_TABLES):
        return stream
    for bom, encoding in _BOMS.items():
        if head.startswith(bom) and encoding == "UTF-16" and "<?xml" in head[:99].decode(encoding, "replace"):
            return io.BufferedReader(Transcoded(path, stream, encoding), BUFFER)
        if head.startswith(bom):
            raise BadFile(
                f"{path}: the encoding is {encoding}; convert the file to UTF-8 first (iconv -f {encoding} -t UTF-8)"
            )
    for magic, what in _NOT_TEXT.items():
        if head.startswith(magic):
            raise BadFile(f"{path}: this is {what}, not a graph file")
    if head.startswith(codecs.BOM_UTF8):
        stream.read(len(codecs.BOM_UTF8))
    elif b"\0" in head and _is_binary(head):
        raise BadFile(f"{path}: this is a binary file")
    return stream


def _is_binary(head: bytes) -> bool:
    """Whether bytes that hold a NUL are no text; a literal may hold one (the W3C's tests do)."""
    if head.count(0) > 0.02 * len(head) and len(head.translate(None, _CONTROLS)) < 0.8 * len(head):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return True
    return False
