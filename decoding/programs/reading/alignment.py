"""Where in a question a name is said, and how well."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import OSA

from clew.decoding.programs.reading.names import Name
from clew.decoding.programs.reading.question import PEOPLE, AskedWords
from clew.decoding.reading.associations import associated
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.likeness import Likeness
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.wordnet.wordnet import PartOfSpeech, wordnet

SAID = 0.5
"""Similarity from which a word of the question says one of a name."""
FORM, SAME_SENSE, ASSOCIATED = 0.97, 0.85, 0.8
COSINE_ZERO, COSINE_RANGE, COSINE_MOST = 0.28, 0.45, 0.8
"""A cosine of static vectors counts from the first on, and as 1 at the sum of both; at most the third."""
NEAR = 3
"""How far from the word for its head the other words of a name may stand."""
UNSAID_COST = 2.2
"""Cost of a name of which nothing is said, were it taken for said: a share of it is paid for each word unsaid."""
HEAD_WEIGHT = 1.5
PLACES_OF_A_NAME = 4
ASKED_BY = {"when": ("date", "year", "time", "day"), "where": ("place", "location", "city", "country")}
"""Interrogatives that say what is asked for, and the words of names that they say."""
COUNTED_BY = {"population": PEOPLE}
"""Words of names for numbers, and what these number."""
BY_INTERROGATIVE, MISSPELLED = 0.7, 0.85
TYPO_LETTERS = 5
"""Letters from which a word may be a misspelt one."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place where a name is said: the words that say it, as bits, and what is lacking, as a cost."""

    bits: int
    cost: float


class Aligner:
    """Compares names with the words of one question."""

    def __init__(self, asked: AskedWords, likeness: Likeness, named: int = 0) -> None:
        """``named``: the words that are names of entities, as bits: they say no other name but their own."""
        self.asked, self._likeness, self._named = asked, likeness, named
        self.owned = [False] * len(asked.texts)
        self._texts = list(zip(asked.texts, asked.costs, strict=True))
        self._rows: dict[str, list[float]] = {}
        self._known: dict[tuple[str, ...], list[Place]] = {}

    def prepare(self, words: Collection[str], heads: Collection[str]) -> None:
        """Compare the words of all names with the question's, at once: a word that is the head of one of them says no
        other by its meaning."""
        new = sorted(set(words) - self._rows.keys())
        if not new or not self.asked.texts:
            return
        cosines = self._likeness.cosines(new, self.asked.texts)
        exact = [[said_itself(word, text, cost) for text, cost in self._texts] for word in new]
        leading = [row for word, row in zip(new, exact, strict=True) if word in heads]
        owned = [any(row[i] for row in leading) or bool(self._named >> i & 1) for i in range(len(self._texts))]
        self.owned = owned  # by the head of a name
        for word, row, said in zip(new, cosines.tolist(), exact, strict=True):
            self._rows[word] = [
                said[i] or (0.0 if owned[i] or not cost else similarity(word, text, row[i]))
                for i, (text, cost) in enumerate(self._texts)
            ]

    def places(self, name: Name) -> list[Place]:
        """Return where a name is said, best first; nothing where none of its words is."""
        if name.words not in self._known:
            self._known[name.words] = self._places(name.words)
        return self._known[name.words]

    def _places(self, words: tuple[str, ...]) -> list[Place]:
        rows = [self._rows[word] for word in words] if self.asked.texts else []
        weights = [HEAD_WEIGHT if i == len(words) - 1 else 1.0 for i in range(len(words))]
        total, found = sum(weights), dict[int, float]()
        for lead, row in enumerate(rows):
            for at, said in enumerate(row):
                if said < SAID:
                    continue
                bits, worth = 1 << at, weights[lead] * said
                for other, others in enumerate(rows):
                    free = [i for i in self._around(at) if not bits >> i & 1 and others[i] >= SAID]
                    if other != lead and free:
                        best = max(free, key=lambda i: (others[i], -abs(i - at)))
                        bits |= 1 << best
                        worth += weights[other] * others[best]
                cost = UNSAID_COST * (1 - worth / total)
                found[bits] = min(found.get(bits, cost), cost)
        places = [Place(bits, cost) for bits, cost in found.items()]
        return sorted(places, key=lambda place: (place.cost, place.bits))[:PLACES_OF_A_NAME]

    def _around(self, at: int) -> range:
        return range(max(0, at - NEAR), min(len(self.asked.texts), at + NEAR + 1))


def said_itself(word: str, text: str, cost: float) -> float:
    """Return how much a word of a question says one of a name by its form, from 0 to 1. A word that costs nothing to
    leave unread says nothing but itself."""
    if word == text:
        return 1.0
    if not cost:
        return BY_INTERROGATIVE if word in ASKED_BY.get(text, ()) else 0.0
    if same_word(word, text):
        return FORM
    return MISSPELLED if _misspelled(text, word) else 0.0


@lru_cache(maxsize=65_536)
def _misspelled(text: str, word: str) -> bool:
    """Return whether a text that is no word is a name's with a letter wrong."""
    if len(text) < TYPO_LETTERS or text in common_words() or abs(len(text) - len(word)) > 2:
        return False
    return any(OSA.distance(text, form, score_cutoff=1) <= 1 for form in (word, word + "s"))


def similarity(word: str, text: str, cosine: float) -> float:
    """Return how much a word of a question says one of a name by its meaning, from 0 to 1."""
    if text in COUNTED_BY.get(word, ()) or any(wordnet().same(word, text, part) for part in PartOfSpeech):
        return SAME_SENSE
    if associated(text, word):
        return ASSOCIATED
    return float(np.clip((cosine - COSINE_ZERO) / COSINE_RANGE, 0.0, COSINE_MOST))
