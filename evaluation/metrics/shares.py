"""Judges what came back for a question: which part of it is right, and which part of what is right it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.evaluation.metrics.accepting import Accepted
from clew.evaluation.metrics.cells import Cell, alike, cell_of
from clew.evaluation.metrics.matching import Matcher, substring_hit
from clew.evaluation.metrics.tables import Cells, compare_rows
from clew.evaluation.outcome import Outcome
from clew.evaluation.questions.question import Question

TIE = 1e-9
"""Answers whose scores differ by no more than this are tied: ends of one relation path score alike."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The share that is right of the answers tied at the top (``hit``), of all answers (``precision``), and of the
    right ones that are there (``recall``). ``cells``: whether the same cells are there, in whatever rows.
    ``hit_gcr``: see ``substring_hit``; of values and tables, whether anything is right."""

    hit: float = 0.0
    precision: float = 0.0
    recall: float = 0.0
    cells: bool = False
    hit_gcr: bool = False

    @property
    def exact(self) -> bool:
        """Whether it is right, all of it and nothing else."""
        return self.precision == 1.0 == self.recall


def judge(question: Question, outcome: Outcome) -> Shares:
    """Judge an outcome by what the question gives: texts to accept, a value, rows, or a set of answers."""
    if question.accept:
        return _by_accepted(question, outcome)
    if question.value is not None:
        return _by_value(cell_of(question.value), _rows(outcome))
    if question.rows:
        return _by_rows([tuple(map(cell_of, row)) for row in question.rows], _rows(outcome))
    if outcome.value is None and not outcome.rows:
        return _by_answers(question, outcome)
    return _by_rows([(cell_of(gold.label or gold.key or ""),) for gold in question.answers], _rows(outcome))


def _by_answers(question: Question, outcome: Outcome) -> Shares:
    matcher = Matcher(question.answers)
    found = [matcher.found_by(predicted) for predicted in outcome.answers]
    gcr = substring_hit(question.answers, outcome.answers)
    return _of_found(found, [answer.score for answer in outcome.answers], len(question.answers), gcr)


def _by_accepted(question: Question, outcome: Outcome) -> Shares:
    accepted = Accepted(question.accept)
    if outcome.answers:
        found = [accepted.found_by({cell_of(one.label), cell_of(one.key)}) for one in outcome.answers]
        scores = [answer.score for answer in outcome.answers]
    else:
        found = [accepted.found_by([cell]) for cell in dict.fromkeys(_flat(_rows(outcome)))]
        scores = [1.0] * len(found)
    return _of_found(found, scores, len(question.accept), any(found))


def _of_found(found: Sequence[set[int]], scores: Sequence[float], num_gold: int, hit_gcr: bool) -> Shares:
    right = [bool(some) for some in found]
    precision = _share(right)
    recall = len(set().union(*found)) / num_gold if num_gold else 0.0
    return Shares(hits_at_1(scores, right), precision, recall, precision == 1.0 == recall, hit_gcr)


def _by_value(gold: Cell, found: Sequence[Cells]) -> Shares:
    """A value is right or not."""
    right = alike([gold], _flat(found))
    share = float(right)
    return Shares(share, share, share, right, right)


def _by_rows(gold: Sequence[Cells], found: Sequence[Cells]) -> Shares:
    if not gold:
        return Shares()
    precision, recall = compare_rows(gold, found)
    return Shares(precision, precision, recall, alike(_flat(gold), _flat(found)), precision > 0)


def _rows(outcome: Outcome) -> list[Cells]:
    """Return an outcome of any shape as rows: a value as one cell, a set as one column."""
    if outcome.value is not None:
        return [(cell_of(outcome.value),)]
    if outcome.rows:
        return [tuple(map(cell_of, row)) for row in outcome.rows]
    return [(cell_of(answer.label),) for answer in outcome.answers]


def _flat(rows: Sequence[Cells]) -> list[Cell]:
    """Return the cells that are not blank."""
    return [cell for row in rows for cell in row if cell != ""]


def hits_at_1(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the share of right answers among those tied at the top, 0 without answers: the expected Hits@1 of picking
    one of them at random."""
    best = max(scores, default=0.0)
    return _share([is_right for score, is_right in zip(scores, right, strict=True) if score >= best - TIE])


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
