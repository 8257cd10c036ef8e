"""Texts for the embedded model: relation labels as plain words, questions with a masked topic."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clew.kg.terms.names import relation_name

PLACEHOLDER = "x"
"""What stands for the topic's mention: its name says nothing about the relations asked for, and may mislead."""

TOPIC_MARK = "⟦x⟧"
"""The placeholder as written in a prompt, so that it cannot be confused with an x of the question."""


@dataclass(frozen=True, slots=True)
class MaskedQuestion:
    """A question whose topic mention is replaced by ``PLACEHOLDER``; ``span`` is where that stands (None: nowhere)."""

    text: str
    span: tuple[int, int] | None

    @property
    def prompt(self) -> str:
        """The question with ``TOPIC_MARK`` for the topic: what ``parse_prompt`` reads back."""
        if self.span is None:
            return self.text
        return self.text[: self.span[0]] + TOPIC_MARK + self.text[self.span[1] :]


def parse_prompt(prompt: str) -> MaskedQuestion:
    """Return the masked question of a prompt; the first ``TOPIC_MARK`` is the topic, others become the placeholder."""
    at = prompt.find(TOPIC_MARK)
    text = prompt.replace(TOPIC_MARK, PLACEHOLDER)
    return MaskedQuestion(text, None if at < 0 else (at, at + len(PLACEHOLDER)))


def mask_topic(question: str, span: tuple[int, int] | None, labels: tuple[str, ...] = ()) -> MaskedQuestion:
    """Replace the topic's mention by the placeholder.

    ``span`` is the mention's character span; without one, the first of ``labels`` (longest first, whole words, any
    case) that the question holds is taken. Quotes or brackets that hug the mention go with it.
    """
    found = span if span is not None else _find(question, labels)
    if found is None:
        return MaskedQuestion(question, None)
    start, end = found
    while start > 0 and end < len(question) and question[start - 1] + question[end] in ("[]", '""', "''", "“”", "‘’"):
        start, end = start - 1, end + 1
    text = question[:start] + PLACEHOLDER + question[end:]
    return MaskedQuestion(text, (start, start + len(PLACEHOLDER)))


def _find(question: str, labels: tuple[str, ...]) -> tuple[int, int] | None:
    lowered = question.lower()
    if len(lowered) != len(question):  # a few letters change length when lowered: spans would be off
        lowered = question
    for label in sorted(labels, key=len, reverse=True):
        needle = label.strip().lower()
        found = re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", lowered) if needle else None
        if found:
            return found.span()
    return None


def readable(label: str) -> str:
    """Return the words of a relation's name in lower case: ``film.film.directedBy`` is ``film directed by``."""
    return relation_name(label).lower()
