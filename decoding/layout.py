"""Layouts: what a causal LM is made to spell, and how that is read back as relation paths.

``RelationLayout`` spells relations only: short, and every instance of a relation path is one hypothesis.
``EntityLayout`` is that of GCR (Luo et al. 2024, arXiv 2410.13080, figures 9 and 10): entities and relations in turn,
between the markers and after the prompt that its published checkpoints were trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from decoding.reasoner import STOP, Bounds, Step
from decoding.search import Hypothesis
from decoding.spelled_steps import spelled_steps
from kg.graph import Graph
from tries.graph_automaton import GraphAutomaton
from tries.path_filter import PathFilter
from tries.relation_automaton import RelationAutomaton
from tries.relation_spelling import RelationSpelling
from tries.spelled_relations import SpelledRelations
from tries.spelling import Spelling
from tries.token_index import TokenIndex

Reading = tuple[tuple[int, ...], tuple[Step, ...]]
"""Relations in ``[0, 2R)`` and the decisions that led to them."""


class Opened(Protocol):
    """A layout opened for one question."""

    @property
    def constraint(self) -> Any:
        """The ``Constraint`` to search."""

    @property
    def truncated(self) -> bool:
        """Whether paths may be missing because a bound was hit."""

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        """Return the distinct relation paths that a hypothesis spells."""


class Layout(Protocol):
    """How paths are spelled."""

    @property
    def template(self) -> str:
        """The prompt template that goes with it."""

    def prepare(self, graph: Graph, tokenizer: Any) -> Any:
        """Return what is needed per graph version and tokenizer."""

    def spelling(self, prepared: Any) -> Spelling:
        """Return how labels are escaped and parts separated."""

    def open(self, graph: Graph, prepared: Any, end_token: int, bounds: Bounds) -> Opened:
        """Open the layout for one question."""


@dataclass(frozen=True)
class RelationLayout:
    """``topic -> relation -> relation <end>``."""

    template: str = "relation-path.v1"

    def prepare(self, graph: Graph, tokenizer: Any) -> RelationSpelling:
        """Spell the relations."""
        return RelationSpelling.of(graph, tokenizer)

    def spelling(self, prepared: RelationSpelling) -> Spelling:
        """Return how labels are escaped and parts separated."""
        return prepared.spelling

    def open(self, graph: Graph, prepared: RelationSpelling, end_token: int, bounds: Bounds) -> _OpenedRelations:
        """Make the constraint of one question."""
        automaton = RelationAutomaton(graph, bounds.max_hops, forbidden=bounds.forbidden)
        return _OpenedRelations(automaton, SpelledRelations(automaton, prepared, end_token))


@dataclass(frozen=True)
class _OpenedRelations:
    automaton: RelationAutomaton
    constraint: SpelledRelations

    @property
    def truncated(self) -> bool:
        return self.automaton.truncated

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        (paths,) = self.constraint.paths(hypothesis.states)
        return [(p.relations, spelled_steps(self.constraint, hypothesis, p.relations, topic)) for p in paths]


@dataclass(frozen=True)
class EntityLayout:
    """``topic -> relation -> entity -> .. <end>``. A relation's inverse edges are walked where ``inverse``."""

    template: str = "gcr-path.v1"
    inverse: bool = True

    def prepare(self, graph: Graph, tokenizer: Any) -> TokenIndex:
        """Build the token index: every label is tokenised once."""
        return TokenIndex.build(graph, tokenizer, inverse=self.inverse)

    def spelling(self, prepared: TokenIndex) -> Spelling:
        """Return how labels are escaped and parts separated."""
        return prepared.spelling

    def open(self, graph: Graph, prepared: TokenIndex, end_token: int, bounds: Bounds) -> _OpenedEntities:
        """Make the constraint of one question."""
        demands = PathFilter(forbidden=bounds.forbidden) if bounds.forbidden else None
        return _OpenedEntities(GraphAutomaton(prepared, end_token, bounds.max_hops, simple=True, demands=demands))


@dataclass(frozen=True)
class _OpenedEntities:
    constraint: GraphAutomaton
    truncated: bool = False

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        (paths,) = self.constraint.paths(hypothesis.states)
        by_relations = {path.relations: path.nodes for path in paths}
        return [(r, self._steps(hypothesis, r, nodes)) for r, nodes in sorted(by_relations.items())]

    def _steps(
        self, hypothesis: Hypothesis[Any], relations: tuple[int, ...], nodes: tuple[int, ...]
    ) -> tuple[Step, ...]:
        """Return one step per hop (the relation's tokens and its target's) and one for the end. Which relations the
        alternatives would have led to is not worked out: most of them are other targets of the same relation."""
        index = self.constraint.index
        sizes = [
            len(index.relation_tokens(r)) + len(index.node_tokens(node))
            for r, node in zip(relations, nodes[1:], strict=True)
        ]
        ends = np.cumsum([0, *sizes, 1]).tolist()
        parts = zip((*relations, STOP), ends, ends[1:], strict=False)
        return tuple(Step(r, float(sum(hypothesis.token_log_probs[a:b]))) for r, a, b in parts)
