"""Training the embedded model on one graph: from its schema, and from labelled questions where there are any."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from decoding.embedded.encoder import LowerEncoder
from decoding.embedded.fusion import Fusion
from decoding.embedded.network import Network
from decoding.embedded.vocabulary import relation_words
from decoding.embedded.weights import Weights
from decoding.embedded.wording import TOPIC_MARK, MaskedQuestion, parse_prompt
from kg.errors import BadInput, ModelUnavailable
from kg.graph import Graph
from retrieval.minilm import MiniLM
from training.batches import LabelTable
from training.examples import Example, ExampleSampler
from training.lexicon import Domain
from training.noise import add_noise
from training.own_graph.answering import Answered, Answering
from training.own_graph.chains import ChainSampler
from training.own_graph.items import ExampleMaker, Item, ItemSampler, endless, sample
from training.own_graph.labelled import Labelled, LabelledReader, Tally
from training.own_graph.questions import QuestionWriter
from training.own_graph.refit import refit
from training.own_graph.tune import Judgement, Schedule, State, Step, tune
from training.own_graph.walks import Walks
from training.own_graph.wordings import Wordings
from training.phrases import TOPIC
from training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Plan:
    """How a graph is trained on.

    ``held_out``: generated questions kept for judging; ``held_out_share``, ``held_out_most``: labelled ones.
    ``labelled_share``: of the training questions, where there are many labelled ones; with few it is less, so that each
    is seen about ``labelled_passes`` times at most. ``replay``: share of pretraining's own examples, against
    forgetting. ``mining_seconds``: CPU time after which labelled questions are no longer mined.
    """

    seed: int = 0
    schedule: Schedule = field(default_factory=Schedule)
    held_out: int = 160
    held_out_share: float = 0.2
    held_out_most: int = 200
    labelled_share: float = 0.6
    labelled_passes: int = 60
    replay: float = 0.15
    mining_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Stage:
    """What an observer is told: which stage, how far (``total`` 0: not known), and the tuning step if it is that."""

    name: str
    done: int
    total: int
    step: Step | None = None


Observer = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a training did. ``before`` and ``after``: Hits@1 on the held-out part (0 to 1) of the model that was in use
    and of the trained one, the mean of the generated and the labelled questions' where there are both;
    ``held_out`` has each. ``best_step`` 0: no step made it better, the network is the one it started from.
    """

    before: float
    after: float
    held_out: dict[str, dict[str, float]]
    generated: int
    labelled: int
    tally: Tally
    steps: int
    best_step: int
    cpu_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trained:
    """A network tuned on a graph, with the fusion refitted for it."""

    network: Network
    fusion: Fusion
    report: Report


