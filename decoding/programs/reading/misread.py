"""Words that a program reads as what they hardly mean."""

from __future__ import annotations

from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.question import NAME_COST, ones, union
from clew.decoding.programs.reading.search import Found
from clew.tries.programs.tokens import RELATIONAL, Op

SURE = 0.4
"""Cost up to which words name a class or an entity."""
ALIKE = 0.05
"""Bearers of a name are as likely as each other within this cost."""


class Misread:
    """What of one question its programs may misread."""

    FIGURES = ("worst said", "names misread", "classes misread", "homonyms")

    def __init__(self, costs: TokenCosts) -> None:
        self._costs = costs
        self._known: dict[int, frozenset[int]] = {}
        self._names = union(1 << i for i, cost in enumerate(costs.asked.costs) if cost == NAME_COST)
        self._classes = [
            (one.bits, one.anchor.node)
            for one in costs.anchors
            if one.anchor.op is Op.CLS and one.bits and one.cost <= SURE
        ]

    def of(self, one: Found) -> list[float]:
        """Return the greatest cost at which a token reads words; how many words of names are read as something else;
        how many words for classes are read by relations that do not lead to those; and how many entities bear a name
        that others bear as well."""
        said = [spent for bits, spent in zip(one.claims, one.spent, strict=True) if bits]
        counts = self._misnamed(one), self._misclassed(one), self._shared(one)
        return [max(said, default=0.0), *map(float, counts)]

    def _misnamed(self, one: Found) -> int:
        """Return how many words of names no token reads as one, but some token does otherwise, and not surely."""
        as_names, otherwise = 0, 0
        for token, bits, spent in zip(one.tokens, one.claims, one.spent, strict=True):
            if token.op in (Op.ENT, Op.LIT) or spent <= SURE:
                as_names |= bits
            else:
                otherwise |= bits
        return (self._names & otherwise & ~as_names).bit_count()

    def _misclassed(self, one: Found) -> int:
        """Return how many words for classes are read by relations that lead to no such thing."""
        as_classes, otherwise = 0, 0
        for token, bits in zip(one.tokens, one.claims, strict=True):
            if token.op not in RELATIONAL:
                as_classes |= bits
                continue
            reached = self._reached(token.argument)
            as_classes |= union(some & bits for some, node in self._classes if node in reached)
            otherwise |= bits
        wrong = union(bits for bits, _ in self._classes) & otherwise & ~as_classes
        return sum(1 for i in ones(wrong) if self._costs.asked.costs[i] >= 1)

    def _reached(self, directed: int) -> frozenset[int]:
        if directed not in self._known:
            self._known[directed] = frozenset(self._costs.names.reached(directed))
        return self._known[directed]

    def _shared(self, one: Found) -> int:
        """Return how many entities bear a name that others bear."""
        anchors = self._costs.anchors
        taken = [anchors[token.argument] for token in one.tokens if token.op is Op.ENT]
        return sum(
            any(
                other.anchor.op is Op.ENT
                and other.bits == mine.bits
                and other.anchor.node != mine.anchor.node
                and other.cost <= mine.cost + ALIKE
                for other in anchors
            )
            for mine in taken
        )
