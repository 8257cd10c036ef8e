"""Fits the fusion weights and the confidence on examples of held-out domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Relations
from clew.decoding.embedded.ranking.confidence import (
    ANSWERABLE,
    UNANSWERABLE,
    Confidence,
    Logistic,
    confidence_features,
)
from clew.decoding.embedded.ranking.fusion import FEATURES, Fusion, confidence, rank, selection
from clew.decoding.embedded.search.model import RelationModel
from clew.decoding.embedded.search.tree import score_tree
from clew.kg import limits
from clew.retrieval.encoder.word_pieces import WordPieces
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import Example
from clew.training.synthetic.schema import Schema
from clew.training.synthetic.schema_constraint import SchemaConstraint

Float64 = NDArray[np.float64]
UNFITTED = Fusion(
    (0.5, 0.5, 3.0, 0.5, 1.0, 0.5, 1.0, 1.0, 1.0, 0.3, 0.2, 0.5, 0.3),
    Confidence(Logistic((0.3, 0.3, 0.3, 0.3, 0.3), 2.0), Logistic((0.5, 0.3, 0.0, 0.3), 1.0)),
)
"""Where the fit starts; good enough to choose which paths to look at closely."""
UNTRAINED = {"sentence_least": 2.0}
"""Least weights of features that nothing was trained on. On held-out examples they add nothing to what the network
knows by then, and the fit would leave them out; but those examples come from the same makers as the training's, and on
other graphs the network knows less. Of 0, 1, 2, 4, 7 and 10 it is the largest from which neither kind suffers."""


@dataclass(frozen=True, slots=True)
class CalibrationCase:
    """An example's candidate paths: features ``[P, 13]``, and which row is the gold path (-1: not among them)."""

    features: Float64
    gold: int
    hops: int
    answerable: bool


def cases(
    examples: Iterable[Example],
    network: Network,
    lower: LowerEncoder,
    table: LabelTable,
    tokenizer: WordPieces,
    max_hops: int = 3,
) -> list[CalibrationCase]:
    """Score the whole tree of relation paths of each example's schema."""
    found = []
    for example in examples:
        relations = schema_relations(example, network, table)
        model = RelationModel(network, lower, tokenizer, relations, kinds=example.schema.words.kinds)
        context = model.encode(example.question.prompt)
        if not isinstance(example.schema, Schema):
            raise TypeError("only examples over schemas can be scored without a graph")
        constraint = SchemaConstraint(example.schema, example.start, max_hops, example.absent)
        tree = score_tree(model, context, constraint, constraint.start([0]), max_hops)
        ranking = rank(model, context, tree, UNFITTED)
        paths = [tree.relations(int(path)) for path in ranking.order]
        gold = paths.index(example.gold) if example.gold in paths else -1
        found.append(CalibrationCase(ranking.features, gold, example.hops, bool(example.gold)))
    return found


@torch.inference_mode()
def schema_relations(example: Example, network: Network, table: LabelTable) -> Relations:
    """Embed an example's directed relations as a batch of one."""
    words = example.schema.words
    ids, targets = table.ids(words.labels), table.ids(words.targets)
    rows = sorted({*ids, *targets} - {-1})
    place = {row: i for i, row in enumerate(rows)}
    label_ids, target_ids = (torch.tensor([[place.get(row, -1) for row in some]]) for some in (ids, targets))
    inverse = torch.tensor([words.inverse], dtype=torch.long)
    found: Relations = network.decoder.relations(table.rows(torch.tensor(rows)), label_ids, inverse, target_ids)
    return found


def fit(found: Sequence[CalibrationCase]) -> Fusion:
    """Return the fusion that makes the gold paths most probable, and the confidence that is best calibrated."""
    weights = _fit_weights([case for case in found if case.gold >= 0])
    return Fusion(tuple(weights.tolist()), fit_confidence(found, weights))


