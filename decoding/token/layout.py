"""Layouts: the text format of paths for a causal LM, and how it is read back as relation paths.

``RelationLayout`` spells relations only: short, and every instance of a relation path is one hypothesis.
``EntityLayout`` is that of GCR (Luo et al. 2024, arXiv 2410.13080, figures 9 and 10): entities and relations in turn,
between the markers and after the prompt that its published checkpoints were trained on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, Self, TypeVar

from clew.decoding.reasoner import STOP, Bounds, Step
from clew.decoding.search.port import Hypothesis
from clew.decoding.token.steps import spelled_steps
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Constraint
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.path_filter import PathFilter
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from clew.tries.tokens.spelling import SEPARATORS, Spelling
from clew.tries.tokens.token_index import TokenIndex
from clew.tries.warmup import rehearse_entity_paths, rehearse_relation_paths

Reading = tuple[tuple[int, ...], tuple[Step, ...]]
"""Relations in ``[0, 2R)`` and the decisions that led to them."""
Behind = Callable[[Any, int], list[int]]
"""What row 0 of some states may be spelling if it takes a token: directed relations; ``[STOP]`` for the end token."""
P = TypeVar("P")


class Indexed(Protocol):
    """Where token indices come from: ``TokenIndex.build``, or some store of them."""

    def __call__(self, graph: Graph, tokenizer: Any, *, inverse: bool = True) -> TokenIndex:
        """Return the index of a graph under a tokenizer."""


class Opened(Protocol):
    """A layout opened for one question."""

    @property
    def constraint(self) -> Constraint[Any]:
        """What to search."""

    @property
    def behind(self) -> Behind | None:
        """What a token may stand for; None where a path holds more than relations."""

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        """Return the distinct relation paths that a hypothesis spells."""


class Layout(Protocol[P]):
    """How paths are spelled. ``P``: what is prepared per graph version and tokenizer."""

    @property
    def template(self) -> str:
        """The prompt template that goes with it."""

    def fields(self, question: str, topics: Sequence[str]) -> dict[str, str]:
        """Return what the template's fields ``question`` and ``topics`` are filled with."""

    def prepare(self, graph: Graph, tokenizer: Any) -> P:
        """Return what is needed per graph version and tokenizer."""

    def spelling(self, prepared: P) -> Spelling:
        """Return how labels are escaped and parts separated."""

    def warnings(self, prepared: P) -> tuple[str, ...]:
        """Return in what the spelling differs from what models of this layout were trained on."""

    def spell(self, prepared: P, relations: Sequence[int]) -> list[int]:
        """Return the tokens of a relation path, its end token left out.

        Raises:
            BadInput: the layout spells more of a path than its relations.
        """

    def open(self, graph: Graph, prepared: P, end_token: int, bounds: Bounds) -> Opened:
        """Open the layout for one question."""


@dataclass(frozen=True, slots=True)
class Prepared(Generic[P]):
    """A layout with what it prepared for one graph and tokenizer: the methods of ``Layout``, without that argument."""

    layout: Layout[P]
    of_graph: P

    @classmethod
    def make(cls, layout: Layout[P], graph: Graph, tokenizer: Any) -> Self:
        """Prepare a layout for a graph."""
        return cls(layout, layout.prepare(graph, tokenizer))

    @property
    def spelling(self) -> Spelling:
        """How labels are escaped and parts separated."""
        return self.layout.spelling(self.of_graph)

    @property
    def warnings(self) -> tuple[str, ...]:
        """In what the spelling differs from what models of this layout were trained on."""
        return self.layout.warnings(self.of_graph)

    def spell(self, relations: Sequence[int]) -> list[int]:
        """Return the tokens of a relation path; see ``Layout.spell``."""
        return self.layout.spell(self.of_graph, relations)

    def open(self, graph: Graph, end_token: int, bounds: Bounds) -> Opened:
        """Open the layout for one question."""
        return self.layout.open(graph, self.of_graph, end_token, bounds)


@dataclass(frozen=True)
class RelationLayout:
    """``topic -> relation -> relation <end>``."""

    template: str = "relation-path.v1"

    def fields(self, question: str, topics: Sequence[str]) -> dict[str, str]:
        """Return both as they are."""
        return {"question": question, "topics": ", ".join(topics)}

    def spell(self, prepared: RelationSpelling, relations: Sequence[int]) -> list[int]:
        """Return the tokens of a relation path, its end token left out."""
        return [token for relation in relations for token in prepared.tokens[relation]]

    def prepare(self, graph: Graph, tokenizer: Any) -> RelationSpelling:
        """Spell the relations."""
        rehearse_relation_paths()
        return RelationSpelling.of(graph, tokenizer)

    def spelling(self, prepared: RelationSpelling) -> Spelling:
        """Return how labels are escaped and parts separated."""
        return prepared.spelling

    def warnings(self, prepared: RelationSpelling) -> tuple[str, ...]:
        """Return nothing: no published checkpoint writes this layout."""
        return ()

    def open(self, graph: Graph, prepared: RelationSpelling, end_token: int, bounds: Bounds) -> _OpenedRelations:
        """Make the constraint of one question."""
        automaton = RelationAutomaton(
            bounds.walked(graph), bounds.max_hops, bounds.min_hops, bounds.forbidden, bounds.revisit
        )
        return _OpenedRelations(SpelledRelations(automaton, prepared, end_token))


