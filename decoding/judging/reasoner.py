"""The Reasoner in which one model proposes relation paths and another one judges them.

The judge sees the proposed paths only, so it can reorder and re-weigh them, never add one: every answer is still proven
by what the proposer's constraint allowed. Where the judge fails or is late, the proposer's result stands, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from clew.decoding.judging.fusion import JudgeFusion
from clew.decoding.judging.judge import Judge, PathChoices, PathScores
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic, reason_batch
from clew.kg import limits
from clew.kg.errors import Cancelled
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import OutOfTime
from clew.retrieval.vectors.path_prior import TokenEmbedder

LOG = logging.getLogger(__name__)
LATE = "the judge of the paths ran out of time; the ranking is that of the embedded model alone"
FAILED = "the judge of the paths failed; the ranking is that of the embedded model alone"


class JudgedReasoner(Reasoner):
    """Ranks the paths of a ``proposer`` anew, by the scores of a ``judge``, weighed by ``fusion``.

    Up to ``most`` paths that are at least ``share`` times as likely as the best one are judged.
    """

    def __init__(
        self,
        proposer: Reasoner,
        judge: Judge,
        fusion: JudgeFusion,
        most: int = limits.MAX_JUDGED_PATHS,
        share: float = limits.JUDGED_SHARE,
    ) -> None:
        self.name = f"{proposer.name}+{judge.name}"
        self.proposer, self.judge, self.fusion, self._most, self._share = proposer, judge, fusion, most, share

    @property
    def fingerprint(self) -> str:
        """What a ranking depends on beside the models' names."""
        weights = f"{self.fusion.weight:g} {self.fusion.confidence:g} {self.fusion.selection:g}"
        return f"{self.proposer.fingerprint} judged {self.judge.fingerprint} {weights} of {self._most}"

    @property
    def encoder(self) -> TokenEmbedder | None:
        """The proposer's sentence encoder."""
        return self.proposer.encoder

    def prepare(self, graph: Graph) -> None:
        """Prepare the proposer; the judge needs nothing of a graph."""
        self.proposer.prepare(graph)

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics; see ``Reasoner.reason``."""
        return self.reason_batch([question], graph, [topics], [bounds])[0]

    def reason_batch(
        self, questions: Sequence[str], graph: Graph, topics: Sequence[Sequence[Topic]], bounds: Sequence[Bounds]
    ) -> list[Reasoning]:
        """Rank relation paths for each question; the judge's forwards are shared."""
        proposed = reason_batch(self.proposer, questions, graph, topics, bounds)
        asked = zip(questions, proposed, bounds, strict=True)
        waiting = [_Proposals(question, self._likely(one), one, bound, graph) for question, one, bound in asked]
        found = iter(self._judged([one for one in waiting if one.choices]))
        return [self._concluded(one, next(found)) if one.choices else one.reasoning for one in waiting]

    def _likely(self, reasoning: Reasoning) -> Sequence[RankedPath]:
        """Return the paths to judge."""
        least = self._share * max((path.probability for path in reasoning.paths[:1]), default=0.0)
        return [path for path in reasoning.paths[: self._most] if path.probability >= least]

    def _judged(self, asked: Sequence[_Proposals]) -> list[list[PathScores] | None]:
        """Return the scores of each question's choices; None where the judge failed."""
        if not asked or self.fusion.weight == 0:
            return [[] for _ in asked]
        try:
            flat = iter(
                self.judge.judge(
                    [choices for one in asked for choices in one.choices],
                    [one.bounds for one in asked for _ in one.choices],
                )
            )
            return [[next(flat) for _ in one.choices] for one in asked]
        except Cancelled:
            raise
        except OutOfTime:
            return [[PathScores((), partial=True)] for _ in asked]
        except Exception:  # a model may fail in any way; the proposer's result is there
            if len(asked) > 1:
                return [scores for one in asked for scores in self._judged([one])]
            LOG.exception("%s failed", self.judge.name)
            return [None]

    def _concluded(self, asked: _Proposals, found: list[PathScores] | None) -> Reasoning:
        """Return the fused ranking, or the proposed one with a warning."""
        asked.bounds.check()
        if self.fusion.weight == 0:
            return asked.reasoning
        if found is None or not all(map(_is_sound, found, asked.choices)):
            late = found is not None and any(one.partial for one in found)
            return replace(asked.reasoning, warnings=(*asked.reasoning.warnings, LATE if late else FAILED))
        fused = self.fusion.fuse(asked.reasoning, asked.by_path(found))
        cost = dict(asked.reasoning.diagnostics)
        for one in found:
            for name, value in one.cost.items():
                cost[f"judge_{name}"] = cost.get(f"judge_{name}", 0.0) + value
        return replace(fused, diagnostics=cost)


class _Proposals:
    """The proposed paths of one question, by the label of their topic: paths that read alike are judged once."""

    def __init__(
        self, question: str, likely: Sequence[RankedPath], reasoning: Reasoning, bounds: Bounds, graph: Graph
    ) -> None:
        self.reasoning, self.bounds = reasoning, bounds
        self._keys = [
            (graph.label(path.topic.node), tuple(map(graph.relation_label, path.relations))) for path in likely
        ]
        by_topic: dict[str, dict[tuple[str, ...], None]] = {}
        for topic, labels in self._keys:
            by_topic.setdefault(topic, {})[labels] = None
        several = sum(map(len, by_topic.values())) > 1 and not reasoning.partial
        self.choices = [PathChoices(question, topic, tuple(paths)) for topic, paths in by_topic.items() if several]

    def by_path(self, found: Sequence[PathScores]) -> list[float | None]:
        """Return the score of each proposed path; None where it was not judged."""
        told = {
            (choices.topic, path): score
            for choices, one in zip(self.choices, found, strict=True)
            for path, score in zip(choices.paths, one.scores, strict=True)
        }
        return [told[key] for key in self._keys] + [None] * (len(self.reasoning.paths) - len(self._keys))


def _is_sound(found: PathScores, choices: PathChoices) -> bool:
    """Whether there is one finite score per path."""
    low, high = -limits.MAX_SURPRISAL, limits.MAX_SURPRISAL
    return len(found.scores) == len(choices.paths) and all(low <= score <= high for score in found.scores)
