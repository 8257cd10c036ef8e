"""Fuses a judge's scores with the ranking that was proposed, and recalibrates how sure it is.

A log-linear pool (Genest and Zidek 1986, eq. 3.7): the probability of a judged path is multiplied by exp(score) to the
power ``weight``, and the judged paths share among them what they had together. So paths are reordered and re-weighed;
none is added and none is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from clew.decoding.reasoner import RankedPath, Reasoning

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Reading = tuple[object, tuple[int, ...]]
LEAST = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this far away, so that log-odds stay finite."""


@dataclass(frozen=True, slots=True)
class JudgeFusion:
    """The weight of a judge's scores, at least 0, and how far a change of the best reading's log-odds moves those of
    the confidence and of the selection score. All zero: the proposer's result, to the last bit."""

    weight: float
    confidence: float = 0.0
    selection: float = 0.0

    def __post_init__(self) -> None:
        if min(self.weight, self.confidence, self.selection) < 0:
            raise ValueError("the weights of a judge must not be negative")

    def fuse(self, reasoning: Reasoning, scores: Sequence[float | None]) -> Reasoning:
        """Return the reasoning with its paths reordered; ``scores[i]`` is that of path i, None where it was not judged.

        The ranking is no longer certified: a path that was not proposed has not been judged.
        """
        judged = np.array([i for i, score in enumerate(scores) if score is not None], np.int64)
        if self.weight == 0 or len(judged) < 2:
            return reasoning
        change = np.zeros(len(scores))
        change[judged] = self._change(reasoning.paths, judged, scores)
        paths = [_moved(path, by) for path, by in zip(reasoning.paths, change.tolist(), strict=True)]
        paths.sort(key=lambda path: -path.probability)
        shift = reading_shift(reasoning.paths, paths)
        surer = None if reasoning.selection is None else moved_odds(reasoning.selection, self.selection * shift)
        return replace(
            reasoning,
            paths=tuple(paths),
            confidence=moved_odds(reasoning.confidence, self.confidence * shift),
            selection=surer,
            exact=False,
            gap=float("inf"),
            candidates=(),
        )

    def _change(
        self, paths: Sequence[RankedPath], judged: NDArray[np.int64], scores: Sequence[float | None]
    ) -> Float64:
        """Return by how many nats each judged path gains; what they have together stays the same."""
        had = np.array([max(paths[i].probability, np.finfo(np.float64).tiny) for i in judged.tolist()])
        gains = self.weight * np.array([scores[i] for i in judged.tolist()], np.float64)
        gains -= gains.max()
        found: Float64 = gains - np.log((had * np.exp(gains)).sum() / had.sum())
        return found


FITTED = JudgeFusion(0.75)
"""For a causal LM (``CausalJudge``) over the embedded model, as ``clew.training.judge_fit`` fits it with
Qwen2.5-Coder-0.5B-Instruct on 60 held-out synthetic questions: the least weight within one standard
error of the best (2.5); confidence and selection tell most as they were."""


def reading_shift(before: Sequence[RankedPath], after: Sequence[RankedPath]) -> float:
    """Return the change of the log-odds of the best reading from one ranking to another."""
    return _log_odds(after) - _log_odds(before)


def moved_odds(probability: float, by: float) -> float:
    """Return a probability, its log-odds moved; 0, 1 and what is not moved stay as they are."""
    if by == 0 or not 0 < probability < 1:
        return probability
    return float(1 / (1 + (1 - probability) / probability * np.exp(-by)))


def _moved(path: RankedPath, by: float) -> RankedPath:
    return replace(path, log_prob=path.log_prob + by, probability=min(1.0, path.probability * float(np.exp(by))))


def _log_odds(paths: Sequence[RankedPath]) -> float:
    """Return the log-odds of the best reading: the same relations from entities that the same words name are one."""
    shares: dict[Reading, float] = {}
    for path in paths:
        reading = (path.topic.span or path.topic.node, path.relations)
        shares[reading] = shares.get(reading, 0.0) + path.probability
    best = shares[paths[0].topic.span or paths[0].topic.node, paths[0].relations]
    share = float(np.clip(best / sum(shares.values()), LEAST, 1 - LEAST))
    return float(np.log(share) - np.log1p(-share))
