"""Mentions by part of a name: a surname, a title without its article or its subtitle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.kg.limits import MAX_NAME_BEARERS
from clew.retrieval.linking.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.word_weights import WordWeights
from clew.retrieval.linking.words import Word


@dataclass(frozen=True, slots=True)
class Part:
    """Words ``first .. last-1`` of the question stand, in this order, within a longer label (its id)."""

    first: int
    last: int
    label: int


def parts(words: Sequence[Word], labels: FuzzyIndex, weights: WordWeights) -> list[Part]:
    """Return, for every label that holds a content word of the question, the longest run of words that it shares."""
    texts = [word.text for word in words]
    found: set[tuple[int, int, int]] = set()
    for at, text in enumerate(texts):
        if not weights.is_content(text) or not 0 < labels.word_frequency(text) <= MAX_NAME_BEARERS:
            continue
        for label in labels.with_word(text):
            name = labels.text(label).split()
            first, last = _shared_run(texts, at, name, name.index(text))
            while weights.is_function(texts[first]):
                first += 1
            if last - first < len(name):
                found.add((first, last, label))
    return [Part(*one) for one in sorted(found)]


def _shared_run(texts: Sequence[str], at: int, name: Sequence[str], place: int) -> tuple[int, int]:
    """Return the bounds in ``texts`` of the longest run around ``at`` that equals the one around ``name[place]``."""
    before = 0
    while before < min(at, place) and texts[at - before - 1] == name[place - before - 1]:
        before += 1
    after = 1
    while at + after < len(texts) and place + after < len(name) and texts[at + after] == name[place + after]:
        after += 1
    return at - before, at + after
