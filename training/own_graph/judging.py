"""Asks the answering pipeline the questions of a training: the share of right answers, and the features of the ranking.

The questions bring their topics, so nothing is linked. Everything else is as the service answers: the reasoner over a
copy of the network in training, gathering, proving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answering.topics import NoLinker
from clew.decoding.reasoner import Bounds, Reasoner, ScoredPath
from clew.evaluation.metrics.shares import hits_at_1
from clew.kg import limits
from clew.kg.errors import ClewError
from clew.kg.graph.graph import Graph
from clew.training.calibrate import CalibrationCase
from clew.training.own_graph.items import Item, asked
from clew.training.own_graph.labels.paths import Path

UNSEEN = 20.0
"""Surprise (nats) at a gold path that was not ranked."""

Progress = Callable[[int, int], None]
"""Called with how many of how many questions are done."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's result. ``hit``: its Hits@1; ``case``: the ranked paths' features, for fitting the fusion;
    ``surprise``: minus the log-probability of the gold path (nats)."""

    item: Item
    hit: float
    case: CalibrationCase
    surprise: float


def judging_pipeline(graph: Graph, reasoner: Reasoner) -> Pipeline:
    """Return the pipeline that a training's questions are asked of.

    It never abstains: Hits@1 is over answerable questions, so a model must not gain by declining less.
    """
    reasoner.prepare(graph)
    return Pipeline(graph, NoLinker(graph), reasoner, threshold=0.0)


def judge(pipeline: Pipeline, items: Sequence[Item], progress: Progress | None = None) -> list[Judged]:
    """Ask questions and compare what comes back with their gold. Raises what a question raises."""
    return [_judged(item, answered) for item, answered in _asked(pipeline, items, progress)]


def hits(pipeline: Pipeline, items: Sequence[Item]) -> float:
    """Return the mean Hits@1 over questions with answers; for any reasoner."""
    shares = [_hit(item, answered) for item, answered in _asked(pipeline, items)]
    return sum(shares) / len(shares) if shares else 0.0


def likeliest(pipeline: Pipeline, item: Item, paths: Sequence[Path]) -> Path:
    """Return the path that is ranked first for a question; paths that are not ranked come last."""
    ((_, answered),) = _asked(pipeline, [item])
    place = {one.relations: at for at, one in enumerate(answered.reasoning.candidates)}
    return min(paths, key=lambda path: (place.get(path, len(place)), path))


def query_of(graph: Graph, item: Item) -> Query:
    """Return a question as the pipeline takes it, what it must take as missing forbidden."""
    text, topic = asked(graph, item)
    return Query(text, Bounds(limits.MAX_HOPS, forbidden=item.missing), topics=[topic])


def _asked(pipeline: Pipeline, items: Sequence[Item], progress: Progress | None = None) -> list[tuple[Item, Answered]]:
    found: list[tuple[Item, Answered]] = []
    for begin in range(0, len(items), limits.MAX_JUDGED_TOGETHER):
        some = items[begin : begin + limits.MAX_JUDGED_TOGETHER]
        for item, answered in zip(some, pipeline.answer_many([query_of(pipeline.graph, i) for i in some]), strict=True):
            if isinstance(answered, ClewError):
                raise answered
            found.append((item, answered))
        if progress is not None:
            progress(len(found), len(items))
    return found


def _judged(item: Item, answered: Answered) -> Judged:
    candidates: Sequence[ScoredPath] = answered.reasoning.candidates
    scores = np.array([one.score for one in candidates])
    gold = next((at for at, one in enumerate(candidates) if one.relations == item.gold), -1)
    surprise = float(np.logaddexp.reduce(scores) - scores[gold]) if gold >= 0 else UNSEEN
    features = np.array([one.features for one in candidates])
    return Judged(item, _hit(item, answered), CalibrationCase(features, gold, item.hops, bool(item.gold)), surprise)


def _hit(item: Item, answered: Answered) -> float:
    answers = answered.gathered.answers if answered.reason is None else ()
    right = {node for nodes in item.answers for node in nodes}
    return hits_at_1([answer.score for answer in answers], [answer.node in right for answer in answers])
