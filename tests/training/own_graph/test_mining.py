"""Mined paths, against scoring every relation path there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.embedded.search.wording import parse_prompt
from clew.kg.errors import UnknownRelation
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.training.own_graph.labels.labelled import Labelled, LabelledReader, LabelReading, directed_relation
from clew.training.own_graph.labels.mining import MIN_F1, Miner, best, f1
from clew.training.own_graph.labels.paths import Path, TopicPaths
from tests.training.own_graph.test_chains import walk
from tests.training.own_graph.toys import films, graphs, kit


def every_path(graph: Graph, topic: int, forbidden: frozenset[int], max_hops: int) -> dict[Path, set[int]]:
    found = {}
    steps = [r for r in range(2 * graph.num_relations) if r not in forbidden]
    for hops in range(1, max_hops + 1):
        for path in product(steps, repeat=hops):
            ends = walk(graph, topic, path)
            if ends:
                found[path] = ends
    return found


@given(graphs, st.data())
def test_candidates_are_all_paths_that_reach_an_answer(graph: Graph, data: st.DataObject) -> None:
    walks = kit(graph).walks
    topic = data.draw(st.integers(0, graph.num_entities - 1))
    answers = data.draw(st.lists(st.integers(0, graph.num_nodes - 1), min_size=1, max_size=4, unique=True))
    paths = every_path(graph, topic, walks.forbidden(topic), 2)
    scores = {}
    for path, ends in paths.items():
        hits = len(ends & set(answers))
        if hits:
            scores[path] = 2 * hits / (len(ends) + len(answers))
    found = Miner(graph, walks, 2).candidates(topic, [(answer,) for answer in answers])
    assert {one.path: pytest.approx(one.f1) for one in found} == scores
    chosen = best(found, lambda options: options[0])
    if not scores or max(scores.values()) < MIN_F1:
        assert chosen is None
    else:
        assert chosen is not None
        assert chosen.f1 == pytest.approx(max(scores.values()))
        assert len(chosen.path) == min(len(p) for p, score in scores.items() if score == pytest.approx(chosen.f1))


def test_an_answer_of_several_nodes_counts_once() -> None:
    assert f1((1, 2, 3), {1: 0, 2: 0, 3: 1}, 2) == 1.0
    assert f1((1,), {1: 0}, 4) == pytest.approx(2 * 0.25 / 1.25)
    assert f1((9,), {1: 0}, 1) == 0.0


def test_equal_explanations_are_settled_by_length_then_by_the_model() -> None:
    graph = from_triples([("f", "wrote", "p"), ("f", "made", "p"), ("f", "knows", "q"), ("q", "spouse", "p")])
    found = Miner(graph, kit(graph).walks, 3).candidates(graph.node("f"), [(graph.node("p"),)])
    offered: list[list[Path]] = []

    def prefer(paths: list[Path]) -> Path:
        offered.append(paths)
        return paths[-1]

    chosen = best(found, prefer)  # type: ignore[arg-type]
    one_hop = [(graph.relation("made"),), (graph.relation("wrote"),)]
    assert offered == [sorted(one_hop)]
    assert chosen is not None
    assert chosen.path == max(one_hop)


def labelled(graph: Graph, topic: str, answers: list[str], chain: Path | None = None) -> Labelled:
    reading = LabelReading(graph.node(topic), parse_prompt("something about ⟦x⟧"))
    return Labelled((reading,), tuple((graph.node(answer),) for answer in answers), chain)


def test_given_chains_are_used_mined_otherwise_and_hopeless_questions_refused() -> None:
    graph = films()
    walks = kit(graph).walks
    reader = LabelledReader(graph, walks, lambda item, paths: paths[0])
    topic = graph.node("Film 3")
    directed, starred = graph.relation("directed_by"), graph.relation("starred_actors")
    siblings = (starred, starred + graph.num_relations)
    ends = [graph.key(node) for node in TopicPaths(graph, walks, topic, 3).ends(siblings)]
    given = reader.item(labelled(graph, "Film 3", ends, (directed,)))
    mined = reader.item(labelled(graph, "Film 3", ends))
    unwalkable = reader.item(labelled(graph, "Film 3", ends, (directed, starred)))
    assert given is not None
    assert given.gold == (directed,)
    assert mined is not None
    assert mined.gold == siblings
    assert unwalkable is not None
    assert unwalkable.gold == siblings
    unknown = Labelled(labelled(graph, "Film 3", []).readings, ((), ()))
    assert reader.item(unknown) is None
    assert reader.item(Labelled((), ((topic,),))) is None
    declined = reader.item(Labelled(labelled(graph, "Film 3", []).readings, (), answerable=False))
    assert declined is not None
    assert declined.gold == ()
    tally = reader.tally
    assert (tally.given, tally.mined, tally.refused) == (2, 2, 2)


def test_relations_of_chains_are_found_by_key_or_label() -> None:
    graph = films()
    assert directed_relation(graph, "directed_by") == graph.relation("directed_by")
    assert directed_relation(graph, "^directed by") == graph.relation("directed_by") + graph.num_relations
    with pytest.raises(UnknownRelation, match="dircted"):
        directed_relation(graph, "dircted")
