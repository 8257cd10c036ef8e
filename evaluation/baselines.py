"""Simple baseline systems, scored on the same questions from the same topics.

* *cosine*: the relation path whose text "directed by -> starring" lies nearest to the question without its mention
  (MiniLM; the first row of tables on untrained retrieval);
* *popularity*: the path of the relations with most edges, regardless of the question;
* *shortest*: everything one hop away, all tied.

None of them declines. The oracle, which follows the gold chain, is ``clew.evaluation.metrics.ceiling``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.answers.backtracking import ends_of
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.variants.perturb import Span
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_BASELINE_PATHS
from clew.tries.relations.automaton import RelationAutomaton

Path = tuple[int, ...]
Cosine = Callable[[str, Sequence[Path], Sequence[Span]], Sequence[float]]
"""Question, paths and mention spans to one cosine per path."""


@dataclass(frozen=True, slots=True)
class BaselineCandidate:
    """A relation path from a topic (a node)."""

    topic: int
    path: Path


class Baselines:
    """The baselines over one graph."""

    def __init__(self, graph: Graph, cosine: Cosine, max_hops: int) -> None:
        self._graph, self._cosine, self._max_hops = graph, cosine, max_hops
        edges = np.bincount(np.asarray(graph.out.relation), minlength=graph.num_relations)
        self._popularity = np.log1p(np.concatenate([edges, edges]))
        self._paths: dict[int, list[Path]] = {}

    def outcomes(self, question: str, topics: Sequence[int], spans: Sequence[Span]) -> dict[str, Outcome]:
        """Return what each baseline answers; without a topic, nothing."""
        candidates = [BaselineCandidate(topic, path) for topic in topics for path in self._from(topic)]
        if not candidates:
            return dict.fromkeys(NAMES, Outcome())
        paths = [one.path for one in candidates]
        cosines = self._cosine(question, paths, spans)
        popular = [float(self._popularity[list(path)].mean()) for path in paths]
        return {
            "cosine": self._outcome([candidates[_first_best(cosines)]]),
            "popularity": self._outcome([candidates[_first_best(popular)]]),
            "shortest": self._outcome([one for one in candidates if len(one.path) == 1]),
        }

    def _outcome(self, chosen: Sequence[BaselineCandidate]) -> Outcome:
        ends = dict.fromkeys(end for one in chosen for end in ends_of(self._graph, one.topic, one.path).tolist())
        return Outcome(tuple(Predicted(self._graph.key(end), self._graph.label(end), 1.0) for end in ends))

    def _from(self, topic: int) -> list[Path]:
        """Return the relation paths from a topic, shorter ones first, at most ``MAX_BASELINE_PATHS``."""
        if topic not in self._paths:
            self._paths = {topic: relation_paths(self._graph, topic, self._max_hops)}
        return self._paths[topic]


NAMES = ("cosine", "popularity", "shortest")


def relation_paths(graph: Graph, topic: int, max_hops: int, most: int = MAX_BASELINE_PATHS) -> list[Path]:
    """Return the first ``most`` relation paths that have an instance, by length, then by relation ids."""
    automaton = RelationAutomaton(graph, max_hops)
    states = automaton.start([topic])
    level: list[Path] = [()]
    found: list[Path] = []
    while level and len(found) < most:
        allowed = automaton.allowed(states)
        onward = allowed.token_ids != automaton.end_token
        rows, tokens = allowed.rows()[onward][: most - len(found)], allowed.token_ids[onward][: most - len(found)]
        level = [(*level[row], token) for row, token in zip(rows.tolist(), tokens.tolist(), strict=True)]
        found += level
        states = automaton.advance(states.take(rows), tokens)
    return found


def _first_best(scores: Sequence[float]) -> int:
    return int(np.argmax(np.asarray(scores)))
