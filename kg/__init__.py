"""The graph layer: loaders, the immutable snapshot, the catalogue of graphs and versions, the path checker."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew.kg.graph.graph import Graph

__all__ = ["Graph"]


def __getattr__(name: str) -> Any:
    """``kg.Graph``, loaded on first use: it brings the compiler, which ``clew.kg.errors`` and its like do without."""
    if name == "Graph":
        from clew.kg.graph.graph import Graph

        return Graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _provide_compiler_cache() -> None:
    """Compiled code is cached beside the package or in the user's home; where neither can be written, for this run."""
    if "NUMBA_CACHE_DIR" in os.environ or os.access(Path(__file__).parent, os.W_OK):
        return
    try:
        if os.access(Path.home(), os.W_OK):
            return
    except RuntimeError:  # no home
        pass
    folder = tempfile.mkdtemp(prefix="clew-compiled-")
    os.environ["NUMBA_CACHE_DIR"] = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


_provide_compiler_cache()
