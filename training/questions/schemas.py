"""Schemas around the relations that people asked for: their siblings, near-synonyms, inverses, and others."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clew.decoding.embedded.answer_type.lexical import PERSON
from clew.decoding.embedded.search.wording import readable
from clew.training.questions.names import THING, domain_of, head_kind, joined, shortened, tail_kind, turned
from clew.training.questions.pool import RelationPool
from clew.training.questions.rows import Walked
from clew.training.synthetic.lexicon import LexicalRelation
from clew.training.synthetic.phrases import Hop
from clew.training.synthetic.schema import Schema

LEAST, LARGEST = 8, 36
"""Relations of a schema: from those of a small table to those about one kind of thing. Batches are padded to the
largest: more would cost time, not teach more."""
TURNED = 0.4
"""Share of relations asked for that the schema states from the other end: a graph keeps one of the two."""
JOINED = 0.6
"""Share of two relations over a mediator that the schema states as one."""
TYPED = 0.25
"""Share of schemas whose graph tells types. The names that tell them are seldom right about all."""
STYLES = ((0, 0.55), (2, 0.25), (1, 0.2))
"""Segments of a path-like name that a schema keeps (0: all), and how often."""


@dataclass(frozen=True, slots=True)
class DrawnSchema:
    """A schema with the chain that answers the question; ``without`` it holds all but that relation."""

    schema: Schema
    chain: tuple[Hop, ...]
    without: LexicalRelation | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """A relation of a schema: its name there, its ends, and where it stands in the pool (-1: made from others)."""

    name: str
    head: str
    tail: str
    place: int = -1

    def between(self, kind: str, head: bool) -> _Named:
        """Return the relation with another kind at its head, or at its tail."""
        return replace(self, head=kind) if head else replace(self, tail=kind)

    def lexical(self, segments: int) -> LexicalRelation:
        label = readable(shortened(self.name, segments) if segments else self.name)
        return LexicalRelation("", self.head, self.tail, (label,))


class QuestionSchemas:
    """Draws schemas around paths of a pool's relations."""

    def __init__(self, pool: RelationPool, rng: random.Random) -> None:
        self._pool, self._rng = pool, rng
        self._everything = range(len(pool))

    def draw(self, path: Sequence[Walked], answerable: bool, lacking: bool, described: bool = False) -> DrawnSchema:
        """Return a schema around a path; ``lacking``: without one of its relations. ``described``: the first one leads
        to what the others, one or two, start at."""
        rng = self._rng
        steps = [*self._stated(path[:1]), *self._stated(path[1:])] if described else self._stated(path)
        gold = [one for one, _ in steps]
        removed = rng.choice(gold) if lacking else None
        segments = rng.choices([kept for kept, _ in STYLES], [weight for _, weight in STYLES])[0]
        size = rng.randint(LEAST, LARGEST)
        others = self._others(steps, size, not answerable)
        named = self._distinct(gold, others, segments)[:size]
        lexical = {one: one.lexical(segments) for one in named}
        kept = [relation for one, relation in lexical.items() if one != removed]
        rng.shuffle(kept)
        schema = Schema(tuple(kept), tuple(relation.labels[0] for relation in kept), self._nouns(kept))
        chain = tuple(Hop(lexical[one], forward) for one, forward in steps)
        return DrawnSchema(schema, chain, None if removed is None else lexical[removed])

    def _stated(self, path: Sequence[Walked]) -> list[tuple[_Named, bool]]:
        """Return the relations as the graph states them: over a mediator as one or as two, from either end."""
        rng, pool = self._rng, self._pool
        if len(path) == 2 and path[0].forward and path[1].forward and rng.random() < JOINED:
            both = joined(path[0].name, path[1].name)
            if both is not None:
                return [(_Named(both, head_kind(both), tail_kind(both)), True)]
        steps = []
        for step in path:
            at = pool.place[step.name]
            turn = len(path) == 1 and rng.random() < TURNED
            other = self._turned(at) if turn else None
            own = pool.relations[at]
            steps.append((other or _Named(own.name, own.head, own.tail, at), step.forward is (other is None)))
        if len(steps) == 2:  # what a mediator is called is told by the relation that leaves it
            (first, ahead), (second, onward) = steps
            kind = second.head if onward else second.tail
            kind = kind if kind != THING else first.tail if ahead else first.head
            steps = [(first.between(kind, not ahead), ahead), (second.between(kind, onward), onward)]
        return steps

    def _turned(self, at: int) -> _Named | None:
        """Return a relation as stated from its other end: by its own name there, or by one that is made."""
        own, inverse = self._pool.relations[at], self._pool.inverse.get(at)
        if inverse is not None:
            return _Named(self._pool.relations[inverse].name, own.tail, own.head, inverse)
        name = turned(own.name) if self._rng.random() < 0.5 else None
        return None if name is None else _Named(name, own.tail, own.head)

    def _others(self, steps: Sequence[tuple[_Named, bool]], size: int, unanswered: bool) -> list[_Named]:
        """Return relations that stand beside those asked for, most of them at the same things.

        ``unanswered``: none that is so much alike that it might answer the question in their place.
        """
        rng, pool = self._rng, self._pool
        start = steps[0][0].head if steps[0][1] else steps[0][0].tail
        asked = {one.place for one, _ in steps} | {pool.inverse.get(one.place, -1) for one, _ in steps}
        found: list[int] = []
        for one, _ in steps:
            found += self._sample(pool.by_type.get(domain_of(one.name), ()), size // 4)
            found += self._sample(pool.by_domain.get(domain_of(one.name).split("/")[0], ()), size // 6)
            if one.place >= 0:
                found += self._sample(pool.nearest[one.place][2 * unanswered : 16], size // 5)
        found += self._sample(pool.by_kind.get(start, ()), size // 3)
        found += self._sample(pool.by_kind.get(steps[-1][0].tail if steps[-1][1] else steps[-1][0].head, ()), size // 6)
        found += self._sample(pool.plain if not domain_of(steps[0][0].name) else self._everything, size // 3)
        shut = asked | {near for at in asked if at >= 0 and unanswered for near in pool.nearest[at][:2]}
        rng.shuffle(found)
        return [self._beside(at, start) for at in dict.fromkeys(found) if at not in shut]

    def _beside(self, at: int, start: str) -> _Named:
        """Return a pooled relation, sometimes as stated from its other end; one of vague ends at the start's things."""
        own, rng = self._pool.relations[at], self._rng
        if rng.random() < 0.2 and (other := self._turned(at)) is not None:
            return other
        vague = own.head == THING and rng.random() < 0.7
        return _Named(own.name, start if vague else own.head, own.tail, at)

    def _sample(self, places: Sequence[int], count: int) -> list[int]:
        return self._rng.sample(places, min(len(places), count))

    def _distinct(self, gold: Sequence[_Named], others: Sequence[_Named], segments: int) -> list[_Named]:
        """Return relations that can be told apart: no two of one label, none at the gold's ends that says the same."""
        said = {one.lexical(segments).labels[0] for one in gold}
        last = {(kind, readable(shortened(one.name, 1))) for one in gold for kind in (one.head, one.tail)}
        kept = list(gold)
        for one in others:
            label, word = one.lexical(segments).labels[0], readable(shortened(one.name, 1))
            if label in said or (one.head, word) in last or (one.tail, word) in last:
                continue
            said.add(label)
            kept.append(one)
        return kept

    def _nouns(self, relations: Sequence[LexicalRelation]) -> dict[str, str]:
        if self._rng.random() >= TYPED:
            return {}
        kinds = sorted({end for one in relations for end in (one.head, one.tail)} - {THING})
        return {kind: kind for kind in kinds if kind == PERSON or self._rng.random() < 0.8}
