"""Edges by relation, against reading every edge."""

from __future__ import annotations

from hypothesis import given

from clew.kg.graph.graph import Graph
from clew.training.own_graph.sampling.edges import EdgesByRelation
from tests.training.own_graph.toys import graphs


@given(graphs)
def test_each_relation_has_its_edges(graph: Graph) -> None:
    edges, size = EdgesByRelation(graph), graph.num_relations
    triples = [graph.edge_triple(edge) for edge in range(graph.num_edges)]
    for relation in range(size):
        own = [(head, tail) for head, r, tail in triples if r == relation]
        heads, tails = edges.ends(relation)
        assert list(zip(heads.tolist(), tails.tolist(), strict=True)) == own
        assert edges.counts()[relation] == len(own)
        assert edges.sources(relation).tolist() == sorted({head for head, _ in own})
        assert edges.sources(relation + size).tolist() == sorted({tail for _, tail in own})
        assert [end.tolist() for end in edges.ends(relation, 0)] == [[own[0][0]], [own[0][1]]]
