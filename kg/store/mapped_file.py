"""Files with a checksum per block, so that damage is found before anything is made of it.

The checksum is XXH3-64 (Collet, https://github.com/Cyan4973/xxHash): made to find damage, not tampering. Checking
takes about 0.1 CPU seconds a gigabyte. A file is checked before it is used; a block of it can be checked again.
"""

from __future__ import annotations

import base64
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from clew.kg.errors import CorruptSnapshot
from clew.kg.store.bus_errors import guard

BLOCK = 65_536
"""Bytes per checksum."""
DIGEST = 8
_WINDOW = 256 * BLOCK
"""Bytes read at a time while a file is checked, so that checking it does not fill memory."""

View = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Checksums:
    """The size of a file in bytes, and the digests of its blocks, ``DIGEST`` bytes each."""

    size: int
    digests: bytes

    @classmethod
    def of(cls, data: bytes) -> Checksums:
        """The checksums of a file with this content."""
        writer = Summing()
        writer.add(data)
        return writer.finish()

    @classmethod
    def of_file(cls, path: Path) -> Checksums:
        """The checksums of a file as it is now. May raise ``OSError``."""
        writer = Summing()
        with path.open("rb") as stream:
            while data := stream.read(_WINDOW):
                writer.add(data)
        return writer.finish()

    @classmethod
    def from_json(cls, facts: Any) -> Checksums:
        """The checksums that ``to_json`` gave; ``ValueError`` where they are none."""
        try:
            size, digests = facts["bytes"], base64.b64decode(facts["xxh3"], validate=True)
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"no checksums: {error}") from error
        if type(size) is not int or size < 0 or len(digests) != DIGEST * -(-size // BLOCK):
            raise ValueError("the number of checksums does not fit the size")
        return cls(size, digests)

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {"bytes": self.size, "xxh3": base64.b64encode(self.digests).decode()}

    def first_damaged(self, data: View, block: int) -> int | None:
        """The first block that differs where ``data`` begins with block number ``block``; None where all are right."""
        for at in range(0, len(data), BLOCK):
            if _digest(data[at : at + BLOCK]) != self.digests[DIGEST * block : DIGEST * (block + 1)]:
                return block
            block += 1
        return None


class Summing:
    """Takes a file's content piece by piece, and gives its checksums."""

    def __init__(self) -> None:
        self._digests = bytearray()
        self._open = xxhash.xxh3_64()
        self._size = 0

    def add(self, data: View) -> None:
        """Take the next bytes."""
        view = memoryview(data).cast("B")
        while len(view):
            room = BLOCK - self._size % BLOCK
            self._open.update(view[:room])
            self._size += len(view[:room])
            view = view[room:]
            if self._size % BLOCK == 0:
                self._close()

    def finish(self) -> Checksums:
        """The checksums of all that was taken."""
        if self._size % BLOCK:
            self._close()
        return Checksums(self._size, bytes(self._digests))

    def _close(self) -> None:
        self._digests += self._open.digest()
        self._open.reset()


def _digest(block: View) -> bytes:
    return xxhash.xxh3_64_digest(block)


class MappedFile:
    """A memory-mapped file: ``data`` is its content, to be used once ``check_all`` has been called.

    ``CorruptSnapshot`` where it is missing or of another size. Where a file is shortened while it is mapped, what is
    gone reads as zeros (``kg.store.bus_errors``). ``check`` and ``watching`` find what is damaged later on.
    """

    def __init__(self, path: Path, sums: Checksums) -> None:
        self.path, self._sums = path, sums
        with _disk_errors(path), path.open("rb") as stream:
            found = os.fstat(stream.fileno())
            if found.st_size != sums.size:
                raise CorruptSnapshot(f"{path}: {found.st_size} bytes instead of {sums.size} as in the manifest")
            # an empty file cannot be mapped
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) if found.st_size else None
        self._mapped, self.data = mapped, memoryview(mapped or b"")
        self._known = (found.st_dev, *_facts(found), sums.digests)
        if mapped is not None:
            _watch(mapped, _Watch(str(path), sums, _facts(found)))

    def check_all(self) -> None:
        """``CorruptSnapshot`` where any block differs from its checksum."""
        checked = _checked.get()
        if checked is not None and self._known in checked:
            return
        for low in range(0, len(self.data), _WINDOW):
            self._check(self.data[low : low + _WINDOW], low // BLOCK)
            if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):  # it need not stay in memory
                self._mapped.madvise(mmap.MADV_DONTNEED, low, min(_WINDOW, len(self.data) - low))
        if checked is not None:
            checked.add(self._known)

    def check(self, block: int) -> None:
        """Check one block again."""
        self._check(self.data[block * BLOCK : (block + 1) * BLOCK], block)

    def _check(self, data: View, block: int) -> None:
        damaged = self._sums.first_damaged(data, block)
        if damaged is not None:
            raise CorruptSnapshot(f"{self.path}: damaged: the checksum of block {damaged} is another one")


