"""The Reasoner over an OpenAI-compatible engine, which chooses from a list of the topics' relation paths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from time import monotonic
from typing import Self

import numpy as np

from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.decoding.remote.engine import RemoteEngine
from clew.decoding.text.prompt import Template
from clew.decoding.text.text_writer import Evidence, Written
from clew.kg import limits
from clew.kg.errors import LimitReached
from clew.kg.graph.graph import Graph
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.tokens.spelling import SEPARATORS, Spelling
from clew.tries.warmup import rehearse_relation_paths


class RemoteReasoner(Reasoner):
    """Ranks relation paths by how often the engine chooses them in ``draws`` draws (1: its greedy choice alone).

    For small sets of paths: all of them travel with the request. The ranking is an estimate: never ``exact``.
    """

    def __init__(
        self,
        engine: RemoteEngine,
        draws: int = limits.REMOTE_DRAWS,
        template: str = "relation-choice.v1",
        most: int = limits.MAX_REMOTE_CHOICES,
        evidence: Evidence = Evidence.TRIPLES,
    ) -> None:
        self.name = f"remote:{engine.model}"
        self._engine, self._draws, self._most, self.evidence = engine, draws, most, evidence
        self._template = Template.load(template)

    @property
    def fingerprint(self) -> str:
        """What a ranking depends on beside the model's name."""
        return f"{self._template.name} draws {self._draws} of {self._most}"

    def prepare(self, graph: Graph) -> None:
        """Make ready what walks a graph; nothing is needed of each."""
        rehearse_relation_paths()

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        """Rank relation paths from the topics.

        Raises:
            LimitReached: more paths than may be listed; ask for fewer hops, or use a local model.
            ModelUnavailable, ConstraintViolation: see ``RemoteEngine``; no answer before the deadline is the former.
            Cancelled: the question was withdrawn.
        """
        paths: dict[str, list[tuple[Topic, tuple[int, ...]]]] = {}
        truncated = False
        for topic in list(topics)[: limits.MAX_TOPICS]:
            automaton = RelationAutomaton(
                bounds.walked(graph), bounds.max_hops, bounds.min_hops, bounds.forbidden, bounds.revisit
            )
            for relations in _relation_paths(automaton, topic.node, self._most):
                paths.setdefault(_text(graph, topic, relations), []).append((topic, relations))
            truncated |= automaton.truncated
        if not paths:
            return Reasoning((), 0.0, exact=not truncated, partial=truncated)
        if len(paths) > self._most:
            raise LimitReached(_too_many(self._most))
        prompt = self._template.fill(question=question)
        chosen = self._engine.choose(
            prompt, sorted(paths), self._draws, seconds=_seconds(bounds), cancellation=bounds.cancellation
        )
        ranked = [
            RankedPath(topic, relations, math.log(share), share)
            for text, count in chosen
            for topic, relations in paths[text]
            for share in [count / self._draws / len(paths[text])]
        ]
        ranked = ranked[: bounds.paths]
        cost = {"requests": 1.0, "draws": float(self._draws), "choices": float(len(paths))}
        return Reasoning(tuple(ranked), ranked[0].probability, False, math.inf, truncated, cost)

    def shown(self, evidence: Evidence) -> Self:
        """Return the same reasoner, shown its triples in this form; see ``TextWriter``."""
        other = copy(self)
        other.evidence = evidence
        return other

    def write_text(
        self, template: Template, fields: Mapping[str, str], sources: Sequence[str], bounds: Bounds
    ) -> Written:
        """Have the engine write; see ``TextWriter``. What it drafts from is its own affair."""
        text = self._engine.write(
            template.fill(**fields),
            limits.MAX_EXPLANATION_TOKENS,
            seconds=_seconds(bounds),
            cancellation=bounds.cancellation,
        )
        return Written(text, finished=True, partial=False, cost={"requests": 1.0})


def _seconds(bounds: Bounds) -> float | None:
    return None if bounds.deadline is None else max(0.001, bounds.deadline - monotonic())


def _relation_paths(automaton: RelationAutomaton, topic: int, most: int) -> list[tuple[int, ...]]:
    """Return every relation path from a node, shortest first."""
    states, found = automaton.start([topic]), []
    while len(states):
        allowed = automaton.allowed(states)
        rows = allowed.rows()
        states = automaton.advance(states.take(rows), allowed.token_ids)
        complete = automaton.is_complete(states)
        found += [path.relations for paths in automaton.paths(states) for path in paths]
        states = states.take(np.flatnonzero(~complete))
        if len(found) + len(states) > most:
            raise LimitReached(_too_many(most))
    return found


def _too_many(most: int) -> str:
    return f"more than {most} relation paths to choose from: ask for fewer hops, or use a local model"


def _text(graph: Graph, topic: Topic, relations: tuple[int, ...]) -> str:
    spelling = Spelling(SEPARATORS[0], " ")
    labels = [graph.relation_label(r) for r in relations]
    parts = "".join(spelling.part(spelling.escape(label)) for label in labels)
    return spelling.escape(graph.label(topic.node)) + parts
