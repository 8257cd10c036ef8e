"""How much a word of a question says about which entity is meant: rarity, less what only frames the question."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from kg.graph import Graph
from retrieval.fuzzy_index import FuzzyIndex
from retrieval.words import fold_words

_FUNCTION = """
    a about after all also an and any are as at be been before between both but by can could did do does for from
    had has have he her him his how i if in into is it its itself list many may me more most much my name names no not
    of on one only or other our out over please same she should show some such tell than that the their them themselves
    then there these they thing things this those through to under up us was we were what whats when where which while
    who whom whos whose why will with would you your give find know got get
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""English words that carry the question, not its subject."""

_FRAME = """
    movie movies film films picture pictures book books song songs person people man men woman women place places
    year years date dates time times kind kinds type types sort sorts topic topics word words term terms number country
    countries city cities company companies team teams actor actors star stars wrote written author authors together
    primary main first last called named listed described considered famous popular known good think
"""
FRAME_WORDS = frozenset(_FRAME.split())
"""English words that often say what kind of thing is asked for, and now and then are a name themselves."""

FUNCTION_FACTOR = 0.08
FRAME_FACTOR = 0.35
"""A frame word may still be the name meant ("who directed Stars"), when nothing better is there."""
STEM = 4
"""Letters two words share at least, as do half of the longer one's, to count as forms of one ("directed", "director").
"""


class WordWeights:
    """Weights in (0, 1]: normalised inverse document frequency over labels (Sparck Jones 1972) times a factor for
    function words, general frame words, and forms of the words in the graph's relation and type labels."""

    def __init__(self, labels: FuzzyIndex, frame: Iterable[str]) -> None:
        self._labels = labels
        self._frame: dict[str, list[str]] = {}
        for word in sorted(set(frame) - FUNCTION_WORDS):
            self._frame.setdefault(word[:STEM], []).append(word)
        self._scale = math.log(len(labels) + 2)
        self.weight = lru_cache(maxsize=65_536)(self._weight)

    @classmethod
    def of(cls, graph: Graph, labels: FuzzyIndex) -> WordWeights:
        """Take the frame words from the labels of the graph's relations and classes."""
        names = [graph.relation_label(r) for r in range(graph.num_relations)]
        if graph.type_relation is not None:
            names += [graph.label(node) for node in classes(graph)]
        return cls(labels, (word for name in names for word in fold_words(name).split()))

    def total(self, words: Iterable[str]) -> float:
        """Return the summed weight of folded words."""
        return sum(self.weight(word) for word in words)

    def is_content(self, word: str) -> bool:
        """Whether a word neither belongs to the grammar nor frames the question."""
        return self._factor(word) == 1.0

    def is_function(self, word: str) -> bool:
        """Whether a word belongs to the grammar."""
        return word in FUNCTION_WORDS

    def known(self, word: str) -> bool:
        """Whether a word is spelled as some label or a common word has it."""
        return self._factor(word) < 1.0 or self._labels.word_frequency(word) > 0

    def _weight(self, word: str) -> float:
        rarity = math.log((len(self._labels) + 2) / (self._labels.word_frequency(word) + 0.5)) / self._scale
        return min(1.0, max(0.1, rarity)) * self._factor(word)

    def _factor(self, word: str) -> float:
        if word in FUNCTION_WORDS:
            return FUNCTION_FACTOR
        if word in FRAME_WORDS or any(_same_stem(word, other) for other in self._frame.get(word[:STEM], ())):
            return FRAME_FACTOR
        return 1.0


def classes(graph: Graph) -> list[int]:
    """Return the nodes that are the type of something, ascending."""
    if graph.type_relation is None:
        return []
    found: list[int] = sorted(set(graph.out.node[graph.out.relation == graph.type_relation].tolist()))
    return found


def _same_stem(word: str, other: str) -> bool:
    shared = 0
    for a, b in zip(word, other, strict=False):
        if a != b:
            break
        shared += 1
    return word == other or (shared >= STEM and 2 * shared >= max(len(word), len(other)))
