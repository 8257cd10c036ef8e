"""Random mini schemas: relations under random labels between typed ends, and the relation paths they allow.

A schema stands in for a graph: what leaves a node depends on its type only, so the relation paths of a schema are what
the relation automaton would allow over a graph with those relations. Directed relation ids follow ``kg.Graph``: ``r``
forward, ``r + R`` backward, and ``2R`` ends a path.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from decoding.embedded.answer_kinds import Kinds, Reach
from decoding.embedded.asked_kind import PERSON, is_person
from decoding.embedded.vocabulary import RelationWords
from decoding.embedded.wording import readable
from training.lexicon import Domain, EntityType, LexicalRelation
from training.phrases import CONTAINERS, Hop


@dataclass(frozen=True)
class Schema:
    """``relations[i]`` is named ``labels[i]``; ``type_nouns`` names the types (empty: an untyped graph)."""

    relations: tuple[LexicalRelation, ...]
    labels: tuple[str, ...]
    type_nouns: dict[str, str]

    @property
    def num_relations(self) -> int:
        """R, not counting directions."""
        return len(self.relations)

    @property
    def stop(self) -> int:
        """The token that ends a path, 2R."""
        return 2 * len(self.relations)

    @cached_property
    def _leaving(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        size = self.num_relations
        for i, relation in enumerate(self.relations):
            found.setdefault(relation.head, []).append(i)
            found.setdefault(relation.tail, []).append(i + size)
        return {name: tuple(sorted(ids)) for name, ids in found.items()}

    def leaving(self, type_name: str) -> tuple[int, ...]:
        """Return the directed relations that leave an entity of this type, ascending."""
        return self._leaving.get(type_name, ())

    def source(self, directed: int) -> str:
        """Return the type that a directed relation leaves."""
        relation = self.relations[directed % self.num_relations]
        return relation.head if directed < self.num_relations else relation.tail

    def target(self, directed: int) -> str:
        """Return the type that a directed relation reaches."""
        relation = self.relations[directed % self.num_relations]
        return relation.tail if directed < self.num_relations else relation.head

    @cached_property
    def words(self) -> RelationWords:
        """The words of the directed relations; targets are unknown for literals and in untyped graphs."""
        size = self.num_relations
        targets = tuple(
            "" if literal else self.type_nouns.get(self.target(directed), "")
            for directed, literal in enumerate(self._literal)
        )  # fmt: skip
        reaches = tuple(
            Reach(literal=1.0) if literal else Reach(((target, 1.0),), 1.0) if target else Reach()
            for target, literal in zip(targets, self._literal, strict=True)
        )
        kinds = Kinds(reaches, tuple(sorted({name for reach in reaches for name, _ in reach.shares})))
        return RelationWords(self.labels * 2, (False,) * size + (True,) * size, targets, kinds)

    @property
    def _literal(self) -> list[bool]:
        """Whether each directed relation reaches literals."""
        return [r < self.num_relations and self.relations[r].tail_literal for r in range(self.stop)]

    def inverse(self, directed: int) -> int:
        """Return the same relation walked the other way."""
        return (directed + self.num_relations) % self.stop


class SchemaSampler:
    """Draws chains from a lexicon, and schemas around them."""

    def __init__(self, domains: Sequence[Domain], rng: random.Random, largest: int = 32) -> None:
        self._rng, self._largest = rng, largest
        self._domains = domains = tuple(_shared_types(domain) for domain in domains)
        self._weights = [len(domain.relations) for domain in domains]
        self.types: dict[str, EntityType] = {}
        for domain in domains:
            for name, entity_type in domain.types.items():
                self.types.setdefault(name, entity_type)
        self._to_places = [(d, r) for d in domains for r in d.relations if r.tail == "city" and not r.tail_literal]
        self._by_type: dict[str, list[Domain]] = {}
        for domain in domains:
            for name in domain.types:
                self._by_type.setdefault(name, []).append(domain)
        self._inside = [r for d in domains for r in d.relations if r.head == "city" and r.tail in CONTAINERS]

    def chain(self, hops: int) -> tuple[Hop, ...]:
        """Return a chain of this many hops within one domain, sometimes crossing into another that shares a type.

        An immediate round trip (a relation and its inverse) is drawn about as often as people ask for one.
        """
        while True:
            if hops > 1 and self._rng.random() < PLACED:
                placed = self._placed_chain(hops)
                if placed:
                    return placed
            domain = self._rng.choices(self._domains, self._weights)[0]
            chain = [Hop(self._rng.choice(domain.relations), self._rng.random() < 0.6)]
            while len(chain) < hops:
                following = self._following(chain, domain)
                if not following:
                    break
                chain.append(following)
            if len(chain) == hops:
                return tuple(chain)

    def _placed_chain(self, hops: int) -> tuple[Hop, ...]:
        """Return a chain through a place to what contains it, of which people leave out the place; () if none."""
        rng = self._rng
        if not self._to_places or not self._inside:
            return ()
        domain, first = rng.choice(self._to_places)
        chain = [Hop(first, True), Hop(rng.choice(self._inside), True)]
        if hops > 2 and rng.random() < 0.5:
            before = [r for r in domain.relations if r.tail == first.head and r is not first]
            back = [r for r in domain.relations if r.head == first.head and r.tail != first.head and r is not first]
            options = [Hop(r, True) for r in before] + [Hop(r, False) for r in back]
            if options:
                return (rng.choice(options), *chain)
        while len(chain) < hops:
            after = self._following(chain, rng.choice(self._by_type[chain[-1].target]))
            if after is None:
                return ()
            chain.append(after)
        return tuple(chain)

    def _following(self, chain: list[Hop], domain: Domain) -> Hop | None:
        rng, last = self._rng, chain[-1]
        if last.forward and last.relation.tail_literal and rng.random() < 0.6:
            return None  # people seldom go on from a year or a number
        named = last.relation.twice if last.forward else last.relation.inverse_twice
        if named and last.target == last.source and rng.random() < 0.3:
            return last  # grandchildren are asked for more often than another two hops of the kind
        turned = len(chain) > 1 and chain[-2].relation is last.relation and chain[-2].forward != last.forward
        if last.target != last.source and not turned and rng.random() < 0.3:
            return Hop(last.relation, not last.forward)
        if rng.random() < (0.4 if last.target in _HUBS else 0.15):
            domain = rng.choice(self._by_type[last.target])
        options = [
            Hop(relation, forward)
            for relation in domain.relations
            for forward in (True, False)
            if (relation.head if forward else relation.tail) == last.target
            and not (relation is last.relation and forward != last.forward)
        ]
        forward = [hop for hop in options if hop.forward]
        if forward and rng.random() < 0.6:
            options = forward
        return rng.choice(options) if options else None

    def schema(self, chain: Sequence[Hop], without: LexicalRelation | None = None) -> Schema:
        """Return a schema that holds the chain's relations (but ``without``) among distractors, shuffled."""
        rng = self._rng
        gold = list(dict.fromkeys(hop.relation for hop in chain))
        home = {relation.domain for relation in gold}
        near = [r for domain in self._domains if domain.name in home for r in domain.relations]
        far = [r for name in sorted({e for r in gold for e in (r.head, r.tail)}) for r in self._neighbours(name)]
        for _ in range(rng.choice((0, 0, 1, 2))):
            far.extend(rng.choice(self._domains).relations)
        keep_near, keep_far = rng.choice((0.5, 0.8, 1.0, 1.0)), rng.choice((0.0, 0.1, 0.3))
        others = [r for r in near if rng.random() < keep_near] + [r for r in far if rng.random() < keep_far]
        others += self._onward(chain)
        taken, names = [], set()
        for relation in gold:
            names |= _names(relation)
        said = _said_in_one(chain)
        for relation in dict.fromkeys(others):
            if relation not in gold and not (_names(relation) & names) and not _is_said(relation, said):
                taken.append(relation)
        rng.shuffle(taken)
        relations = gold + taken[: max(0, self._largest - len(gold))]
        relations = [relation for relation in relations if relation is not without]
        rng.shuffle(relations)
        labels = tuple(readable(self._label(relation)) for relation in relations)
        return Schema(tuple(relations), labels, self._type_nouns(relations))

    def _onward(self, chain: Sequence[Hop]) -> list[LexicalRelation]:
        """Return relations that lead on from where the chain ends, as they do in a real graph whatever is asked.

        Were they there only where they are asked for, their presence would say that the question is not over.
        """
        rng, end = self._rng, chain[-1].target
        if chain[-1].forward and chain[-1].relation.tail_literal:
            return []
        keep = rng.choice((0.0, 0.3, 0.7))
        domains = rng.choices(self._by_type[end], k=rng.choice((1, 2, 3)))
        found = [r for domain in domains for r in domain.relations if end in (r.head, r.tail)]
        if end == "city":
            found += rng.choices(self._inside, k=2) if self._inside else []
        return [relation for relation in found if rng.random() < keep]

    def _neighbours(self, type_name: str) -> list[LexicalRelation]:
        domain = self._rng.choice(self._by_type[type_name])
        return [relation for relation in domain.relations if type_name in (relation.head, relation.tail)]

    def _label(self, relation: LexicalRelation) -> str:
        label = self._rng.choice(relation.labels)
        if self._rng.random() < 0.08 and relation.nouns:
            label = f"has {self._rng.choice(relation.nouns)}"
        return label

    def _type_nouns(self, relations: Sequence[LexicalRelation]) -> dict[str, str]:
        """Return a noun for each type, or for none: many graphs tell no types."""
        if self._rng.random() < UNTYPED:
            return {}
        names = sorted({end for r in relations for end in (r.head, r.tail)})
        nouns = {name: self._rng.choice(self.types[name].nouns) for name in names if self._rng.random() < 0.85}
        if self._rng.random() < 0.5:  # most graphs call authors, buyers and patients persons
            nouns = {name: PERSON if is_person(noun) else noun for name, noun in nouns.items()}
        return nouns


