"""A process that is ours alone, such as that of ``clew ask``, starts sooner than one that Clew is a guest in."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_BLAS = "scipy.linalg.cython_blas"
"""What numba looks for when it makes its first kernel ready, to offer matrix products that no kernel of ours uses:
importing it takes longer than all our kernels."""
_own = False


def own_process() -> None:
    """Say that nothing but the command line runs in this process."""
    global _own
    _own = True


@contextmanager
def loading(blas: bool = True) -> Iterator[None]:
    """Import and load what stays for as long as the process: in one of our own, garbage is not looked for meanwhile,
    nor later among what was loaded. ``blas``: whether anything may want scipy's linear algebra."""
    if not _own:
        yield
        return
    hidden = not blas and _BLAS not in sys.modules
    if hidden:
        sys.modules[_BLAS] = None  # type: ignore[assignment]
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        if hidden:
            del sys.modules[_BLAS]
