"""Makes unanswerable questions by deleting their answers from the graph.

A question with a gold chain becomes unanswerable if the relation of the last hop is deleted. All edges of this relation
and of equivalent relations (see ``twins``) are deleted, not only those of the answer, so that the schema of the graph
no longer contains the relation. One graph serves all questions of a relation.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.questions.question import Question
from clew.kg.errors import BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph

SAME = 0.5
"""Share of a relation's pairs that another must join (either way round) to say the same: a chain through it would
still answer the question."""


def choose(questions: Sequence[Question], ceiling: Ceiling, count: int, seed: int) -> dict[int, list[Question]]:
    """Draw questions that have an answer, a topic and a gold chain, grouped by the (stored) relation of its last hop.

    Not those with a value or a table: how many there are has an answer in any graph. Raises ``BadInput`` where the set
    has none of them, or where ``count`` is not positive.
    """
    if count < 1:
        raise BadInput("--unanswerable must be at least 1")
    able = [q for q in questions if q.answerable and q.chain and q.topics and q.value is None and not q.rows]
    if not able:
        raise BadInput("--unanswerable needs questions with gold relation chains and topics")
    drawn = random.Random(f"{seed}:unanswerable").sample(able, min(count, len(able)))
    groups: dict[int, list[Question]] = {}
    for question in sorted(drawn, key=lambda q: q.number):
        assert question.chain is not None
        last = ceiling.directed(question.chain[-1], question)
        groups.setdefault(last % ceiling.graph.num_relations, []).append(question)
    return groups


def unanswerable(questions: Sequence[Question], graph: Graph) -> list[Question]:
    """Return the questions as a graph without their answers has them: those whose topics it still holds.

    A topic that only the deleted edges named is not in the graph any more; declining is no feat then.
    """
    ceiling = Ceiling(graph)
    return [
        replace(q, answers=(), accept=(), answerable=False, deleted=True)
        for q in questions
        if all(ceiling.nodes(t) for t in q.topics)
    ]


def twins(graph: Graph, relation: int) -> frozenset[int]:
    """Return the (stored) relations, this one included, that join at least ``SAME`` of its pairs, either way round."""
    heads = np.repeat(np.arange(graph.num_nodes, dtype=np.int64), np.diff(graph.out.ptr))
    tails = np.asarray(graph.out.node).astype(np.int64)
    relations = np.asarray(graph.out.relation)
    codes = np.minimum(heads, tails) * graph.num_nodes + np.maximum(heads, tails)
    wanted = np.unique(codes[relations == relation])
    inside = np.isin(codes, wanted)
    joined = np.unique(np.stack([relations[inside].astype(np.int64), codes[inside]]), axis=1)
    counts = np.bincount(joined[0], minlength=graph.num_relations)
    return frozenset(np.flatnonzero(counts >= max(1.0, SAME * len(wanted))).tolist()) | {relation}


def without(graph: Graph, relations: Collection[int]) -> Graph:
    """Return a copy of a graph that does not have these (stored) relations. Sources and edge attributes are left out.

    Time: that of building the graph anew, some ten seconds per million edges.
    """
    builder = GraphBuilder(languages=graph.languages)
    heads = np.repeat(np.arange(graph.num_nodes), np.diff(graph.out.ptr)).tolist()
    tails, names = np.asarray(graph.out.node).tolist(), [graph.relation_key(r) for r in range(graph.num_relations)]
    for head, relation, tail in zip(heads, np.asarray(graph.out.relation).tolist(), tails, strict=True):
        if relation not in relations:
            end = graph.literal(tail) if graph.is_literal(tail) else graph.key(tail)
            builder.edge(graph.key(head), names[relation], end)
    for node, label in graph.iter_labels():
        builder.label(graph.key(node), label.text, label.language, label.kind)
    for relation in set(range(graph.num_relations)).difference(relations):
        for label in graph.relation_labels(relation):
            builder.label(names[relation], label.text, label.language, label.kind)
    return builder.build(graph.name)