UNTYPED = 0.4
"""Share of schemas whose graph tells no types."""
PLACED = 0.15
"""Share of longer chains that run through a place to its country, region or the like."""
_SAME = {"place": "city", "town": "city"}
"""Types that files name differently and graphs do not tell apart."""
_HUBS = frozenset({"city", "country", "person"})
"""Types that many domains share: chains often go on elsewhere from there."""


def _shared_types(domain: Domain) -> Domain:
    """Return a domain whose types bear the names that other domains know them by."""
    renamed = {name: same for name, same in _SAME.items() if name in domain.types and same not in domain.types}
    if not renamed:
        return domain
    types = {
        renamed.get(name, name): replace(value, name=renamed.get(name, name)) for name, value in domain.types.items()
    }
    relations = tuple(
        replace(one, head=renamed.get(one.head, one.head), tail=renamed.get(one.tail, one.tail))
        for one in domain.relations
    )
    return replace(domain, types=types, relations=relations)


def _names(relation: LexicalRelation) -> set[tuple[str, str]]:
    """Return what would make another relation of the same head ambiguous with this one: its names at either end."""
    words = {readable(label) for label in relation.labels} | set(relation.nouns)
    return {(relation.head, word) for word in words} | {(relation.tail, word) for word in words}


def _said_in_one(chain: Sequence[Hop]) -> str:
    """Return the patterns that say two hops of one relation at once ("grandparents"), as one text."""
    pairs = [a for a, b in pairwise(chain) if a.relation is b.relation and a.forward == b.forward]
    return " ".join(p for hop in pairs for p in (hop.relation.twice if hop.forward else hop.relation.inverse_twice))


def _is_said(relation: LexicalRelation, said: str) -> bool:
    """Return whether a relation says in one hop what those patterns ask of two."""
    return bool(said) and any(word in said for noun in relation.nouns for word in noun.split(" or "))
