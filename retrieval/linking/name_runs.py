"""Names that go on beyond what a label matched: the "Swift" of "Taylor Swift" is not Jonathan.

In a question whose capitals tell names from other words, capitalised words in a row are one name. A reading of some of
them that leaves the next one unread is doubtful, and where a whole such name is unknown, a mere number or date beside
it is not what the question is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from clew.retrieval.linking.evidence import Casing
from clew.retrieval.linking.word_weights import WordWeights
from clew.retrieval.linking.words import Word

if TYPE_CHECKING:
    from clew.retrieval.linking.mentions import Hit

BROKEN = 0.5
"""Factor of a reading that stops within a run of capitals."""
BESIDE_UNKNOWN = 0.5
"""Factor of a literal where the question names something that no label has."""
UNKNOWN_WORDS = 2
"""Capitalised words in a row that make a name; a single one may be a nationality or the stress of a word."""
_TITLES = "dr emperor empress king lady lord mr mrs ms pope prince princess queen saint sir sultan tsar"
TITLES = frozenset(_TITLES.split())
"""Words before a name that a label often lacks."""
WHOLE = ("exact", "alternative")


class NameRuns:
    """The capitalised words of one question that carry meaning, and which of them some label spells."""

    def __init__(self, question: str, words: Sequence[Word], weights: WordWeights, casing: Casing) -> None:
        self._words = words
        self._capital = [
            casing.informative
            and at > 0  # the first word's capital says nothing
            and question[word.start].isupper()
            and not weights.is_function(word.text)
            for at, word in enumerate(words)
        ]
        self._named = [
            capital and weights.is_content(word.text) and word.text not in TITLES
            for capital, word in zip(self._capital, words, strict=True)
        ]
        self._joined = [question[word.end : after.start] == " " for word, after in pairwise(words)] + [False]

    def weigh(self, hits: Sequence[Hit], least: float, literal: Sequence[bool]) -> list[Hit]:
        """Return the hits, those within a longer name weakened, and ``literal`` ones beside an unknown name.

        ``least`` is the score from which on a hit counts as a reading of its words.
        """
        spelled = self._covered([hit for hit in hits if hit.candidate.how in WHOLE and hit.strength >= least])
        found = [self._broken(hit, spelled) for hit in hits]
        read = self._covered([hit for hit in found if hit.candidate.score >= least])
        if not self._unknown(read):
            return found
        return [
            _scaled(hit, BESIDE_UNKNOWN) if is_literal else hit for hit, is_literal in zip(found, literal, strict=True)
        ]

    def _broken(self, hit: Hit, spelled: Sequence[bool]) -> Hit:
        inside = [at for at, word in enumerate(self._words) if hit.start <= word.start and word.end <= hit.end]
        if not inside or not any(self._capital[at] for at in inside):
            return hit
        first, last = inside[0], inside[-1]
        beyond = [first - 1] * (first > 0 and self._joined[first - 1]) + [last + 1] * self._joined[last]
        whole = hit.candidate.how in WHOLE
        return _scaled(hit, BROKEN) if any(self._named[at] and not (whole and spelled[at]) for at in beyond) else hit

    def _covered(self, hits: Sequence[Hit]) -> list[bool]:
        return [any(hit.start <= word.start and word.end <= hit.end for hit in hits) for word in self._words]

    def _unknown(self, read: Sequence[bool]) -> bool:
        """Whether some run of capitalised words, one at least of them telling, is read by nothing."""
        first = 0
        for at in range(len(self._words)):
            if not self._capital[at] or read[at]:
                first = at + 1
            elif at + 1 - first >= UNKNOWN_WORDS and any(self._named[first : at + 1]):
                return True
            elif not self._joined[at]:
                first = at + 1
        return False


def _scaled(hit: Hit, factor: float) -> Hit:
    candidate = replace(hit.candidate, score=hit.candidate.score * factor)
    return replace(hit, strength=hit.strength * factor, candidate=candidate)
