"""What the names in one graph say: of its relations, of its classes, and of what stands for a class."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np

from clew.decoding.embedded.answer_type.lexical import asked_kind
from clew.decoding.embedded.search.wording import mask_topic
from clew.decoding.reading.asked import Asked
from clew.decoding.reading.classes import Classes
from clew.decoding.reading.direction import TOPIC, same_word
from clew.decoding.reading.lexicon import (
    ARTICLES,
    ED_NOUNS,
    EXTREMES,
    GENERAL,
    KIND_NAMES,
    LIGHT,
    PARTICIPLES,
    PAST,
    PREPOSITIONS,
)
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.opening import opening_nouns
from clew.decoding.reading.relation_name import Form, RelationName, name_of
from clew.decoding.reasoner import RankedPath
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, PartOfSpeech, wordnet
from clew.tries.labels.label_trie import Match
from clew.tries.survey.survey import survey_of

STEM_START = 3
"""First letters that forms of one word share."""
SHORTEST = 3
"""Letters of the shortest word with a plural in -es."""
MANY = 3
"""Nodes from which an entity that they share by one relation is taken for a kind of them."""


class GraphWords:
    """The words of one graph's names, read once. Safe for threads."""

    def __init__(self, graph: Graph, named: Callable[[str], list[Match]], likeness: Likeness) -> None:
        """``named``: returns every label of the graph that stands in a text."""
        self.graph, self.likeness, self._named = graph, likeness, named
        self._names: dict[int, RelationName] = {}
        self._ends: dict[int, frozenset[str]] = {}
        self._beside: dict[tuple[int, int], bool] = {}

    @cached_property
    def classes(self) -> Classes:
        """The classes by their names."""
        return Classes(self.graph, self.likeness)

    def name(self, relation: int) -> RelationName:
        """Return the name of a relation (directed or stored)."""
        stored = relation % self.graph.num_relations
        if stored not in self._names:
            self._names[stored] = name_of(self.graph, stored)
        return self._names[stored]

    def of_path(self, ranked: RankedPath) -> frozenset[str]:
        """Return the folded words of the labels of a path's relations, all parts of path-like ones."""
        return frozenset().union(*(self.name(relation).all_words for relation in ranked.relations))

    def of_kinds(self, nodes: Sequence[int]) -> set[str]:
        """Return the folded words of the names of what some nodes are: of their classes, and of entities that classify
        them (a genre, an occupation)."""
        kinds: set[int] = set()
        for node in [node for node in nodes if not self.graph.is_literal(node)][: limits.MAX_KINDRED]:
            kinds |= set(self.graph.types(node).tolist())
            kinds |= {
                other for relation in self._classifying for other in self.graph.neighbours(node, relation).tolist()
            }
        return {word for kind in kinds for word in fold_words(self.graph.label(kind)).split()}

    def around(self, nodes: Sequence[int]) -> set[str]:
        """Return the folded words of what tells what some entities are: of the names of their classes and kinds, and of
        the relations at them, but for function words. The class that has a relation tells what its heads are."""
        some, count = nodes[: limits.MAX_KINDRED], self.graph.num_relations
        relations = {int(relation) for node in some for relation in self.graph.relations_of(node)}
        names = ((self.name(relation), relation < count) for relation in relations)
        told = (name.all_words if away else frozenset(name.words) for name, away in names)
        return self.of_kinds(some).union(*told) - FUNCTION_WORDS

    def plays(self, node: int, noun: str) -> bool | None:
        """Return whether a node is what a noun says by a relation of that name, at its right end: the captain of
        something, not something that has one. None where no relation at the node is named so."""
        count, ends = self.graph.num_relations, set()
        for relation in map(int, self.graph.relations_of(node)):
            name = self.name(relation)
            if name.core and same_word(name.head, noun):
                tail = {Form.NOUN: True, Form.NOUN_OF: False}.get(name.form)
                ends.add(tail is None or tail == (relation >= count))
        return any(ends) if ends else None

    def around_ends(self, directed: int) -> frozenset[str]:
        """Return the words around a sample of the nodes that a directed relation leads to."""
        if directed not in self._ends:
            count = self.graph.num_relations
            some = self._some_edges(directed % count)
            ends = [triple[2] if directed < count else triple[0] for triple in some]
            self._ends[directed] = frozenset(self.around([end for end in ends if not self.graph.is_literal(end)]))
        return self._ends[directed]

    def _some_edges(self, relation: int) -> list[tuple[int, int, int]]:
        return [*map(self.graph.edge_triple, survey_of(self.graph).edges(relation).tolist())]

    def nouns(self, asked: Asked, ranked: RankedPath) -> list[str]:
        """Return the folded nouns for what is asked, the head last; none where that is a number or a date, or a person
        ("who")."""
        labels = tuple(label.text for label in self.graph.labels(ranked.topic.node))
        kind = asked_kind(mask_topic(asked.question, asked.span(ranked.topic.node), labels).text)
        if not kind.literal and kind.nouns in ((), ("person",)):
            return opening_nouns(asked.words_around(ranked.topic.node), self._is_kind)
        if kind.literal:
            return []
        nouns = [fold_words(noun) for noun in kind.nouns]
        nouns = [noun for noun in nouns if noun not in EXTREMES]
        if nouns and nouns[0] in PAST | PARTICIPLES:  # "what made"
            return []
        words = asked.words_around(ranked.topic.node)
        if len(nouns) == 2 and _is_verb(words, *nouns):
            return nouns[:1]
        if len(nouns) == 1 and words[1:3] == [nouns[0], TOPIC] and wordnet().has(nouns[0], PartOfSpeech.VERB):
            return []  # "what treats TOPIC"
        following = {after for before, after in pairwise(words) if before == nouns[-1]} if nouns else set()
        if len(following) == 1 and _is_adjective(nouns[-1]) and _is_noun(*following):  # "an early gothic church"
            nouns = [nouns[-1], *following]
        return nouns

    def _is_kind(self, noun: str) -> bool:
        """Return whether the graph knows a noun as what things are."""
        return bool(self.classes.named([noun]) or self.kinds_named(noun))

    def kinds_named(self, noun: str) -> frozenset[int]:
        """Return the entities that classify others and are called by a noun: an occupation "composer", a genre. Many
        nodes state one of them by the same relation."""
        forms = {
            noun,
            noun.removesuffix("s"),
            noun.removesuffix("es") if len(noun) > SHORTEST + 1 else noun,  # "uses" is no form of "US"
            noun[:-3] + "y" if noun.endswith("ies") else noun,
        }
        nodes = {
            n
            for form in forms
            if form
            for m in self._named(form)
            if m.text and m.end - m.start == len(form)
            for n in m.nodes
        }
        return frozenset(node for node in nodes if self._classifies(node))

    def relations_named(self, word: str) -> frozenset[int]:
        """Return the stored relations that a word may name: those whose names have a form of it as their head."""
        heads = self._by_head.get(word[:STEM_START], {})
        return frozenset().union(
            *(found for head, found in heads.items() if same_word(word, head) and _uses(word, head))
        )

    def beside(self, relations: Collection[int], directed: int) -> bool:
        """Return whether nodes that a step may be taken from have one of some stored relations, too: then that may be
        asked of them as well."""
        return any(self._is_beside(relation, directed) for relation in relations)

    def _is_beside(self, relation: int, directed: int) -> bool:
        if (relation, directed) not in self._beside:
            nodes = {node for head, _, tail in self._some_edges(relation) for node in (head, tail)}
            self._beside[relation, directed] = any(len(self.graph.neighbours(node, directed)) for node in nodes)
        return self._beside[relation, directed]

    @cached_property
    def _by_head(self) -> dict[str, dict[str, set[int]]]:
        """The stored relations by the heads of their names, and by who acts in them; and those by first letters."""
        found: dict[str, dict[str, set[int]]] = {}
        for relation in range(self.graph.num_relations):
            name = self.name(relation)
            heads = [name.head] if name.core else []
            if name.owner and Category.PERSON in wordnet().categories(name.owner, 1):
                heads.append(name.owner)  # one directs as the director of "/film/director/film"
            for head in heads:
                if head not in FUNCTION_WORDS | GENERAL | LIGHT:
                    found.setdefault(head[:STEM_START], {}).setdefault(head, set()).add(relation)
        return found

    def joined(self, one: int, other: int) -> bool:
        """Whether an edge joins two nodes, in either direction."""
        graph = self.graph
        few, many = sorted((one, other), key=graph.degree)
        return any(len(graph.neighbours(few, r)) and many in graph.neighbours(few, r) for r in graph.relations_of(few))

    @cached_property
    def _classifying(self) -> list[int]:
        """The relations to what classifies an entity, by their names: "genre", "occupation"."""
        names = ((relation, self.name(relation)) for relation in range(self.graph.num_relations))
        return [relation for relation, name in names if name.words and name.words[-1] in KIND_NAMES]

    def _classifies(self, node: int) -> bool:
        """Whether several edges of one relation, which lie side by side, end at a node."""
        low = int(self.graph.inc.ptr[node])
        relations = np.asarray(self.graph.inc.relation[low : min(int(self.graph.inc.ptr[node + 1]), low + 4096)])
        return bool((relations[MANY - 1 :] == relations[: 1 - MANY]).any())


