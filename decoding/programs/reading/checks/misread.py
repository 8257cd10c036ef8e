"""Words that a program reads as what they hardly mean."""

from __future__ import annotations

from clew.decoding.programs.reading.asked_kind import may_answer
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.search import Found
from clew.kg.graph.graph import Graph
from clew.tries.programs.tokens import Op

SURE = 0.4
"""Cost up to which a token is said by what it reads."""


class Misread:
    """What of one question its programs may misread."""

    FIGURES = ("worst said", "names misread", "of another kind")

    def __init__(self, graph: Graph, costs: TokenCosts) -> None:
        self._graph, self._kind = graph, costs.kind
        self._names = costs.asked.capitals

    def of(self, one: Found) -> list[float]:
        """Return the greatest cost at which a token reads words, how many words of names are read as something else,
        and whether the interrogative asks for another kind of thing."""
        said = [spent for bits, spent in zip(one.claims, one.spent, strict=True) if bits]
        unfit = not may_answer(self._graph, self._kind, one.top)
        return [max(said, default=0.0), float(self._misnamed(one)), float(unfit)]

    def _misnamed(self, one: Found) -> int:
        """Return how many words of names no token reads as one, but some token does otherwise, and not surely."""
        as_names, otherwise = 0, 0
        for token, bits, spent in zip(one.tokens, one.claims, one.spent, strict=True):
            if token.op in (Op.ENT, Op.LIT) or spent <= SURE:
                as_names |= bits
            else:
                otherwise |= bits
        return (self._names & otherwise & ~as_names).bit_count()
