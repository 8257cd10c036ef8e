"""Round trips against the oracle: all instances of a relation path, listed."""

from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.answers.backtracking import is_round_trip
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples

EDGES = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("rs"), st.sampled_from("abcde")), min_size=1, max_size=9
)


def instances(graph: Graph, topic: int, relations: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Every node sequence that walks the relations, by trying all of them."""
    found = []
    for rest in product(range(graph.num_nodes), repeat=len(relations)):
        nodes = (topic, *rest)
        steps = zip(nodes, relations, nodes[1:], strict=False)
        if all(graph.edge(a, r, b) is not None for a, r, b in steps):
            found.append(nodes)
    return found


@settings(deadline=None)
@given(EDGES, st.lists(st.integers(0, 3), min_size=1, max_size=3), st.integers(0, 4))
def test_a_round_trip_has_no_instance_without_a_repeat(
    edges: list[tuple[str, str, str]], path: list[int], start: int
) -> None:
    graph = from_triples(edges)
    relations = tuple(r % (2 * graph.num_relations) for r in path)
    topic = start % graph.num_nodes
    simple = [nodes for nodes in instances(graph, topic, relations) if len(set(nodes)) == len(nodes)]
    turned = any(abs(a - b) == graph.num_relations for a, b in pairwise(relations))
    assert is_round_trip(graph, topic, relations) == (not simple and not turned)


def test_there_and_back_again() -> None:
    graph = from_triples(
        [("polonium", "named after", "Poland"), ("Poland", "capital", "Warsaw"), ("Warsaw", "country", "Poland")]
    )
    named, capital, country = (graph.relation(key) for key in ("named after", "capital", "country"))
    topic = graph.node("polonium")
    assert is_round_trip(graph, topic, (named, capital, country))
    assert not is_round_trip(graph, topic, (named, capital))
    assert not is_round_trip(graph, topic, (named, capital, country), steps=2), "a budget that ends keeps the path"


def test_turning_round_on_purpose_is_no_round_trip() -> None:
    graph = from_triples([("Alien", "writer", "Dan"), ("Alien", "director", "Ridley")])
    writer, director, size = graph.relation("writer"), graph.relation("director"), graph.num_relations
    assert not is_round_trip(graph, graph.node("Dan"), (writer + size, director, director + size))
