"""A user's own labelled questions: with the gold chain where one is given, with a mined path otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clew.decoding.answering.topics import Linker
from clew.decoding.embedded.search.walks import PathWalks
from clew.decoding.embedded.search.wording import MaskedQuestion, mask_topic
from clew.evaluation.metrics.matching import normalise
from clew.evaluation.questions.question import Question
from clew.kg import limits
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.topics import topics
from clew.training.own_graph.items import Item
from clew.training.own_graph.labels.mining import Miner, best
from clew.training.own_graph.labels.paths import Path, TopicPaths


@dataclass(frozen=True, slots=True)
class LabelReading:
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

    readings: tuple[LabelReading, ...]
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


def resolve(graph: Graph, linker: Linker, questions: Sequence[Question]) -> list[Labelled]:
    """Return a question set in the graph's terms: topics as the linker finds them, answers and chains as ids.

    Raises ``BadInput`` for a chain with a relation that the graph lacks.
    """
    nodes = _named(graph, {normalise(gold.label) for q in questions for gold in q.answers if gold.label is not None})
    return [_resolved(graph, linker, nodes, question) for question in questions]


def _resolved(graph: Graph, linker: Linker, nodes: dict[str, list[int]], question: Question) -> Labelled:
    answers = []
    for gold in question.answers:
        key = gold.key or gold.label
        found = None if key is None else graph.find_node(key)
        by_label = nodes.get(normalise(gold.label), []) if gold.key is None and gold.label is not None else []
        answers.append(tuple(sorted({*by_label, *(() if found is None else (found,))})))
    return Labelled(_readings(graph, linker, question), tuple(answers), _chain(graph, question), question.answerable)


def _readings(graph: Graph, linker: Linker, question: Question) -> tuple[LabelReading, ...]:
    try:
        linking = linker.link(question.text, question.topics or None)
    except UnknownNode:  # the set names a topic that the graph lacks: what the text names may still be there
        linking = linker.link(question.text)
    found = []
    for topic in topics(linking):
        labels = (graph.label(topic.node), *(label.text for label in graph.labels(topic.node)))
        found.append(LabelReading(topic.node, mask_topic(linking.question, topic.span, labels)))
    return tuple(found)


def _chain(graph: Graph, question: Question) -> tuple[int, ...] | None:
    """Return the path that answers the question; what is counted or tabulated at the end of one is not its answer."""
    if question.chain is None or question.value is not None or question.rows:
        return None
    try:
        return tuple(directed_relation(graph, step) for step in question.chain)
    except UnknownRelation as error:
        raise BadInput(f"line {question.number}: {error}") from None


def _named(graph: Graph, wanted: set[str]) -> dict[str, list[int]]:
    """Return the nodes with these labels (normalised), alternative ones included."""
    found: dict[str, list[int]] = {}
    if wanted:
        for node in range(graph.num_nodes):
            name = normalise(graph.label(node))
            if name in wanted:
                found.setdefault(name, []).append(node)
        for node, label in graph.iter_labels():
            name = normalise(label.text)
            if label.kind != "description" and name in wanted and node not in found.setdefault(name, []):
                found[name].append(node)
    return found


class LabelledReader:
    """Turns labelled questions into items, counting what became of each."""

    def __init__(self, graph: Graph, walks: PathWalks, prefer: Prefer) -> None:
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


def _item(reading: LabelReading, path: Path, labelled: Labelled) -> Item:
    return Item(reading.question, reading.topic, path, labelled.answers, len(path), labelled=True)
