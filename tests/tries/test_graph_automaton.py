"""The graph automaton: refusals, filters on a real ``kg.Graph``, and random walks on FB15k-237."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clew.kg.errors import BadInput, UnknownNode
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.path_filter import PathFilter, edges_of_sources, nodes_of_languages, nodes_of_types
from clew.tries.tokens.token_index import TokenIndex
from tests.tries import tokenizers as toks
from tests.tries.toy import ToyGraph

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def spelled(automaton: GraphAutomaton, node: int) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Every path of the language from a node."""
    states, found = automaton.start([node]), set()
    while len(states):
        allowed = automaton.allowed(states)
        states = automaton.advance(states.take(allowed.rows()), allowed.token_ids)
        done = automaton.is_complete(states)
        for paths in automaton.paths(states.take(np.flatnonzero(done))):
            found |= {(path.nodes, path.relations) for path in paths}
        states = states.take(np.flatnonzero(~done))
    return found


@pytest.fixture(scope="module")
def towns() -> Graph:
    return from_triples(
        [
            ("ann", "lives", "rome"), ("ann", "lives", "oslo"), ("rome", TYPE, "City"), ("oslo", TYPE, "Town"),
            ("rome", "name", Literal("Roma", language="it")), ("rome", "name", Literal("Rome", language="en")),
            ("rome", "size", Literal("1285")), ("oslo", "near", "rome"),
        ],
        {"ann": "Ann", "rome": "Rome", "oslo": "Oslo"},
    )  # fmt: skip


def ends(graph: Graph, automaton: GraphAutomaton) -> set[str]:
    return {graph.label(nodes[-1]) for nodes, _ in spelled(automaton, graph.node("ann"))}


def test_filters_by_type_language_source_and_end(towns: Graph) -> None:
    index = TokenIndex.build(towns, toks.minilm(), inverse=False)
    cities = nodes_of_types(towns, [towns.node("City")])
    assert ends(towns, GraphAutomaton(index, 102, 1, demands=PathFilter(nodes_at={1: cities}))) == {"Rome"}
    assert ends(towns, GraphAutomaton(index, 102, 1)) == {"Rome", "Oslo"}
    assert towns.relation(TYPE) == 0
    english = PathFilter(nodes_at={2: nodes_of_languages(towns, ["en"])}, forbidden=[0, towns.relation("near")])
    two = GraphAutomaton(index, 102, 2, 2, demands=english)
    assert ends(towns, two) == {"Rome", "1285"}
    rome = GraphAutomaton(index, 102, 2, demands=PathFilter(ends=[towns.node("rome")]))
    assert {tuple(map(towns.label, nodes)) for nodes, _ in spelled(rome, towns.node("ann"))} == {
        ("Ann", "Rome"),
        ("Ann", "Oslo", "Rome"),
    }
    near = towns.relation("near")
    kept = edges_of_sources(towns, lambda file, line: True)
    assert kept.all()
    kept[towns.edge(towns.node("ann"), towns.relation("lives"), towns.node("oslo"))] = False
    demanding = GraphAutomaton(index, 102, 2, demands=PathFilter(edges=kept))
    assert not any(near in relations for _, relations in spelled(demanding, towns.node("ann")))


def test_what_cannot_be_is_refused(towns: Graph) -> None:
    index = TokenIndex.build(towns, toks.minilm())
    for low, high in ((0, 1), (2, 1), (1, 99)):
        with pytest.raises(BadInput, match="hops"):
            GraphAutomaton(index, 102, high, low)
    with pytest.raises(BadInput, match="end token"):
        GraphAutomaton(index, index.separator_token, 2)
    with pytest.raises(UnknownNode):
        GraphAutomaton(index, 102, 2).start([towns.num_nodes])
    for demands in (
        PathFilter(ends=[10**6]),
        PathFilter(nodes_at={3: [0]}),
        PathFilter(relations=[99]),
        PathFilter(forbidden=[-1]),
        PathFilter(edges=np.ones(2, np.bool_)),
    ):
        with pytest.raises(BadInput):
            GraphAutomaton(index, 102, 2, demands=demands)
    with pytest.raises(ValueError, match="tokens for"):
        GraphAutomaton(index, 102, 2).advance(GraphAutomaton(index, 102, 2).start([0]), np.zeros(2, np.int32))


