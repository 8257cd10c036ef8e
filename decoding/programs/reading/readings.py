"""``ProgramReadings``: the programs that a question may mean, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from clew.decoding.programs.reading.asked_kind import asking_at, may_answer
from clew.decoding.programs.reading.checks.implied import Implied
from clew.decoding.programs.reading.checks.unread import unread_by
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.ranking import OF_ANOTHER_CLASS, Float64, Ranking, features, selecting
from clew.decoding.programs.reading.search import Found, Searched
from clew.decoding.programs.sorting import Sorting
from clew.decoding.programs.wording import program_in_words
from clew.decoding.reading.unread import Unread
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Operand
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import RELATIONAL, Anchor


@dataclass(frozen=True)
class ProgramReadings:
    """The programs for a question over the anchors of ``costs``. ``found``: the likeliest first; ``rows``: what is
    known of each, ``[n, FEATURES]``; ``shares``: the probability of each one's result, all programs with that result
    taken together. ``searched``: how they were found. ``sorting``: the order that is asked for."""

    costs: TokenCosts
    algebra: Algebra
    searched: Searched
    found: tuple[Found, ...]
    rows: Float64
    shares: tuple[float, ...]
    selection: float
    sorting: Sorting | None = None

    @property
    def anchors(self) -> list[Anchor]:
        """What the tokens name."""
        return [one.anchor for one in self.costs.anchors]

    @property
    def exact(self) -> bool:
        """Whether no program is cheaper than those found."""
        return bool(self.found) and min(one.cost for one in self.found) <= self.searched.bound

    @property
    def in_words(self) -> str:
        """The likeliest program in words."""
        return program_in_words(self.algebra.graph, self.anchors, self.found[0].tokens)

    @property
    def unread(self) -> list[Unread]:
        """What of the question the likeliest program does not stand for."""
        costs, best = self.costs, self.found[0]
        read = best.read if self.rows[0][OF_ANOTHER_CLASS] < 1 else best.read & ~costs.focus
        unfit = not may_answer(self.algebra.graph, costs.kind, best.top)
        unmet = 1 << asking_at(costs.asked) if unfit else 0
        return unread_by(costs.asked, costs.anchors, costs.cues, read, [token.op for token in best.tokens], unmet)


def ranked(
    costs: TokenCosts, algebra: Algebra, searched: Searched, ranking: Ranking | None, sorting: Sorting | None = None
) -> ProgramReadings:
    """Return the programs that a search found, ranked; without ``ranking`` by their costs."""
    implied = Implied(algebra, costs)
    found = tuple(replace(one, read=one.read | implied.of(one)) for one in searched.found)
    rows = features(algebra, costs, found)
    if not found:
        return ProgramReadings(costs, algebra, searched, (), rows, (), 0.0)
    if ranking is None:
        weights = np.exp(min(one.cost for one in found) - np.array([one.cost for one in found]))
        own = weights / weights.sum()
    else:
        own = ranking.probabilities(rows)
    keys = [meant(algebra, one) for one in found]
    totals: dict[object, float] = {}
    for key, share in zip(keys, own.tolist(), strict=True):
        totals[key] = totals.get(key, 0.0) + share
    # Of two bearers of one name, the one of whom it is true is meant.
    order = sorted(range(len(found)), key=lambda i: (-round(totals[keys[i]], 6), _denies(found[i]), -own[i], i))
    shares = tuple(min(1.0, totals[keys[i]]) for i in order)
    exact = min(one.cost for one in found) <= searched.bound
    rival = max((total for key, total in totals.items() if key != keys[order[0]]), default=0.0)
    told = selecting(rows[order[0]], shares[0], rival, exact)
    sure = shares[0] if ranking is None else ranking.sure(told)
    return ProgramReadings(costs, algebra, searched, tuple(found[i] for i in order), rows[order], shares, sure, sorting)


def _denies(one: Found) -> bool:
    return one.top.value == Truth(False)


def meant(algebra: Algebra, one: Found) -> object:
    """Return what tells a program from others that mean something else: its result, and where that may be the same by
    chance, a number or a truth value, its relations."""
    key = result_key(algebra, one.top)
    if not isinstance(one.top.value, (Number, Truth)):
        return key
    size = algebra.graph.num_relations
    relations = (token.argument % size for token in one.tokens if token.op in RELATIONAL and token.argument >= 0)
    return key, frozenset(relations)


def result_key(algebra: Algebra, top: Operand) -> object:
    """Return what tells the result of a program from those of others."""
    value = top.value
    match value:
        case NodeSet():
            return value.nodes.tobytes()
        case Number():
            return ("number", value.value)
        case Truth():
            return value.value
        case Table() if value.totals:
            rows = algebra.groups(value) if value.grouped >= 0 else [(-1, algebra.totals(value))]
            order = sorted(range(len(value.totals)), key=lambda i: (value.totals[i].op, value.totals[i].argument))
            return tuple((node, tuple(_exact(numbers[i]) for i in order)) for node, numbers in rows)
        case Table():
            order = sorted(  # in whatever order it shows them
                range(len(value.columns)), key=lambda i: (value.columns[i].directed, value.columns[i].counted)
            )
            return tuple((node, tuple(_cell(cells[i]) for i in order)) for node, cells in algebra.columns(value))
    raise TypeError(f"{value!r} is no result")


def _cell(cell: list[int] | int) -> tuple[int, ...] | int:
    return cell if isinstance(cell, int) else tuple(cell)


def _exact(number: Number | None) -> Fraction | None:
    return None if number is None else number.value
