"""Graphs without what answers a question."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.variants.unanswerable import choose, twins, unanswerable, without
from clew.kg.errors import BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal

TRIPLES = [
    ("a", "parent", "b"),
    ("c", "parent", "d"),
    ("b", "child", "a"),
    ("b", "born", "x"),
    ("d", "born", "y"),
    ("e", "born", "x"),
    ("a", "knows", "b"),
    ("c", "knows", "x"),
    ("e", "knows", "y"),
    ("a", "knows", "d"),
]
GRAPH = from_triples(TRIPLES, labels={"a": "Ann", "parent": "has parent"})


def names(graph, relations):
    return {graph.relation_key(r) for r in relations}


def test_a_copy_without_relations():
    less = without(GRAPH, [GRAPH.relation("born"), GRAPH.relation("child")])
    assert {less.relation_key(r) for r in range(less.num_relations)} == {"parent", "knows"}
    assert less.num_edges == 6
    assert less.find_node("y") is not None
    assert (less.label(less.node("a")), less.relation_label(less.relation("parent"))) == ("Ann", "has parent")


def test_literals_and_languages_are_kept():
    builder = GraphBuilder(languages=("de", "en"))
    builder.edge("a", "age", Literal("7", datatype="http://www.w3.org/2001/XMLSchema#integer"))
    builder.edge("a", "r", "b")
    builder.label("a", "Ann", "en")
    builder.label("a", "Anna", "de")
    graph = builder.build("g")
    less = without(graph, [graph.relation("r")])
    assert less.label(less.node("a")) == "Anna"
    assert [less.literal(n).lexical for n in range(less.num_entities, less.num_nodes)] == ["7"]


def test_twins_are_relations_that_would_still_answer():
    assert names(GRAPH, twins(GRAPH, GRAPH.relation("parent"))) == {"parent", "child", "knows"}  # each joins a and b
    assert names(GRAPH, twins(GRAPH, GRAPH.relation("born"))) == {"born"}
    assert names(GRAPH, twins(GRAPH, GRAPH.relation("child"))) == {"parent", "child", "knows"}


keys = st.sampled_from("abcd")


@given(st.lists(st.tuples(keys, st.sampled_from("rst"), keys), min_size=1, unique=True))
def test_nothing_else_is_deleted(triples):
    graph = from_triples(triples)
    relation = triples[0][1]
    gone = names(graph, twins(graph, graph.relation(relation)))
    pairs = {frozenset((h, t)) for h, r, t in triples if r == relation}
    assert gone == {relation} | {
        r for r in "rst" if len(pairs & {frozenset((h, t)) for h, s, t in triples if s == r}) >= max(1, len(pairs) / 2)
    }
    left = {t for t in triples if t[1] not in gone}
    less = without(graph, {graph.relation(r) for r in gone})
    edges = [less.edge_triple(e) for e in range(less.num_edges)]
    assert {(less.key(h), less.relation_key(r), less.key(t)) for h, r, t in edges} == left


def asked(number, *chain, topics=("a",), **kw):
    return Question(f"q{number}", (Gold("x"),), topics, chain or None, number=number, **kw)


def test_questions_are_grouped_by_what_their_last_hop_takes():
    questions = [
        asked(1, "parent", "born"),
        asked(2, "^born", topics=("x",)),
        asked(3, "has parent"),
        asked(4),
        asked(5, "born", topics=()),
        asked(6, "born", answerable=False),
        asked(7, "born", value=Fraction(1)),
        asked(8, "born", value=False),
        asked(9, "born", rows=(("x", "1"),)),
    ]
    groups = choose(questions, Ceiling(GRAPH), 10, 0)
    got = {GRAPH.relation_key(r): [q.number for q in group] for r, group in groups.items()}
    assert got == {"born": [1, 2], "parent": [3]}
    assert choose(questions, Ceiling(GRAPH), 2, 1) == choose(questions, Ceiling(GRAPH), 2, 1)
    assert sum(map(len, choose(questions, Ceiling(GRAPH), 2, 1).values())) == 2


def test_without_chains_there_is_nothing_to_delete():
    with pytest.raises(BadInput, match="gold relation chains"):
        choose([asked(1)], Ceiling(GRAPH), 5, 0)
    with pytest.raises(BadInput, match="at least 1"):
        choose([asked(1, "born")], Ceiling(GRAPH), -1, 0)


def test_a_topic_that_went_with_the_edges_makes_no_question():
    less = without(GRAPH, [GRAPH.relation("born"), GRAPH.relation("knows")])
    (kept,) = unanswerable([asked(1, "born"), asked(2, "born", topics=("x",))], less)
    assert (kept.number, kept.answerable, kept.answers, kept.deleted) == (1, False, (), True)
