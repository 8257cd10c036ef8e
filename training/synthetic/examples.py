"""Training examples: a masked question, its schema, the gold relation path, and paths that are not the answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from clew.decoding.embedded.search.wording import TOPIC_MARK, MaskedQuestion, parse_prompt
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords
from clew.kg import limits
from clew.training.synthetic.lexicon import Domain
from clew.training.synthetic.noise import add_noise
from clew.training.synthetic.phrases import TOPIC, Hop, Phraser
from clew.training.synthetic.schema import Schema, SchemaSampler, names

Path = tuple[int, ...]
Absent = frozenset[tuple[Path, int]]

NEGATIVES = 9
"""Wrong paths per example: a softmax over some ten hard ones; it gains little beyond."""


class Vocabulary(Protocol):
    """The relations that an example's paths are made of: a ``Schema``, or a graph's."""

    @property
    def num_relations(self) -> int:
        """R, not counting directions."""

    @property
    def words(self) -> RelationWords:
        """The words of the 2R directed relations."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question over a schema. ``gold`` is empty when the schema lacks a relation it needs (no answer).

    ``choices[t]`` are the directed relations (and 2R, the end) allowed after ``gold[:t]``, for t = 0..len(gold).
    ``absent`` are steps ``(prefix, relation)`` that the schema would allow but the imagined graph lacks there.
    ``domain`` is the lexicon domain of the chain, ``hops`` the hops the question asks for.
    """

    question: MaskedQuestion
    schema: Vocabulary
    start: str
    gold: Path
    choices: tuple[tuple[int, ...], ...]
    negatives: tuple[Path, ...]
    domain: str
    hops: int
    absent: Absent = frozenset()


class ExampleSampler:
    """Draws examples from a lexicon; the same seed gives the same examples.

    ``hop_weights`` are those of 1, 2, 3 hops; ``unanswerable`` is the share of examples without their gold relation.
    """

    def __init__(
        self,
        domains: Sequence[Domain],
        seed: int,
        hop_weights: Sequence[float] = (0.3, 0.38, 0.32),
        unanswerable: float = 0.2,
        max_hops: int = 3,
    ) -> None:
        self._rng = random.Random(seed)
        self._schemas = SchemaSampler(domains, self._rng)
        self._phraser = Phraser(self._schemas.types, self._rng)
        self._hop_weights, self._unanswerable = tuple(hop_weights), unanswerable
        self._maker = ChainExamples(self._rng, max_hops)

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.draw()

    def draw(self) -> Example:
        """Return the next example."""
        rng = self._rng
        while True:
            hops = rng.choices(range(1, len(self._hop_weights) + 1), self._hop_weights)[0]
            chain = self._schemas.chain(hops)
            wording = self._phraser.question(chain)
            if wording is None or wording.count(TOPIC) != 1 or len(wording) > limits.MAX_TRAINING_QUESTION:
                continue
            question = parse_prompt(add_noise(wording, rng).replace(TOPIC, TOPIC_MARK))
            answerable = rng.random() >= self._unanswerable
            unnamed = not answerable and rng.random() < 0.5
            schema = self._schemas.schema(chain, rng.choice(chain).relation if unnamed else None)
            example = self._maker.example(question, chain, schema, answerable, answerable or unnamed)
            if example is not None:
                return example


class ChainExamples:
    """Makes an example of a question, the chain that it asks for and a schema; of up to ``max_hops`` hops."""

    def __init__(self, rng: random.Random, max_hops: int = 3) -> None:
        self._rng, self._max_hops = rng, max_hops

    def example(
        self, question: MaskedQuestion, chain: Sequence[Hop], schema: Schema, answerable: bool, complete: bool
    ) -> Example | None:
        """Return the example, None where nothing leaves its start. Unless ``complete``, the imagined graph lacks a step
        of the chain that the schema has."""
        absent = self._absent(chain, schema, complete)
        if not allowed(schema, chain[0].source, (), self._max_hops, absent):
            return None
        return self._example(question, chain, schema, answerable, absent)

    def _absent(self, chain: Sequence[Hop], schema: Schema, complete: bool) -> Absent:
        """Return steps that are missing: many of the topic's own, as in any real graph; unless ``complete``, one of
        the chain's."""
        rng = self._rng
        found: set[tuple[Path, int]] = set()
        gold = _partial_path(chain, schema)
        if rng.random() < 0.5:
            found = {((), r) for r in schema.leaving(chain[0].source) if r not in gold[:1] and rng.random() < 0.3}
        if not complete:
            at = rng.choice((0, rng.randrange(len(gold))))
            found.add((gold[:at], gold[at]))
        return frozenset(found)

    def _example(
        self, question: MaskedQuestion, chain: Sequence[Hop], schema: Schema, answerable: bool, absent: Absent
    ) -> Example:
        start = chain[0].source
        gold = directed_path(chain, schema) if answerable else ()
        longest = self._max_hops + (self._rng.random() < 0.25)
        choices = tuple(allowed(schema, start, gold[:t], longest, absent) for t in range(len(gold) + 1)) if gold else ()
        origin = gold or _walkable(_partial_path(chain, schema), absent)

        def leaving(prefix: Path) -> Sequence[int]:
            return [r for r in allowed(schema, start, prefix, self._max_hops, absent) if r != schema.stop]

        paths = NegativePaths(leaving, schema.inverse, self._max_hops, self._rng)
        negatives = paths.around(origin, gold, NEGATIVES + (not gold))
        domain = chain[0].relation.domain
        return Example(question, schema, start, gold, choices, negatives, domain, len(chain), absent)


