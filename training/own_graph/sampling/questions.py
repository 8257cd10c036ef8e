"""Question texts for chains of a graph: phrases substituted into phrases, as in pretraining, with the same noise."""

from __future__ import annotations

import random
from collections.abc import Sequence

from clew.decoding.embedded.search.wording import TOPIC_MARK, MaskedQuestion, parse_prompt
from clew.kg.limits import MAX_SAMPLED_CHARS
from clew.training.own_graph.sampling.wordings import Wordings
from clew.training.synthetic.noise import add_noise
from clew.training.synthetic.phrases import TOPIC, Hop, Phraser

TRIES = 12
_KEYWORDS = ("{x} {names}", "{names} {x}", "{x}: {names}", "{names} of {x}")


class QuestionWriter:
    """Writes questions for chains of directed relations of one graph; draws from the given generator."""

    def __init__(self, wordings: Wordings, rng: random.Random) -> None:
        self._wordings, self._rng = wordings, rng
        self._phraser = Phraser(wordings.types, rng)

    def write(self, relations: Sequence[int]) -> MaskedQuestion:
        """Return a question that asks for what the chain reaches, its topic masked."""
        for _ in range(TRIES):
            wording = self._phraser.question(self.hops(relations))
            if wording is not None and wording.count(TOPIC) == 1 and len(wording) <= MAX_SAMPLED_CHARS:
                return self._masked(wording)
        return self._masked(self._keywords(relations))

    def hops(self, relations: Sequence[int]) -> list[Hop]:
        """Return a chain in the lexicon's terms."""
        known = self._wordings.relations
        return [Hop(known[r % len(known)], r < len(known)) for r in relations]

    def _keywords(self, relations: Sequence[int]) -> str:
        """Return the chain's names as one would type them into a search box."""
        hops = self.hops(relations)
        names = " ".join(hop.relation.labels[0] for hop in hops)
        return self._rng.choice(_KEYWORDS).replace("{names}", names)

    def _masked(self, wording: str) -> MaskedQuestion:
        return parse_prompt(add_noise(wording, self._rng).replace(TOPIC, TOPIC_MARK))
