"""What is derived from a graph is derived once, and goes with it."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.graph.memo import OncePerGraph


def test_once_per_graph() -> None:
    asked: list[str] = []

    @OncePerGraph
    def edges(graph: Graph) -> int:
        asked.append(graph.name)
        return graph.num_edges

    one, two = (from_triples([("a", "r", "b")] * n, name=str(n)) for n in (1, 2))
    assert [edges(one), edges(two), edges(one)] == [1, 1, 1]
    assert asked == ["1", "2"]


def test_what_is_kept_goes_before_what_is_derived() -> None:
    edges = OncePerGraph(lambda graph: graph.num_edges)
    graph = from_triples([("a", "r", "b")])
    assert edges.keep(graph, 7) == 7
    assert edges(graph) == 7
    assert edges.keep(graph, 8) == 7


@pytest.mark.parametrize("derive", [lambda graph: graph.num_edges, lambda graph: [graph]])
def test_it_holds_no_graph(derive: Callable[[Graph], object]) -> None:
    """Also where what is derived holds the graph."""
    derived = OncePerGraph(derive)
    graph = from_triples([("a", "r", "b")])
    assert derived(graph)
    known = weakref.ref(graph)
    del graph
    gc.collect()
    assert known() is None