def fit_confidence(found: Sequence[CalibrationCase], weights: Float64) -> Confidence:
    """Return the confidence of best paths under fusion weights.

    Whether there is an answer is fitted on all cases, weighted so that ``UNANSWERABLE`` of them have none; whether the
    best path is right, on the answerable ones.
    """
    usable = [case for case in found if len(case.features)]
    scored = [_ordered(case, weights) for case in usable]
    features = np.stack([confidence_features(scores, first, FEATURES) for scores, first, _ in scored])
    right = np.array([is_right for _, _, is_right in scored], np.float64)
    there = np.array([case.answerable for case in usable])
    share = float(np.clip((~there).mean(), 1e-3, 1 - 1e-3))
    weight = np.where(there, (1 - UNANSWERABLE) / (1 - share), UNANSWERABLE / share)
    cut = len(ANSWERABLE)
    answerable = _fit_logistic(features[:, :cut], there.astype(np.float64), weight)
    return Confidence(answerable, _fit_logistic(features[there][:, cut:], right[there], np.ones(int(there.sum()))))


def _ordered(case: CalibrationCase, weights: Float64) -> tuple[Float64, Float64, bool]:
    """Return a case's scores, falling, its best path's features, and whether that path is gold."""
    scores = case.features @ weights
    order = np.argsort(-scores, kind="stable")
    return scores[order], case.features[order[0]], int(order[0]) == case.gold


def _fit_weights(found: Sequence[CalibrationCase]) -> Float64:
    """Maximise the log-probability of the gold paths; weights stay above the least (0, or ``UNTRAINED``) as softplus of
    free parameters."""
    longest = max(len(case.features) for case in found)
    features = torch.zeros(len(found), longest, len(FEATURES), dtype=torch.float64)
    mask = torch.zeros(len(found), longest, dtype=torch.bool)
    for i, case in enumerate(found):
        features[i, : len(case.features)] = torch.from_numpy(case.features)
        mask[i, : len(case.features)] = True
    gold = torch.tensor([case.gold for case in found])
    least = torch.tensor([UNTRAINED.get(name, 0.0) for name in FEATURES], dtype=torch.float64)
    free = torch.log(torch.expm1(torch.tensor(UNFITTED.weights, dtype=torch.float64))).requires_grad_(True)

    def loss() -> Tensor:
        weights = least + torch.nn.functional.softplus(free)
        scores = (features @ weights).masked_fill(~mask, -1e9)
        return torch.nn.functional.cross_entropy(scores, gold) + 1e-3 * weights.square().mean()

    _minimise(loss, [free])
    fitted: Float64 = (least + torch.nn.functional.softplus(free)).detach().numpy()
    return fitted


def _fit_logistic(features: Float64, right: Float64, weight: Float64) -> Logistic:
    """Logistic regression with a small ridge; the slopes are for the features as they are.

    No slope is negative: each feature speaks for the path, and a negative slope only fits what two of them share on the
    synthetic questions, which does not carry over to another graph.
    """
    mean, spread = features.mean(0), features.std(0) + 1e-6
    inputs = torch.from_numpy((features - mean) / spread)
    targets, weights = torch.from_numpy(right), torch.from_numpy(weight)
    free = torch.full((features.shape[1],), -2.0, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)

    def loss() -> Tensor:
        slopes = torch.nn.functional.softplus(free)
        logits = inputs @ slopes + bias
        cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets, weights)
        return cross_entropy + 1e-2 * slopes.square().mean()

    _minimise(loss, [free, bias])
    scaled = torch.nn.functional.softplus(free).detach().numpy() / spread
    return Logistic(tuple(scaled.tolist()), float(bias.detach()) - float(scaled @ mean))


