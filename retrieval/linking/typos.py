"""Mentions with typos: candidates from the fuzzy index, compared with runs of words by edit distance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from clew.kg.limits import MAX_EDITS, MAX_RUN_WORDS, MAX_TYPO_CANDIDATES
from clew.kg.time_limit import look, looking
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.numerals import numerals
from clew.retrieval.linking.word_weights import WordWeights
from clew.retrieval.linking.words import Word

REPLACED = 0.8
"""A word that is itself spelled right is rarely a typo of another."""
COMMON = 0.6
"""A common English word by itself is hardly ever a typo of a name: "took" is not "Hook"."""


@dataclass(frozen=True, slots=True)
class Misspelling:
    """Words ``first .. last-1`` of the question read as a label: its id, the edits between them, and a similarity in
    (0, 1]: one less edits per letter, lowered where a correctly spelled word was replaced by another."""

    first: int
    last: int
    label: int
    edits: int
    similarity: float


def misspellings(words: Sequence[Word], labels: FuzzyIndex, weights: WordWeights) -> list[Misspelling]:
    """Return every (run of words, label) within the edits its length allows, and the length of each word where there
    are as many of them; runs of mere function words left out. Numerals are never edited.

    The distance is Damerau's restricted one (optimal string alignment: insert, delete, replace, swap neighbours).
    """
    texts = [word.text for word in words]
    look()
    candidates = labels.candidates(texts, MAX_TYPO_CANDIDATES).tolist()
    if not candidates:
        return []
    names = [labels.text(label) for label in candidates]
    longest = min(MAX_RUN_WORDS, 1 + max(len(name.split()) for name in names))
    runs = [
        (first, last)
        for first in range(len(texts))
        for last in range(first + 1, min(first + longest, len(texts)) + 1)
        if not all(weights.is_function(text) for text in texts[first:last])
    ]
    spelled = [" ".join(texts[first:last]) for first, last in runs]
    if not runs:
        return []
    look()
    edits = process.cdist(spelled, names, scorer=OSA.distance, score_cutoff=MAX_EDITS, dtype=np.uint16, workers=1)
    allowed = np.array([allowed_edits(len(name)) for name in names])
    found = []
    for run, name in looking(zip(*np.nonzero(edits <= allowed), strict=True)):
        distance = int(edits[run, name])
        typed, meant = spelled[run].split(), names[name].split()
        if distance and (_ruins_a_word(typed, meant) or numerals(typed) != numerals(meant)):
            continue
        similarity = 1 - distance / max(len(names[name]), len(spelled[run]))
        if distance and _replaces_a_word(typed, meant, weights):
            similarity *= REPLACED
        if distance and len(typed) == 1 and typed[0] in common_words():
            similarity *= COMMON
        first, last = runs[run]
        found.append(Misspelling(first, last, candidates[name], distance, similarity))
    return found


def allowed_edits(length: int) -> int:
    """Return the edits tolerated in a name of so many letters: none up to 3, one from 4, two from 8, three from 14."""
    return (length >= 4) + (length >= 8) + (length >= 14)


def _ruins_a_word(typed: list[str], meant: list[str]) -> bool:
    """Whether the edits of the whole fall on one word that does not tolerate them: "Mount Doom" is not Mount Cook."""
    return len(typed) == len(meant) > 1 and any(
        OSA.distance(a, b) > max(1, len(b) // 3) for a, b in zip(typed, meant, strict=True)
    )


def _replaces_a_word(typed: list[str], meant: list[str], weights: WordWeights) -> bool:
    return len(typed) == len(meant) and any(a != b and weights.known(a) for a, b in zip(typed, meant, strict=True))
