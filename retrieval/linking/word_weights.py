"""Weights of the words of a question for linking: rare words count more, words that frame the question less."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from clew.kg.graph.graph import Graph
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.words import fold_words
from clew.tries.survey.survey import survey_of

_FUNCTION = """
    a about after all also an and any are as at be been before between both but by can could did do does few find for
    from get give got had has have he her him his how i if in into is it its itself know list many may me more most
    much my name names no not of on one only or other our out over please same see seen she should show some such tell
    than that the their them themselves then there these they thing things this those through to under up us was we
    were what whats when where which while who whom whos whose why will with would you your
"""
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""English words that carry the question, not its subject."""

_FRAME = """
    act actor actors appear appeared author authors belong book books born call called capital character cities city
    companies company considered countries country create created creator creators date dates described die died
    direct director directors fall famous fell film films first found founder founders good happen happened hold
    inventor inventors kind kinds known language languages last leader leaders listed live lived located made main
    make maker makers man member members men movie movies named number owner owners people person picture pictures
    place places play played player players popular president primary producer producers release released screenplay
    screenwriter script scriptwriter share shared singer singers situated song songs sort sorts speak spoken star
    starred stars story subject subjects
    team teams term terms think time times together topic topics type types win
    winner winners woman women won word words work worked write writer writers written wrote year years
    instance instances subclass subclasses superclass superclasses
"""
FRAME_WORDS = frozenset(_FRAME.split())
"""English words that often say what kind of thing is asked for, and now and then are a name themselves."""

FUNCTION_FACTOR = 0.08
FRAME_FACTOR = 0.35
"""A frame word may still be the name meant ("who directed Stars"), when nothing better is there."""
STEM = 4
SMALL = 1_000
"""Labels below which a graph says little about how rare a word is: it is then weighed as one of this size."""


class WordWeights:
    """Weights in (0, 1]: normalised inverse document frequency over labels (Sparck Jones 1972) times a factor for
    function words, general frame words, and forms of the words in the graph's relation and type labels."""

    def __init__(self, labels: FuzzyIndex, relations: Iterable[str], types: Iterable[str] = ()) -> None:
        self._labels = labels
        self._frames: dict[str, dict[str, set[int]]] = {}
        """First letters of the root -> word -> the relations whose label has it (none: a word of a type label)."""
        named = [*((name, {relation}) for relation, name in enumerate(relations)), *((name, set()) for name in types)]
        for name, found in named:
            for word in set(fold_words(name).split()) - FUNCTION_WORDS:
                self._frames.setdefault(_root(word)[: STEM - 1], {}).setdefault(word, set()).update(found)
        self._size = max(len(labels), SMALL)
        self.weight = lru_cache(maxsize=65_536)(self._weight)
        self.relations = lru_cache(maxsize=65_536)(self._relations_of)

    @classmethod
    def of(cls, graph: Graph, labels: FuzzyIndex) -> WordWeights:
        """Take the frame words from the labels of the graph's relations and classes."""
        relations = [graph.relation_label(r) for r in range(graph.num_relations)]
        return cls(labels, relations, [graph.label(node) for node in classes(graph)])

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

    def rarity(self, word: str) -> float:
        """Return how rare a word is among the labels, in [0.1, 1], whatever it does in a question."""
        rarity = math.log(self._size / (self._labels.word_frequency(word) + 0.5)) / math.log(self._size)
        return min(1.0, max(0.1, rarity))

    def _weight(self, word: str) -> float:
        return self.rarity(word) * self._factor(word)

    def _factor(self, word: str) -> float:
        if word in FUNCTION_WORDS:
            return FUNCTION_FACTOR
        return FRAME_FACTOR if word in FRAME_WORDS or any(self._forms(word)) else 1.0

    def _relations_of(self, word: str) -> frozenset[int]:
        """The relations whose label has a form of the word."""
        return frozenset(r for other in self._forms(word) for r in self._frames[_root(other)[: STEM - 1]][other])

    def _forms(self, word: str) -> list[str]:
        """The words of relation and type labels that are forms of a word."""
        return [other for other in self._frames.get(_root(word)[: STEM - 1], ()) if same_stem(word, other)]


def classes(graph: Graph) -> list[int]:
    """Return the nodes that are the type of something, ascending."""
    found: list[int] = survey_of(graph).classes.tolist()
    return found


IRREGULAR = {
    "wrote": "write", "written": "write", "spoke": "speak", "spoken": "speak", "sang": "sing", "sung": "sing",
    "made": "make", "won": "win", "led": "lead", "built": "build", "taught": "teach", "held": "hold", "ran": "run",
    "fought": "fight", "drew": "draw", "drawn": "draw", "born": "birth", "died": "death", "die": "death",
    "married": "marriage", "spouse": "marriage", "discovered": "discovery", "invented": "invention",
}  # fmt: skip
"""Forms of common relation words that share too few letters."""


_SUFFIXES = """
    a able age al ally an ance ant ary ate ated ates ation ations be cy de e ed ement ements ence ent er ers ery es
    ess ful iage iages ial ian ic ical ie ied ier ies ine ing ings ion ions ish ism ist ists ition itions ity ive
    ives ize ized less ly ment ments ness or ors ous ption ptions r rs s ship ships sion sions ssion ssions ssor
    ssors st t tic tion tions tional ty ual ure ures y
"""
SUFFIXES = frozenset(_SUFFIXES.split()) | {""}
"""What English puts behind a stem: "direct" and "direct-or" are forms of one word, "chil-e" and "chil-d" are not."""


def same_stem(word: str, other: str) -> bool:
    """Whether two words look like forms of one: without their ending they share ``STEM`` first letters (or the shorter
    one whole, from three letters) and half of the longer one's, and what remains of each is a suffix. A guess that
    works for most inflections of English."""
    word, other = _root(word), _root(other)
    shared = 0
    for a, b in zip(word, other, strict=False):
        if a != b:
            break
        shared += 1
    short, long = sorted((len(word), len(other)))
    if word == other:
        return True
    alike = 2 * shared >= long and (shared >= STEM or shared == short >= STEM - 1)
    return alike and word[shared:] in SUFFIXES and other[shared:] in SUFFIXES


def _root(word: str) -> str:
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith(("ss", "sses")):  # "class", "classes"
        return word.removesuffix("es")
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and len(word) >= len(ending) + STEM - 1:
            stem = word[: -len(ending)]
            return IRREGULAR.get(stem, stem)
    return word
