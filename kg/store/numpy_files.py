"""NumPy's ``.npy`` and ``.npz`` formats, read by one thread at a time.

NumPy parses headers with ``ast``, which counts its depth for all threads together in CPython 3.11: two threads that
meet there end in ``SystemError: AST constructor recursion depth mismatch``.
"""

from __future__ import annotations

import threading
from typing import IO

import numpy as np

from clew.kg.graph.arrays import Array

_PARSING = threading.Lock()


def read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and type of a ``.npy`` file's array, whose bytes follow.

    ``ValueError`` where the header is broken, ``KeyError`` where its version is neither 1.0 nor 2.0.
    """
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    with _PARSING:
        return read(file)


def unpacked(file: IO[bytes]) -> dict[str, Array]:
    """The arrays of a ``.npz`` file by name; ``ValueError``, ``OSError`` or ``BadZipFile`` where it is broken."""
    with _PARSING, np.load(file, allow_pickle=False) as packed:
        return {name: packed[name] for name in packed.files}
