"""A question of a question set: its text, its correct answers, and, if known, its topics and gold chain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from clew.evaluation.questions.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class Gold:
    """One right answer. A predicted answer matches it by ``key`` where the set gives one, else by ``label``."""

    label: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question set.

    ``text`` has no brackets. ``topics`` are keys or labels of the entities that the question is about. ``chain`` is the
    gold relation chain as the set spells it (see ``clew.evaluation.metrics.ceiling``). ``answerable`` is False where
    the set says that the graph holds no answer: then the right thing to do is to decline. ``subgraph`` is the
    question's own graph, where the set gives each question one. ``by_chain``: the set gives no answers, so the ends of
    ``chain`` are right. ``deleted``: what answers it was deleted from the graph that it is asked of
    (``clew.evaluation.variants.unanswerable``). ``value``: the right answer where it is no set: a number (a count, a
    sum, an average), yes or no, or a text such as a date. ``rows``: the right table, its cells as texts, blank ones
    empty. ``operators``: those that a program for the question needs. ``kinds``: the sorts of question that it is, as
    the set calls them. ``accept``: for each of ``answers``, all texts that count as it; an answer is then compared cell
    by cell (``clew.evaluation.metrics.accepting``).
    """

    text: str
    answers: tuple[Gold, ...]
    topics: tuple[str, ...] = ()
    chain: tuple[str, ...] | None = None
    hops: int | None = None
    answerable: bool = True
    number: int = 0
    """The line of the file it came from (1-based), for reports."""
    subgraph: Subgraph | None = None
    by_chain: bool = False
    deleted: bool = False
    value: Fraction | bool | str | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    operators: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    accept: tuple[tuple[str, ...], ...] = ()
