"""The least that it costs to read the rest of a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from clew.decoding.programs.reading.anchors import Named
from clew.decoding.programs.reading.costs.nearness import Nearness
from clew.decoding.programs.reading.costs.relations import Said, SaidRelations
from clew.decoding.programs.reading.costs.weights import CostWeights
from clew.decoding.programs.reading.cues import Cue
from clew.decoding.programs.reading.question import AskedWords, ones
from clew.tries.programs.tokens import Op


class Remainder:
    """The lower bound of what it costs to go on with a program for one question, by the words that it has read."""

    def __init__(
        self,
        asked: AskedWords,
        anchors: Sequence[Named],
        cues: Sequence[Cue],
        relations: SaidRelations,
        near: Nearness,
        weights: CostWeights,
        comparing: int,
    ) -> None:
        """``comparing``: the words that may compare, as bits; a token may read them at no cost of their own."""
        self._asked, self._anchors, self._cues = asked, anchors, cues
        self._relations, self._near, self._weights = relations, near, weights
        self._comparing = comparing
        self._ahead: dict[tuple[int, int], tuple[float, float]] = {}
        self._left: dict[int, int] = {}

    @cached_property
    def least(self) -> list[float]:
        """The least that each word costs, read or unread: a share of the cheapest token that may read it."""
        found = [self._weights.unread * cost for cost in self._asked.costs]
        for cost, bits in self._readings():
            own = [i for i in ones(bits) if self._asked.costs[i]]
            for i in own:
                found[i] = min(found[i], cost / len(own))
        return found

    def _readings(self) -> Iterator[Said]:
        """Yield the least cost of whatever may read words."""
        for cost, bits in self._relations.every():
            yield self._weights.token + cost, self._asked.with_repeats(bits)
        for one in self._anchors:
            free = one.anchor.op is Op.CLS or one.classifies
            yield (0.0 if free else one.cost + self._weights.token), self._asked.with_repeats(one.bits)
        for cue in self._cues:
            yield 0.0, cue.bits
        for i in ones(self._comparing):
            yield 0.0, 1 << i
        for one in self._anchors:
            for stated in one.compared:
                yield 0.0, self._asked.bits(stated.start, stated.end)
                if stated.behind:
                    yield 0.0, self._asked.bits(*stated.behind)

    def ahead(self, read: int, operands: int) -> tuple[float, float]:
        """Return the least that it still costs to read the words outside ``read``, or to leave them, and to join the
        operands; and about what it costs, which is more: search goes where most is read."""
        key = (read, operands)
        if key not in self._ahead:
            joins, usual = max(0, operands - 1), self._weights.usual
            left = [(cost, self._asked.costs[i]) for i, cost in enumerate(self.least) if not read >> i & 1]
            cued = sum(1 for cue in self._cues if cue.strong and not cue.is_read(read))
            least = self._weights.token * joins + sum(cost for cost, _ in left)
            self._ahead[key] = least, usual * (joins + cued) + sum(max(cost, usual * unread) for cost, unread in left)
        return self._ahead[key]

    def left(self, read: int) -> int:
        """Return how many words that mean something, and cues, are unread; what no operator stands for counts as read
        where its words are: no longer search would read it."""
        if read not in self._left:
            cued = sum(1 for cue in self._cues if cue.strong and not cue.bits & read)
            self._left[read] = (self._near.telling & ~read).bit_count() + cued
        return self._left[read]
