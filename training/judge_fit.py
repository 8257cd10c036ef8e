"""Fits how much a judge's scores weigh (``JudgeFusion``), on questions of domains that the embedded model never saw.

Schemas are drawn from the lexicon's held-out domains, the entity of each question gets a name that no one has, the
embedded model proposes paths over the schema, and the judge scores them. The weight makes the right paths likeliest, as
far as so few questions tell; the two slopes then make the confidence likeliest, and the selection score tell right from
wrong best.

    python -m clew.training.judge_fit MODEL [--examples N] [--seed N]
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import click
import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.weights import DEFAULT, Weights, load
from clew.decoding.embedded.ranking.fusion import confidence, rank, selection
from clew.decoding.embedded.search.model import RelationModel
from clew.decoding.embedded.search.tree import score_tree
from clew.decoding.judging.fusion import JudgeFusion, moved_odds, reading_shift
from clew.decoding.judging.judge import Judge, PathChoices
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.kg import limits
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.calibrate import schema_relations
from clew.training.pretrain import HELD_OUT
from clew.training.programs.invented_names import invented_name
from clew.training.synthetic import lexicon
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import Example, ExampleSampler
from clew.training.synthetic.schema import Schema
from clew.training.synthetic.schema_constraint import SchemaConstraint

Float64 = NDArray[np.float64]
WEIGHTS = np.linspace(0.0, 10.0, 41)
SLOPES = np.linspace(0.0, 2.0, 41)
BOUNDS = Bounds(3)


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """The proposed paths of one example, the judge's scores of them, and which one is right (-1: none)."""

    reasoning: Reasoning
    scores: tuple[float, ...]
    gold: int


class Proposer:
    """Proposes the paths of an example's schema with the embedded model, as the reasoner would over a graph."""

    def __init__(self, encoder: MiniLM, weights: Weights) -> None:
        self._encoder, self._weights = encoder, weights
        self._lower = LowerEncoder(encoder.bert, weights.network.config.tuned_layers)
        self._table = LabelTable(encoder, self._lower)

    def propose(self, example: Example) -> Reasoning:
        """Return the likeliest paths of an example, from one topic."""
        network, fusion = self._weights.network, self._weights.fusion
        relations = schema_relations(example, network, self._table)
        model = RelationModel(
            network, self._lower, self._encoder.tokenizer, relations, kinds=example.schema.words.kinds
        )
        context = model.encode(example.question.prompt)
        constraint = SchemaConstraint(_schema(example), example.start, BOUNDS.max_hops, example.absent)
        tree = score_tree(model, context, constraint, constraint.start([0]), BOUNDS.max_hops)
        ranking = rank(model, context, tree, fusion)
        told = ranking.scores, ranking.features[0], fusion
        ranked = zip(ranking.order.tolist(), ranking.scores.tolist(), ranking.probabilities.tolist(), strict=True)
        paths = tuple(RankedPath(Topic(0), tree.relations(at), score, share) for at, score, share in ranked)
        return Reasoning(paths[: limits.MAX_JUDGED_PATHS], confidence(*told), selection=selection(*told))


def cases(examples: Iterable[Example], proposer: Proposer, judge: Judge, rng: random.Random) -> Iterator[JudgedCase]:
    """Yield the judged proposals of examples, one question at a time; those without a choice are left out."""
    for example in examples:
        reasoning = proposer.propose(example)
        if len(reasoning.paths) < 2:
            continue
        name = invented_name(rng, False, example.start)
        span = example.question.span
        text = example.question.text if span is None else name.join(_around(example.question.text, span))
        paths = tuple(tuple(_label(_schema(example), r) for r in path.relations) for path in reasoning.paths)
        (found,) = judge.judge([PathChoices(text, name, tuple(dict.fromkeys(paths)))], [BOUNDS])
        told = dict(zip(dict.fromkeys(paths), found.scores, strict=True))
        proposed = [path.relations for path in reasoning.paths]
        gold = proposed.index(example.gold) if example.gold in proposed else -1
        yield JudgedCase(reasoning, tuple(told[path] for path in paths), gold)


def fit(found: Sequence[JudgedCase]) -> JudgeFusion:
    """Return the fusion of a judge: at most ``WEIGHTS``'s and ``SLOPES``'s largest."""
    weight = _weight(found)
    if weight == 0:
        return JudgeFusion(0.0)
    plain = JudgeFusion(weight)
    fused = [plain.fuse(case.reasoning, case.scores) for case in found]
    right = np.array([_is_right(case, one) for case, one in zip(found, fused, strict=True)])
    shift = np.array([reading_shift(case.reasoning.paths, one.paths) for case, one in zip(found, fused, strict=True)])
    sure = np.array([case.reasoning.confidence for case in found])
    selected = np.array([case.reasoning.selection or 0.0 for case in found])
    slope = min(SLOPES, key=lambda by: _loss(sure, float(by) * shift, right))
    return JudgeFusion(
        weight, float(slope), float(max(SLOPES, key=lambda by: _auc(selected, float(by) * shift, right)))
    )


