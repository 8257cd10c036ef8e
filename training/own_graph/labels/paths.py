"""The relation paths from one topic of a graph, cached."""

from __future__ import annotations

import random

import numpy as np

from clew.decoding.embedded.search.walks import PathWalks
from clew.kg.graph.graph import Graph
from clew.tries.prefix_tree import PrefixStates
from clew.tries.relations.automaton import RelationAutomaton

Path = tuple[int, ...]


class TopicPaths:
    """What may follow each prefix from a topic; ``missing`` relations count as not being in the graph."""

    def __init__(
        self, graph: Graph, walks: PathWalks, topic: int, max_hops: int, missing: frozenset[int] = frozenset()
    ) -> None:
        self._automaton = RelationAutomaton(graph, max_hops, forbidden=walks.forbidden(topic) | missing)
        self.end = self._automaton.end_token
        self.max_hops, self._walks = max_hops, walks
        self._states: dict[Path, PrefixStates] = {(): self._automaton.start([topic])}
        self._allowed: dict[Path, tuple[int, ...]] = {}

    def allowed(self, prefix: Path) -> tuple[int, ...]:
        """Return the directed relations that may follow, ascending, and ``end`` where the path may end.

        Nothing may follow a prefix that is no path.
        """
        found = self._allowed.get(prefix)
        if found is None:
            found = tuple(self._automaton.allowed(self._state(prefix)).token_ids.tolist())
            self._allowed[prefix] = found
        return found

    def onward(self, prefix: Path) -> tuple[int, ...]:
        """Return ``allowed`` without the end."""
        return tuple(r for r in self.allowed(prefix) if r != self.end)

    def holds(self, path: Path) -> bool:
        """Return whether a path has an instance from the topic."""
        return all(r in self.allowed(path[:t]) for t, r in enumerate(path))

    def ends(self, path: Path) -> tuple[int, ...]:
        """Return the nodes that a path reaches, ascending; none for what is no path."""
        if not path or not self.holds(path):
            return ()
        found: tuple[int, ...] = tuple(self._automaton.frontier(self._state(path), 0).tolist())
        return found

    def _state(self, prefix: Path) -> PrefixStates:
        if prefix not in self._states:
            before = self._state(prefix[:-1])
            self._states[prefix] = self._automaton.advance(before, np.array(prefix[-1:], np.int32))
        return self._states[prefix]


class NearPaths:
    """Wrong paths near a right one: cut short, run on, one relation swapped, or drawn at random (after
    ``clew.training.synthetic.examples.NegativePaths``, over a graph in the place of a schema)."""

    def __init__(self, paths: TopicPaths, walks: PathWalks, rng: random.Random) -> None:
        self._paths, self._walks, self._rng = paths, walks, rng

    def around(self, path: Path, gold: frozenset[Path], count: int) -> tuple[Path, ...]:
        """Return up to ``count`` distinct paths near ``path``, none of them in ``gold``."""
        found: dict[Path, None] = {path[:cut]: None for cut in range(1, len(path) + 1)}
        for _ in range(5 * count):
            if len(found) >= count + len(gold):
                break
            draw = self._rng.random()
            if path and draw < 0.3 and len(path) < self._paths.max_hops:
                found[self._extended(path)] = None
            elif path and draw < 0.75:
                found[self._swapped(path)] = None
            else:
                found[self._completed((), self._rng.randint(1, self._paths.max_hops))] = None
        return tuple(one for one in found if one and one not in gold)[:count]

    def _extended(self, path: Path) -> Path:
        """Return the path run on by a hop, often back the way it came."""
        return self._completed(path, len(path) + 1)

    def _swapped(self, path: Path) -> Path:
        """Return the path with one relation exchanged, and what follows it kept where it still leads on."""
        at = self._rng.randrange(len(path))
        options = [r for r in self._paths.onward(path[:at]) if r != path[at]]
        if not options:
            return ()
        swapped = (*path[:at], self._rng.choice(options))
        for relation in path[at + 1 :]:
            if relation not in self._paths.onward(swapped):
                break
            swapped = (*swapped, relation)
        return self._completed(swapped, len(path))

    def _completed(self, prefix: Path, length: int) -> Path:
        """Return the prefix walked on at random up to a length; shorter where nothing leads on."""
        while len(prefix) < length:
            options = self._paths.onward(prefix)
            if not options:
                break
            back = self._walks.inverse(prefix[-1]) if prefix else None
            turn = back in options and self._rng.random() < 0.3
            prefix = (*prefix, back if turn and back is not None else self._rng.choice(options))
        return prefix
