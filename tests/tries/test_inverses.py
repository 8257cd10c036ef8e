from __future__ import annotations

import random

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.survey.inverses import redundant_inverses


def graph(*relations: tuple[str, list[tuple[str, str]]]) -> Graph:
    return from_triples([(a, name, b) for name, pairs in relations for a, b in pairs])


def names(g: Graph) -> set[str]:
    return {g.relation_key(r) for r in redundant_inverses(g)}


PAIRS = [(f"a{i}", f"b{i % 40}") for i in range(200)]
SWAPPED = [(b, a) for a, b in PAIRS]


def test_mutual_inverses_are_found() -> None:
    assert names(graph(("children", PAIRS), ("parents", SWAPPED))) == {"children", "parents"}


def test_a_symmetric_relation_is_its_own_inverse() -> None:
    assert names(graph(("borders", PAIRS + SWAPPED), ("capital", PAIRS))) == {"borders"}


def test_a_few_missing_pairs_do_not_hide_it_many_do() -> None:
    random.Random(0).shuffle(PAIRS)
    assert "children" in names(graph(("children", PAIRS), ("parents", SWAPPED[:196])))
    assert names(graph(("children", PAIRS), ("parents", SWAPPED[:100]))) == set()


def test_ordinary_relations_keep_their_inverses() -> None:
    assert names(graph(("directed_by", PAIRS), ("written_by", PAIRS[:50]))) == set()
    assert redundant_inverses(from_triples([])) == frozenset()
