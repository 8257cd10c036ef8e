"""Draws small typed graphs from the lexicon: knowledge graphs, and tables as a database holds them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.kg.graph.builder import GraphBuilder
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.training.own_graph.sampling.plain_patterns import plural
from clew.training.programs.attribute_values import ValueSampler
from clew.training.programs.attributes import AttributeKinds, AttributeWords, attribute_kinds, without_adjectives
from clew.training.programs.invented_names import distinct_names
from clew.training.programs.typed_graph import ClassAttribute, ClassRelation, GraphClass, TypedGraph, values_of
from clew.training.synthetic.lexicon import Domain, EntityType, LexicalRelation

TABLES = 0.4
"""Share of graphs with the names of a database's tables and columns."""
SHARED = 0.5
"""Share of graphs with a relation that a second domain has under the same name."""
ROLES = 0.8
"""Share of graphs in which people have classes by what they do."""


_IRREGULAR = {"child": "children", "grandchild": "grandchildren", "wife": "wives", "person": "people"}
FEWEST, MOST = 20, 120
"""Entities of a graph."""
DATED = 0.12
"""Share of relations whose edges say when they hold."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A class of a graph to be: its type, its key, and the keys of its members."""

    type: EntityType
    key: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Joint:
    """A relation of a graph to be: its key, its words, the names of its ends' types."""

    key: str
    words: LexicalRelation
    dated: bool


@dataclass
class _Draft:
    """A graph to be."""

    rng: random.Random
    table: bool
    builder: GraphBuilder = field(default_factory=GraphBuilder)
    kinds: dict[str, _Kind] = field(default_factory=dict)
    joints: list[_Joint] = field(default_factory=list)
    attributes: list[tuple[str, str, AttributeWords, tuple[str, ...]]] = field(default_factory=list)
    roles: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


