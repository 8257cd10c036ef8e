"""A span of the question that nothing in the answer stands for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What kind of content was not read."""

    ENTITY = "entity"
    """Another entity of the graph."""
    NAME = "name"
    """A name that the graph does not have, or the rest of a name of which a part matched."""
    NUMBER = "number"
    """A number, a date or a year."""
    CLASS = "class"
    """What kind of thing the answers are, which they are not."""
    RELATION = "relation"
    """What is asked of the topic, which is like nothing that the path says."""
    QUALIFIER = "qualifier"
    """A word that makes another of what is asked for: the former one, the deputy."""
    REFERENCE = "reference"
    """A word for something named before, which this question does not name."""
    REASON = "reason"
    """Why something is so."""
    UNIT = "unit"
    """A unit that the answer is not known to be in."""
    NEGATION = "negation"
    CHOICE = "choice"
    """Both, either, or."""
    COUNT = "count"
    """How many, total, average."""
    SUPERLATIVE = "superlative"
    COMPARISON = "comparison"
    YES_NO = "yes-no"
    """A question that asks for yes or no."""
    LANGUAGE = "language"
    """A language that the model does not read."""

    @property
    def text(self) -> str:
        """A phrase for people, to follow the words in question."""
        return _TEXTS[self]


_TEXTS = {
    Why.ENTITY: "names another entity, which the answer does not depend on",
    Why.NAME: "is a name that was not found in the graph",
    Why.NUMBER: "is a number or a date that the answer does not depend on",
    Why.CLASS: "is a kind of thing that the answers are not known to be",
    Why.RELATION: "is unlike everything that the answer says",
    Why.QUALIFIER: "asks for another one than the answer is known to be",
    Why.REFERENCE: "stands for something that the question does not name",
    Why.REASON: "asks for a reason",
    Why.UNIT: "is a unit that the answer is not known to be in",
    Why.NEGATION: "is a negation",
    Why.CHOICE: "joins or opposes several things",
    Why.COUNT: "asks for a count",
    Why.SUPERLATIVE: "asks for an extreme",
    Why.COMPARISON: "is a comparison",
    Why.YES_NO: "asks for yes or no",
    Why.LANGUAGE: "is not in English, the language that questions are read in",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """``question[start:end]`` is ``text``; ``why`` nothing in the answer stands for it."""

    text: str
    start: int
    end: int
    why: Why
