"""Words that a program reads as what they hardly mean."""

from __future__ import annotations

from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.question import NAME_COST, union
from clew.decoding.programs.reading.search import Found
from clew.tries.programs.tokens import Op

SURE = 0.4
"""Cost up to which a token is said by what it reads."""


class Misread:
    """What of one question its programs may misread."""

    FIGURES = ("worst said", "names misread")

    def __init__(self, costs: TokenCosts) -> None:
        self._names = union(1 << i for i, cost in enumerate(costs.asked.costs) if cost == NAME_COST)

    def of(self, one: Found) -> list[float]:
        """Return the greatest cost at which a token reads words, and how many words of names are read as something
        else."""
        said = [spent for bits, spent in zip(one.claims, one.spent, strict=True) if bits]
        return [max(said, default=0.0), float(self._misnamed(one))]

    def _misnamed(self, one: Found) -> int:
        """Return how many words of names no token reads as one, but some token does otherwise, and not surely."""
        as_names, otherwise = 0, 0
        for token, bits, spent in zip(one.tokens, one.claims, one.spent, strict=True):
            if token.op in (Op.ENT, Op.LIT) or spent <= SURE:
                as_names |= bits
            else:
                otherwise |= bits
        return (self._names & otherwise & ~as_names).bit_count()
