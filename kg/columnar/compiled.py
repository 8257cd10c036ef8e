"""Compilation of kernels with numba, when they are first called, cached on disk where a folder is writable.

Loading numba takes a short process longer than the work of a small question, so it may run a kernel's source as it is
(``interpret``) as long as that is little work, like the tiers of adaptive compilers (U. Hölzle and D. Ungar 1996,
*Reconciling responsiveness with performance in pure object-oriented languages*).
"""

from __future__ import annotations

import functools
import hashlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


PACKAGES = ("kg", "tries", "retrieval")
"""The packages that have kernels; those of one may call those of another."""

_MAKING = threading.RLock()
"""Held while a kernel is made ready: of two threads that call it first, one compiles it."""


class _Interpreter:
    """``left``: how many steps of kernels this process may still run interpreted."""

    left = 0


def interpret(steps: int) -> None:
    """Let kernels that say how many steps they take run interpreted in this process, ``steps`` in all; those not ready
    by then are compiled when they are next called. 0, as at the start: compile each when it is first called."""
    _Interpreter.left = steps


def interprets() -> bool:
    """Whether kernels may still run interpreted: nothing need be compiled beforehand."""
    return _Interpreter.left > 0


@functools.cache
def _sources() -> str:
    """Return a digest of every source file that has kernels."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for file in sorted(file for package in PACKAGES for file in (root / package).rglob("*.py")):
        text = file.read_bytes()
        if b"@kernel" in text or b"@inlined" in text:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + text)
    return digest.hexdigest()


class Kernel:
    """A function that is compiled when it is first called, or run as it is: with the same results, to the last bit, as
    long as no integer overflows but unsigned ones.

    Args:
        function: of arrays and numbers; it may call other kernels of its module by their names.
        steps: about how many rounds of its loops a call takes, given its arguments. None: it is never interpreted.
        options: for numba.
    """

    def __init__(self, function: Callable[..., Any], steps: Callable[..., int] | None = None, **options: Any) -> None:
        functools.update_wrapper(self, function)
        self._function, self.steps, self._options = cast(FunctionType, function), steps, options
        self._ready: Callable[..., Any] | None = None

    def __call__(self, *arguments: Any) -> Any:
        """Run it."""
        return (self._ready or self._chosen(arguments))(*arguments)

    def _chosen(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """Return what runs this call: the compiled function, or one that interprets it."""
        if self.steps is not None and _Interpreter.left > 0:
            _Interpreter.left -= self.steps(*arguments)
            if _Interpreter.left >= 0:
                return self.interpreted
        ready: Callable[..., Any] = self.dispatcher
        self._ready = ready
        return ready

    def interpreted(self, *arguments: Any) -> Any:
        """Run the source; numbers returned are Python's, as those that compiled code returns."""
        with np.errstate(over="ignore"):  # unsigned integers wrap around
            found = self.plain(*arguments)
        return tuple(map(_number, found)) if isinstance(found, tuple) else _number(found)

    @functools.cached_property
    def plain(self) -> FunctionType:
        """The function that calls the sources of other kernels."""
        return self._calling({name: called.plain for name, called in self._called()})

    @property
    def dispatcher(self) -> Any:
        """The function that numba compiles for each combination of argument types."""
        with _MAKING:
            return self._dispatcher

    @functools.cached_property
    def _dispatcher(self) -> Any:
        return _compiled(self._calling({name: called.dispatcher for name, called in self._called()}), self._options)

    def _called(self) -> list[tuple[str, Kernel]]:
        """The kernels that the source names."""
        known = self._function.__globals__
        named = ((name, known.get(name)) for name in self._function.__code__.co_names)
        return [(name, called) for name, called in named if isinstance(called, Kernel)]

    def _calling(self, called: Mapping[str, Any]) -> FunctionType:
        """Return the function with others in the place of the kernels that it calls."""
        source = self._function
        copy = FunctionType(source.__code__, {**source.__globals__, **called}, source.__name__, source.__defaults__)
        return cast(FunctionType, functools.update_wrapper(copy, source))


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _compiled(function: Callable[..., Any], options: Mapping[str, Any]) -> Any:
    """Compile with the cache where that is safe.

    numba takes a cached function for fresh if its own file has not changed, even if a kernel that it calls has. So its
    freshness is tied to all sources that have kernels; where numba will not have that, or has no folder
    that it may write to, nothing is cached.
    """
    import numba

    try:
        dispatcher = numba.njit(cache=True, nogil=True, **options)(function)
        file = dispatcher._cache._cache_file
        file._source_stamp = (*file._source_stamp, _sources())
    except (RuntimeError, AttributeError, TypeError):
        dispatcher = numba.njit(nogil=True, **options)(function)
    return dispatcher


def kernel(function: F) -> F:
    """Compile a function to machine code on first use, without the interpreter lock; cached on disk where possible."""
    return cast(F, Kernel(function))


def kernel_of(steps: Callable[..., int]) -> Callable[[F], F]:
    """Make a ``kernel`` that may also be interpreted; ``steps``: see ``Kernel``."""

    def decorate(function: F) -> F:
        return cast(F, Kernel(function, steps))

    return decorate


def inlined(function: F) -> F:
    """Compile a function into those that call it: for what runs once per row, where a call would cost as much.

    Inlined before compilation, not by it: half the time to compile. A call to a ``kernel`` that takes views belongs in
    no loop that is to be fast, not even where it is seldom reached: the views' references are counted all the same
    (60 of 75 ns a row, measured).
    """
    return cast(F, Kernel(function, inline="always"))


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only base-class view, so that a kernel compiles once for mapped files and for memory alike."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def is_kept(kernel: Any) -> bool:
    """Return whether some machine code of a kernel is kept on disk, so that it need not be compiled."""
    cache = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    return bool(cache is not None and Path(cache._index_path).is_file())
