"""Sets how many threads torch uses, by environment variables, before torch is imported."""

from __future__ import annotations

import os
import sys

from clew.api.settings import EMBEDDED
from clew.kg import limits


def set_threads(model: str, most: int = limits.MAX_THREADS) -> None:
    """Let one computation of the embedded model have at most ``most`` threads, one of another ``model`` as many as
    torch takes; what ``OMP_NUM_THREADS`` says goes before.

    Threads that wait do not spin (``OMP_WAIT_POLICY``): on a busy machine, or with two computations at a time, they
    would keep from the cores the very work they wait for.
    """
    if model == EMBEDDED:
        os.environ.setdefault("OMP_NUM_THREADS", str(min(most, os.cpu_count() or 1)))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def take_short_turns() -> None:
    """Let the threads of this process run Python code in short turns (``limits.SWITCH_SECONDS``): those that answer
    questions are not to wait long for one that loads a graph."""
    sys.setswitchinterval(limits.SWITCH_SECONDS)
