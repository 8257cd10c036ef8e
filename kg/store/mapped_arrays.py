"""The arrays of a snapshot, memory-mapped and checked when they are first used."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.arrays import Array, Blocks
from clew.kg.store.mapped_file import Checksums, MappedFile, blocks_of
from clew.kg.store.numpy_files import read_header


class MappedArrays(Mapping[str, Array]):
    """Arrays by name, each in a ``.npy`` file of ``directory``; safe for threads.

    All files are mapped at once, so that they may be deleted afterwards. Every block of one is checked when its array
    is asked for first. ``CorruptSnapshot`` where a file is missing, of another size or damaged.
    """

    def __init__(self, directory: Path, sums: Mapping[str, Checksums]) -> None:
        self._files = {file.removesuffix(".npy"): MappedFile(directory / file, found) for file, found in sums.items()}
        self._arrays: dict[str, Array] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Array:
        found = self._arrays.get(name)
        return self._checked(name) if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def _checked(self, name: str) -> Array:
        file = self._files[name]
        with self._lock:
            if name not in self._arrays:
                file.check_all()
                self._arrays[name] = array_in(file)
        return self._arrays[name]

    def check(self, name: str, start: int, stop: int, done: Blocks) -> None:
        """Check the blocks again that hold an array's elements ``start .. stop-1``, but for those ``done``."""
        array, file = self[name], self._files[name]
        begin = len(file.data) - array.nbytes
        for block in blocks_of(begin + start * array.itemsize, begin + stop * array.itemsize):
            if (name, block) not in done:
                file.check(block)
                done.add((name, block))


def array_in(file: MappedFile) -> Array:
    """The array in a checked ``.npy`` file, a read-only view of the mapping; ``CorruptSnapshot`` if it holds none."""
    head = io.BytesIO(bytes(file.data[:4096]))
    try:
        shape, fortran, dtype = read_header(head)
        array = np.frombuffer(file.data, dtype, offset=head.tell()) if 0 not in shape else np.empty(0, dtype)
        return array.reshape(shape, order="F" if fortran else "C")
    except (ValueError, KeyError) as error:
        raise CorruptSnapshot(f"{file.path}: not an array: {error}") from error