def test_nodes_that_share_a_label_never_make_a_false_join() -> None:
    graph = ToyGraph(
        ["start", "twin", "twin", "left end", "right end"], ["to", "left", "right"],
        [(0, 0, 1), (0, 0, 2), (1, 1, 3), (2, 2, 4)],
    )  # fmt: skip
    automaton = GraphAutomaton(TokenIndex.build(graph, toks.CharTokenizer(), inverse=False), 2, 2, 2)
    assert spelled(automaton, 0) == {((0, 1, 3), (0, 1)), ((0, 2, 4), (0, 2))}


def test_many_nodes_of_one_label_join_in_one_row() -> None:
    middle = list(range(1, 201))
    labels = ["start", *["twin"] * 200, "end"]
    edges = [(0, 0, i) for i in middle] + [(i, 1, 201) for i in middle]
    automaton = GraphAutomaton(
        TokenIndex.build(ToyGraph(labels, ["to", "then"], edges), toks.CharTokenizer(), inverse=False), 2, 2, 2
    )
    states = automaton.start([0])
    for token in toks.CharTokenizer.encode(" -> to -> twin -> then -> end"):
        states = automaton.advance(states, np.array([token], np.int32))
    assert len(states.elems) == 200
    states = automaton.advance(states, np.array([2], np.int32))
    assert len(automaton.paths(states)[0]) == 200


@pytest.fixture(scope="module")
def freebase(shared_data: Path) -> Graph:
    folder = shared_data / "fb15k237"
    read = lambda name: (folder / name).read_text(encoding="utf-8").splitlines()  # noqa: E731
    triples: list[Any] = [line.split("\t") for part in ("train", "valid", "test") for line in read(f"{part}.txt")]
    names = dict(line.split("\t") for line in read("entity2text.txt") + read("relation2text.txt"))
    return from_triples(triples, names, "fb15k237")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["qwen", "gpt2"])
def test_random_walks_of_allowed_tokens_on_freebase_are_real_paths(
    freebase: Graph, shared_data: Path, name: str
) -> None:
    """2,000 walks of two hops from 200 entities (100 of them with a shared name), each edge looked up in ``kg``."""
    graph, tokenizer = freebase, toks.from_shared(shared_data, name)
    index = TokenIndex.build(graph, tokenizer)
    end = 50256 if name == "gpt2" else 151645
    automaton = GraphAutomaton(index, end, 2, 2)
    rng = np.random.default_rng(0)
    count = np.bincount(np.unique([graph.label(v) for v in range(graph.num_nodes)], return_inverse=True)[1])
    shared = np.flatnonzero(
        count[np.unique([graph.label(v) for v in range(graph.num_nodes)], return_inverse=True)[1]] > 1
    )
    heads = np.concatenate([rng.choice(shared, 100, replace=False), rng.choice(graph.num_nodes, 100, replace=False)])
    states, texts = automaton.start(np.repeat(heads, 10).tolist()), [list[int]() for _ in range(2000)]
    while not automaton.is_complete(states).all():
        allowed = automaton.allowed(states)
        size = np.diff(allowed.row_ptr)
        assert (size[~automaton.is_complete(states)] > 0).all()
        pick = allowed.row_ptr[:-1] + (rng.random(len(states)) * size).astype(np.int64)
        tokens = np.where(size > 0, allowed.token_ids[np.minimum(pick, len(allowed.token_ids) - 1)], -1)
        live = np.flatnonzero(size > 0)
        moved = automaton.advance(states.take(live), tokens[live].astype(np.int32))
        order = np.argsort(np.concatenate([live, np.flatnonzero(size == 0)]))
        states = moved.append(states.take(np.flatnonzero(size == 0))).take(order)
        for i in live:
            texts[i].append(int(tokens[i]))
    several = 0
    for head, paths, tokens in zip(np.repeat(heads, 10), automaton.paths(states), texts, strict=True):
        assert paths
        several += len(paths) > 1
        text = tokenizer.decode(tokens[:-1], skip_special_tokens=False)
        for path in paths:
            assert path.nodes[0] == head
            spelling = "".join(
                f" -> {graph.relation_label(r)} -> {graph.label(node)}"
                for r, node in zip(path.relations, path.nodes[1:], strict=True)
            )
            assert re.sub(r"\s+", " ", spelling) == text
            for a, r, b in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
                assert graph.edge(a, r, b) is not None
    assert several > 0, "no walk went through a shared name"