def measured(found: Sequence[JudgedCase], fusion: JudgeFusion) -> dict[str, float]:
    """Return how often the first path is right, proposed and judged, and how well both tell right from wrong."""
    fused = [fusion.fuse(case.reasoning, case.scores) for case in found]
    first = np.array([case.gold == 0 for case in found])
    right = np.array([_is_right(case, one) for case, one in zip(found, fused, strict=True)])
    none = np.zeros(len(found))
    return {
        "cases": float(len(found)),
        "first_proposed": float(first.mean()),
        "first_judged": float(right.mean()),
        "auc_proposed": _auc(np.array([case.reasoning.selection or 0.0 for case in found]), none, first),
        "auc_judged": _auc(np.array([one.selection or 0.0 for one in fused]), none, right),
    }


def _weight(found: Sequence[JudgedCase]) -> float:
    """Return the least weight that is within one standard error of the best one (Breiman et al. 1984, *Classification
    and Regression Trees*, section 3.4.3): few questions tell little, and too much weight does harm on other graphs."""
    answerable = [case for case in found if case.gold >= 0]
    if not answerable:
        return 0.0
    log_probs = np.array([[_gold_log_prob(case, float(weight)) for case in answerable] for weight in WEIGHTS])
    missed = log_probs[int(np.argmax(log_probs.mean(1).round(6)))] - log_probs
    error = missed.std(1) / np.sqrt(len(answerable))
    return float(WEIGHTS[np.flatnonzero(missed.mean(1) <= error + 1e-6)[0]])


def _gold_log_prob(case: JudgedCase, weight: float) -> float:
    """Return the log-probability of the right path among those proposed."""
    scores = np.array([path.log_prob for path in case.reasoning.paths]) + weight * np.array(case.scores)
    return float(scores[case.gold] - np.logaddexp.reduce(scores))


def _is_right(case: JudgedCase, fused: Reasoning) -> bool:
    return case.gold >= 0 and fused.paths[0].relations == case.reasoning.paths[case.gold].relations


def _loss(sure: Float64, by: Float64, right: NDArray[np.bool_]) -> float:
    """Return the mean negative log-likelihood of being right, the odds of each moved."""
    moved = np.clip([moved_odds(p, m) for p, m in zip(sure.tolist(), by.tolist(), strict=True)], 1e-6, 1 - 1e-6)
    return float(-np.where(right, np.log(moved), np.log1p(-moved)).mean())


def _auc(sure: Float64, by: Float64, right: NDArray[np.bool_]) -> float:
    """Return how often a right one scores above a wrong one, the odds of each moved; 0.5 where there are none."""
    moved = np.array([moved_odds(p, m) for p, m in zip(sure.tolist(), by.tolist(), strict=True)])
    yes, no = moved[right], moved[~right]
    if not len(yes) or not len(no):
        return 0.5
    return float(((yes[:, None] > no).mean() + (yes[:, None] >= no).mean()) / 2)


def _schema(example: Example) -> Schema:
    assert isinstance(example.schema, Schema)
    return example.schema


def _label(schema: Schema, directed: int) -> str:
    """Return a directed relation's label as a graph's ``relation_label`` has it."""
    label = schema.labels[directed % schema.num_relations]
    return label if directed < schema.num_relations else f"inverse of {label}"


def _around(text: str, span: tuple[int, int]) -> tuple[str, str]:
    return text[: span[0]], text[span[1] :]


@click.command()
@click.argument("model")
@click.option("--examples", default=150, show_default=True, type=click.IntRange(min=2), help="Half fit, half report.")
@click.option("--seed", default=0, show_default=True)
def main(model: str, examples: int, seed: int) -> None:
    """Fit the fusion of a causal LM as the judge of the embedded model, and print it with figures."""
    from clew.decoding.causal.loading import load_token_model
    from clew.decoding.judging.causal_judge import CausalJudge

    held_out = [domain for domain in lexicon.read_lexicon() if domain.group in HELD_OUT]
    drawn = islice(ExampleSampler(held_out, seed + 11, unanswerable=0.2), examples)
    proposer = Proposer(MiniLM(device="cpu"), load(DEFAULT))
    found = list(cases(drawn, proposer, CausalJudge(load_token_model(model)), random.Random(seed)))
    near, far = found[::2], found[1::2]
    fusion = fit(near)
    print(json.dumps({"fusion": [fusion.weight, fusion.confidence, fusion.selection], **measured(far, fusion)}))


if __name__ == "__main__":
    main()
