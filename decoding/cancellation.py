"""Withdrawing a question that is being answered, from any thread."""

from __future__ import annotations

from threading import Event

from kg.errors import Cancelled


class Cancellation:
    """Set once by whoever asked, looked at between expansions by whatever answers. There is no way back.

    A search that meets it ends as one whose budget is spent: ``partial``, with what it has. What answers people turns
    that into ``Cancelled``, so that nobody takes a withdrawn question for one without an answer.
    """

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = Event()

    @property
    def cancelled(self) -> bool:
        """Whether the question was withdrawn."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Withdraw the question; more than once is as good as once."""
        self._event.set()

    def check(self) -> None:
        """Raise ``Cancelled`` if the question was withdrawn."""
        if self._event.is_set():
            raise Cancelled("the question was cancelled")
