"""Withdrawing a question that is being answered, from any thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock

from clew.kg.errors import Cancelled


class Cancellation:
    """Set once by whoever asked, looked at between expansions by whatever answers. There is no way back.

    A search that meets it ends as one whose budget is spent: ``partial``, with what it has. What answers people turns
    that into ``Cancelled``, so that nobody takes a withdrawn question for one without an answer.
    """

    __slots__ = ("_actions", "_event", "_lock")

    def __init__(self) -> None:
        self._event = Event()
        self._lock = Lock()
        self._actions: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Whether the question was withdrawn."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Withdraw the question; more than once is as good as once."""
        with self._lock:
            self._event.set()
            actions, self._actions = self._actions, []
        for action in actions:
            action()

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """Call ``action`` once, from the thread that withdraws the question, if that happens meanwhile (or before): it
        must end what this thread waits for, and not fail."""
        with self._lock:
            before = self._event.is_set()
            if not before:
                self._actions.append(action)
        if before:
            action()
        try:
            yield
        finally:
            with self._lock:
                if action in self._actions:
                    self._actions.remove(action)

    def check(self) -> None:
        """Raise ``Cancelled`` if the question was withdrawn."""
        if self._event.is_set():
            raise Cancelled("the question was cancelled")