def of_other_fields(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Yield examples without an answer: the question of one on the schema of another, of another domain, none of whose
    relations has a name of those that are asked for.

    Near misses alone (``ExampleSampler``) do not show what a question looks like that the graph has nothing about.
    Endless; ``examples`` must have answerable ones of at least two domains.
    """
    asked = [one for one in examples if one.gold and isinstance(one.schema, Schema)]
    while True:
        one, other = rng.choice(asked), rng.choice(asked)
        if one.domain != other.domain and not _words_asked(other) & _words_stated(one):
            yield replace(one, question=other.question, gold=(), choices=(), hops=other.hops)


def _words_asked(example: Example) -> set[str]:
    schema = example.schema
    assert isinstance(schema, Schema)
    return {name for r in example.gold for name in names(schema.relations[r % schema.num_relations])}


def _words_stated(example: Example) -> set[str]:
    assert isinstance(example.schema, Schema)
    return {name for relation in example.schema.relations for name in names(relation)}


def directed_path(chain: Sequence[Hop], schema: Schema) -> Path:
    """Return the chain as directed relation ids of the schema; ValueError if it lacks one."""
    size = schema.num_relations
    return tuple(schema.relations.index(hop.relation) + (0 if hop.forward else size) for hop in chain)


def _partial_path(chain: Sequence[Hop], schema: Schema) -> Path:
    """Return the part of the chain before the relation that the schema lacks."""
    kept: list[Hop] = []
    for hop in chain:
        if hop.relation not in schema.relations:
            break
        kept.append(hop)
    return directed_path(kept, schema)


def _walkable(path: Path, absent: Absent) -> Path:
    """Return the part of a path before its first absent step."""
    for t, relation in enumerate(path):
        if (path[:t], relation) in absent:
            return path[:t]
    return path


def allowed(schema: Schema, start: str, prefix: Path, max_hops: int, absent: Absent = frozenset()) -> tuple[int, ...]:
    """Return what may follow a prefix: directed relations, then the end token once there is a hop."""
    at = schema.target(prefix[-1]) if prefix else start
    onward = schema.leaving(at) if len(prefix) < max_hops else ()
    if absent:
        onward = tuple(r for r in onward if (prefix, r) not in absent)
    return (*onward, schema.stop) if prefix else onward


class NegativePaths:
    """Wrong paths near a right one: cut short, run on, one relation swapped, turned round, or drawn at random.

    ``leaving`` gives the directed relations that may follow a prefix, ``inverse`` the same relation backwards.
    """

    def __init__(
        self, leaving: Callable[[Path], Sequence[int]], inverse: Callable[[int], int], max_hops: int, rng: random.Random
    ) -> None:
        self._leaving, self._inverse, self._max_hops, self._rng = leaving, inverse, max_hops, rng

    def around(self, path: Path, gold: Path, count: int) -> tuple[Path, ...]:
        """Return up to ``count`` distinct paths that differ from ``gold``."""
        found: dict[Path, None] = {}
        for cut in range(1, len(path)):
            found[path[:cut]] = None
        for _ in range(6 * count):
            if len(found) >= count + (gold in found):
                break
            draw = self._rng.random()
            if path and draw < 0.3 and len(path) < self._max_hops:
                candidate = self._extended(path)
            elif path and draw < 0.75:
                candidate = self._swapped(path)
            else:
                candidate = self._walk((), self._rng.randint(1, self._max_hops))
            if candidate:
                found[candidate] = None
        if not gold and path:
            found[path] = None
        found.pop(gold, None)
        return tuple(found)[:count]

    def _extended(self, path: Path) -> Path:
        """Return the path run on by a hop, more often than not back the way it came."""
        onward, back = self._leaving(path), self._inverse(path[-1])
        if not onward:
            return ()
        return (*path, back if back in onward and self._rng.random() < 0.4 else self._rng.choice(onward))

    def _swapped(self, path: Path) -> Path:
        """Return the path with one relation exchanged for another that leaves the same place.

        Where the rest no longer fits, it is walked again at random to the same length.
        """
        at = self._rng.randrange(len(path))
        options = [r for r in self._leaving(path[:at]) if r != path[at]]
        if not options:
            return ()
        swapped = (*path[:at], self._rng.choice(options))
        for relation in path[at + 1 :]:
            onward = self._leaving(swapped)
            if not onward:
                break
            if relation not in onward:
                back = self._inverse(swapped[-1])
                relation = back if back in onward and self._rng.random() < 0.4 else self._rng.choice(onward)
            swapped = (*swapped, relation)
        return swapped

    def _walk(self, path: Path, hops: int) -> Path:
        while len(path) < hops and (onward := self._leaving(path)):
            path = (*path, self._rng.choice(onward))
        return path
