"""Chooses the number of torch threads by the amount of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from clew.kg import limits


@cache
def usual_threads() -> int:
    """Return the threads of a computation in this process, as they were when first asked for."""
    return torch.get_num_threads()


class _Cores:
    """``processes``: how many compute at the same time, this one included."""

    processes = 1


def share_cores(more: int) -> None:
    """Say that so many more processes compute on these cores (negative: fewer): each takes its share."""
    _Cores.processes += more


@contextmanager
def threads_for(wordings: int) -> Iterator[None]:
    """Compute with one thread where so few wordings are read (``limits.MAX_LONE_WORDINGS``), else with the usual ones,
    or this process's share of them.

    torch's setting is the calling thread's, but a thread that computes for the first time takes over the one made last,
    whoever made it: so each says what it wants, and leaves the usual.
    """
    usual = usual_threads()
    torch.set_num_threads(1 if wordings <= limits.MAX_LONE_WORDINGS else max(1, usual // _Cores.processes))
    try:
        yield
    finally:
        torch.set_num_threads(usual)
