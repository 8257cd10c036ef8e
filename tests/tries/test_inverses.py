"""Redundant relations: what they are, and that they are those which comparing every pair of relations finds."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.survey.inverses import CONTAINED, LARGER, redundant_inverses
from tests.tries.files import shared_graphs


def graph(*relations: tuple[str, list[tuple[str, str]]]) -> Graph:
    return from_triples([(a, name, b) for name, pairs in relations for a, b in pairs])


def names(g: Graph) -> set[str]:
    return {g.relation_key(r) for r in redundant_inverses(g)}


def compared(g: Graph) -> frozenset[int]:
    """Every relation's swapped pairs against all pairs of every other."""
    size = g.num_relations
    if not g.num_edges:
        return frozenset()
    heads, tails = g.edge_heads().astype(np.int64), g.out.node.astype(np.int64)
    own = [np.flatnonzero(np.asarray(g.out.relation) == r) for r in range(size)]
    pairs = [np.sort(heads[rows] * g.num_nodes + tails[rows]) for rows in own]
    swapped = [np.sort(tails[rows] * g.num_nodes + heads[rows]) for rows in own]

    def redundant(r: int, s: int) -> bool:
        if not len(swapped[r]) or not CONTAINED * len(swapped[r]) <= len(pairs[s]) <= LARGER * len(swapped[r]):
            return False
        return float(np.isin(swapped[r], pairs[s]).mean()) >= CONTAINED

    return frozenset(r + size for r in range(size) if any(redundant(r, s) for s in range(size)))


PAIRS = [(f"a{i}", f"b{i % 40}") for i in range(200)]
SWAPPED = [(b, a) for a, b in PAIRS]


def test_mutual_inverses_are_found() -> None:
    assert names(graph(("children", PAIRS), ("parents", SWAPPED))) == {"children", "parents"}


def test_a_symmetric_relation_is_its_own_inverse() -> None:
    assert names(graph(("borders", PAIRS + SWAPPED), ("capital", PAIRS))) == {"borders"}


def test_a_few_missing_pairs_do_not_hide_it_many_do() -> None:
    some = random.Random(0).sample(SWAPPED, len(SWAPPED))
    assert "children" in names(graph(("children", PAIRS), ("parents", some[:196])))
    assert names(graph(("children", PAIRS), ("parents", some[:100]))) == set()


@pytest.mark.parametrize(("held", "found"), [(189, False), (190, True), (191, True)])
def test_the_share_is_met_exactly(held: int, found: bool) -> None:
    others = [(f"c{i}", f"d{i}") for i in range(200 - held)]
    assert ("children" in names(graph(("children", PAIRS), ("parents", SWAPPED[:held] + others)))) is found
    assert ("children" in names(graph(("children", PAIRS), ("parents", SWAPPED[200 - held :] + others)))) is found


def test_ordinary_relations_keep_their_inverses() -> None:
    assert names(graph(("directed_by", PAIRS), ("written_by", PAIRS[:50]))) == set()
    assert redundant_inverses(from_triples([])) == frozenset()


def test_a_worse_candidate_does_not_hide_a_better_one() -> None:
    """Of the relations that run the other way, the one that holds most of the first pairs looked at may hold too
    few of the others."""
    nearly, whole = SWAPPED[:185] + [(f"c{i}", f"d{i}") for i in range(15)], SWAPPED[10:]
    assert "children" in names(graph(("children", PAIRS), ("nearly", nearly), ("whole", whole)))


def test_more_relations_than_could_be_compared_pair_by_pair() -> None:
    pairs = [(f"a{i}", f"b{i}") for i in range(6)]
    relations = [(f"r{i:04}", [(f"{a}-{i}", f"{b}-{i}") for a, b in pairs]) for i in range(3_000)]
    inverse = ("inverse", [(b, a) for a, b in relations[1234][1]])
    assert names(graph(*relations, inverse)) == {"r1234", "inverse"}


@st.composite
def schemas(draw: st.DrawFn) -> Graph:
    """Relations over few nodes: copies of a few sets of pairs, swapped or not, some pairs missing or added."""
    node = st.integers(0, 7).map(str)
    sets = draw(st.lists(st.sets(st.tuples(node, node), min_size=1, max_size=45), min_size=1, max_size=3))
    relations = []
    for i in range(draw(st.integers(1, 6))):
        pairs = sorted(draw(st.sampled_from(sets)))
        kept = pairs[draw(st.integers(0, 3)) :] + draw(st.lists(st.tuples(node, node), max_size=3))
        relations.append((f"r{i}", [(b, a) for a, b in kept] if draw(st.booleans()) else kept))
    return graph(*relations)


@given(schemas())
@settings(deadline=None)
def test_they_are_those_that_comparing_all_pairs_of_relations_finds(g: Graph) -> None:
    assert redundant_inverses(g) == compared(g)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["metaqa", "fb15k237"])
def test_they_are_those_of_real_graphs(shared_data: Path, name: str) -> None:
    g = shared_graphs(shared_data, name)
    assert redundant_inverses(g) == compared(g)
    assert redundant_inverses(g) or name == "metaqa"