def _uses(word: str, head: str) -> bool:
    """Whether a word is used for what a head says; not so the verb of an irregular noun for who acts: one who studies
    is nobody's student for that."""
    bases = {word}.union(*(wordnet().bases(word, pos) for pos in PartOfSpeech))
    agent = Category.PERSON in wordnet().categories(head, 1) and not head.endswith(("er", "or", "ee", "s"))
    return not agent or head in bases


def _is_adjective(word: str) -> bool:
    return wordnet().has(word, PartOfSpeech.ADJECTIVE) and not word.endswith("ed")


def _is_noun(word: str) -> bool:
    noun, verb = (wordnet().has(word, pos) for pos in (PartOfSpeech.NOUN, PartOfSpeech.VERB))
    return noun and not verb and word not in FUNCTION_WORDS and word not in EXTREMES


def _is_verb(words: Sequence[str], noun: str, word: str) -> bool:
    """Whether the second of the two words after "which" is the verb: "museums show", "museum shows TOPIC", "river runs
    through"."""
    if noun.endswith("s") and not noun.endswith("ss") and not word.endswith("s"):
        return True
    if word in LIGHT | PAST | PARTICIPLES or (word.endswith("ed") and word not in ED_NOUNS):
        return True
    following = {after for before, after in pairwise(words) if before == word}
    if word.endswith("s") and following & (PREPOSITIONS - {"of"}):
        return True
    before = [other for other in words[: words.index(TOPIC)] if other not in ARTICLES] if TOPIC in words else []
    return before[-1:] == [word]
