"""Training the embedded model on a graph: on questions made from its schema, and on the user's own."""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from decoding.embedded.encoder import LowerEncoder
from decoding.embedded.fusion import Fusion, rank
from decoding.embedded.inverses import redundant_inverses
from decoding.embedded.model import RelationContext, RelationModel
from decoding.embedded.network import Network
from decoding.embedded.tree import PathTree, score_tree
from decoding.embedded.vocabulary import embed_relations, relation_words
from decoding.embedded.weights import Weights
from decoding.embedded.wording import MaskedQuestion
from kg.errors import BadInput
from kg.graph import Graph
from retrieval.minilm import MiniLM
from training.batches import LabelTable
from training.calibrate import Case, fit
from training.examples import Example, ExampleSampler, Path
from training.graph_examples import GraphExampleSampler
from training.lexicon import Domain
from training.mining import mine_paths
from training.trainer import Progress, Recipe, Trainer
from tries.relation_automaton import RelationAutomaton, RelationStates

LEAST_LABELLED = 20
"""Labelled questions needed to hold some of them out; with fewer, all are trained on."""


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question with its topic masked, the topic's node, the answers' nodes, and the relation path if it is known."""

    question: MaskedQuestion
    topic: int
    answers: frozenset[int]
    path: Path = ()


@dataclass(frozen=True, slots=True)
class Tuning:
    """How to fine-tune. ``rounds`` of ``recipe.steps`` batches, ended early after ``patience`` rounds without gain.

    ``labelled_share`` and ``replay``: shares of labelled questions (if there are any) and of pretraining examples in
    the stream; the rest is made from the graph's schema. ``held_out``: share of labelled questions to measure on.
    """

    seed: int = 0
    rounds: int = 4
    patience: int = 2
    recipe: Recipe = field(default_factory=lambda: Recipe(steps=60, batch=32, rate=2.5e-4, encoder_rate=4e-5))
    labelled_share: float = 0.6
    replay: float = 0.15
    held_out: float = 0.25
    made_held_out: int = 100
    max_hops: int = 3


@dataclass(frozen=True, slots=True)
class Tuned:
    """What fine-tuning gave. ``before`` and ``after`` are Hits@1 on the same held-out questions; ``improved`` says
    whether the new model is the better one (else ``network`` and ``fusion`` are the old ones)."""

    network: Network
    fusion: Fusion
    before: float
    after: float
    improved: bool
    cpu_seconds: float
    labelled: int
    unmined: int


def finetune(
    graph: Graph,
    encoder: MiniLM,
    base: Weights,
    domains: Sequence[Domain],
    questions: Sequence[LabelledQuestion] = (),
    tuning: Tuning | None = None,
    observe: Callable[[Progress], None] | None = None,
) -> Tuned:
    """Fine-tune on a graph; without ``questions``, on its schema alone. Raises ``BadInput`` for a graph without edges.

    Held-out questions are the user's own where there are enough, else others made from the schema.
    """
    if not graph.num_edges:
        raise BadInput(f"graph {graph.name!r} has no edges to train on")
    return _Run(graph, encoder, base, domains, tuning or Tuning()).run(questions, observe)


class _Run:
    def __init__(self, graph: Graph, encoder: MiniLM, base: Weights, domains: Sequence[Domain], tuning: Tuning) -> None:
        self.graph, self.encoder, self.base, self.tuning, self.domains = graph, encoder, base, tuning, domains
        bert = encoder.model
        self.lower = LowerEncoder(bert, len(bert.encoder.layer) - base.network.config.tuned_layers)
        self.forbidden = redundant_inverses(graph)
        weights = (0.3, 0.38, 0.32)[: tuning.max_hops]
        self.made = GraphExampleSampler(graph, domains, tuning.seed, weights, self.forbidden)

    def run(self, questions: Sequence[LabelledQuestion], observe: Callable[[Progress], None] | None) -> Tuned:
        tuning, begin = self.tuning, time.process_time()
        torch.manual_seed(tuning.seed)
        kept, held_out = self._split(questions)
        labelled, unmined = self._labelled(kept)
        first = before = self._hits(self.base.network, self.base.fusion, held_out)
        best, best_score, stale = self.base.network, first, 0
        network = copy.deepcopy(self.base.network).requires_grad_(True)
        table = LabelTable(self.encoder, self.lower)
        trainer = Trainer(network, self.lower, table, self.encoder.tokenizer)
        stream = self._stream(labelled)
        for _ in range(tuning.rounds):
            trainer.run(stream, tuning.recipe, observe)
            score = self._hits(network, self.base.fusion, held_out)
            if score > best_score + 1e-9:
                best, best_score, stale = copy.deepcopy(network).requires_grad_(False), score, 0
            else:
                stale += 1
            if stale >= tuning.patience:
                break
        fusion, after = self._refit(best, best_score, labelled, held_out)
        improved = after > before
        if not improved:
            best, fusion, after = self.base.network, self.base.fusion, before
        seconds = time.process_time() - begin
        return Tuned(best, fusion, before, after, improved, round(seconds, 1), len(labelled), unmined)

    def _split(self, questions: Sequence[LabelledQuestion]) -> tuple[list[LabelledQuestion], list[LabelledQuestion]]:
        """Return the questions to train on and those to measure on."""
        shuffled = list(questions)
        random.Random(self.tuning.seed).shuffle(shuffled)
        if len(shuffled) >= LEAST_LABELLED:
            size = max(1, round(self.tuning.held_out * len(shuffled)))
            return shuffled[size:], shuffled[:size]
        return shuffled, self._made_held_out()

    def _made_held_out(self) -> list[LabelledQuestion]:
        sampler = GraphExampleSampler(self.graph, self.domains, self.tuning.seed + 1, forbidden=self.forbidden)
        found = []
        for _ in range(self.tuning.made_held_out):
            topic, example = sampler.draw_with_topic()
            answers = frozenset(self._ends(topic, example.gold))
            found.append(LabelledQuestion(example.question, topic, answers, example.gold))
        return found

    def _labelled(self, questions: Sequence[LabelledQuestion]) -> tuple[list[Example], int]:
        """Return training examples of labelled questions, and how many had no path that fits their answers."""
        model = self._model(self.base.network)
        found = []
        for question in questions:
            path = question.path or self._mined(question, model)
            example = self.made.labelled(question.question, question.topic, path)
            if example is not None:
                found.append(example)
        return found, len(questions) - len(found)

    def _mined(self, question: LabelledQuestion, model: RelationModel) -> Path:
        """Return the path that fits the answers best; among equals, the one that the base model likes best."""
        mined = mine_paths(self.graph, question.topic, question.answers, self.tuning.max_hops, self.forbidden)
        paths = [one.path for one in mined]
        if len(paths) < 2:
            return paths[0] if paths else ()
        ranked = self._ranked(model, self.base.fusion, question)
        return min(paths, key=lambda path: ranked.index(path) if path in ranked else len(ranked) + len(path))

    def _stream(self, labelled: Sequence[Example]) -> Iterator[Example]:
        rng = random.Random(self.tuning.seed)
        replay = iter(ExampleSampler(self.domains, self.tuning.seed + 2))
        share = self.tuning.labelled_share * min(1.0, len(labelled) / 50) if labelled else 0.0
        while True:
            draw = rng.random()
            if draw < share:
                yield rng.choice(labelled)
            elif draw < share + self.tuning.replay:
                yield next(replay)
            else:
                yield self.made.draw()

    def _refit(
        self, network: Network, score: float, labelled: Sequence[Example], held_out: Sequence[LabelledQuestion]
    ) -> tuple[Fusion, float]:
        """Fit the fusion on half of the held-out questions; keep it if the rest agrees that it is better."""
        half = len(held_out) // 2
        if not labelled or half < 25:
            return self.base.fusion, score
        model = self._model(network)
        fusion = fit([case for question in held_out[:half] for case in self._case(model, question)])
        rest = held_out[half:]
        if self._hits(network, fusion, rest) <= self._hits(network, self.base.fusion, rest):
            return self.base.fusion, score
        return fusion, self._hits(network, fusion, held_out)

    def _case(self, model: RelationModel, question: LabelledQuestion) -> list[Case]:
        """Return the question's candidates with the first that has the right answers as gold; none if there is none."""
        context, tree = self._tree(model, question)
        ranking = rank(model, context, tree, self.base.fusion)
        for at, path in enumerate(ranking.order.tolist()):
            if frozenset(self._ends(question.topic, tree.relations(path))) == question.answers:
                return [Case(ranking.features, at, int(tree.depth[path]), True)]
        return []

    def _hits(self, network: Network, fusion: Fusion, questions: Sequence[LabelledQuestion]) -> float:
        """Return Hits@1: the mean share of right ones among the answers of the best path."""
        model = self._model(network)
        shares = []
        for question in questions:
            ranked = self._ranked(model, fusion, question)
            ends = self._ends(question.topic, ranked[0]) if ranked else []
            shares.append(sum(end in question.answers for end in ends) / max(1, len(ends)))
        return float(np.mean(shares)) if shares else 0.0

    def _ranked(self, model: RelationModel, fusion: Fusion, question: LabelledQuestion) -> list[Path]:
        context, tree = self._tree(model, question)
        return [tree.relations(path) for path in rank(model, context, tree, fusion).order.tolist()]

    def _tree(
        self, model: RelationModel, question: LabelledQuestion
    ) -> tuple[RelationContext, PathTree[RelationStates]]:
        context = model.encode(question.question.prompt)
        automaton = RelationAutomaton(self.graph, self.tuning.max_hops, forbidden=self.forbidden)
        starts = automaton.start([question.topic])
        hops = self.tuning.max_hops
        return context, score_tree(model, context, automaton, starts, hops, forbidden=self.forbidden)

    def _model(self, network: Network) -> RelationModel:
        network.eval()
        relations = embed_relations(network.decoder, self.encoder, self.lower, relation_words(self.graph))
        return RelationModel(network, self.lower, self.encoder.tokenizer, relations)

    def _ends(self, topic: int, path: Path) -> list[int]:
        nodes = np.array([topic], np.int32)
        for relation in path:
            nodes = self.graph.expand(nodes, relation)
            nodes = nodes[nodes != topic]
        found: list[int] = nodes.tolist()
        return found
