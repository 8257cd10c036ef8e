"""Small graphs with classes, relations and typed attributes, and the words for each of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from clew.kg.graph.graph import Graph
from clew.training.programs.attributes import AttributeWords
from clew.training.synthetic.lexicon import LexicalRelation
from clew.tries.columns.columns import ValueColumns
from clew.tries.programs.values import AttributeValues


@dataclass(frozen=True, slots=True)
class GraphClass:
    """A class: its node, its nouns with their plurals in the same order, and whether it stands for people."""

    node: int
    nouns: tuple[str, ...]
    plurals: tuple[str, ...]
    person: bool


@dataclass(frozen=True, slots=True)
class ClassRelation:
    """A relation between two classes: its number, and its words. ``shared``: things of other classes have it too;
    ``dated``: its edges say from when to when they hold.

    A relation that several classes have is listed once for each.
    """

    relation: int
    words: LexicalRelation
    head: GraphClass
    tail: GraphClass
    shared: bool
    dated: bool


@dataclass(frozen=True, slots=True)
class ClassAttribute:
    """An attribute of a class: its number, its words, and the texts of its values."""

    relation: int
    words: AttributeWords
    owner: GraphClass
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WalkedRelation:
    """A relation of two classes in one direction."""

    between: ClassRelation
    forward: bool
    directed: int

    @property
    def source(self) -> GraphClass:
        """The class that it leaves."""
        return self.between.head if self.forward else self.between.tail

    @property
    def target(self) -> GraphClass:
        """The class that it reaches."""
        return self.between.tail if self.forward else self.between.head


@dataclass(frozen=True)
class TypedGraph:
    """A graph, and what its parts are called.

    domains: those of the lexicon that it is drawn from. roles: classes of some of the members of another ("directors"
    among people), with that other.
    """

    graph: Graph
    values: AttributeValues
    domains: tuple[str, ...]
    classes: tuple[GraphClass, ...]
    roles: tuple[tuple[GraphClass, GraphClass], ...]
    relations: tuple[ClassRelation, ...]
    attributes: tuple[ClassAttribute, ...]

    @cached_property
    def walks(self) -> tuple[WalkedRelation, ...]:
        """Every relation in both directions."""
        size = self.graph.num_relations
        return tuple(
            WalkedRelation(r, forward, r.relation + (0 if forward else size))
            for r in self.relations
            for forward in (True, False)
        )

    def leaving(self, cls: GraphClass) -> list[WalkedRelation]:
        """Return the relations that lead on from a class."""
        return [walk for walk in self.walks if walk.source is self.whole(cls)]

    def reaching(self, cls: GraphClass) -> list[WalkedRelation]:
        """Return the relations that lead to a class."""
        return [walk for walk in self.walks if walk.target is self.whole(cls)]

    def attributes_of(self, cls: GraphClass) -> list[ClassAttribute]:
        """Return the attributes of a class."""
        return [attribute for attribute in self.attributes if attribute.owner is self.whole(cls)]

    def whole(self, cls: GraphClass) -> GraphClass:
        """Return the class that a role is part of; any other class itself."""
        return next((whole for role, whole in self.roles if role is cls), cls)

    def roles_of(self, cls: GraphClass) -> list[GraphClass]:
        """Return the classes of some of the members of a class."""
        return [role for role, whole in self.roles if whole is cls]

    def members(self, cls: GraphClass) -> Sequence[int]:
        """Return the entities of a class."""
        relation = self.graph.type_relation
        assert relation is not None
        found: list[int] = self.graph.neighbours(cls.node, relation + self.graph.num_relations).tolist()
        return found


def values_of(graph: Graph) -> AttributeValues:
    """Return the typed values of a graph."""
    return AttributeValues(ValueColumns.of(graph))
