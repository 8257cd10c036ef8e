"""The baselines on a graph small enough to see through."""

from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.baselines import NAMES, Baselines, relation_paths
from clew.kg.graph.interop import from_triples

GRAPH = from_triples(
    [("i", "by", "n"), ("t", "by", "n"), ("d", "by", "n"), ("i", "with", "h"), ("d", "with", "h"), ("n", "born", "l")]
)


def spelled(graph, path):
    return "/".join(("^" if r >= graph.num_relations else "") + graph.relation_key(r) for r in path)


def likes(wanted):
    return lambda question, paths, spans: [float(spelled(GRAPH, path) == wanted) for path in paths]


def ends(outcome):
    return {answer.key for answer in outcome.answers}


def test_each_baseline():
    found = Baselines(GRAPH, likes("by/^by"), 2).outcomes("q", [GRAPH.node("i")], [])
    assert ends(found["cosine"]) == {"t", "d"}  # never back onto the topic
    assert ends(found["popularity"]) == {"n"}  # "by" has most edges, and the shorter of equals wins
    assert ends(found["shortest"]) == {"n", "h"}
    assert {answer.score for answer in found["shortest"].answers} == {1.0}


def test_without_a_topic_nothing_is_answered():
    found = Baselines(GRAPH, likes("by"), 2).outcomes("q", [], [])
    assert set(found) == set(NAMES)
    assert not any(outcome.answers or outcome.declined for outcome in found.values())


keys = st.sampled_from("abcde")


@given(st.lists(st.tuples(keys, st.sampled_from("rs"), keys), min_size=1, max_size=8), st.integers(1, 3))
def test_relation_paths_are_those_of_brute_force(triples, hops):
    graph = from_triples(triples)
    topic = graph.node(triples[0][0])
    expected, level = [], {(): {topic}}
    for hop in range(hops):
        barred = {topic} if hop else set()
        level = {
            (*path, r): reached
            for path, nodes in level.items()
            for r in range(2 * graph.num_relations)
            if (reached := {n for m in nodes - barred for n in graph.neighbours(m, r).tolist()} - barred)
        }
        expected += sorted(level)
    got = relation_paths(graph, topic, hops)
    assert got == expected
    assert relation_paths(graph, topic, hops, most=3) == expected[:3]