@dataclass(frozen=True)
class _OpenedRelations:
    constraint: SpelledRelations

    @property
    def behind(self) -> Behind:
        return self.constraint.behind

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        (paths,) = self.constraint.paths(hypothesis.states)
        return [(p.relations, spelled_steps(self.constraint, hypothesis, p.relations, topic)) for p in paths]


@dataclass(frozen=True)
class EntityLayout:
    """``topic -> relation -> entity -> .. <end>``. A relation's inverse edges are walked where ``inverse``: the
    published checkpoints of GCR were trained on edges in their stored direction only (``inverse=False``)."""

    template: str = "gcr-path.v2"
    inverse: bool = True
    index: Indexed = TokenIndex.build

    def fields(self, question: str, topics: Sequence[str]) -> dict[str, str]:
        """Return the question with a question mark and the topics with bare commas, as GCR's released code does."""
        asked = question if question.endswith("?") else f"{question}?"
        return {"question": asked, "topics": ",".join(topics)}

    def prepare(self, graph: Graph, tokenizer: Any) -> TokenIndex:
        """Return the token index; to build one, every label is tokenised once."""
        rehearse_entity_paths()
        return self.index(graph, tokenizer, inverse=self.inverse)

    def spelling(self, prepared: TokenIndex) -> Spelling:
        """Return how labels are escaped and parts separated."""
        return prepared.spelling

    def warnings(self, prepared: TokenIndex) -> tuple[str, ...]:
        """Warn if the tokenizer forces a different separator than the model was trained with."""
        trained, used = SEPARATORS[0], prepared.spelling.separator
        if used == trained:
            return ()
        text = f"the tokenizer does not support {trained!r}, the separator that GCR checkpoints were trained with"
        return (f"{text}; {used!r} is used, so the probabilities of such a checkpoint are less reliable",)

    def spell(self, prepared: TokenIndex, relations: Sequence[int]) -> list[int]:
        """Raise BadInput: which entities stand between the relations is not said."""
        raise BadInput("example questions need the layout 'relations'")

    def open(self, graph: Graph, prepared: TokenIndex, end_token: int, bounds: Bounds) -> _OpenedEntities:
        """Make the constraint of one question."""
        demands = demands_of(bounds)
        automaton = GraphAutomaton(prepared, end_token, bounds.max_hops, bounds.min_hops, simple=True, demands=demands)
        return _OpenedEntities(automaton, graph, self.inverse)


def demands_of(bounds: Bounds) -> PathFilter | None:
    """Return what the bounds ask of entity paths; None where that is nothing."""
    if bounds.within is None:
        return PathFilter(forbidden=bounds.forbidden) if bounds.forbidden else None
    demands = bounds.within.demands
    return replace(demands, forbidden=[*demands.forbidden, *bounds.forbidden])


@dataclass(frozen=True)
class _OpenedEntities:
    constraint: GraphAutomaton
    graph: Graph
    inverse: bool
    behind: Behind | None = None

    def read(self, hypothesis: Hypothesis[Any], topic: int) -> list[Reading]:
        (paths,) = self.constraint.paths(hypothesis.states)
        by_relations = {path.relations: path.nodes for path in paths}
        return [(r, self._steps(hypothesis, r, nodes)) for r, nodes in sorted(by_relations.items())]

    def _steps(
        self, hypothesis: Hypothesis[Any], relations: tuple[int, ...], nodes: tuple[int, ...]
    ) -> tuple[Step, ...]:
        """Return one step per hop (its relation's tokens, with what else could have been spelled in their place, and
        its target's) and one for the end. Other targets of the same relation are no other relation: left out."""
        steps, at = [], 0
        for i, relation in enumerate((*relations, STOP)):
            tokens = [self.constraint.end_token] if relation == STOP else self._tokens(relation)
            others = self._others(hypothesis, at, tokens, nodes[i])
            size = len(tokens) + (0 if relation == STOP else len(self.constraint.index.node_tokens(nodes[i + 1])))
            steps.append(Step(relation, float(sum(hypothesis.token_log_probs[at : at + size])), others))
            at += size
        return tuple(steps)

    def _others(
        self, hypothesis: Hypothesis[Any], at: int, tokens: list[int], node: int
    ) -> tuple[tuple[int, float], ...]:
        """Return the relations not taken from a node, spelled from token ``at`` on. A token not taken may stand for
        several: none of them was explored, so its probability is split evenly among them."""
        count = self.graph.num_relations
        here = [r for r in self.graph.relations_of(node).tolist() if self.inverse or r < count]
        spelled = {r: self._tokens(r) for r in here}
        found, total = [], 0.0
        for j in range(len(tokens)):
            for token, log_prob in hypothesis.alternatives[at + j]:
                prefix = [*tokens[:j], token]
                behind = [r for r in here if spelled[r][: j + 1] == prefix]
                behind = [STOP] if token == self.constraint.end_token else behind
                found += [(r, total + log_prob - math.log(len(behind))) for r in behind]
            total += hypothesis.token_log_probs[at + j]
        found.sort(key=lambda o: (-o[1], o[0]))
        return tuple(found[: limits.MAX_ALTERNATIVES])

    def _tokens(self, relation: int) -> list[int]:
        tokens: list[int] = self.constraint.index.relation_tokens(relation).tolist()
        return tokens
