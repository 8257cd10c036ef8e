"""A process of our own, such as that of ``clew ask``, starts and ends sooner than one that Clew is a guest in."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clew.kg.limits import INTERPRETED_STEPS

_BLAS = "scipy.linalg.cython_blas"
"""What numba looks for when it makes its first kernel ready, to offer matrix products that no kernel of ours uses:
importing it takes longer than all our kernels."""


class _Process:
    """``own``: nothing but the command line runs in it; ``brief``: it ends with what it does now."""

    own = False
    brief = False


def own_process() -> None:
    """Say that nothing but the command line runs in this process; called before numpy is imported."""
    _Process.own = True
    # numpy asks for huge pages, which the system first has to find: more than half of the time of making an array
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    # its threads for matrix products wait with busy cores, by default for some 2^26 cycles, from the start on
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "16")


@contextmanager
def loading() -> Iterator[None]:
    """Import what stays for as long as the process: in one of our own, garbage is not looked for meanwhile, nor later
    among what was loaded."""
    if not _Process.own or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def settle() -> None:
    """Leave what was loaded out of later searches for garbage, in a process of our own: among a million objects each
    search would hold up a question for a sixth of a second. ``unsettle`` before any of it is given up."""
    if _Process.own:
        gc.freeze()


def unsettle() -> None:
    """Let garbage be looked for everywhere again."""
    if _Process.own:
        gc.unfreeze()


@contextmanager
def last_task() -> Iterator[None]:
    """Load and do the last thing that a process of our own does, with kernels of ours as the only compiled ones, and
    those only where there is much to do."""
    from clew.kg.columnar.compiled import interpret  # leads to numpy, which must know its threads first

    _Process.brief = hidden = _Process.own and _BLAS not in sys.modules
    if hidden:
        sys.modules[_BLAS] = None  # type: ignore[assignment]
    interpret(INTERPRETED_STEPS if _Process.own else 0)
    try:
        with loading():
            yield
    finally:
        interpret(0)
        if hidden:
            del sys.modules[_BLAS]


def leave(code: object) -> None:
    """End the process with an exit code after its ``last_task``: all is written by then, and to take down what was
    loaded, object by object, takes a tenth of the time. Returns where there is more to wait for."""
    if not _Process.brief or threading.active_count() > 1 or not isinstance(code, int):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # for the interpreter to report
        return
    os._exit(code)
