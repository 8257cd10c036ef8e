"""The laws of the Reasoner port, checked on questions about one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from clew.decoding.cancellation import Cancellation
from clew.decoding.reasoner import Bounds, Reasoner, Reasoning, Topic, reason_batch
from clew.kg.errors import BadInput, Cancelled
from clew.kg.graph.graph import Graph
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.filters.path_filter import PathFilter

TOLERANCE = 1e-4
"""Between probabilities of a batch and of each question alone."""


def check_reasoner(
    reasoner: Reasoner,
    graph: Graph,
    questions: Sequence[str],
    topics: Sequence[Sequence[Topic]],
    bounds: Bounds,
    tolerance: float = TOLERANCE,
) -> None:
    """Check every law on these questions, each with its topics (at least one has a path within the bounds)."""
    reasoner.prepare(graph)
    reasoner.prepare(graph)
    assert reasoner.name
    found = [reasoner.reason(question, graph, some, bounds) for question, some in zip(questions, topics, strict=True)]
    assert any(reasoning.paths for reasoning in found)
    for question, some, reasoning in zip(questions, topics, found, strict=True):
        paths_are_walks(reasoning, graph, some, bounds)
        numbers_are_sound(reasoning)
        same_question_same_result(reasoner, graph, question, some, bounds)
        forbidden_relations_are_not_walked(reasoner, graph, question, some, bounds)
        conditions_are_kept_or_refused(reasoner, graph, question, some, bounds)
        if reasoning.paths:
            withdrawn_is_not_whole(reasoner, graph, question, some, bounds)
        without_topics_there_are_no_paths(reasoner, graph, question, bounds)
    batch_is_single(reasoner, graph, questions, topics, bounds, tolerance)


def paths_are_walks(reasoning: Reasoning, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> None:
    """Every path starts at a topic, can be walked in what the bounds leave of the graph, and keeps to hops and
    forbidden relations; no path is there twice."""
    within = bounds.walked(graph)
    assert len(reasoning.paths) <= bounds.paths
    assert len({(path.topic.node, path.relations) for path in reasoning.paths}) == len(reasoning.paths)
    for path in reasoning.paths:
        assert path.topic.node in {topic.node for topic in topics}
        assert bounds.min_hops <= len(path.relations) <= bounds.max_hops
        assert not bounds.forbidden & set(path.relations)
        reached = np.array([path.topic.node], np.int32)
        for relation in path.relations:
            reached = within.expand(reached, relation)
        assert len(reached), f"{path.relations} leads nowhere from {graph.label(path.topic.node)!r}"


def numbers_are_sound(reasoning: Reasoning) -> None:
    """Paths are best first; their probabilities are shares; confidence and selection lie in [0, 1]; an exact ranking
    has no gap."""
    probabilities = [path.probability for path in reasoning.paths]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(0 <= share <= 1 for share in probabilities)
    assert sum(probabilities) <= 1 + TOLERANCE
    assert all(isfinite(path.log_prob) for path in reasoning.paths)
    assert 0 <= reasoning.confidence <= 1
    assert reasoning.selection is None or 0 <= reasoning.selection <= 1
    assert reasoning.gap >= 0
    assert not reasoning.exact or (reasoning.gap == 0 and not reasoning.partial)


def same_question_same_result(
    reasoner: Reasoner, graph: Graph, question: str, topics: Sequence[Topic], bounds: Bounds
) -> None:
    """The same question is answered by the same paths with the same probabilities."""
    once, again = (reasoner.reason(question, graph, topics, bounds) for _ in range(2))
    _same(once, again, TOLERANCE)


def batch_is_single(
    reasoner: Reasoner,
    graph: Graph,
    questions: Sequence[str],
    topics: Sequence[Sequence[Topic]],
    bounds: Bounds,
    tolerance: float = TOLERANCE,
) -> None:
    """A batch gives what each question gives alone."""
    together = reason_batch(reasoner, questions, graph, topics, [bounds] * len(questions))
    assert len(together) == len(questions)
    for question, some, reasoning in zip(questions, topics, together, strict=True):
        _same(reasoning, reasoner.reason(question, graph, some, bounds), tolerance)


def forbidden_relations_are_not_walked(
    reasoner: Reasoner, graph: Graph, question: str, topics: Sequence[Topic], bounds: Bounds
) -> None:
    """Without the relations of the best path, no path takes one of them."""
    best = reasoner.reason(question, graph, topics, bounds).paths[:1]
    if best:
        tighter = replace(bounds, forbidden=bounds.forbidden | set(best[0].relations))
        paths_are_walks(reasoner.reason(question, graph, topics, tighter), graph, topics, tighter)


def conditions_are_kept_or_refused(
    reasoner: Reasoner, graph: Graph, question: str, topics: Sequence[Topic], bounds: Bounds
) -> None:
    """Under a condition on relations, on the nodes at a position, or on the answers, every path can be walked in what
    is left of the graph, or the condition is refused."""
    size = 2 * graph.num_relations
    nodes = np.arange(0, graph.num_nodes, 2, dtype=np.int32)
    filters = (
        PathFilter(relations=list(range(1, size))),
        PathFilter(nodes_at={1: nodes}),
        PathFilter(ends=nodes),
    )
    for demands in filters:
        within = replace(bounds, within=Walkable(graph, demands))
        try:
            reasoning = reasoner.reason(question, graph, topics, within)
        except BadInput:
            continue
        paths_are_walks(reasoning, graph, topics, within)


def withdrawn_is_not_whole(
    reasoner: Reasoner, graph: Graph, question: str, topics: Sequence[Topic], bounds: Bounds
) -> None:
    """A question that has paths, withdrawn before it is reasoned about, ends ``partial`` or raises ``Cancelled``."""
    cancellation = Cancellation()
    cancellation.cancel()
    try:
        reasoning = reasoner.reason(question, graph, topics, replace(bounds, cancellation=cancellation))
    except Cancelled:
        return
    assert reasoning.partial
    assert not reasoning.exact


def without_topics_there_are_no_paths(reasoner: Reasoner, graph: Graph, question: str, bounds: Bounds) -> None:
    """A question without a topic has no path and no confidence."""
    reasoning = reasoner.reason(question, graph, [], bounds)
    assert reasoning.paths == ()
    assert reasoning.confidence == 0


def _same(one: Reasoning, other: Reasoning, tolerance: float) -> None:
    """Compare rankings: paths of equal probability may change places."""
    shares, others = ({(path.topic.node, path.relations): path.probability for path in r.paths} for r in (one, other))
    for path in shares.keys() | others.keys():
        least = min(min(shares.values(), default=0.0), min(others.values(), default=0.0))
        assert abs(shares.get(path, least) - others.get(path, least)) <= tolerance, path
    assert abs(one.confidence - other.confidence) <= tolerance
    assert (one.exact, one.partial) == (other.exact, other.partial)
