"""Example questions for a graph: packaged ones for the demo graph, generated ones for others."""

from __future__ import annotations

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_EXAMPLE_EDGES, MAX_EXAMPLE_QUESTIONS

PREPOSITIONS = {"at", "by", "for", "from", "in", "into", "of", "on", "through", "to", "with"}


def examples(graph: Graph) -> list[str]:
    """Return a few questions that the graph can answer; always the same for the same graph."""
    from clew.api.service.demo import DEMO_EXAMPLES, DEMO_GRAPH

    if graph.name == DEMO_GRAPH:
        return list(DEMO_EXAMPLES)
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
    """Return a question for a relation's tail. Verbs ("flows into"), participles ("directed by") and nouns ("director",
    "starred actors", "has tags") read differently."""
    first, *rest = relation.split()
    last = (rest or [first])[-1]
    if first == "has" and rest:
        relation = " ".join(rest)
    elif last in PREPOSITIONS and _is_verb(first):
        return f"What does {head} {_base(first)} {' '.join(rest)}?"
    elif last in PREPOSITIONS:
        return f"What is {head} {relation}?"
    return f"What are the {relation} of {head}?" if _is_plural(last) else f"What is the {relation} of {head}?"


def _is_verb(word: str) -> bool:
    return word.endswith("s") and word != "is" and not word.endswith("ss")


def _is_plural(word: str) -> bool:
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "series", "species"))


def _base(verb: str) -> str:
    """Return the base form of a verb in the third person."""
    if verb.endswith("ies") and len(verb) > 4:
        return verb[:-3] + "y"
    return verb[:-2] if verb.endswith(("sses", "shes", "ches", "xes", "oes")) else verb[:-1]