class GraphSampler:
    """Draws graphs; those of one random generator are the same each time."""

    def __init__(self, domains: Sequence[Domain], rng: random.Random) -> None:
        self._domains, self._rng = tuple(domains), rng
        self._words: AttributeKinds = attribute_kinds()

    def draw(self) -> TypedGraph:
        """Return a graph of 20 to 120 entities with some classes."""
        while not FEWEST <= (drawn := self._drawn()).graph.num_entities <= MOST:
            pass
        return drawn

    def _drawn(self) -> TypedGraph:
        rng = self._rng
        domain = rng.choice(self._domains)
        relations, types = self._chosen(domain)
        second = self._second(relations, domain) if rng.random() < SHARED else None
        draft = _Draft(rng, rng.random() < TABLES)
        for relation in relations:
            lone = sum({relation.head, relation.tail} == {other.head, other.tail} for other in relations) == 1
            draft.joints.append(_Joint(self._key(draft, relation, lone), relation, rng.random() < DATED))
        if second is not None:
            other, mine, theirs = second
            types = {**other.types, **types}
            key = next(joint.key for joint in draft.joints if joint.words is mine)
            draft.joints.append(_Joint(key, theirs, False))
        self._fill(draft, types)
        return self._finished(draft, (domain.name,) if second is None else (domain.name, second[0].name))

    # --- which relations
    def _chosen(self, domain: Domain) -> tuple[list[LexicalRelation], dict[str, EntityType]]:
        """Return relations of a domain that hang together, between two to five types."""
        rng = self._rng
        usable = [r for r in domain.relations if not r.tail_literal and r.nouns and r.inverse_phrases]
        rng.shuffle(usable)
        found, types, most = usable[:1], {usable[0].head, usable[0].tail}, rng.randint(2, 5)
        for relation in usable[1:] * 2:
            ends = {relation.head, relation.tail}
            if relation not in found and ends & types and len(ends | types) <= most and len(found) < 7:
                found.append(relation)
                types |= ends
        return found, {name: domain.types[name] for name in sorted(types)}

    def _second(
        self, relations: Sequence[LexicalRelation], domain: Domain
    ) -> tuple[Domain, LexicalRelation, LexicalRelation] | None:
        """Return a domain that has a relation of the same name to the same type, and the relation in both."""
        heads = {name for relation in relations for name in (relation.head, relation.tail)}
        found = [
            (other, mine, theirs)
            for mine in relations
            for other in self._domains
            if other is not domain
            for theirs in other.relations
            if theirs.tail == mine.tail and theirs.head not in heads and theirs.nouns
            and set(theirs.labels) & set(mine.labels) and theirs.inverse_phrases
        ]  # fmt: skip
        return self._rng.choice(found) if found else None

    def _key(self, draft: _Draft, relation: LexicalRelation, lone: bool) -> str:
        """Return a name for a relation that no other of the graph has: in tables, often that of the table meant where
        no other column means it."""
        rng = self._rng
        labels = [label for label in relation.labels if "." not in label or not draft.table]
        if draft.table and lone and rng.random() < 0.5:
            labels = [relation.tail, f"{relation.tail}_id"]
        rng.shuffle(labels)
        free = [label for label in (*labels, *relation.labels) if label.casefold() not in draft.keys]
        label = free[0] if free else f"{relation.head} {relation.labels[0]}"
        label = label.replace(" ", "_") if draft.table else label
        draft.keys.add(label.casefold())
        return label

    # --- what is in it
    def _fill(self, draft: _Draft, types: dict[str, EntityType]) -> None:
        rng = draft.rng
        heads = {joint.words.head for joint in draft.joints}
        used = heads | {joint.words.tail for joint in draft.joints}
        for name in sorted(used):
            self._members(draft, types[name], name in heads)
        for joint in draft.joints:
            self._edges(draft, joint)
        self._describe(draft, types, [name for name in sorted(used) if name in heads or rng.random() < 0.8])
        if rng.random() < ROLES:
            self._add_roles(draft)

    def _members(self, draft: _Draft, entity_type: EntityType, rich: bool) -> None:
        rng = draft.rng
        person = self._words.is_person(entity_type)
        size = rng.randint(8, 26) if rich else rng.randint(4, 10)
        known = [name for name in entity_type.names if name.casefold() not in draft.taken]
        if not rich and len(known) >= 4:
            names = rng.sample(known, min(size, len(known)))
        else:
            names = distinct_names(rng, known, size, person, entity_type.nouns[0])
        names = [name for name in names if name.casefold() not in draft.taken and _is_name(name)]
        draft.taken |= {name.casefold() for name in names}
        key = self._class_key(draft, entity_type)
        members = tuple(f"{entity_type.name}/{i + 1}" if draft.table else name for i, name in enumerate(names))
        for member, name in zip(members, names, strict=True):
            draft.builder.edge(member, RDF_TYPE, key)
            if draft.table:
                draft.builder.label(member, name)
        draft.kinds[entity_type.name] = _Kind(entity_type, key, members)

    def _class_key(self, draft: _Draft, entity_type: EntityType) -> str:
        noun = draft.rng.choice(entity_type.nouns[:2])
        key = noun.replace(" ", "_") if draft.table else noun.capitalize() if draft.rng.random() < 0.3 else noun
        while key.casefold() in draft.taken:
            key = f"{key} (class)"
        draft.taken.add(key.casefold())
        return key

    def _edges(self, draft: _Draft, joint: _Joint) -> None:
        rng = draft.rng
        heads, tails = draft.kinds[joint.words.head].members, draft.kinds[joint.words.tail].members
        if not heads or not tails:
            return
        counts = rng.choice(((1, 1, 1, 0), (1, 1, 2), (1, 2, 3, 0), (1,)))
        order = rng.sample(tails, len(tails))
        weights = [1 / (2 + place) for place in range(len(order))]
        for head in heads:
            for tail in dict.fromkeys(rng.choices(order, weights, k=rng.choice(counts))):
                if tail != head:
                    draft.builder.edge(head, joint.key, tail, attributes=_times(rng) if joint.dated else None)

    def _describe(self, draft: _Draft, types: dict[str, EntityType], names: Sequence[str]) -> None:
        sampler = ValueSampler(draft.rng, draft.table)
        for name in names:
            lexical = {r for d in self._domains for r in d.relations if r.head == name and d.types[name] is types[name]}
            known = sorted(lexical, key=lambda r: r.labels)
            words = [found for r in known if (found := self._words.of_relation(r))]
            words = self._some(draft, words, [*self._words.of_type(types[name])])
            for attribute in words:
                self._describe_one(draft, sampler, name, attribute)

    def _some(self, draft: _Draft, lexical: list[AttributeWords], extra: list[AttributeWords]) -> list[AttributeWords]:
        """Return two to five attributes, no two of one noun, nor of one adjective ("largest")."""
        rng = draft.rng
        rng.shuffle(lexical)
        rng.shuffle(extra)
        found: list[AttributeWords] = []
        taken: set[str] = set()
        for words in (*lexical[:3], *extra, *lexical[3:]):
            if not taken & {*words.nouns, *words.participles} and len(found) < 5:
                found.append(without_adjectives(words) if taken & {*words.most, *words.least} else words)
                taken |= {*words.nouns, *words.participles, *words.most, *words.least}
        return found[: rng.randint(2, 5)]

    def _describe_one(self, draft: _Draft, sampler: ValueSampler, owner: str, words: AttributeWords) -> None:
        labels = [label for label in words.labels if label.casefold() not in draft.keys]
        if not labels:
            return
        key = draft.rng.choice(labels)
        key = key.replace(" ", "_") if draft.table else key
        draft.keys.add(key.casefold())
        texts = []
        for member, literals in zip(
            draft.kinds[owner].members, sampler.column(words, len(draft.kinds[owner].members)), strict=True
        ):
            for literal in literals:
                draft.builder.edge(member, key, literal)
                texts.append(literal.lexical)
        draft.attributes.append((owner, key, words, tuple(texts)))

    def _add_roles(self, draft: _Draft) -> None:
        """Give some people the class of what they do: the noun of a relation that leads to people."""
        rng = draft.rng
        for joint in draft.joints:
            kind, noun = draft.kinds[joint.words.tail], joint.words.nouns[0]
            fits = self._words.is_person(kind.type) and is_person(noun) and " " not in noun
            if not fits or noun.casefold() in draft.taken or len(kind.members) < 6:
                continue
            draft.taken.add(noun.casefold())
            some = tuple(rng.sample(kind.members, rng.randint(2, len(kind.members) - 2)))
            for member in some:
                draft.builder.edge(member, RDF_TYPE, noun)
            draft.roles.append((noun, kind.type.name, some))

    # --- the graph
    def _finished(self, draft: _Draft, domains: tuple[str, ...]) -> TypedGraph:
        graph = draft.builder.build("synthetic")
        classes = {
            name: GraphClass(
                graph.node(kind.key), kind.type.nouns, _plurals(kind.type), self._words.is_person(kind.type)
            )
            for name, kind in draft.kinds.items()
            if kind.members
        }
        roles = [
            (GraphClass(graph.node(noun), (noun,), (_IRREGULAR.get(noun, plural(noun)),), True), classes[whole])
            for noun, whole, _ in draft.roles
        ]
        keys = [joint.key for joint in draft.joints]
        relations = [
            ClassRelation(number, joint.words, classes[joint.words.head], classes[joint.words.tail],
                          keys.count(joint.key) > 1, joint.dated)
            for joint in draft.joints
            if (number := graph.find_relation(joint.key)) is not None
        ]  # fmt: skip
        attributes = [
            ClassAttribute(number, words, classes[owner], texts)
            for owner, key, words, texts in draft.attributes
            if (number := graph.find_relation(key)) is not None
        ]
        return TypedGraph(
            graph, values_of(graph), domains, tuple(classes.values()), tuple(roles), tuple(relations), tuple(attributes)
        )


def _times(rng: random.Random) -> dict[str, Literal]:
    """Return from when to when an edge holds."""
    since = rng.randint(1950, 2010)
    until = since + rng.randint(0, 12)
    return {"since": Literal(str(since), XSD + "gYear"), "until": Literal(str(until), XSD + "gYear")}


def _is_name(name: str) -> bool:
    """Return whether a name can stand in a question as it is."""
    return not set(name) & set('{}?"') and any(char.isalpha() for char in name)


def _plurals(entity_type: EntityType) -> tuple[str, ...]:
    given = entity_type.plurals
    return tuple(given[i] if i < len(given) else plural(noun) for i, noun in enumerate(entity_type.nouns))
