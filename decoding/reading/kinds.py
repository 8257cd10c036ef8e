"""Whether answers are of the kind that a question asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.graph_words import GraphWords
from clew.decoding.reading.lexicon import FEMALE, GENERAL, GROUPS, PERIODS, PLACES, SITES
from clew.decoding.reading.likeness import NEAR
from clew.decoding.reading.relation_name import Form
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, wordnet

_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"-?\d{1,4}(?:-\d\d?){0,2}(?:T[\d:.]+)?(?:Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d.,]+(?:e[-+]?\d+)?%?", re.IGNORECASE)


NO_PERSONS = frozenset(
    {"area", "company", "companies", "location", "locations", "place", "places", "region", "regions"}
)
"""General nouns for what is no person."""
NO_PLACES = ("company", "team")
"""What is at places, and none."""
STRICT = frozenset({Category.PERSON, Category.ANIMAL, Category.PLANT, Category.FOOD})
"""What is not told by what goes with it."""


class AnswerKinds:
    """What the answers to one question are known to be: by their classes, else by the relations at them."""

    def __init__(self, graph_words: GraphWords, nodes: Sequence[int], last: int) -> None:
        """``last``: the directed relation that leads to the answers."""
        self._graph_words, self._graph, self._classes = graph_words, graph_words.graph, graph_words.classes
        self._nodes, self._last = nodes, last

    def can_be(self, interrogative: str) -> bool:
        """Return whether "who", "whom", "when" or "where" can ask for them. A class never answers; a number is no place
        or person; and no person or place is what has other classes only (see ``Classes.induced``)."""
        if not self._nodes:
            return True
        labels = [self._graph.label(node) for node in self._nodes]
        if all(node in self._classes.nodes for node in self._nodes):
            return False
        if interrogative == "when":
            return all(_DIGIT.search(label) or label.lower() in PERIODS for label in labels)
        if all(map(is_day, labels)):
            return False
        if all(map(self._graph.is_literal, self._nodes)) and all(
            is_number(label) or is_date(label) for label in labels
        ):
            return False
        stated = [self._classes.words_of(node) for node in self._nodes]
        if self._classes.persons and all(stated):
            if interrogative == "where":
                return not all(any(map(is_person, words)) for words in stated)
            return any(any(map(_acts, words)) for words in stated)
        induced = [self._classes.induced(node) for node in self._nodes]
        if interrogative == "where":
            return not all(words and not any(map(_is_place, words)) for words in induced)
        if self._are_places or (self._classes.induces and not any(induced) and not self._led_to_by_name):
            return False
        return not all(words and not any(map(_acts, words)) for words in induced)

    def cannot_be(self, noun: str) -> bool:
        """Return whether they are persons and a noun says what no person is, or places and it says what no place is.
        What the relation to them is called ("parent"), they can be."""
        senses = wordnet().categories(noun)
        if not self._nodes or not senses or (noun in GENERAL and noun not in NO_PERSONS):
            return False
        person = is_person(noun) or Category.PERSON in senses
        if self._are_persons:
            return not person and not any(is_person(word) for word in wordnet().roots(noun))
        if not self._are_places or any(same_word(noun, word) for word in self._graph_words.name(self._last).words):
            return False
        return person or any(wordnet().is_kind(noun, kind, senses=1) for kind in NO_PLACES)

    @cached_property
    def _are_persons(self) -> bool:
        """Whether relations say that all of them are persons."""
        return all("person" in self._classes.induced(node) for node in self._nodes)

    @cached_property
    def _are_places(self) -> bool:
        """Whether relations say that all of them are places, and no persons."""
        induced = [self._classes.induced(node) for node in self._nodes]
        return all("location" in words and "person" not in words for words in induced)

    @property
    def _led_to_by_name(self) -> bool:
        """Whether the last relation is named for a person, or for what one does: "editor", "edited by"."""
        if self._last >= self._graph.num_relations:
            return True
        name = self._graph_words.name(self._last)
        if name.form is not Form.NOUN:
            return name.form is not Form.PLACE
        of = name.core.index("of") if "of" in name.core[1:] else len(name.core)
        return _acts(name.core[of - 1])

    def are(self, nouns: Sequence[str], plain: bool) -> bool:
        """Return whether they are what some nouns say, the head last, as far as that is known. ``plain``: the words are
        nouns for sure."""
        if not nouns or not self._nodes:
            return True
        noun = nouns[-1]
        wanted = self._classes.named(nouns)
        fits = self._classes.fit(self._nodes, wanted) if wanted else None
        if fits is False:  # the class is known, and they have others
            return all(self._is_called(node, nouns) for node in self._nodes)
        shared = fits or self._share(self._graph_words.kinds_named(noun))
        called = shared or self._classes.called(self._nodes, noun)
        if called or (shared is False and all(self._is_kindred(node, noun) for node in self._nodes)):
            return True
        if called is None or (shared is False and self._graph.type_relation is None):
            return not plain or self._may_be(noun)
        return all(self._is_kindred(node, noun) for node in self._nodes)

    def _share(self, kinds: frozenset[int]) -> bool | None:
        """Whether edges join all answers to one of these entities; None where there are none, or where no answer says
        anything of the sort."""
        if not kinds:
            return None
        joined = [any(self._graph_words.joined(node, kind) for kind in kinds) for node in self._nodes]
        return all(joined) if any(joined) else None

    def _is_called(self, node: int, nouns: Sequence[str]) -> bool:
        """Whether some nouns are in the name of a node or of its classes."""
        words = self._classes.words_of(node).union(fold_words(self._graph.label(node)).split())
        return all(any(same_word(noun, word) for word in words) for noun in nouns)

    def _is_kindred(self, node: int, noun: str) -> bool:
        """Whether what classifies a node means about what a noun says: a tragedy is a play."""
        kinds = self._graph_words.of_kinds([node])
        return any(same_word(noun, kind) for kind in kinds) or self._graph_words.likeness.kindred(noun, kinds)

    def modified(self, noun: str) -> bool:
        """Return whether what stands before the noun for what they are, "rock" in "rock band", is said of each."""
        return all(self._is_called(node, [noun]) or self._is_kindred(node, noun) for node in self._nodes)

    def _may_be(self, noun: str) -> bool:
        """Whether a noun has anything to do with what the graph says around entities of unknown classes. What sort
        of person or place it is must be said: that somebody was born says nothing of a "singer"."""
        if (noun in GENERAL and noun not in FEMALE) or any(map(self._graph.is_literal, self._nodes)):
            return True
        if any(self._graph_words.plays(node, noun) is False for node in self._nodes):
            return False
        words, roots = self._graph_words.around(self._nodes), wordnet().roots(noun)
        likeness = self._graph_words.likeness
        if any(same_word(noun, word) or roots & wordnet().roots(word) for word in words) or likeness.kindred(
            noun, words
        ):
            return True
        labels = (fold_words(self._graph.label(node)).split() for node in self._nodes)
        called = [any(same_word(noun, word) for word in words) for words in labels]
        if any(called):
            return all(called)
        categories = wordnet().categories(noun)
        if set(categories[:1]) & STRICT or (Category.LOCATION in categories and noun not in SITES):
            return False
        return likeness.alike(noun, words | self._graph_words.around_ends(self._last), NEAR, unsure=True)


def is_date(text: str) -> bool:
    """Return whether a text is a date or a time, as ISO 8601 writes them."""
    return bool(_DATE.fullmatch(text.strip()))


def is_day(text: str) -> bool:
    """Return whether a text is a date of a month or a day, or a time; not a bare year, which may be a number."""
    return "-" in text[1:] and is_date(text)


def is_number(text: str) -> bool:
    """Return whether a text is a number, or a percentage."""
    return bool(_NUMBER.fullmatch(text.strip()))


def _acts(word: str) -> bool:
    acting = wordnet().categories(word, 1) in ([Category.PERSON], [Category.GROUP])
    return acting or is_person(word) or word in GROUPS or word.endswith(("er", "or", "ist", "ian"))


def _is_place(word: str) -> bool:
    return word in PLACES or Category.LOCATION in wordnet().categories(word) or wordnet().is_kind(word, "structure")