def checked_file(path: Path, sums: Checksums) -> MappedFile:
    """A file, mapped, of which every block was checked. ``CorruptSnapshot``."""
    file = MappedFile(path, sums)
    file.check_all()
    return file


@dataclass(slots=True)
class _Watch:
    """A file that is mapped: ``seen`` is what the file system said of it when it was right."""

    path: str
    sums: Checksums
    seen: tuple[int, int, int]
    broken: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        if self.broken.is_set():
            raise CorruptSnapshot(f"{self.path}: it cannot be read any more: it was shortened, or the disk fails")
        try:
            found = _facts(os.stat(self.path))  # noqa: PTH116 - for some eighty files twice a question
        except OSError:
            return
        if found != self.seen and found[0] == self.seen[0]:
            checked_file(Path(self.path), self.sums)
            self.seen = found


class Watched:
    """The files that were mapped within a block of ``watching``."""

    def __init__(self) -> None:
        self._watches: list[_Watch] = []

    def add(self, watch: _Watch) -> None:
        """Take one more file."""
        self._watches.append(watch)

    def check_unchanged(self) -> None:
        """``CorruptSnapshot`` where one of the files was damaged since it was mapped.

        A file is read again only if its size or its time of change is another one. One that was deleted or replaced is
        as it was: the mapping keeps the file that was opened. Takes some four microseconds a file.
        """
        for watch in self._watches:
            watch.check()


_watched: ContextVar[Watched | None] = ContextVar("watched", default=None)


@contextmanager
def watching() -> Iterator[Watched]:
    """Watch the files that this thread maps within the block."""
    found = Watched()
    token = _watched.set(found)
    try:
        yield found
    finally:
        _watched.reset(token)


def _watch(mapped: mmap.mmap, watch: _Watch) -> None:
    guard(mapped, watch.broken)
    watched = _watched.get()
    if watched is not None:
        watched.add(watch)


_checked: ContextVar[set[tuple[object, ...]] | None] = ContextVar("checked", default=None)


@contextmanager
def checking_once() -> Iterator[None]:
    """Within the block, do not check a file a second time that this thread has checked against the same checksums.

    Under whatever name: the versions of a graph share files. One of which the file system says that it changed in
    between is another file. For a command that opens a version several times on its way to the next one.
    """
    token = _checked.set(set())
    try:
        yield
    finally:
        _checked.reset(token)


def blocks_of(start: int, stop: int) -> range:
    """The numbers of the blocks that hold bytes ``start .. stop-1``."""
    return range(start // BLOCK, -(-stop // BLOCK))


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorruptSnapshot(f"{path}: {error.strerror or error}") from error


def _facts(found: os.stat_result) -> tuple[int, int, int]:
    """What tells whether a file is the same one (first: its number), and unchanged."""
    return found.st_ino, found.st_size, found.st_mtime_ns