class GraphTraining:
    """One training of one graph; ``run`` once. The same inputs and seed give the same model (on the same machine and
    number of threads), unless a time budget ends it."""

    def __init__(self, graph: Graph, encoder: MiniLM, domains: Sequence[Domain], plan: Plan) -> None:
        self._graph, self._encoder, self._domains, self._plan = graph, encoder, domains, plan
        self._walks, self._words = Walks(graph), relation_words(graph)
        self._writer_rng = random.Random(plan.seed)
        wordings = Wordings(graph, self._words, domains)
        chains = ChainSampler(graph, self._walks, self._writer_rng)
        writer = QuestionWriter(wordings, self._writer_rng)
        self._sampler = ItemSampler(graph, self._walks, chains, writer, self._writer_rng)
        self._generated = 0

    def run(
        self,
        start: Weights,
        in_use: Weights,
        labelled: Sequence[Labelled] = (),
        observe: Observer | None = None,
    ) -> Trained:
        """Train from ``start``; ``in_use`` is the model that the result is compared with.

        Raises ``BadInput`` for a graph with nothing to ask for, ``ModelUnavailable`` for weights of another encoder.
        """
        began, cpu = time.monotonic(), time.process_time()
        tell = observe or (lambda stage: None)
        self._check(start)
        torch.manual_seed(self._plan.seed)
        current = self._answering(in_use.network, in_use.fusion)
        read, tally = self._read(labelled, current, cpu, tell)
        held_labelled, taught = self._split(read)
        generated = sample(self._sampler, self._plan.held_out)
        if not generated and not taught:
            raise BadInput(f"graph {self._graph.name!r} has no relation that a question could ask for")
        held_out = generated + held_labelled
        self._generated += len(generated)
        before = self._judge(current, held_out, tell)
        network = copy.deepcopy(start.network)
        tuned = self._tune(network, start.fusion, held_out, taught, tell)
        if tuned[0] is not None:
            network.load_state_dict(tuned[0])
        network.eval().requires_grad_(False)
        fusion, after = self._refitted(network, start.fusion, held_out, tell)
        shares = {name: _compared(before, after, name == "labelled") for name in ("generated", "labelled")}
        report = Report(
            before=judgement(before).hits,
            after=judgement(after).hits,
            held_out={name: figures for name, figures in shares.items() if figures["n"]},
            generated=self._generated,
            labelled=len(labelled),
            tally=tally,
            steps=tuned[2],
            best_step=tuned[1],
            cpu_seconds=round(time.process_time() - cpu, 1),
            seconds=round(time.monotonic() - began, 1),
        )
        return Trained(network, fusion, report)

    def _check(self, start: Weights) -> None:
        if start.encoder != self._encoder.fingerprint:
            raise ModelUnavailable(
                f"the model was trained on the encoder {start.encoder}, not {self._encoder.fingerprint}"
            )

    def _refitted(
        self, network: Network, shipped: Fusion, held_out: list[Item], tell: Observer
    ) -> tuple[Fusion, list[Answered]]:
        """Return the refitted fusion, or the shipped one if that answers more, with what it answers."""
        plain = self._judge(self._answering(network, shipped), held_out, tell)
        fusion = refit([one.case for one in plain], shipped)
        if fusion == shipped:
            return shipped, plain
        after = self._judge(self._answering(network, fusion), held_out, tell)
        return (shipped, plain) if judgement(after).hits < judgement(plain).hits else (fusion, after)

    def _answering(self, network: Network, fusion: Fusion) -> Answering:
        return Answering(self._graph, self._walks, self._words, self._encoder, network, fusion)

    def _read(
        self, labelled: Sequence[Labelled], current: Answering, cpu: float, tell: Observer
    ) -> tuple[list[Item], Tally]:
        """Return the labelled questions as items, in random order; mining stops when its time is up."""
        reader = LabelledReader(self._graph, self._walks, current.likeliest)
        order = list(labelled)
        random.Random(self._plan.seed).shuffle(order)
        found = []
        for done, one in enumerate(order):
            if time.process_time() - cpu > self._plan.mining_seconds:
                reader.tally.unread = len(order) - done
                break
            item = reader.item(one)
            found += [] if item is None else [item]
            tell(Stage("mining", done + 1, len(order)))
        return found, reader.tally

    def _split(self, read: list[Item]) -> tuple[list[Item], list[Item]]:
        """Return the held-out labelled questions and those to train on; the same question is only ever in one."""
        most = min(self._plan.held_out_most, round(self._plan.held_out_share * len(read)))
        held = read[:most]
        asked = {(item.question.text, item.topic) for item in held}
        return held, [item for item in read[most:] if (item.question.text, item.topic) not in asked]

    def _judge(self, answering: Answering, items: Sequence[Item], tell: Observer) -> list[Answered]:
        found = []
        for done, item in enumerate(items, 1):
            found.append(answering.answer(item))
            tell(Stage("judging", done, len(items)))
        return found

    def _tune(
        self, network: Network, fusion: Fusion, held_out: list[Item], taught: list[Item], tell: Observer
    ) -> tuple[State | None, int, int]:
        bert = self._encoder.model
        lower = LowerEncoder(bert, len(bert.encoder.layer) - network.config.tuned_layers)
        trainer = Trainer(network, lower, LabelTable(self._encoder, lower), self._encoder.tokenizer)
        found = tune(
            trainer,
            self._stream(taught),
            self._plan.schedule,
            lambda: judgement(self._judge(self._answering(network, fusion), held_out, tell)),
            lambda step: tell(Stage("training", step.step, step.steps, step)),
        )
        return found.state, found.best_step, found.steps

    def _stream(self, taught: list[Item]) -> Iterator[Example]:
        """Yield training examples: generated, labelled and replayed ones in the plan's shares."""
        plan, rng = self._plan, random.Random(self._plan.seed + 1)
        maker = ExampleMaker(self._graph, self._walks, self._words, rng)
        replayed = iter(ExampleSampler(self._domains, plan.seed + 2)) if self._domains else None
        fresh = endless(self._sampler)
        planned = plan.schedule.steps * plan.schedule.batch
        share = min(plan.labelled_share, plan.labelled_passes * len(taught) / planned)
        turns: list[Item] = []
        while True:
            draw = rng.random()
            if replayed is not None and draw < plan.replay:
                yield next(replayed)
                continue
            item = None
            if taught and draw < plan.replay + share:
                turns = turns or rng.sample(taught, len(taught))
                item = _noisy(turns.pop(), rng)
            elif (item := next(fresh, None)) is not None:
                self._generated += 1
            elif not taught:
                return
            example = None if item is None else maker.example(item)
            if example is not None:
                yield example


def judgement(answered: Sequence[Answered]) -> Judgement:
    """Return Hits@1 over answerable questions, generated and labelled weighing alike, and the mean surprise."""
    groups = [[one for one in answered if one.item.gold and one.item.labelled is kind] for kind in (False, True)]
    hits = [float(np.mean([one.hit for one in group])) for group in groups if group]
    surprise = [float(np.mean([one.surprise for one in group])) for group in groups if group]
    return Judgement(float(np.mean(hits)) if hits else 0.0, float(np.mean(surprise)) if surprise else 0.0)


def _compared(before: Sequence[Answered], after: Sequence[Answered], labelled: bool) -> dict[str, float]:
    """Return ``n`` and Hits@1 before and after over the answerable questions of a kind."""
    pairs = [(b.hit, a.hit) for b, a in zip(before, after, strict=True) if b.item.gold and b.item.labelled is labelled]
    if not pairs:
        return {"n": 0}
    first, second = np.mean(pairs, axis=0).tolist()
    return {"n": len(pairs), "before": round(first, 4), "after": round(second, 4)}


def _noisy(item: Item, rng: random.Random) -> Item:
    """Return a labelled question as someone else might have typed it."""
    prompt = item.question.prompt
    if prompt.count(TOPIC_MARK) != 1 or TOPIC in prompt:
        return item
    text = add_noise(prompt.replace(TOPIC_MARK, TOPIC), rng)
    question: MaskedQuestion = parse_prompt(text.replace(TOPIC, TOPIC_MARK))
    return Item(question, item.topic, item.gold, item.answers, item.hops, item.missing, labelled=True)
