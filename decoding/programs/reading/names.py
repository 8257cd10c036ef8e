"""The names by which a graph's relations and classes may be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clew.decoding.embedded.vocabulary.vocabulary import class_names, relation_names
from clew.decoding.programs.reading.comparatives import FORMS, Degree
from clew.decoding.programs.reading.links import Links
from clew.decoding.programs.reading.named_units import named_unit
from clew.decoding.programs.reading.question import NAMING
from clew.decoding.reading.lexicon import KIND_NAMES, PREPOSITIONS, UNITS
from clew.decoding.reading.relation_name import name_of, relation_name
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.units import Unit
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.tries.survey.survey import survey_of

_NUMBER = frozenset(["num", "nr", "no", "n", "count"])
"""Short for "number" in the names of columns."""
HEADS = 2
TARGET_COST, BACKWARDS_COST = 0.15, 0.15
LINKED_COST = 0.3
"""Of a relation that is called by what the links that it leads to link."""
REACHED_SHARE = 0.2
"""A relation is also called by a class that it reaches so often, by the one reached most often."""
GENERAL_WORDS = frozenset(["name", "names", "value", "data", "list", "record", "records", "info", "table", "has", "is"])


@dataclass(frozen=True, slots=True)
class Name:
    """One way to call a relation or a class: its words, the head last; what this way costs; whether it names what is
    reached, not the relation; whether it is called a name itself: "owner name"."""

    words: tuple[str, ...]
    cost: float = 0.0
    reached: bool = False
    naming: bool = False


class ProgramNames:
    """The names in one graph. Immutable."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def relations(self) -> list[list[Name]]:
        """The names of each directed relation: its labels, and the class that it reaches."""
        found = relation_names(self.graph)
        named: list[list[Name]] = [[] for _ in range(2 * self.graph.num_relations)]
        for owner, label, backwards in zip(found.owners, found.words.labels, found.words.inverse, strict=True):
            core = meaning(label)
            if core:
                naming = not NAMING.isdisjoint(relation_name(label).core)
                named[owner].append(Name(core, BACKWARDS_COST if backwards else 0.0, naming=naming))
        picks = [_picking(names) for names in named]
        for directed, target in zip(found.owners, found.words.targets, strict=True):
            core = meaning(target)
            if core and all((*picks[directed], *core) != name.words for name in named[directed]):
                named[directed].append(Name((*picks[directed], *core), TARGET_COST, True))
        for directed, known in enumerate(named):
            for cls in self.reached(directed):
                for name in self.classes.get(cls, ()):
                    words = (*picks[directed], *name.words)
                    if all(words != other.words for other in known):
                        known.append(Name(words, TARGET_COST, True))
        ends = {r: [name for end in self.links.ends(r) for name in named[end]] for r in self.links.leading}
        for directed, names in ends.items():
            called = {name.words for name in named[directed]}
            named[directed] += [Name(name.words, LINKED_COST, True) for name in names if name.words not in called]
        return named

    @cached_property
    def units(self) -> dict[int, Unit]:
        """The units in which the values of attributes are, where their names say so."""
        named = ((r, named_unit(name_of(self.graph, r))) for r in range(self.graph.num_relations))
        return {r: unit for r, unit in named if unit is not None}

    @cached_property
    def prepositions(self) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
        """Of relations that differ from others by a preposition alone, "flows into" and "flows through": their own, and
        those of the others."""
        alike: dict[tuple[str, ...], list[tuple[int, frozenset[str]]]] = {}
        for relation in range(self.graph.num_relations):
            words = name_of(self.graph, relation).words
            own = PREPOSITIONS.intersection(words)
            alike.setdefault(tuple(word for word in words if word not in own), []).append((relation, own))
        return {
            relation: (own, frozenset().union(*(other for _, other in some)) - own)
            for some in alike.values()
            if len(some) > 1
            for relation, own in some
        }

    @cached_property
    def links(self) -> Links:
        """The nodes that only link others."""
        return Links(self.graph)

    def reached(self, directed: int) -> list[int]:
        """Return the classes of many of the nodes that a directed relation reaches: planets and moons."""
        classes, counts = survey_of(self.graph).classes_reached(directed)
        return classes[counts >= REACHED_SHARE * counts.max(initial=0)].tolist()  # type: ignore[no-any-return]

    @cached_property
    def classes(self) -> dict[int, list[Name]]:
        """The names of each class that has instances."""
        found: dict[int, list[Name]] = {}
        for name, node in class_names(self.graph):
            if core := _class_words(name):
                found.setdefault(node, []).append(Name(core))
        return found

    @cached_property
    def classifying(self) -> list[int]:
        """The relations to what entities are, by their names: "genre", "occupation"."""
        names = ((r, name_of(self.graph, r)) for r in range(self.graph.num_relations))
        return [r for r, name in names if r != self.graph.type_relation and name.words and name.words[-1] in KIND_NAMES]

    def classifies(self, node: int) -> bool:
        """Return whether others are what an entity is: an occupation, a genre."""
        size = self.graph.num_relations
        return any(len(self.graph.neighbours(node, r + size)) for r in self.classifying)

    def heads(self, relation: int) -> list[int]:
        """Return the classes that most nodes with a relation have, at most two."""
        classes, counts = survey_of(self.graph).classes_reached(relation + self.graph.num_relations)
        order = np.argsort(-counts, kind="stable")[:HEADS]
        return [int(cls) for cls in classes[order] if int(cls) in self.classes]

    @cached_property
    def main_words(self) -> frozenset[str]:
        """The heads of all names."""
        every = [*self.relations, *self.classes.values()]
        return frozenset(name.words[-1] for names in every for name in names)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all names."""
        every = [*self.relations, *self.classes.values()]
        return frozenset(word for names in every for name in names for word in name.words)


def _picking(names: Sequence[Name]) -> tuple[str, ...]:
    """Return the superlatives in a relation's names: what one leads to is not called by its class alone, but "highest
    mountain"."""
    words = (word for name in names for word in name.words)
    return tuple(word for word in dict.fromkeys(words) if word in FORMS and FORMS[word].degree is Degree.SUPERLATIVE)


def _class_words(name: str) -> tuple[str, ...]:
    """Return the words of a class's name, the head last: that of "group of islands" is the group."""
    head, of, rest = name.partition(" of ")
    return (*meaning(rest), *meaning(head)) if of and meaning(head) else meaning(name)


def meaning(label: str) -> tuple[str, ...]:
    """Return the words of a label that carry its meaning, the head last."""
    core = tuple(word for word in relation_name(label).core if word not in FUNCTION_WORDS)
    core = tuple("number" if word in _NUMBER and len(core) > 1 else word for word in core)
    telling = tuple(word for word in core if word not in GENERAL_WORDS)
    while len(telling) > 1 and telling[-1] in UNITS:  # "elevation m"
        telling = telling[:-1]
    return telling or core
