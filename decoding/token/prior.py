"""A shaper that applies a retrieval prior over relations to every choice between relations.

A log-linear pool (Genest and Zidek 1986, eq. 3.7; a product of experts, Hinton 2002, eq. 1): the probability of a
continuation is multiplied by the prior of what it leads to, to the power ``weight``. The prior of a relation is
exp(score) over that of all relations allowed there; where labels are spelled token by token, a token has the prior of
the relations that it may still be spelling, so a whole label gets its relation's prior whatever its length. Ending the
path gets the mean of what is allowed beside it: the prior says nothing on when to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Float32
from clew.decoding.reasoner import STOP, Topic
from clew.decoding.search.shaper import Float64, Rows, Shaper
from clew.decoding.token.layout import Behind, Opened
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph

Span = tuple[int, int]


class RelationPrior(Protocol):
    """Scores a graph's relations for a question (``clew.retrieval.vectors.path_prior.PathPrior`` does)."""

    def relation_scores(self, question: str, mentions: Sequence[Span] = ()) -> Float32:
        """Return the cosine of the question and each directed relation's label, float32 ``[2R]``."""


@dataclass(frozen=True)
class PriorShaper:
    """``scores``: nats per directed relation, ``[2R]``. ``behind`` says what a token of a state may stand for."""

    scores: NDArray[np.floating[Any]]
    behind: Behind
    weight: float = 1.0

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return the logits plus ``weight`` times the log prior of each token."""
        prior = np.empty(len(rows.tokens))
        for i in range(len(rows)):
            span = slice(int(rows.row_ptr[i]), int(rows.row_ptr[i + 1]))
            state = rows.states.take(np.array([i], np.int64))
            prior[span] = self._log_prior([self.behind(state, int(token)) for token in rows.tokens[span]])
        return logits + self.weight * prior

    def _log_prior(self, options: list[list[int]]) -> Float64:
        """Return the log prior of each option of a row, given the relations behind it."""
        weights = np.array([_log_sum(self.scores[some]) if some != [STOP] else np.nan for some in options])
        count = sum(len(some) for some in options if some != [STOP])
        mean = float(np.logaddexp.reduce(weights[~np.isnan(weights)])) - np.log(count) if count else 0.0
        weights = np.where(np.isnan(weights), mean, weights)
        return np.asarray(weights - np.logaddexp.reduce(weights), np.float64)


@dataclass(frozen=True)
class PriorShaping:
    """Makes the shaper of each question. ``prior(graph)`` scores relations by cosine; ``scale`` turns a cosine into
    nats (10: a difference of 0.1 makes a relation e times as likely)."""

    prior: Callable[[Graph], RelationPrior]
    weight: float = 1.0
    scale: float = 10.0

    @property
    def name(self) -> str:
        """What tells this shaping from others."""
        return f"prior {self.weight:g}"

    def prepare(self, graph: Graph, spell: object) -> None:
        """Load the prior."""
        self.prior(graph)

    def open(
        self, question: str, graph: Graph, topics: Sequence[Topic], opened: Opened, context: TokenTree
    ) -> Shaper | None:
        """Return the shaper of one question.

        Raises:
            BadInput: a layout that spells more than relations.
        """
        if opened.behind is None:
            raise BadInput("a prior over relations needs the layout 'relations'")
        spans = [topic.span for topic in topics if topic.span is not None]
        scores = self.prior(graph).relation_scores(question, spans)
        return PriorShaper(self.scale * scores.astype(np.float64), opened.behind, self.weight)


def _log_sum(scores: Any) -> float:
    return float(np.logaddexp.reduce(np.asarray(scores, np.float64)))
