"""Mentions by part of a name: a surname, or a title without its article or subtitle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.kg.limits import MAX_NAME_BEARERS
from clew.kg.time_limit import looking
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.numerals import is_numeral, is_year, numerals
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
    for at, text in enumerate(looking(texts)):
        if not weights.is_content(text) or not 0 < labels.word_frequency(text) <= MAX_NAME_BEARERS:
            continue
        for label in labels.with_word(text):
            name = labels.text(label).split()
            first, last = _shared_run(texts, at, name, name.index(text))
            while weights.is_function(texts[first]):
                first += 1
            telling = any(weights.is_content(word) and not is_numeral(word) for word in texts[first:last])
            if telling and last - first < len(name) and not _other_numeral(texts, first, last, name):
                found.add((first, last, label))
    return [Part(*one) for one in sorted(found)]


def _other_numeral(texts: Sequence[str], first: int, last: int, name: Sequence[str]) -> bool:
    """Whether a numeral beside the run says that another thing is meant: "Apollo 13" is no part of "Apollo 11"."""
    beside = [texts[at] for at in (first - 1, last) if 0 <= at < len(texts) and is_numeral(texts[at])]
    if not beside:
        return False
    missing = [numeral for numeral in numerals(name) if numeral not in numerals(texts[first:last])]
    return any(numeral not in name and (missing or not is_year(numeral)) for numeral in beside)


def _shared_run(texts: Sequence[str], at: int, name: Sequence[str], place: int) -> tuple[int, int]:
    """Return the bounds in ``texts`` of the longest run around ``at`` that equals the one around ``name[place]``."""
    before = 0
    while before < min(at, place) and texts[at - before - 1] == name[place - before - 1]:
        before += 1
    after = 1
    while at + after < len(texts) and place + after < len(name) and texts[at + after] == name[place + after]:
        after += 1
    return at - before, at + after
