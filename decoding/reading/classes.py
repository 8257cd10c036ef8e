"""The classes of a graph by their names, and whether answers are instances of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.embedded.vocabulary.vocabulary import class_names
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.lexicon import GENERAL
from clew.decoding.reading.likeness import Likeness
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.terms.vocabulary import RDFS_SUBCLASS
from clew.kg.time_limit import look
from clew.retrieval.linking.words import fold_words


class Classes:
    """The classes that have instances in one graph."""

    def __init__(self, graph: Graph, likeness: Likeness) -> None:
        self._graph, self._likeness = graph, likeness
        self._by_head: dict[str, list[tuple[tuple[str, ...], int]]] = {}
        self.nodes: frozenset[int] = frozenset(node for _, node in class_names(graph))
        for name, node in class_names(graph):
            words = tuple(fold_words(name).split())
            if words:
                self._by_head.setdefault(words[-1][:3], []).append((words, node))
        self._subclass = graph.find_relation(RDFS_SUBCLASS)

    def induced(self, node: int) -> frozenset[str]:
        """Return the words for the classes that a node's relations give it as their head, where relations are named by
        the class that has them: ``/film/director/film``, ``film.director.film``. None where the graph states classes
        or names relations otherwise."""
        if self._graph.type_relation is not None or self._graph.is_literal(node):
            return frozenset()
        low, high = int(self._graph.out.ptr[node]), int(self._graph.out.ptr[node + 1])
        found = {self._domains[r] for r in np.unique(self._graph.out.relation[low:high]).tolist()}
        return frozenset().union(*found)

    @cached_property
    def induces(self) -> bool:
        """Whether relations tell who is a person (see ``induced``)."""
        return self._graph.type_relation is None and any("person" in words for words in self._domains)

    @cached_property
    def _domains(self) -> list[frozenset[str]]:
        """The words for the class of each relation's heads."""
        graph = self._graph
        return [_domain(graph.relation_key(relation)) for relation in range(graph.num_relations)]

    def named(self, words: Sequence[str]) -> frozenset[int]:
        """Return the classes whose name is the last of these folded words, as many as possible, or forms of them."""
        if not words:
            return frozenset()
        found: dict[int, set[int]] = {}
        for name, node in self._by_head.get(words[-1][:3], ()):
            ending = words[-len(name) :]
            if len(ending) == len(name) and all(map(same_word, ending, name)):
                found.setdefault(len(name), set()).add(node)
        return frozenset(found[max(found)]) if found else frozenset()

    def words_of(self, node: int) -> frozenset[str]:
        """Return the words of the names of a node's classes, those above them included."""
        if self._graph.is_literal(node):
            return frozenset()
        classes = self._closure(self._graph.types(node).tolist())
        return frozenset(word for cls in classes for word in fold_words(self._graph.label(cls)).split())

    @cached_property
    def persons(self) -> bool:
        """Whether some class is one of persons."""
        return any(is_person(word) for node in self.nodes for word in fold_words(self._graph.label(node)).split())

    def fit(self, nodes: Sequence[int], wanted: frozenset[int]) -> bool | None:
        """Return whether all of these nodes are instances of the classes; None where some have no class at all."""
        known = True
        for node in nodes:
            if self._graph.is_literal(node):
                return False
            own = self._closure(self._graph.types(node).tolist())
            if not own:
                known = False
            elif not own & wanted:
                return False
        return True if known else None

    def called(self, nodes: Sequence[int], noun: str) -> bool | None:
        """Return whether a noun is part of the name of a class of each of these nodes, means about the same, or is part
        of the node's own name. None where some have no class, or the noun is too general to tell."""
        if noun in GENERAL:
            return None
        for node in nodes:
            types = self._closure(self._graph.types(node).tolist()) if not self._graph.is_literal(node) else set()
            if not types:
                return None
            kinds = [fold_words(self._graph.label(cls)) for cls in types]
            words = {word for name in (fold_words(self._graph.label(node)), *kinds) for word in name.split()}
            said = any(same_word(noun, word) for word in words)
            if not said and not self._likeness.kindred(noun, kinds):
                return False
        return True

    def _closure(self, types: Sequence[int]) -> set[int]:
        look()
        found, ahead = set(types), list(types)
        for _ in range(limits.MAX_CLASS_STEPS):
            if self._subclass is None or not ahead:
                break
            above = self._graph.expand(np.array(sorted(set(ahead)), np.int32), self._subclass).tolist()
            ahead = [node for node in above if node not in found]
            found |= set(ahead)
        return found


def _domain(key: str) -> frozenset[str]:
    """Return the words for the domain and the class in the key of a relation of Freebase's kind; none in another."""
    name = key if key.startswith("/") else re.split(r"[/#]", key)[-1].replace(".", "/")
    parts = [part for part in name.split("./")[0].split("/") if part]
    return frozenset(word for part in parts[-3:-1] for word in part.split("_")) if len(parts) >= 3 else frozenset()