def _minimise(loss: Any, parameters: list[Tensor]) -> None:
    optimiser = torch.optim.LBFGS(parameters, max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        value: Tensor = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def report(found: Sequence[CalibrationCase], fusion: Fusion) -> dict[str, float]:
    """Return figures of a fusion on cases: ``right@hops`` shares, ECE of the confidence, and abstention at 10%.

    ``answered``: the share at the service's threshold (``limits.MIN_SELECTION``), ``wrong``: the share of these whose
    first path is not right, ``answerable_declined``: the share of the answerable cases below it, ``right_withheld``: of
    those whose first path is right. ``threshold@right10``: the selection score that withholds a tenth of the latter.

    ``ece`` has ten bins of equal width (Guo et al. 2017, arXiv 1706.04599). ``declined@10``: share of unanswerable
    cases declined at the selection score that wrongly declines a tenth of the others (``threshold@10``).
    """
    weights = np.array(fusion.weights)
    figures: dict[str, float] = {}
    right, sure, selected, has = [], [], [], []
    for case in found:
        scores, first, is_right = _ordered(case, weights)
        right.append(is_right)
        sure.append(confidence(scores, first, fusion))
        selected.append(selection(scores, first, fusion))
        has.append(case.answerable)
    hops = np.array([case.hops for case in found])
    hit, sureness, has_answer = np.array(right, np.float64), np.array(sure), np.array(has)
    for count in np.unique(hops).tolist():
        figures[f"right@{count}"] = float(hit[(hops == count) & has_answer].mean())
    figures["ece"] = expected_calibration_error(sureness, hit)
    told = np.array(selected)
    answered = told >= limits.MIN_SELECTION
    figures["threshold@right10"] = float(np.quantile(told[hit > 0], 0.1)) if hit.any() else 0.0
    figures["answered"] = float(answered.mean())
    figures["wrong"] = float(1 - hit[answered].mean()) if answered.any() else 0.0
    figures["right_withheld"] = float((~answered[hit > 0]).mean()) if hit.any() else 0.0
    if has_answer.any() and not has_answer.all():
        figures["answerable_declined"] = float((~answered[has_answer]).mean())
        threshold = float(np.quantile(told[has_answer], 0.1))
        figures["threshold@10"] = threshold
        figures["declined@10"] = float((told[~has_answer] < threshold).mean())
    return {name: round(value, 4) for name, value in figures.items()}


def first_by_part(found: Sequence[CalibrationCase], fusion: Fusion) -> dict[str, float]:
    """Return how many of the answerable cases have the gold path first by the fusion, and by each feature alone.

    Of paths that are level the fusion's order counts: most features do not tell all paths apart.
    """
    cases_ = [case for case in found if case.answerable and len(case.features)]
    weights, shares = np.array(fusion.weights), dict.fromkeys(("fusion", *FEATURES), 0.0)
    for case in cases_:
        fused = case.features @ weights
        shares["fusion"] += int(fused.argmax()) == case.gold
        for at, name in enumerate(FEATURES):
            shares[name] += int(np.lexsort((fused, case.features[:, at]))[-1]) == case.gold
    return {name: round(share / max(1, len(cases_)), 4) for name, share in shares.items()}


def declined(found: Sequence[CalibrationCase], fusion: Fusion) -> float:
    """Return the share of cases that are declined at the service's threshold (0 of no cases)."""
    scored = [_ordered(case, np.array(fusion.weights)) for case in found if len(case.features)]
    told = [selection(scores, first, fusion) for scores, first, _ in scored]
    return round(float(np.mean(np.array(told) < limits.MIN_SELECTION)), 4) if told else 0.0


def expected_calibration_error(sureness: Float64, right: Float64, bins: int = 10) -> float:
    """Return the mean gap between confidence and accuracy over bins of equal width, weighted by their size."""
    bin_of = np.minimum((sureness * bins).astype(int), bins - 1)
    total = 0.0
    for at in range(bins):
        inside = bin_of == at
        if inside.any():
            total += float(inside.mean()) * abs(float(sureness[inside].mean()) - float(right[inside].mean()))
    return total
