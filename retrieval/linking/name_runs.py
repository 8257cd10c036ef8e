"""Penalises matches that cover only a part of a capitalised name: the "Swift" of "Taylor Swift" is not Jonathan.

If capitals distinguish names from other words in a question, consecutive capitalised words form one name. A match that
covers only some of them is doubtful. If a whole name is unknown, a number or date next to it is not the topic of the
question. A hyphen, a dot or an apostrophe joins words whatever their case ("Coca-Cola"
is not C), and so does the dot after an initial or a title ("Dr. Strange" is not "Dr. No").
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_left
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from clew.kg.time_limit import looking
from clew.retrieval.linking.evidence import Casing
from clew.retrieval.linking.numerals import is_numeral, is_year
from clew.retrieval.linking.types import Hit
from clew.retrieval.linking.word_weights import WordWeights
from clew.retrieval.linking.words import Word

BROKEN = 0.4
"""Factor of a reading that stops within a run of capitals."""
TORN = 0.25
"""Factor of a reading that stops at a hyphen, dot or apostrophe within a name."""
BESIDE_UNKNOWN = 0.5
"""Factor of a literal where the question names something that no label has."""
UNKNOWN_WORDS = 2
"""Capitalised words in a row that make a name; a single one may be a nationality or the stress of a word."""
_TITLES = "dr emperor empress king lady lord mr mrs ms pope prince princess queen saint sir sultan tsar"
TITLES = frozenset(_TITLES.split())
"""Words before a name that a label often lacks."""
_AFFIXES = """
    anti based born co directed ex inspired led like made mid multi non off owned post pre pro related self semi
    style themed trained winning written
"""
AFFIXES = frozenset(_AFFIXES.split())
"""Words that a hyphen joins to a name without making another name of it: "Paris-based", "ex-Beatles"."""
SHORTENED = 3
"""Letters of the longest word whose dot abbreviates it ("J.", "St.", "Mrs.") rather than ending a sentence."""
WHOLE = ("exact", "alternative")
TIGHT = re.compile(r"[-‐‑.’'/+]")
"""What stands between two words of one name, no space around it."""
ABBREVIATING = re.compile(r"[.’'] ")
LISTING = re.compile(r", ")
AND = re.compile(r" (& )?")


class NameRuns:
    """The words of one question that belong to names, and which of them some label spells."""

    def __init__(self, question: str, words: Sequence[Word], weights: WordWeights, casing: Casing) -> None:
        self._words, self._weights = words, weights
        self._starts, self._ends = [word.start for word in words], [word.end for word in words]
        self._upper = [question[word.start].isupper() for word in words]
        self._informative = casing.informative
        self._capital = [
            casing.informative
            and at > 0  # the first word's capital says nothing
            and self._upper[at]
            and not weights.is_function(word.text)
            for at, word in enumerate(words)
        ]
        self._named = [
            capital and weights.is_content(word.text) and word.text not in TITLES
            for capital, word in zip(self._capital, words, strict=True)
        ]
        self._gaps = [question[word.end : after.start] for word, after in pairwise(words)] + [""]
        self._joined = [gap == " " for gap in self._gaps]

    def weigh(self, hits: Sequence[Hit], least: float, literal: Sequence[bool]) -> list[Hit]:
        """Return the hits, those within a longer name weakened, and ``literal`` ones beside an unknown name.

        ``least`` is the score from which on a hit counts as a reading of its words.
        """
        spelled = self._covered([hit for hit in hits if hit.candidate.how in WHOLE and hit.strength >= least])
        known: dict[tuple[int, int, bool], float] = {}
        found = [self._broken(hit, spelled, known) for hit in looking(hits)]
        read = self._covered([hit for hit in found if hit.candidate.score >= least])
        if not self._unknown(read):
            return found
        return [
            _scaled(hit, BESIDE_UNKNOWN) if is_literal else hit for hit, is_literal in zip(found, literal, strict=True)
        ]

    def _broken(self, hit: Hit, spelled: Sequence[bool], known: dict[tuple[int, int, bool], float]) -> Hit:
        """Return the hit, weakened where its span is part of a longer name; ``known``: by how much, by span."""
        key = (hit.start, hit.end, hit.candidate.how in WHOLE)
        if key not in known:
            known[key] = self._factor(*key, spelled)
        return hit if known[key] == 1.0 else _scaled(hit, known[key])

    def _inside(self, start: int, end: int) -> range:
        """Return which words lie within a span."""
        return range(bisect_left(self._starts, start), bisect(self._ends, end))

    def _factor(self, start: int, end: int, whole: bool, spelled: Sequence[bool]) -> float:
        inside = self._inside(start, end)
        if not inside:
            return 1.0
        first, last = inside[0], inside[-1]
        if self._torn(first - 1, first - 1) or self._torn(last, last + 1) or self._numbered(first, last):
            return TORN
        capital = any(self._capital[at] for at in inside)
        beyond = [first - 1] * self._goes_on(first - 1, capital) + [last + 1] * self._goes_on(last, capital)
        broken = any(self._is_name(at, capital) and not (whole and spelled[at]) for at in beyond)
        return BROKEN if broken else 1.0

    def _torn(self, gap: int, beyond: int) -> bool:
        """Whether a mark without spaces joins the word ``beyond`` to the one on the other side of ``gap``."""
        if gap < 0 or not TIGHT.fullmatch(self._gaps[gap]):
            return False
        word = self._words[beyond].text
        if self._gaps[gap] in "-‐‑" and self._informative and not self._upper[beyond] and not is_numeral(word):
            return False  # "Oscar-winning": lower case amid capitals is no part of the name
        return word not in AFFIXES

    def _numbered(self, first: int, last: int) -> bool:
        """Whether a number follows that makes another thing of the name: "Windows 11" is not "Windows"."""
        at = last + 1
        if not self._joined[last] or is_numeral(self._words[last].text):
            return False
        word = self._words[at].text
        if not is_numeral(word) or is_year(word):
            return False
        if not any(char.isdigit() for char in word):
            return self._upper[at] and (self._upper[first] or not self._informative)
        ends = at + 1 == len(self._words) or self._weights.is_function(self._words[at + 1].text)
        return ends and (self._upper[first] or not self._informative)

    def _goes_on(self, gap: int, capital: bool) -> bool:
        """Whether the words on both sides of a gap may belong to one name."""
        if gap < 0 or gap + 1 >= len(self._words):
            return False
        text = self._gaps[gap]
        if AND.fullmatch(text):
            return capital
        if ABBREVIATING.fullmatch(text):
            return len(self._words[gap].text) <= SHORTENED
        return LISTING.fullmatch(text) is not None

    def _is_name(self, at: int, capital: bool) -> bool:
        if capital or self._informative:
            return self._named[at]
        word = self._words[at].text  # nothing tells names from other words but that the graph knows them not
        return self._weights.is_content(word) and not self._weights.known(word)

    def _covered(self, hits: Sequence[Hit]) -> list[bool]:
        covered = [False] * len(self._words)
        for span in looking({(hit.start, hit.end) for hit in hits}):
            for at in self._inside(*span):
                covered[at] = True
        return covered

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
