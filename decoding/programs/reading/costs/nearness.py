"""How near words stand that belong together."""

from __future__ import annotations

from functools import cached_property

from clew.decoding.programs.reading.costs.weights import CostWeights
from clew.decoding.programs.reading.question import AskedWords, bits_of


class Nearness:
    """What it costs that words of one question, as bits, are apart, out of order or read again. Costs in nats."""

    def __init__(self, asked: AskedWords, weights: CostWeights) -> None:
        self._asked, self._weights = asked, weights
        self._far: dict[tuple[int, int], float] = {}

    def between(self, one: int, other: int) -> float:
        """Return what it costs that words which belong together are apart."""
        both = one | other
        low, high = (both & -both).bit_length() - 1, both.bit_length()
        inside = ((1 << high) - (1 << low)) & ~both
        return self._weights.cue_gap * (inside & self.telling).bit_count()

    def after(self, cue: int, bits: int) -> float:
        """Return what it costs that words do not follow a cue: "each harbour", "how many ferries"."""
        before = bits.bit_length() <= cue.bit_length()
        return self.between(cue, bits) + self._weights.number * before

    def far(self, bits: int, last: int) -> float:
        """Return what it costs that words are far from those of the last token."""
        if not bits or not last or bits & last:
            return 0.0
        if (bits, last) not in self._far:
            self._far[bits, last] = self._distance(bits, last)
        return self._far[bits, last]

    def _distance(self, bits: int, last: int) -> float:
        low, high = bits & -bits, bits.bit_length() - 1
        first, end = low.bit_length() - 1, last.bit_length() - 1
        gap = first - end if first > end else ((last & -last).bit_length() - 1) - high
        return self._weights.gap * max(0, gap - 1)

    def again(self, repeated: int) -> float:
        """Return what it costs to read words that are read already."""
        return self._weights.again * (repeated & self.telling).bit_count() if repeated else 0.0

    @cached_property
    def telling(self) -> int:
        """The words that mean something, as bits."""
        return bits_of([i for i, cost in enumerate(self._asked.costs) if cost >= 0.5])
