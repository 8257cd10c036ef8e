"""Example questions for a graph: packaged ones for the demo graph, generated ones for others."""

from __future__ import annotations

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_EXAMPLE_EDGES, MAX_EXAMPLE_QUESTIONS

PREPOSITIONS = {"at", "by", "for", "from", "in", "of", "on", "to", "with"}


def examples(graph: Graph) -> list[str]:
    """Return a few questions that the graph can answer; always the same for the same graph."""
    from clew.api.service.demo import DEMO_GRAPH, demo_examples

    if graph.name == DEMO_GRAPH:
        return demo_examples()
    return _made(graph)


def _made(graph: Graph) -> list[str]:
    """Return one plain question for each of the most frequent relations, about an entity with few answers to it."""
    if not graph.num_edges:
        return []
    seen = graph.out.relation[:MAX_EXAMPLE_EDGES]
    frequency = np.bincount(seen, minlength=graph.num_relations)
    questions = []
    for relation in np.argsort(-frequency, kind="stable").tolist():
        if relation == graph.type_relation or relation in graph.plumbing or not frequency[relation]:
            continue
        edges = np.flatnonzero(seen == relation)
        head, _, tail = graph.edge_triple(int(edges[len(edges) // 2]))
        if len(graph.nameless_of(np.array([head, tail], np.int32))):
            continue
        questions.append(_phrased(graph.relation_label(relation), graph.label(head)))
        if len(questions) == MAX_EXAMPLE_QUESTIONS:
            break
    return questions


def _phrased(relation: str, head: str) -> str:
    """Return a question for a relation's tail: "directed by" reads otherwise than "director"."""
    if relation.split()[-1] in PREPOSITIONS:
        return f"What is {head} {relation}?"
    return f"What is the {relation} of {head}?"
