"""Saves what is good of a Turtle statement that cannot be read: each bad object costs itself; nothing is made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clew.kg.ingest.readers.turtle.leaves import Leaf, StatementParts, parts_of, text_of

_SOME = b"<urn:x-some>"  # stands for a term where only the others are looked at
_ANONYMOUS = b"[]"
NO_POINT = SyntaxError("the statement does not end: unexpected end")


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost: the error, where in the statement it lies, and a text for each statement or line of it."""

    error: SyntaxError
    start: int
    texts: tuple[bytes, ...]


class StatementRepair:
    """One statement being repaired.

    ``fault`` returns the error of a text of whole statements, None where it can be read; ``lose`` is told what is lost.
    """

    def __init__(self, text: bytes, fault: Callable[[bytes], SyntaxError | None], lose: Callable[[Loss], None]) -> None:
        self.text, self.fault, self.lose = text, fault, lose
        self.parts: StatementParts = parts_of(text)

    def statement(self, *, closed: bool) -> bytes:
        """The statement with what can be kept, each object on its line; empty where nothing can.

        ``closed``: the brace of its graph ends it, so that it needs no point.
        """
        parts = self.parts
        subject, leaves = self._subject(parts)
        if subject and not leaves and not parts.inner:
            self.lose(Loss(self.fault(self.text) or NO_POINT, 0, _lines(self.text)))
        if leaves and not parts.ended and not closed:
            self._lose(leaves[-1], NO_POINT, subject)
            leaves = leaves[:-1]
        leaves = self._kept(leaves, parts.subject)
        alone = bool(parts.inner and subject) and self.fault(subject + b" .") is None
        return self._written(subject, leaves) if leaves or alone else b""

    def _subject(self, parts: StatementParts) -> tuple[bytes, tuple[Leaf, ...]]:
        """The subject, with the leaves in its brackets that can be kept, and the leaves to look at."""
        error = self.fault(b"%b %b %b ." % (parts.subject, _SOME, _SOME))
        if error is None:
            return parts.subject, parts.leaves
        if parts.inner is not None:
            return b"[ " + text_of(self._kept(parts.inner, _ANONYMOUS)) + b" ]", parts.leaves
        for leaf in parts.leaves:
            self._lose(leaf, error, parts.subject)
        if not parts.leaves:
            self.lose(Loss(error, 0, _lines(self.text)))
        return b"", ()

    def _kept(self, leaves: tuple[Leaf, ...], subject: bytes) -> tuple[Leaf, ...]:
        """The leaves that can be read, those within brackets included; the others are lost."""
        error = self.fault(b"%b %b ." % (_SOME, text_of(leaves))) if leaves else None
        if error is None:
            return leaves
        if len(leaves) > 1:
            middle = len(leaves) // 2
            return self._kept(leaves[:middle], subject) + self._kept(leaves[middle:], subject)
        (leaf,) = leaves
        if leaf.inner and self.fault(b"%b %b [] ." % (_SOME, leaf.verb)) is None:
            return (leaf.with_inner(self._kept(leaf.inner, _ANONYMOUS)),)
        self._lose(leaf, error, subject)
        return ()

    def _lose(self, leaf: Leaf, error: SyntaxError, subject: bytes) -> None:
        """Tell of a leaf that is lost and of those in its brackets; of one that is no single term, line by line."""
        whole = b"%b %b %b ." % (subject, leaf.verb, leaf.object)
        texts = (whole,) + (b"",) * (leaf.count() - 1) if leaf.single else _lines(whole)
        self.lose(Loss(error, leaf.start, texts))

    def _written(self, subject: bytes, leaves: tuple[Leaf, ...]) -> bytes:
        """The statement, with each leaf on the line that it is on in the source where that is possible."""
        out = subject
        for number, leaf in enumerate(leaves):
            missing = self.text.count(b"\n", 0, leaf.start) - out.count(b"\n")
            out += (b" ;" if number else b"") + b"\n" * missing + b" " + leaf.verb + b" " + leaf.object
        return out + b" ."


def _lines(text: bytes) -> tuple[bytes, ...]:
    return tuple(line for line in text.splitlines() if line.strip()) or (text,)
