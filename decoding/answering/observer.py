"""Who is told what becomes of a question while it is being answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from clew.decoding.answering.topics import Link

if TYPE_CHECKING:
    from clew.decoding.answers.class_edges import Demands
    from clew.decoding.answers.gather import AnswerItem
    from clew.decoding.reading.unread import Unread


class Observer(Protocol):
    """Is called by the thread that answers the question, which waits meanwhile: a method returns at once and does not
    raise. One that inherits from this class overrides what it wants to be told."""

    def linked(self, links: Sequence[Link]) -> None:
        """The question was linked: its candidates, best first."""
        return  # a body, so that it is inherited

    def read(self, reading: str, unread: Sequence[Unread]) -> None:
        """A path was found: what it says, and what of the question it leaves unread. A later one, or a program, takes
        its place."""
        return

    def proved(self, answer: AnswerItem, demands: Demands) -> None:
        """An answer was proved, the best one first. It is given, whatever happens later, unless all fails."""
        return


class _Unobserved(Observer):
    """Is told everything and does nothing."""


UNOBSERVED: Observer = _Unobserved()
"""Observes nothing."""
