"""Trains the embedded model on one graph, from its schema and, if there are any, from labelled questions."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch

from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.weights import Weights
from clew.decoding.embedded.ranking.fusion import Fusion
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.embedded.search.walks import PathWalks
from clew.decoding.embedded.vocabulary.vocabulary import relation_words
from clew.kg.errors import BadInput, ModelUnavailable
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.own_graph.curriculum import Curriculum, Mixture
from clew.training.own_graph.items import Item
from clew.training.own_graph.judging import Judged, judge, judging_pipeline, likeliest
from clew.training.own_graph.labels.labelled import Labelled, Tally
from clew.training.own_graph.refit import refit
from clew.training.own_graph.tune import Judgement, Schedule, Tuned, TuningStep, tune
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.lexicon import Domain
from clew.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How a graph is trained on."""

    seed: int = 0
    schedule: Schedule = field(default_factory=Schedule)
    mixture: Mixture = field(default_factory=Mixture)


@dataclass(frozen=True, slots=True)
class Stage:
    """What an observer is told: which stage, how far (``total`` 0: not known), and the tuning step if it is that."""

    name: str
    done: int
    total: int
    step: TuningStep | None = None


Observer = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class TrainingReport:
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
    report: TrainingReport


class GraphTraining:
    """One training of one graph; ``run`` once. The same inputs and seed give the same model (on the same machine and
    number of threads), unless a time budget ends it."""

    def __init__(self, graph: Graph, encoder: MiniLM, domains: Sequence[Domain], plan: TrainingPlan) -> None:
        self._graph, self._encoder, self._plan = graph, encoder, plan
        self._walks, self._words = PathWalks(graph), relation_words(graph)
        self._reasoner: EmbeddedReasoner | None = None
        self.curriculum = Curriculum(graph, self._walks, self._words, domains, plan.mixture, plan.seed)

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
        current = self.pipeline(in_use.network, in_use.fusion)
        curriculum = self.curriculum
        tally = curriculum.read(labelled, partial(likeliest, current), lambda done, of: tell(Stage("mining", done, of)))
        held_out = curriculum.held_out
        before = self._judge(current, held_out, tell)
        network = copy.deepcopy(start.network)
        tuned = self._tune(network, start.fusion, tell)
        if tuned.state is not None:
            network.load_state_dict(tuned.state)
        else:
            network = copy.deepcopy(start.network)
        network.eval().requires_grad_(False)
        fusion, after = self._refitted(network, start.fusion, held_out, tell)
        shares = {name: _compared(before, after, name == "labelled") for name in ("generated", "labelled")}
        report = TrainingReport(
            before=judgement(before).hits,
            after=judgement(after).hits,
            held_out={name: figures for name, figures in shares.items() if figures["n"]},
            generated=curriculum.generated,
            labelled=len(labelled),
            tally=tally,
            steps=tuned.steps,
            best_step=tuned.best_step,
            cpu_seconds=round(time.process_time() - cpu, 1),
            seconds=round(time.monotonic() - began, 1),
        )
        return Trained(network, fusion, report)

    def pipeline(self, network: Network, fusion: Fusion) -> Pipeline:
        """Return the pipeline over the graph with a network as it is now: training it further does not change it."""
        if self._reasoner is None:
            self._reasoner = EmbeddedReasoner.of_network(network, fusion, self._encoder)
        else:
            self._reasoner = self._reasoner.with_network(network, fusion)
        return judging_pipeline(self._graph, self._reasoner)

    def _check(self, weights: Weights) -> None:
        if not self._graph.num_relations:
            raise BadInput(f"graph {self._graph.name!r} has no relation to generate questions from")
        if weights.encoder != self._encoder.fingerprint:
            raise ModelUnavailable(
                f"the model was trained on the encoder {weights.encoder}, not {self._encoder.fingerprint}"
            )

    def _refitted(
        self, network: Network, shipped: Fusion, held_out: list[Item], tell: Observer
    ) -> tuple[Fusion, list[Judged]]:
        """Return the refitted fusion, or the shipped one if that answers more, with what it answers."""
        plain = self._judge(self.pipeline(network, shipped), held_out, tell)
        fusion = refit([one.case for one in plain], shipped)
        if fusion == shipped:
            return shipped, plain
        after = self._judge(self.pipeline(network, fusion), held_out, tell)
        return (shipped, plain) if judgement(after).hits < judgement(plain).hits else (fusion, after)

    def _judge(self, pipeline: Pipeline, items: Sequence[Item], tell: Observer) -> list[Judged]:
        return judge(pipeline, items, lambda done, of: tell(Stage("judging", done, of)))

    def _tune(self, network: Network, fusion: Fusion, tell: Observer) -> Tuned:
        lower = LowerEncoder(self._encoder.bert, network.config.tuned_layers)
        trainer = Trainer(network, lower, LabelTable(self._encoder, lower), self._encoder.tokenizer)
        schedule, held_out = self._plan.schedule, self.curriculum.held_out
        return tune(
            trainer,
            self.curriculum.examples(schedule.steps * schedule.batch),
            schedule,
            lambda: judgement(self._judge(self.pipeline(network, fusion), held_out, tell)),
            lambda step: tell(Stage("training", step.step, step.steps, step)),
        )


def judgement(judged: Sequence[Judged]) -> Judgement:
    """Return Hits@1 over answerable questions, generated and labelled weighing alike, and the mean surprise."""
    groups = [[one for one in judged if one.item.gold and one.item.labelled is kind] for kind in (False, True)]
    hits = [float(np.mean([one.hit for one in group])) for group in groups if group]
    surprise = [float(np.mean([one.surprise for one in group])) for group in groups if group]
    return Judgement(float(np.mean(hits)) if hits else 0.0, float(np.mean(surprise)) if surprise else 0.0)


def _compared(before: Sequence[Judged], after: Sequence[Judged], labelled: bool) -> dict[str, float]:
    """Return ``n`` and Hits@1 before and after over the answerable questions of a kind."""
    pairs = [(b.hit, a.hit) for b, a in zip(before, after, strict=True) if b.item.gold and b.item.labelled is labelled]
    if not pairs:
        return {"n": 0}
    first, second = np.mean(pairs, axis=0).tolist()
    return {"n": len(pairs), "before": round(first, 4), "after": round(second, 4)}
