"""The Reasoner that asks a second one where the first is too unsure to answer.

A cascade (Chen et al. 2023, FrugalGPT, arXiv 2305.05176, section 3): the cheap model answers what it is sure of, the
dear one is asked for the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from clew.decoding.answers.abstain import is_sure
from clew.decoding.reasoner import Bounds, Reasoner, Reasoning, Topic, reason_batch
from clew.kg.errors import Cancelled
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import OutOfTime
from clew.retrieval.vectors.path_prior import TokenEmbedder

LOG = logging.getLogger(__name__)
FAILED = "the fallback model failed; the result is that of the embedded model alone"
LATE = "the fallback model ran out of time; the result is that of the embedded model alone"


class FallbackReasoner(Reasoner):
    """Answers with ``first`` where that is sure enough (``threshold``: see ``abstain``), else with ``second`` where
    that is; where neither is, the first one's result stands, and is declined."""

    def __init__(self, first: Reasoner, second: Reasoner, threshold: float | None = None) -> None:
        self.name = f"{first.name}, else {second.name}"
        self.first, self.second, self._threshold = first, second, threshold

    @property
    def fingerprint(self) -> str:
        """What an answer depends on beside the models' names."""
        return f"{self.first.fingerprint} else {self.second.fingerprint}"

    @property
    def encoder(self) -> TokenEmbedder | None:
        """The first one's sentence encoder."""
        return self.first.encoder

    def prepare(self, graph: Graph) -> None:
        """Prepare both."""
        self.first.prepare(graph)
        self.second.prepare(graph)

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics; see ``Reasoner.reason``."""
        return self.reason_batch([question], graph, [topics], [bounds])[0]

    def reason_batch(
        self, questions: Sequence[str], graph: Graph, topics: Sequence[Sequence[Topic]], bounds: Sequence[Bounds]
    ) -> list[Reasoning]:
        """Rank relation paths for each question; the second model is asked for those left open, together."""
        found = reason_batch(self.first, questions, graph, topics, bounds)
        left = [i for i, one in enumerate(found) if one.paths and not one.partial and not self._is_sure(one)]
        for i, other in zip(left, self._second(left, questions, graph, topics, bounds), strict=True):
            bounds[i].check()
            if isinstance(other, str):
                found[i] = replace(found[i], warnings=(*found[i].warnings, other))
                continue
            cost = found[i].diagnostics | {f"fallback_{name}": value for name, value in other.diagnostics.items()}
            answers = bool(other.paths) and not other.partial and self._is_sure(other)
            found[i] = replace(other if answers else found[i], diagnostics=cost)
        return found

    def _is_sure(self, reasoning: Reasoning) -> bool:
        return is_sure(reasoning, self._threshold)

    def _second(
        self,
        left: Sequence[int],
        questions: Sequence[str],
        graph: Graph,
        topics: Sequence[Sequence[Topic]],
        bounds: Sequence[Bounds],
    ) -> list[Reasoning | str]:
        """Return what the second model finds for these questions; a warning for one at which it fails."""
        if not left:
            return []
        asked = [questions[i] for i in left], graph, [topics[i] for i in left], [bounds[i] for i in left]
        try:
            return list(reason_batch(self.second, *asked))
        except Cancelled:
            raise
        except OutOfTime:
            return [LATE for _ in left]
        except Exception:  # a model may fail in any way; the first one's result is there
            if len(left) > 1:
                return [one for i in left for one in self._second([i], questions, graph, topics, bounds)]
            LOG.exception("%s failed", self.second.name)
            return [FAILED]
