from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.answers.naming import Ground, unfounded, unnamed
from clew.kg.graph.interop import from_triples
from clew.retrieval.linking.linker import EntityLinker
from tests.decoding.graphs import films

GRAPH = films()
LINKER = EntityLinker.build(GRAPH)
QUESTION = "Who directed Heat?"


def found(text: str, graph=GRAPH, linker=LINKER, names=("Heat", "Michael Mann"), question=QUESTION) -> list[str]:
    nodes = [graph.node(name) for name in names]
    ground = Ground.of(graph, question, nodes, [graph.relation("directed by")], 1)
    return unfounded(text, ground, linker.named(text))


@pytest.mark.parametrize(
    "text",
    [
        "Heat was directed by Michael Mann.",
        "Michael Mann directed the film Heat.",
        "According to the facts, Mann is the director of Heat; he is the only 1.",
        "HEAT, by MICHAEL MANN.",
        "Both facts say so: it is Michael Mann's.",
        "",
    ],
)
def test_what_the_proof_holds_may_be_named(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Heat was directed by Al Pacino.", ["Al Pacino"]),
        ("Heat was directed by Michael Mann and al pacino.", ["al pacino"]),
        ("Heat was directed by Michael Mann in 2001.", ["2001"]),  # of the graph, of another fact
        ("Heat was directed by Michael Mann in 1995.", ["1995"]),  # of nowhere
        ("Ronin and Heat were directed by Michael Mann.", ["Ronin"]),
        ("Heat was directed by Michael Bay.", ["Bay"]),
        ("Einstein directed Heat. Kubrick helped.", ["Einstein", "Kubrick"]),
        ("Heat was directed by Michael Mann, born in Chicago.", ["Chicago"]),
        ("Heat: 迈克尔·曼", ["迈克尔", "曼"]),
        ("Heat was directed by mcDonald.", ["mcDonald"]),
    ],
)
def test_what_it_does_not_hold_is_found(text, names):
    assert found(text) == names


def test_a_common_noun_of_the_question_may_be_said_though_it_is_a_label():
    graph = from_triples(
        [("Heat", "directed by", "Mann"), ("x", "tag", "film"), ("x", "tag", "painter"), ("x", "tag", "Will")]
    )
    linker = EntityLinker.build(graph)

    def said(text, question="Which film did Mann direct?"):
        return found(text, graph, linker, ("Heat", "Mann"), question)

    assert said("Heat is a film.") == []
    assert said("Heat is a film.", "Who directed Heat?") == ["film"]
    assert said("Mann directed the film Heat.", "Who directed Heat?") == []  # the kind of thing before a name
    assert said("Mann was a painter.") == ["painter"]
    assert said("Will Mann direct Heat? Mann will.") == []
    assert said("Mann directed Will.") == ["Will"]


def test_answers_left_out_are_found():
    nodes = [GRAPH.node("Michael Mann"), GRAPH.node("2001"), GRAPH.node("Heat")]
    text = "In 2001, michael mann."
    assert unnamed(text, GRAPH, nodes, LINKER.named(text)) == [GRAPH.node("Heat")]
    assert unnamed("2001", GRAPH, nodes, []) == [nodes[0], nodes[2]]


@given(st.lists(st.sampled_from(range(GRAPH.num_nodes)), min_size=1, max_size=5), st.data())
@settings(max_examples=80, deadline=None)
def test_any_label_of_the_graph_is_allowed_exactly_where_the_proof_has_it(nodes, data):
    kept = data.draw(st.sets(st.sampled_from(range(GRAPH.num_nodes))))
    text = "; ".join(GRAPH.label(node) for node in nodes)
    ground = Ground.of(GRAPH, "", kept, [], 0)
    assert set(unfounded(text, ground, LINKER.named(text))) == {GRAPH.label(n) for n in nodes if n not in kept}


SENTENCES = {
    "directed_by": ("Who directed {h}?", "{h} was directed by {t}."),
    "starred_actors": ("Who acted in {h}?", "According to the facts, the film {h} stars {t}."),
    "written_by": ("who wrote {h}", "The screenwriter of the movie {h} is {t}."),
    "release_year": ("When was {h} released?", "The movie {h} was released in {t}."),
    "in_language": ("What language is {h} in?", "The language spoken in {h} is {t}."),
    "has_genre": ("what kind of film is {h}", "{h} is a {t} film."),
}
INVENTED = ["Zorblat Quimby", "Einsteinium", "Mr. Fnord", "Qux"]


@pytest.mark.shared
def test_plain_sentences_about_metaqa_pass_and_planted_names_do_not(shared_data: Path) -> None:
    with (shared_data / "metaqa" / "kb.txt").open(encoding="utf-8") as lines:
        triples = [tuple(line.rstrip("\n").split("|")) for line in lines]
    graph, rng = from_triples(triples), random.Random(0)
    linker = EntityLinker.build(graph)
    passed = planted = caught = 0
    for relation, (question, sentence) in SENTENCES.items():
        for h, _, t in rng.sample([triple for triple in triples if triple[1] == relation], 40):
            nodes = [graph.node(h), graph.node(t)]
            ground = Ground.of(graph, question.format(h=h), nodes, [graph.relation(relation)], 1)
            text = sentence.format(h=graph.label(nodes[0]), t=graph.label(nodes[1]))
            passed += not unfounded(text, ground, linker.named(text))
            other = graph.label(rng.randrange(graph.num_entities))
            for name in (other, rng.choice(INVENTED)):
                if name not in (h, t):
                    planted += 1
                    bad = f"{text[:-1]} and {name}."
                    caught += bool(unfounded(bad, ground, linker.named(bad)))
    assert passed >= 0.98 * 40 * len(SENTENCES)
    assert caught >= 0.98 * planted
