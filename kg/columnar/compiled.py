"""Compilation of kernels with numba, cached on disk where a folder is writable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


PACKAGES = ("kg", "tries", "retrieval")
"""The packages that have kernels; those of one may call those of another."""


def _sources() -> str:
    """Return a digest of every source file that has kernels."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for file in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        text = file.read_bytes()
        if b"@kernel" in text or b"@inlined" in text:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + text)
    return digest.hexdigest()


SOURCES = _sources()


def _compiled(function: F, **options: Any) -> F:
    """Compile with the cache where that is safe.

    numba takes a cached function for fresh if its own file has not changed, even if a kernel that it calls has. So its
    freshness is tied to all sources that have kernels; where numba will not have that, or has no folder
    that it may write to, nothing is cached.
    """
    try:
        dispatcher = numba.njit(cache=True, nogil=True, **options)(function)
        file = dispatcher._cache._cache_file
        file._source_stamp = (*file._source_stamp, SOURCES)
    except (RuntimeError, AttributeError, TypeError):
        dispatcher = numba.njit(nogil=True, **options)(function)
    return dispatcher  # type: ignore[no-any-return]


def kernel(function: F) -> F:
    """Compile a function to machine code on first use, without the interpreter lock; cached on disk where possible."""
    return _compiled(function)


def inlined(function: F) -> F:
    """Compile a function into those that call it: for what runs once per row, where a call would cost as much.

    Inlined before compilation, not by it: half the time to compile. A call to a ``kernel`` that takes views belongs in
    no loop that is to be fast, not even where it is seldom reached: the views' references are counted all the same
    (60 of 75 ns a row, measured).
    """
    return _compiled(function, inline="always")


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only base-class view, so that a kernel compiles once for mapped files and for memory alike."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def is_kept(kernel: Any) -> bool:
    """Return whether some machine code of a kernel is kept on disk, so that it need not be compiled."""
    cache = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    return bool(cache is not None and Path(cache._index_path).is_file())
