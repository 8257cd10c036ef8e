"""Questions about one graph with their answers, and the training examples made from them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from clew.decoding.embedded.search.walks import PathWalks
from clew.decoding.embedded.search.wording import MaskedQuestion
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords
from clew.decoding.reasoner import Topic
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.training.own_graph.labels.paths import NearPaths, Path, TopicPaths
from clew.training.own_graph.sampling.chains import ChainSampler, SampledChain
from clew.training.own_graph.sampling.questions import QuestionWriter
from clew.training.own_graph.vocabulary import excerpt
from clew.training.synthetic.examples import NEGATIVES, Example

UNANSWERABLE = 0.15
"""Share of generated questions that the graph does not answer: without any, the model unlearns to decline."""
NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """A masked question about a topic. ``gold`` is the relation path that answers it (empty: nothing does).

    ``answers``: for each right answer, its nodes. ``missing``: directed relations to be taken as not in the graph, so
    that nothing answers. ``hops``: those asked for. ``labelled``: it came from a person.
    """

    question: MaskedQuestion
    topic: int
    gold: Path
    answers: tuple[tuple[int, ...], ...]
    hops: int
    missing: frozenset[int] = NONE
    labelled: bool = False


def asked(graph: Graph, item: Item) -> tuple[str, Topic]:
    """Return an item's question with its topic's label in the place of the mask, and the topic with its span."""
    label, masked = graph.label(item.topic), item.question
    if masked.span is None:
        return masked.text, Topic(item.topic)
    start, end = masked.span
    return masked.text[:start] + label + masked.text[end:], Topic(item.topic, (start, start + len(label)))


class ItemSampler:
    """Generates questions from a graph's own schema. None is drawn where the graph has no chain to ask for."""

    def __init__(
        self, graph: Graph, walks: PathWalks, chains: ChainSampler, writer: QuestionWriter, rng: random.Random
    ):
        self._graph, self._walks, self._chains, self._writer, self._rng = graph, walks, chains, writer, rng
        self._earlier: list[int] = []

    def draw(self) -> Item | None:
        """Return the next question; None if the graph seems to have no chains."""
        chain = self._chains.draw()
        if chain is None:
            return None
        question = self._writer.write(chain.relations)
        if self._rng.random() < UNANSWERABLE:
            unanswerable = self._unanswerable(question, chain)
            if unanswerable is not None:
                return unanswerable
        self._earlier = [*self._earlier[-199:], chain.topic]
        answers = tuple((end,) for end in chain.ends)
        return Item(question, chain.topic, chain.relations, answers, len(chain.relations))

    def _unanswerable(self, question: MaskedQuestion, chain: SampledChain) -> Item | None:
        """Return the question about a topic that lacks the chain, or with one of its relations taken away."""
        hops, missing, topic = len(chain.relations), NONE, chain.topic
        if self._earlier and self._rng.random() < 0.5:
            topic = self._rng.choice(self._earlier)
        else:
            gone = self._rng.choice((chain.relations[0], self._rng.choice(chain.relations)))
            missing = frozenset({gone, self._walks.inverse(gone)})
        paths = TopicPaths(self._graph, self._walks, topic, limits.MAX_HOPS, missing)
        if paths.holds(chain.relations) or not paths.onward(()):
            return None
        return Item(question, topic, (), (), hops, missing)


class ExampleMaker:
    """Makes training examples of questions: what the graph allows after each gold prefix, and near misses."""

    def __init__(self, graph: Graph, walks: PathWalks, words: RelationWords, rng: random.Random) -> None:
        self._graph, self._walks, self._words, self._rng = graph, walks, words, rng
        self._whole = (
            excerpt(words, range(graph.num_relations)) if graph.num_relations <= limits.MAX_EXAMPLE_RELATIONS else None
        )

    def example(self, item: Item) -> Example | None:
        """Return the example of a question; None where there is no path at all to learn from.

        Raises ``ValueError`` for a gold path that the graph does not have.
        """
        paths = TopicPaths(self._graph, self._walks, item.topic, limits.MAX_HOPS, item.missing)
        gold = item.gold
        if gold and not paths.holds(gold):
            raise ValueError(f"the graph has no path {gold} from node {item.topic}")
        near = NearPaths(paths, self._walks, self._rng).around(gold, frozenset({gold}), NEGATIVES + (not gold))
        right = paths.ends(gold)
        negatives = [path for path in near if not gold or paths.ends(path) != right]
        choices = [paths.allowed(gold[:t]) for t in range(len(gold) + 1)] if gold else []
        if not negatives and not any(len(row) > 1 for row in choices):
            return None
        return self._numbered(item, choices, negatives)

    def _numbered(self, item: Item, choices: list[tuple[int, ...]], negatives: list[Path]) -> Example:
        """Return the example over the whole vocabulary, or over an excerpt with the relations that matter to it."""
        found = self._whole
        if found is None:
            size = self._graph.num_relations
            needed = {r % size for path in (item.gold, *negatives) for r in path}
            others = sorted({r % size for row in choices for r in row if r < 2 * size} - needed)
            self._rng.shuffle(others)
            found = excerpt(self._words, [*needed, *others[: max(0, limits.MAX_EXAMPLE_RELATIONS - len(needed))]])
        ids = found.ids
        return Example(
            item.question,
            found.vocabulary,
            "",
            found.path(item.gold),
            tuple(tuple(ids[r] for r in row if r in ids) for row in choices),
            tuple(found.path(path) for path in negatives),
            "",
            item.hops,
        )


def sample(sampler: ItemSampler, count: int) -> list[Item]:
    """Draw questions; fewer than ``count`` only where the graph runs out of chains."""
    found = []
    for _ in range(count):
        item = sampler.draw()
        if item is None:
            break
        found.append(item)
    return found


def endless(sampler: ItemSampler) -> Iterator[Item]:
    """Yield questions as long as there are chains."""
    while (item := sampler.draw()) is not None:
        yield item
