"""Paths between nodes: all of them, in order, once each, wherever the enumeration is broken off and resumed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal
from clew.kg.time_limit import OutOfTime, limited
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.filters.path_filter import PathFilter
from clew.tries.filters.path_search import PathBounds, PathSearch, WalkedPath

NODES, RELATIONS = 5, 2
triples = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, RELATIONS - 1), st.integers(0, NODES)), min_size=1, max_size=9
)
Plain = tuple[tuple[int, ...], tuple[int, ...]]


def graph_of(some: list[tuple[int, int, int]]) -> Graph:
    ends = {NODES: Literal("1990")}
    return from_triples([(f"n{h}", f"r{r}", ends.get(t, f"n{t}")) for h, r, t in some])


@st.composite
def searches(draw) -> tuple[Graph, PathFilter | None, PathBounds]:
    graph = graph_of(draw(triples))
    nodes = st.integers(0, graph.num_nodes - 1)
    relations = st.frozensets(st.integers(0, 2 * graph.num_relations - 1))
    least = draw(st.integers(1, 3))
    bounds = PathBounds(
        starts=tuple(draw(st.lists(nodes.filter(lambda node: node < graph.num_entities), max_size=2, unique=True))),
        ends=draw(st.none() | st.lists(nodes, max_size=2).map(tuple)),
        min_hops=least,
        max_hops=draw(st.integers(least, 3)),
        revisit=draw(st.booleans()),
        forbidden=draw(st.just(frozenset()) | relations),
    )
    demands = PathFilter(
        relations=draw(st.none() | relations),
        ends=draw(st.none() | st.lists(nodes)),
        nodes_at=draw(st.dictionaries(st.integers(1, 2), st.lists(nodes), max_size=1)),
        nodes=draw(st.none() | st.lists(nodes)),
        edges=draw(
            st.none() | st.lists(st.booleans(), min_size=graph.num_edges, max_size=graph.num_edges).map(np.array)
        ),
    )
    return graph, draw(st.none() | st.just(demands)), bounds


def slowly(graph: Graph, demands: PathFilter | None, bounds: PathBounds) -> list[Plain]:
    """The same from the stored triples, by trying every step."""
    filter_ = demands or PathFilter()
    size = graph.num_relations
    edges = [
        step
        for edge in range(graph.num_edges)
        if filter_.edges is None or filter_.edges[edge]
        for h, r, t in [graph.edge_triple(edge)]
        for step in ((h, r, t), (t, r + size, h))
    ]

    def fine(nodes: tuple[int, ...], relations: tuple[int, ...]) -> bool:
        return (
            all(r not in bounds.forbidden and r not in filter_.forbidden for r in relations)
            and (filter_.relations is None or set(relations) <= set(filter_.relations))
            and (bounds.revisit or len(set(nodes)) == len(nodes))
            and all(not graph.is_literal(node) for node in nodes[:-1])
            and (filter_.nodes is None or set(nodes[1:]) <= set(filter_.nodes))
            and all(nodes[at] in set(some) for at, some in filter_.nodes_at.items() if at < len(nodes))
            and (filter_.ends is None or nodes[-1] in filter_.ends)
            and (bounds.ends is None or nodes[-1] in bounds.ends)
        )

    found: list[tuple[int, int, tuple[tuple[int, int], ...], Plain]] = []
    for number, start in enumerate(bounds.starts):
        walked: list[Plain] = [((start,), ())]
        for length in range(1, bounds.max_hops + 1):
            walked = [((*n, t), (*r, q)) for n, r in walked for h, q, t in edges if h == n[-1]]
            if length >= bounds.min_hops:
                found += [(length, number, tuple(zip(r, n[1:], strict=True)), (n, r)) for n, r in walked if fine(n, r)]
    return [path for *_, path in sorted(found)]


def search(graph: Graph, demands: PathFilter | None, bounds: PathBounds) -> PathSearch:
    return PathSearch(graph if demands is None else Walkable(graph, demands), bounds)


def plain(paths: list[WalkedPath]) -> list[Plain]:
    return [(path.nodes, path.relations) for path in paths]


@given(searches())
@settings(deadline=None, max_examples=300)
def test_all_paths_come_in_order(asked) -> None:
    assert plain(list(search(*asked).paths())) == slowly(*asked)


@given(searches(), st.data())
@settings(deadline=None)
def test_what_comes_after_a_path_is_the_rest(asked, data) -> None:
    every = list(search(*asked).paths())
    if every:
        at = data.draw(st.integers(0, len(every) - 1))
        assert plain(list(search(*asked).paths(every[at].position))) == plain(every[at + 1 :])


def is_spent(left: Iterator[int]) -> bool:
    return next(left, None) is None


@given(searches(), st.integers(1, 8))
@settings(deadline=None)
def test_an_enumeration_that_is_interrupted_again_and_again_gives_each_path_once(asked, looks) -> None:
    every = plain(list(search(*asked).paths()))
    found: list[WalkedPath] = []
    after = None
    for _ in range(2_000):
        left = iter(range(looks + 9))  # six to find what leads to the ends, three to come where it was
        going = search(*asked)
        try:
            with limited(partial(is_spent, left)):
                for path in going.paths(after):
                    found.append(path)
        except OutOfTime:
            after = going.position
        else:
            break
    assert plain(found) == every


@pytest.mark.parametrize("size", [1, 3])
def test_the_first_paths_need_not_wait_for_the_last(size) -> None:
    hub = graph_of([(h, r, t) for h in range(NODES) for r in range(RELATIONS) for t in range(NODES)])
    going = PathSearch(hub, PathBounds((0,), None, 1, 6))
    assert len(list(islice(going.paths(), size))) == size
