"""What a server sets for its process: torch's threads (before torch is imported), the turns of Python's, its memory."""

from __future__ import annotations

import os
import sys
import threading
import time

from clew.api.settings import EMBEDDED
from clew.kg import limits
from clew.kg.memory import return_freed_memory, share_arenas


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


def return_memory_regularly() -> threading.Event:
    """Keep the memory of this process from growing by gaps between what many threads hold: they share
    ``limits.MEMORY_ARENAS``, and every ``limits.MEMORY_SECONDS`` in which it worked, what is free is given back. That
    ends when the event is set that is returned, or with the process."""
    share_arenas(limits.MEMORY_ARENAS)
    over = threading.Event()
    threading.Thread(target=_return_memory, args=(over,), name="clew-memory", daemon=True).start()
    return over


def _return_memory(over: threading.Event) -> None:
    worked = time.process_time()
    while not over.wait(limits.MEMORY_SECONDS):
        now = time.process_time()
        if now - worked >= limits.MEMORY_WORK_SECONDS:
            return_freed_memory()
            worked = time.process_time()
