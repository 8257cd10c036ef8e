"""Trains the ranking of programs on questions made from the lexicon: ``python -m clew.training.programs.rank``.

Each question is read over its own small graph. Where the right result is among the programs found, the weights that
make it likeliest are fitted (conditional logit); on all questions, and on some from which a relation that the answer
needs is taken away, so that whatever is found is wrong, the weights that tell how sure the first one is (logistic
regression).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from clew.decoding.programs.reading.checks.misread import Misread
from clew.decoding.programs.reading.ranking import FEATURES, SELECTING, Ranking, selecting
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings, meant, result_key
from clew.decoding.reading.likeness import Likeness
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.minilm import MiniLM
from clew.retrieval.linking.linker import EntityLinker
from clew.training.programs.questions import ProgramQuestion, program_questions
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.tokens import RELATIONAL

Float64 = NDArray[np.float64]
OUT = Path(__file__).parents[2] / "data" / "programs" / "ranking.json"
TODAY = date(2026, 1, 1)
DOUBTS = frozenset((
    "unread words", "unread operators", "unsaid hops", "said again", "nothing found", "one of several",
    "several of one", "no time", "no person", "no place", "no number", "silent end", "of another class",
    *Misread.FIGURES,
))  # fmt: skip
"""Features that can only speak against a program: their weights are not positive. What the questions made from the
lexicon rarely show is not learned the wrong way round."""
SPREAD = 0.1
"""The least standard deviation by which a feature is scaled: what is rare is not weighted by chance."""
RIDGE, SURE_RIDGE = 0.02, 0.01
"""Weights of the penalties on the squared weights, per question."""
STEPS = 500
"""Steps of the optimiser: it ends sooner."""
TAKEN_AWAY = 4
"""One question in so many lacks a relation that its answer needs."""


@dataclass(frozen=True)
class RankingExample:
    """The programs found for one question: their features, which of them give the right result, what each means by
    number, whether the search was exact, and whether the question has an answer."""

    rows: Float64
    right: NDArray[np.bool_]
    results: NDArray[np.int64]
    exact: bool
    answerable: bool


def examples(seed: int, count: int, held_out: bool = False) -> Iterator[RankingExample]:
    """Yield an example for each question of which any program is found; every ``TAKEN_AWAY``-th without a relation that
    its answer needs."""
    likeness = Likeness(MiniLM(device="cpu"))
    known: tuple[Graph, EntityLinker, ProgramReader] | None = None
    for at, one in enumerate(program_questions(seed, count, held_out)):
        if known is None or known[0] is not one.graph:
            linker = EntityLinker.build(one.graph)
            known = one.graph, linker, ProgramReader(one.graph, linker, likeness)
        needed = _needed(one)
        away = needed if at % TAKEN_AWAY == 0 else ()
        read = known[2].read(known[1].link(one.question), TODAY, away)
        if read.found:
            yield _example(one, read, not away)


def _needed(one: ProgramQuestion) -> tuple[int, ...]:
    """Return the last relation that a program takes, both ways."""
    size = one.graph.num_relations
    taken = [token.argument % size for token in one.program.tokens if token.op in RELATIONAL]
    return (taken[-1], taken[-1] + size) if taken else ()


def _example(one: ProgramQuestion, read: ProgramReadings, answerable: bool) -> RankingExample:
    right = _result(one, read.algebra)
    keys = [result_key(read.algebra, found.top) for found in read.found]
    groups = [meant(read.algebra, found) for found in read.found]
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    return RankingExample(
        read.rows,
        np.array([answerable and key == right for key in keys]),
        np.array([number[group] for group in groups]),
        read.exact,
        answerable,
    )


def _result(one: ProgramQuestion, algebra: Algebra) -> object:
    machine = Machine(algebra, one.program.anchors)
    stack: Stack = ()
    for token in one.program.tokens:
        stack = machine.step(stack, token)
    return result_key(algebra, stack[0])


def fit(some: list[RankingExample]) -> Ranking:
    """Return the weights fitted to examples; of one question at least the right result must be among those found."""
    found = [one for one in some if one.right.any()]
    scale = np.maximum(np.concatenate([one.rows for one in some]).std(0), SPREAD)
    most = max(len(one.rows) for one in found)
    rows = torch.tensor(np.stack([_padded(one.rows / scale, most) for one in found]))
    there = torch.tensor(np.stack([_padded(np.ones(len(one.rows), np.bool_), most) for one in found]))
    right = torch.tensor(np.stack([_padded(one.right, most) for one in found]))
    start = torch.zeros(len(FEATURES), dtype=torch.float64)
    start[0] = -scale[0]

    def loss(weights: Tensor) -> Tensor:
        scores = rows @ weights
        every, good = (scores.masked_fill(~kept, -torch.inf).logsumexp(1) for kept in (there, right))
        return (every - good).sum() + RIDGE * len(found) * (weights - start).square().sum()

    candidate = _minimised(loss, start, [name in DOUBTS for name in FEATURES]) / scale
    return Ranking(candidate, _fit_selection(some, candidate))


def _padded(rows: NDArray[Any], most: int) -> NDArray[Any]:
    """Return rows with zeros behind them, so that there are ``most``."""
    return np.pad(rows, [(0, most - len(rows)), *[(0, 0)] * (rows.ndim - 1)])


def _minimised(loss: Callable[[Tensor], Tensor], start: Tensor, negative: list[bool]) -> Float64:
    """Return where a smooth convex function is least, given which weights may not be positive."""
    doubts = torch.tensor(negative)
    free = torch.where(doubts, (-start).clamp(min=SPREAD).expm1().log(), start).requires_grad_()

    def weights() -> Tensor:
        return torch.where(doubts, -softplus(free), free)

    optimiser = torch.optim.LBFGS([free], max_iter=STEPS, line_search_fn="strong_wolfe")

    def evaluated() -> Tensor:
        optimiser.zero_grad()
        total = loss(weights())
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(evaluated)  # type: ignore[no-untyped-call]
    found: Float64 = weights().detach().numpy()
    return found


def chosen(one: RankingExample, candidate: Float64) -> tuple[Float64, bool]:
    """Return the figures of the program that the weights put first, and whether it is right."""
    scores = one.rows @ candidate
    own = np.exp(scores - scores.max())
    own /= own.sum()
    shares = np.bincount(one.results, own)
    best = int(np.lexsort((-own, -shares[one.results]))[0])
    share = float(shares[one.results[best]])
    rival = float(np.delete(shares, one.results[best]).max(initial=0.0))
    return selecting(one.rows[best], share, rival, one.exact), bool(one.right[best])


def _fit_selection(some: list[RankingExample], candidate: Float64) -> Float64:
    pairs = [chosen(one, candidate) for one in some]
    rows = np.array([np.append(told, 1.0) for told, _ in pairs])
    right = np.array([one for _, one in pairs])
    scale = np.maximum(rows.std(0), SPREAD)
    scale[-1] = 1.0

    told, correct = torch.tensor(rows / scale), torch.tensor(right, dtype=torch.float64)

    def loss(weights: Tensor) -> Tensor:
        wrong = binary_cross_entropy_with_logits(told @ weights, correct, reduction="sum")
        return wrong + SURE_RIDGE * len(rows) * weights.square().sum()

    doubts = [name in DOUBTS for name in (*SELECTING, "constant")]
    found: Float64 = _minimised(loss, torch.zeros(len(doubts), dtype=torch.float64), doubts) / scale
    return found


def measured(some: list[RankingExample], ranking: Ranking, least: float = 0.7) -> dict[str, float]:
    """Return the share of questions whose first program is right, and of those answered at a threshold."""
    pairs = [(ranking.sure(told), right) for told, right in (chosen(one, ranking.candidate) for one in some)]
    given = [right for sure, right in pairs if sure >= least]
    answerable = sum(one.answerable for one in some)
    return {
        "questions": len(some),
        "found": sum(bool(one.right.any()) for one in some) / answerable,
        "right": sum(right for _, right in pairs) / answerable,
        "answered right": sum(given) / answerable,
        "answered wrong": (len(given) - sum(given)) / len(some),
    }


def main() -> None:
    """Train, measure on other questions, and store the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=2450)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    ranking = fit(list(examples(0, given.questions)))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(ranking.as_json(), encoding="utf-8")
    for name, held_out in (("other questions", False), ("held-out cells", True)):
        print(name, measured(list(examples(2, max(given.questions // 4, 1), held_out)), ranking))


if __name__ == "__main__":
    main()
