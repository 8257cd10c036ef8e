"""A filtered graph is walked as the graph of the edges that are left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.filters.path_filter import PathFilter

NODES, RELATIONS = 6, 3
triples = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, RELATIONS - 1), st.integers(0, NODES - 1)), min_size=1
)


def graph_of(some: list[tuple[int, int, int]]) -> Graph:
    return Graph.from_triples([(f"n{h}", f"r{r}", f"n{t}") for h, r, t in some])


@given(triples, st.data())
@settings(deadline=None)  # the first example compiles
def test_it_is_walked_as_the_graph_of_the_edges_left(some, data) -> None:
    graph = graph_of(some)
    directed = 2 * graph.num_relations
    forbidden = data.draw(st.sets(st.integers(0, directed - 1)))
    edges = np.array(data.draw(st.lists(st.booleans(), min_size=graph.num_edges, max_size=graph.num_edges)), np.bool_)
    visited = data.draw(st.sets(st.integers(0, graph.num_nodes - 1)))
    walkable = Walkable(graph, PathFilter(forbidden=forbidden, edges=edges, nodes=visited))
    stated = [graph.edge_triple(edge) for edge in range(graph.num_edges) if edges[edge]]
    both = stated + [(t, r + graph.num_relations, h) for h, r, t in stated]
    left = {(h, r, t) for h, r, t in both if r not in forbidden and t in visited}
    for node in range(graph.num_nodes):
        assert walkable.relations_of(node).tolist() == sorted({r for h, r, _ in left if h == node})
        for r in range(directed):
            assert walkable.neighbours(node, r).tolist() == sorted(t for h, q, t in left if (h, q) == (node, r))
    starts = data.draw(st.lists(st.integers(0, graph.num_nodes - 1)))
    assert walkable.frontier_relations(starts).tolist() == sorted({r for h, r, _ in left if h in starts})
    for r in range(directed):
        assert walkable.expand(starts, r).tolist() == sorted({t for h, q, t in left if h in starts and q == r})


def test_what_is_not_there_is_an_error_as_in_a_graph() -> None:
    graph = graph_of([(0, 0, 1)])
    for walked in (graph, Walkable(graph, PathFilter())):
        with pytest.raises(UnknownNode):
            walked.neighbours(2, 0)
        with pytest.raises(UnknownNode):
            walked.expand([0, 7], 0)
        with pytest.raises(UnknownRelation):
            walked.expand([0], 2)


def test_many_reached_nodes_come_out_as_few_do() -> None:
    """Large sets are read off a bitmap, small ones sorted: the same nodes either way, and the bitmap is left clean."""
    many = 4_000
    graph = Graph.from_triples([("hub", "r", f"n{i:05}") for i in range(many)] + [("n00007", "s", "hub")])
    walkable = Walkable(graph, PathFilter())
    for walked in (graph, walkable):
        reached = walked.expand([graph.node("hub")], graph.relation("r"))
        assert len(reached) == many
        assert (np.diff(reached) > 0).all()
        assert walked.expand([graph.node("n00007")], graph.relation("s")).tolist() == [graph.node("hub")]
