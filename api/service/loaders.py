"""Threads that load graphs, apart from those that answer questions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def finished(result: T) -> Future[T]:
    """Return a future that has its result."""
    future: Future[T] = Future()
    future.set_result(result)
    return future


class Loaders:
    """Runs work in at most ``most`` threads, in the order it is given. A thread ends when no work is left, and none
    keeps the process from ending."""

    def __init__(self, most: int) -> None:
        self._most, self._running = most, 0
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether any work is running."""
        return self._running > 0

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Return the future result of ``work``, or its error."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # whoever waits no longer must not take it from the others

        def settle() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # raised where the result is asked for
                future.set_exception(error)

        with self._lock:
            self._waiting.append(settle)
            if self._running < self._most:
                self._running += 1
                threading.Thread(target=self._run, name="clew-load", daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                work = self._waiting.popleft()
            work()
