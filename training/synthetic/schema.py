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

from clew.decoding.embedded.answer_type.lexical import PERSON, is_person
from clew.decoding.embedded.answer_type.reach import Kinds, Reach
from clew.decoding.embedded.search.wording import readable
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords
from clew.training.synthetic.lexicon import Domain, EntityType, LexicalRelation
from clew.training.synthetic.phrases import CITY, CONTAINERS, Hop


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
        self._by_type: dict[str, list[Domain]] = {}
        for domain in domains:
            for name in domain.types:
                self._by_type.setdefault(name, []).append(domain)
        self._inside = [r for d in domains for r in d.relations if r.head == CITY and r.tail in CONTAINERS]
        to_places = [(d, r) for d in domains for r in d.relations if r.tail == CITY and not r.tail_literal]
        self._placed = [(d, r, self._inside) for d, r in to_places if self._inside]
        self._sited = [(d, r, [to for _, to in to_places if to.head == r.tail]) for d in domains for r in _to_sites(d)]
        found = [(d, pair, phrases) for d in domains for pair, phrases in _pairs(d)]
        self._pairs = [(d, pair) for d, pair, _ in found]
        self._pair_weights = [phrases for *_, phrases in found]

    def chain(self, hops: int) -> tuple[Hop, ...]:
        """Return a chain of this many hops within one domain, sometimes crossing into another that shares a type.

        An immediate round trip (a relation and its inverse) is drawn about as often as people ask for one.
        """
        while True:
            if hops > 1:
                draw = self._rng.random()
                chain = self._through(hops) if draw < PLACED else ()
                chain = self._paired(hops) if PLACED <= draw < PLACED + PAIRED else chain
                if chain:
                    return chain
            domain = self._rng.choices(self._domains, self._weights)[0]
            chain = self._continued((Hop(self._rng.choice(domain.relations), self._rng.random() < 0.6),), hops, domain)
            if chain:
                return chain

    def _continued(self, chain: tuple[Hop, ...], hops: int, domain: Domain | None = None) -> tuple[Hop, ...]:
        """Return the chain run on to so many hops, within a domain if one is named; () if it does not get there."""
        while len(chain) < hops:
            following = self._following(chain, domain or self._rng.choice(self._by_type[chain[-1].target]))
            if following is None:
                return ()
            chain = (*chain, following)
        return chain

    def _led_to(self, pair: tuple[Hop, ...], hops: int, domain: Domain) -> tuple[Hop, ...]:
        """Return the chain with as many hops as are wanted before or after it; () if none fit."""
        if hops > len(pair) and self._rng.random() < 0.5:
            start, relation = pair[0].source, pair[0].relation
            others = [r for r in domain.relations if r is not relation]
            before = [Hop(r, True) for r in others if r.tail == start and not r.tail_literal]
            before += [Hop(r, False) for r in others if r.head == start and r.tail != start]
            if before:
                return (self._rng.choice(before), *pair)
        return self._continued(pair, hops)

    def _through(self, hops: int) -> tuple[Hop, ...]:
        """Return a chain through a place to what contains it, or through a site to its city: people leave out the one
        between; () if none."""
        rng = self._rng
        sited = self._sited and (not self._placed or rng.random() < SITED)
        found = self._sited if sited else self._placed
        if not found:
            return ()
        domain, first, containers = rng.choice(found)
        return self._led_to((Hop(first, True), Hop(rng.choice(containers), True)), hops, domain)

    def _paired(self, hops: int) -> tuple[Hop, ...]:
        """Return a chain with two hops of one relation that are said in one phrase; () if none."""
        if not self._pairs:
            return ()
        domain, pair = self._rng.choices(self._pairs, self._pair_weights)[0]
        return self._led_to(pair, hops, domain)

    def _following(self, chain: Sequence[Hop], domain: Domain) -> Hop | None:
        rng, last = self._rng, chain[-1]
        if last.forward and last.relation.tail_literal and rng.random() < 0.6:
            return None  # people seldom go on from a year or a number
        named = last.relation.twice if last.forward else last.relation.inverse_twice
        if named and last.target == last.source and rng.random() < 0.1:
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
        taken, said_so_far = [], set()
        for relation in gold:
            said_so_far |= _names(relation)
        said = _said_in_one(chain)
        for relation in dict.fromkeys(others):
            if relation not in gold and not (_names(relation) & said_so_far) and not _is_said(relation, said):
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
        if end == CITY:
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
"""Share of longer chains that run through a place to its country, region or the like, or through a site to its city."""
SITED = 0.3
"""Share of these that run through a site."""
PAIRED = 0.06
"""Share of longer chains with a pair that is said in one phrase: grandparents, siblings, the boss's boss; those with
more phrases more often. Drawn like other chains they were 0.2% of all questions, and were not learned."""
_SAME = {"place": CITY, "town": CITY}
"""Types that files name differently and graphs do not tell apart."""
_HUBS = frozenset({CITY, "country", PERSON})
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


def _to_sites(domain: Domain) -> list[LexicalRelation]:
    """Return the relations to things that have a city, asked for by "where" or "at which"."""
    sites = {r.head for r in domain.relations if r.tail == CITY and not r.tail_literal} - {CITY, PERSON}
    asked = [r for r in domain.relations if r.tail in sites and not r.tail_literal]
    return [r for r in asked if any(p.startswith("where ") for p in r.forward_questions)]


def _pairs(domain: Domain) -> list[tuple[tuple[Hop, Hop], int]]:
    """Return the pairs of hops that the domain has phrases for, and how many, but siblings by their parent
    (``sharing``): those are drawn often enough."""
    found = []
    for r in domain.relations:
        ahead, back = Hop(r, True), Hop(r, False)
        named = ((r.twice, (ahead, ahead)), (r.inverse_twice, (back, back)), (r.cosharing, (back, ahead)))
        found += [(pair, len(patterns)) for patterns, pair in named if patterns]
    return found


def names(relation: LexicalRelation) -> set[str]:
    """Return all that a relation may be called."""
    return {readable(label) for label in relation.labels} | set(relation.nouns)


def _names(relation: LexicalRelation) -> set[tuple[str, str]]:
    """Return what would make another relation of the same head ambiguous with this one: its names at either end."""
    words = names(relation)
    return {(relation.head, word) for word in words} | {(relation.tail, word) for word in words}


def _said_in_one(chain: Sequence[Hop]) -> str:
    """Return the patterns that say two hops of one relation at once ("grandparents"), as one text."""
    pairs = [a for a, b in pairwise(chain) if a.relation is b.relation and a.forward == b.forward]
    return " ".join(p for hop in pairs for p in (hop.relation.twice if hop.forward else hop.relation.inverse_twice))


def _is_said(relation: LexicalRelation, said: str) -> bool:
    """Return whether a relation says in one hop what those patterns ask of two."""
    return bool(said) and any(word in said for noun in relation.nouns for word in noun.split(" or "))
