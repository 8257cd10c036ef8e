"""Compilation of the package's kernels: numba, cached on disk where some folder is writable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


def _compiled(function: F, **options: bool) -> F:
    try:
        return numba.njit(cache=True, nogil=True, **options)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba found no folder that it may write its cache to
        return numba.njit(nogil=True, **options)(function)  # type: ignore[no-any-return]


def kernel(function: F) -> F:
    """Compile a function to machine code on first use, without the interpreter lock; cached on disk where possible."""
    return _compiled(function)


def inlined(function: F) -> F:
    """Compile a function into those that call it: for what runs once per row, where a call would cost as much."""
    return _compiled(function, forceinline=True)


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only base-class view, so that a kernel compiles once for mapped files and for memory alike."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view
