"""A user's own labelled questions: with the gold chain where one is given, with a mined path otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clew.decoding.embedded.search.wording import MaskedQuestion
from clew.kg import limits
from clew.kg.errors import UnknownRelation
from clew.kg.graph.graph import Graph
from clew.training.own_graph.items import Item
from clew.training.own_graph.labels.mining import Miner, best
from clew.training.own_graph.labels.paths import Path, TopicPaths
from clew.training.own_graph.walks import Walks


@dataclass(frozen=True, slots=True)
class Reading:
    """A topic that a labelled question may be about, and the question with that topic masked."""

    topic: int
    question: MaskedQuestion


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its right answers.

    ``readings``: its topics, likeliest first (none: it names nothing of the graph). ``answers``: for each right answer
    its nodes (none: the graph does not hold it). ``chain``: gold directed relations, if given. ``answerable`` False:
    the right thing to do is to decline.
    """

    readings: tuple[Reading, ...]
    answers: tuple[tuple[int, ...], ...]
    chain: Path | None = None
    answerable: bool = True


@dataclass(slots=True)
class Tally:
    """What became of labelled questions: their chain was used, a path was mined, nothing could be made of them."""

    given: int = 0
    mined: int = 0
    refused: int = 0
    unread: int = 0
    """Not looked at: the time for mining was up."""


Prefer = Callable[[Item, Sequence[Path]], Path]
"""Chooses, for a question, among paths that explain its answers equally well."""


def directed_relation(graph: Graph, step: str) -> int:
    """Return the directed relation that a chain's step names: a key or a label, ``^`` before an inverse.

    Raises ``UnknownRelation``.
    """
    name = step.removeprefix("^")
    found = graph.find_relation(name)
    if found is None:
        found = next((r for r in range(graph.num_relations) if graph.relation_label(r) == name), None)
    if found is None:
        raise UnknownRelation(f"the graph has no relation {name!r} (in a gold chain)")
    return found if name == step else found + graph.num_relations


class LabelledReader:
    """Turns labelled questions into items, counting what became of each."""

    def __init__(self, graph: Graph, walks: Walks, prefer: Prefer) -> None:
        self._graph, self._walks, self._prefer = graph, walks, prefer
        self._miner = Miner(graph, walks, limits.MAX_HOPS)
        self.tally = Tally()

    def item(self, labelled: Labelled) -> Item | None:
        """Return the question with the path to learn; None (counted as refused) where there is none to believe in."""
        if labelled.readings and not labelled.answerable:
            first = labelled.readings[0]
            self.tally.given += 1
            return Item(first.question, first.topic, (), (), 1, labelled=True)
        found = self._given(labelled)
        if found is not None:
            self.tally.given += 1
            return found
        found = self._mined(labelled)
        if found is None:
            self.tally.refused += 1
        else:
            self.tally.mined += 1
        return found

    def _given(self, labelled: Labelled) -> Item | None:
        """Return the item of the given chain, if it can be walked from a topic as answering walks."""
        if not labelled.chain or len(labelled.chain) > limits.MAX_HOPS:
            return None
        for reading in labelled.readings:
            if TopicPaths(self._graph, self._walks, reading.topic, limits.MAX_HOPS).holds(labelled.chain):
                return _item(reading, labelled.chain, labelled)
        return None

    def _mined(self, labelled: Labelled) -> Item | None:
        readings = {reading.topic: reading for reading in reversed(labelled.readings)}
        candidates = [
            one
            for reading in labelled.readings
            if readings[reading.topic] is reading
            for one in self._miner.candidates(reading.topic, labelled.answers)
        ]

        def prefer(paths: Sequence[Path]) -> Path:
            topic = next(one.topic for one in candidates if one.path == paths[0])
            return self._prefer(_item(readings[topic], paths[0], labelled), paths)

        found = best(candidates, prefer)
        return None if found is None else _item(readings[found.topic], found.path, labelled)


def _item(reading: Reading, path: Path, labelled: Labelled) -> Item:
    return Item(reading.question, reading.topic, path, labelled.answers, len(path), labelled=True)
