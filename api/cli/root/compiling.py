"""Says that kernels are being compiled, which the first question after an installation has to wait for."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from clew.api.cli.common import Console
from clew.api.cli.progress import bar
from clew.kg.columnar.compiled import is_kept

KERNELS = 95
"""About how many kernels the first question compiles."""
_INTERVAL = 0.5


@contextmanager
def compiling_told(console: Console) -> Iterator[None]:
    """Show on a terminal how many kernels are compiled while the block runs, if there are none yet."""
    from clew.kg.columnar import kernels

    if console.json or not sys.stderr.isatty() or is_kept(kernels.position_of):
        yield
        return
    ended = threading.Event()
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parents[3])
    thread = threading.Thread(target=_tell, args=(console, folder, _count(folder), ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _tell(console: Console, folder: Path, first: int, ended: threading.Event) -> None:
    start, shown = time.monotonic(), 0
    while not ended.wait(_INTERVAL):
        done = _count(folder) - first
        if done > shown:
            shown = done
            total = max(KERNELS, done + 1)
            console.overwrite(bar("compiling (once after an installation)", done, total, time.monotonic() - start))
    if shown:
        console.overwrite("")
        click.echo("\r", err=True, nl=False)


def _count(folder: Path) -> int:
    """Return how many kernels are kept below a folder. In a source tree, packages are links, which are followed."""
    walked = os.walk(folder, followlinks=True)
    return sum(name.endswith(".nbi") for _, _, files in walked for name in files)
