"""The time limit of the work under way. Loops that may be long look at it; whoever set it catches ``OutOfTime``.

A limit belongs to one question, and the code that must keep it lies in many layers: as a cancel scope of Trio's
(N. J. Smith 2018, *Timeouts and cancellation for humans*) it holds for everything that is called within a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from time import monotonic
from typing import TypeVar

from clew.kg.limits import LOOK_SECONDS

T = TypeVar("T")


class OutOfTime(Exception):  # no error of anybody's: it ends a computation, never a question
    """Time is up. Nothing that was being computed is kept."""


_over: ContextVar[Callable[[], bool] | None] = ContextVar("over", default=None)


def passed(deadline: float | None) -> bool:
    """Return whether a deadline (``time.monotonic`` seconds; None: there is none) has passed."""
    return deadline is not None and monotonic() >= deadline


@contextmanager
def limited(over: Callable[[], bool]) -> Iterator[None]:
    """Within the block, let ``look`` raise ``OutOfTime`` as soon as ``over`` says so; no outer limit holds there."""
    token = _over.set(over)
    try:
        yield
    finally:
        _over.reset(token)


def look() -> None:
    """Raise ``OutOfTime`` if time is up. Without a limit, never. Takes less than a microsecond."""
    over = _over.get()
    if over is not None and over():
        raise OutOfTime


def looking(items: Iterable[T]) -> Iterator[T]:
    """Yield the items, with a look before each."""
    for item in items:
        look()
        yield item


@contextmanager
def held(lock: Lock) -> Iterator[None]:
    """Hold a lock within the block; wait for it no longer than the limit."""
    while not lock.acquire(timeout=LOOK_SECONDS):
        look()
    try:
        yield
    finally:
        lock.release()
