"""The questions of one training: a held-out set, and an endless mixture to learn from."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from clew.decoding.embedded.search.walks import PathWalks
from clew.decoding.embedded.search.wording import TOPIC_MARK, parse_prompt
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.training.own_graph.items import ExampleMaker, Item, ItemSampler, endless, sample
from clew.training.own_graph.labels.labelled import Labelled, LabelledReader, Prefer, Tally
from clew.training.own_graph.sampling.chains import ChainSampler
from clew.training.own_graph.sampling.questions import QuestionWriter
from clew.training.own_graph.sampling.wordings import Wordings
from clew.training.synthetic.examples import Example, ExampleSampler
from clew.training.synthetic.lexicon import Domain
from clew.training.synthetic.noise import add_noise
from clew.training.synthetic.phrases import TOPIC


@dataclass(frozen=True, slots=True)
class Mixture:
    """What is held out and what is learnt from.

    ``held_out``: generated questions kept for judging; ``held_out_share``, ``held_out_most``: labelled ones.
    ``labelled_share``: of the questions learnt from, where there are many labelled ones; with few it is less, so that
    each is seen about ``labelled_passes`` times at most. ``replay``: share of pretraining's own examples, against
    forgetting. ``mining_seconds``: CPU time after which labelled questions are no longer mined.
    """

    held_out: int = 160
    held_out_share: float = 0.2
    held_out_most: int = 200
    labelled_share: float = 0.6
    labelled_passes: int = 60
    replay: float = 0.15
    mining_seconds: float = 60.0


class Curriculum:
    """The questions of one graph. ``held_out`` and ``taught`` (labelled questions) are there once ``read`` was called;
    ``generated`` counts the questions made so far."""

    def __init__(
        self,
        graph: Graph,
        walks: PathWalks,
        words: RelationWords,
        domains: Sequence[Domain],
        mixture: Mixture,
        seed: int,
    ) -> None:
        self._graph, self._walks, self._words = graph, walks, words
        self._domains, self._mixture, self._seed = domains, mixture, seed
        rng = random.Random(seed)
        chains = ChainSampler(graph, walks, rng)
        self._sampler = ItemSampler(graph, walks, chains, QuestionWriter(Wordings(graph, words, domains), rng), rng)
        self.held_out: list[Item] = []
        self.taught: list[Item] = []
        self.generated = 0

    def read(self, labelled: Sequence[Labelled], prefer: Prefer, told: Callable[[int, int], None]) -> Tally:
        """Make items of labelled questions and hold a part out, generated ones as well; return what became of them.

        ``told`` hears how many of how many are done. Raises ``BadInput`` where there is nothing at all to ask.
        """
        begin = time.process_time()
        reader = LabelledReader(self._graph, self._walks, prefer)
        order = list(labelled)
        random.Random(self._seed).shuffle(order)
        found: list[Item] = []
        for done, one in enumerate(order):
            if time.process_time() - begin > self._mixture.mining_seconds:
                reader.tally.unread = len(order) - done
                break
            item = reader.item(one)
            found += [] if item is None else [item]
            told(done + 1, len(order))
        held, self.taught = self._split(found)
        self.held_out = sample(self._sampler, self._mixture.held_out)
        self.generated += len(self.held_out)
        if not self.held_out and not self.taught:
            raise BadInput(f"graph {self._graph.name!r} has no relation to generate questions from")
        self.held_out += held
        return reader.tally

    def _split(self, read: list[Item]) -> tuple[list[Item], list[Item]]:
        """Return the held-out labelled questions and those to train on; the same question is only ever in one."""
        most = min(self._mixture.held_out_most, round(self._mixture.held_out_share * len(read)))
        held = read[:most]
        asked = {(item.question.text, item.topic) for item in held}
        return held, [item for item in read[most:] if (item.question.text, item.topic) not in asked]

    def items(self, planned: int) -> Iterator[Item]:
        """Yield questions to learn from, of which some ``planned`` will be used; ends where there is nothing to ask."""
        mixture, rng = self._mixture, random.Random(self._seed + 1)
        share = min(mixture.labelled_share, mixture.labelled_passes * len(self.taught) / max(planned, 1))
        fresh = endless(self._sampler)
        turns: list[Item] = []
        while True:
            if self.taught and rng.random() < share:
                turns = turns or rng.sample(self.taught, len(self.taught))
                yield _noisy(turns.pop(), rng)
            elif (item := next(fresh, None)) is not None:
                self.generated += 1
                yield item
            elif not self.taught:
                return

    def examples(self, planned: int) -> Iterator[Example]:
        """Yield the network's training examples of ``items``, replayed ones of pretraining among them."""
        rng = random.Random(self._seed + 2)
        maker = ExampleMaker(self._graph, self._walks, self._words, rng)
        replayed = iter(ExampleSampler(self._domains, self._seed + 3)) if self._domains else None
        for item in self.items(planned):
            while replayed is not None and rng.random() < self._mixture.replay:
                yield next(replayed)
            example = maker.example(item)
            if example is not None:
                yield example


def _noisy(item: Item, rng: random.Random) -> Item:
    """Return a labelled question as someone else might have typed it."""
    prompt = item.question.prompt
    if prompt.count(TOPIC_MARK) != 1 or TOPIC in prompt:
        return item
    text = add_noise(prompt.replace(TOPIC_MARK, TOPIC), rng)
    return replace(item, question=parse_prompt(text.replace(TOPIC, TOPIC_MARK)))
