"""What relations reach is told by the survey as it was by looking at their ends one by one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from clew.decoding.embedded.answer_type.reach import Reach
from clew.decoding.embedded.search.wording import readable
from clew.decoding.embedded.vocabulary.vocabulary import LEAST, MAJORITY, relation_words
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.limits import MAX_SAMPLED_TARGETS
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE
from tests.tries.files import shared_graphs
from tests.tries.test_survey import triples


def looked_at(graph: Graph, directed: int) -> tuple[str, Reach]:
    """The noun and the reach of a directed relation, from its ends, one by one."""
    size, kind = graph.num_relations, graph.type_relation
    if directed % size == kind:
        return "", Reach(typed=1.0 if directed == kind else 0.0)
    side = graph.inc if directed < size else graph.out
    rows = np.flatnonzero(np.asarray(side.relation) == directed % size)
    sampled = min(len(rows), MAX_SAMPLED_TARGETS)
    picked = rows[np.linspace(0, len(rows) - 1, sampled).astype(np.int64)] if sampled else rows
    nodes = np.unique(np.searchsorted(side.ptr, picked, side="right") - 1)
    things = [node for node in nodes.tolist() if not graph.is_literal(node)]
    literal = 1 - len(things) / max(len(nodes), 1)
    if kind is None or not things:
        return "", Reach(literal=literal)
    types = [graph.types(node).tolist() for node in things]
    counts = Counter(cls for some in types for cls in some)
    typed = sum(map(bool, types)) / len(nodes)
    shares = {cls: count / len(nodes) for cls, count in counts.items() if count >= LEAST * len(nodes)}
    named = tuple((readable(graph.label(cls)), share) for cls, share in sorted(shares.items()))
    common = [cls for cls, share in shares.items() if share >= MAJORITY]
    best = min(common, key=lambda cls: (len(graph.neighbours(cls, kind + size)), cls), default=None)
    return "" if best is None else readable(graph.label(best)), Reach(named, typed, literal)


def check(graph: Graph) -> None:
    words = relation_words(graph)
    found = list(zip(words.targets, words.kinds.reaches, strict=True))
    assert found == [looked_at(graph, directed) for directed in range(2 * graph.num_relations)]


@given(triples)
@settings(deadline=None)
def test_what_relations_reach(some: list[tuple[str, str, str | Literal]]) -> None:
    check(from_triples(some))


def test_a_large_relation_is_sampled() -> None:
    classes = [(f"n{i}", RDF_TYPE, f"C{i % 3}") for i in range(900)]
    check(from_triples([*classes, *((f"n{i}", "next", f"n{i * 7 % 900}") for i in range(900))]))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["metaqa", "fb15k237"])
def test_what_relations_of_real_graphs_reach(shared_data: Path, name: str) -> None:
    check(shared_graphs(shared_data, name))
