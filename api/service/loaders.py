"""Threads that load graphs, apart from those that answer questions."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def finished(result: T) -> Future[T]:
    """Return a future that has its result."""
    future: Future[T] = Future()
    future.set_result(result)
    return future


class LoadingTask(Generic[T]):
    """Work to be done once, by whichever thread, and the future of its result or its error. Nobody can cancel it, as
    others may be waiting for it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.future: Future[T] = Future()
        self.future.set_running_or_notify_cancel()

    def run(self) -> None:
        """Do the work."""
        try:
            self.future.set_result(self._work())
        except BaseException as error:  # raised where the result is asked for
            self.future.set_exception(error)


class Loaders:
    """Runs tasks in at most ``most`` threads, in the order they are given. A thread ends when no task is left, and none
    keeps the process from ending."""

    def __init__(self, most: int) -> None:
        self._most, self._running = most, 0
        self._waiting: deque[LoadingTask[Any]] = deque()
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether any task is running."""
        return self._running > 0

    def submit(self, task: LoadingTask[Any]) -> None:
        """Run a task as soon as a thread is free."""
        with self._lock:
            self._waiting.append(task)
            if self._running < self._most:
                self._running += 1
                threading.Thread(target=self._run, name="clew-load", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                task = self._waiting.popleft()
            task.run()
