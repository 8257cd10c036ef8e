"""Entities that share a name: the class that a question gives decides between them, or nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clew.decoding.reading.direction import same_word
from clew.decoding.reasoner import RankedPath
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import looking
from clew.retrieval.linking.types import Candidate, Linking, Mention
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import Word, fold_words, folded_words
from clew.tries.labels.folding import fold

ALIKE = 0.95
"""Share of the best candidate's score from which another one is a rival, as in ``Mention.ambiguous``."""
AROUND = 3
"""Words before and after a name in which its class is looked for: "the novel Emma", "Phoenix the constellation"."""


def by_class(graph: Graph, linking: Linking) -> Linking:
    """Return the linking with those candidates only whose class the question names beside the mention, where there are
    such and others."""
    words = folded_words(linking.question)
    mentions = tuple(_by_class(graph, words, mention) for mention in looking(linking.mentions))
    return replace(linking, mentions=mentions)


def rivals(
    graph: Graph,
    best: RankedPath,
    ranked: Sequence[RankedPath],
    mentions: Sequence[Mention],
    named: frozenset[int] = frozenset(),
) -> list[int]:
    """Return the other entities with the name of the best path's topic that lead elsewhere by what was asked.

    ``best``: the path that gives the answers; ``ranked``: all that were found; ``named``: the relations of ``best``
    that the question names. Such an entity starts the same path, or a path that ends with the same relation and has
    all those that are named.
    """
    topic, last = best.topic.node, best.relations[-1]
    own = _ends(graph, topic, best.relations)
    found: list[int] = []
    for node in _namesakes(graph, topic, mentions):
        asked = {
            path.relations
            for path in ranked
            if path.topic.node == node and path.relations[-1] == last and named <= set(path.relations)
        }
        ends = [_ends(graph, node, relations) for relations in sorted(asked | {best.relations})]
        if any(len(reached) and not np.array_equal(reached, own) for reached in ends):
            found.append(node)
    return found


def _namesakes(graph: Graph, topic: int, mentions: Sequence[Mention]) -> list[int]:
    """Return the other entities that a mention of the topic may mean as well, and that bear the same name."""
    name = fold(graph.label(topic))
    found: list[int] = []
    for mention in mentions:
        nodes = [candidate.node for candidate in _alike(mention.candidates)]
        if topic in nodes:
            found += [node for node in nodes if node != topic and fold(graph.label(node)) == name]
    return list(dict.fromkeys(found))


def _alike(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in candidates if c.score >= ALIKE * candidates[0].score] if candidates else []


def _ends(graph: Graph, node: int, relations: Sequence[int]) -> np.ndarray:
    reached = np.array([node], np.int32)
    for relation in relations:
        reached = graph.expand(reached, relation)
    return reached


def _by_class(graph: Graph, words: Sequence[Word], mention: Mention) -> Mention:
    alike = _alike(mention.candidates)
    if len(alike) < 2:
        return mention
    before = [word.text for word in words if word.end <= mention.start][-AROUND:]
    after = [word.text for word in words if word.start >= mention.end][:AROUND]
    around = [word for word in (*before, *after) if word not in FUNCTION_WORDS]
    kept = [candidate for candidate in alike if _is_called(graph, candidate.node, around)]
    return replace(mention, candidates=tuple(kept)) if kept and len(kept) < len(alike) else mention


def _is_called(graph: Graph, node: int, words: Sequence[str]) -> bool:
    """Whether one of the words is the (last word of the) name of one of the node's classes."""
    names = [fold_words(graph.label(cls)).split() for cls in graph.types(node).tolist()]
    return any(name and same_word(word, name[-1]) for name in names for word in words)
