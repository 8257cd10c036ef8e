"""The token index: its order, its tests of itself, its life on disk."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import BadInput, StaleIndex
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import INTS, OCTETS, TokenIndex
from tests.tries.tokenizers import CharTokenizer, PairTokenizer, minilm
from tests.tries.toy import ToyGraph, random_graph


def label_tokens(index: TokenIndex, value: int) -> list[int]:
    return index.class_tokens(int(index.klass[value])).tolist()


@pytest.mark.parametrize("seed", range(30))
def test_lists_are_in_lexicographic_order_with_their_prefixes(seed: int) -> None:
    graph = random_graph(random.Random(seed), nodes=9)
    index = TokenIndex.build(graph, PairTokenizer(), inverse=seed % 3 > 0)
    groups = index.num_groups
    lists = [range(a, b) for a, b in zip(index.node_ptr, index.node_ptr[1:], strict=False)]
    lists += [range(a, b) for a, b in zip(index.group_ptr, index.group_ptr[1:], strict=False)]
    assert sorted(i for items in lists for i in items) == list(range(len(index.item)))
    for items in lists:
        sequences = [label_tokens(index, index.item[i]) for i in items]
        assert sequences == sorted(sequences)
        for left, right, i in zip(sequences, sequences[1:], items[1:], strict=False):
            common = next((k for k, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left))
            assert index.lcp[i] == min(common, len(right))
    steps = set()
    for place in range(graph.num_nodes):
        for g in range(index.node_ptr[place], index.node_ptr[place + 1]):
            for i in range(index.group_ptr[g], index.group_ptr[g + 1]):
                target = index.order[index.item[i] - (index.num_directed)]
                steps.add((int(index.order[place]), int(index.item[g]), int(target)))
    wanted = {(v, r, t) for v in range(graph.num_nodes) for r, t in graph.steps(v)}
    assert steps == {s for s in wanted if index.inverse or s[1] < graph.num_relations}
    assert len(index.item) - groups == len(steps)


def test_labels_longer_than_the_prefix_byte_are_told_apart() -> None:
    long = "x" * 300
    labels = ["start", long + "a", long + "b", long, long[:-1] + "c", long + "a"]
    graph = ToyGraph(labels, ["r"], [(0, 0, i) for i in range(1, 6)])
    automaton = GraphAutomaton(TokenIndex.build(graph, CharTokenizer(), inverse=False), 2, 1)
    spelled = {}
    states = automaton.start([0])
    while len(states):
        allowed = automaton.allowed(states)
        states = automaton.advance(states.take(allowed.rows()), allowed.token_ids)
        done = automaton.is_complete(states)
        for paths in automaton.paths(states.take(np.flatnonzero(done))):
            spelled[labels[paths[0].nodes[1]]] = sorted(path.nodes[1] for path in paths)
        states = states.take(np.flatnonzero(~done))
    assert spelled == {long + "a": [1, 5], long + "b": [2], long: [3], long[:-1] + "c": [4]}


def test_each_distinct_label_is_tokenised_once_as_a_part() -> None:
    graph = ToyGraph(["same"] * 500, ["r"], [(i, 0, i + 1) for i in range(499)])
    tokenizer = CharTokenizer()
    TokenIndex.build(graph, tokenizer)
    assert tokenizer.calls < 500


def test_labels_with_the_separator_or_control_text_are_escaped() -> None:
    graph = ToyGraph(["a", "x -> y", "<end>", "-\\>"], ["r -> s"], [(0, 0, 1), (0, 0, 2), (0, 0, 3)])
    index = TokenIndex.build(graph, CharTokenizer(), inverse=False)
    assert 3 not in index.tokens
    assert (index.tokens == index.separator_token).sum() == (index.tokens == -1).sum()
    assert index.spelling.unescape(index.spelling.escape("x -> y")) == "x -> y"


class Stubborn(CharTokenizer):
    """Reads a full stop as the separator's token."""

    @staticmethod
    def encode(text: str) -> list[int]:
        return [1 if t == ord(".") + 16 else t for t in CharTokenizer.encode(text)]


def test_labels_that_collide_with_the_separator_are_named() -> None:
    labels = [f"label {i}" for i in range(5000)] + ["odd one."]
    with pytest.raises(BadInput, match=r"odd one\."):
        TokenIndex.build(ToyGraph(labels, ["r"], []), Stubborn())


class Joining(CharTokenizer):
    """Joins a label's leading ! with the separator before it, but only in a whole text."""

    @staticmethod
    def encode(text: str) -> list[int]:
        return CharTokenizer.encode(text.replace("r -> !", "r -> ?"))


def test_a_failed_self_test_names_the_labels() -> None:
    labels = [f"label {i}" for i in range(50)] + ["!joined"]
    with pytest.raises(BadInput, match="!joined"):
        TokenIndex.build(ToyGraph(labels, ["r"], []), Joining())


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    TokenIndex.build(ToyGraph(["a", "b"], ["r"], []), CharTokenizer(), progress=lambda i, n: seen.append((i, n)))
    assert seen == [(4, 4)]


def test_saves_and_maps(tmp_path: Path) -> None:
    graph = random_graph(random.Random(1), nodes=30)
    built = TokenIndex.build(graph, minilm())
    built.save(tmp_path / "index")
    loaded = TokenIndex.load(tmp_path / "index", graph, minilm())
    for name in (*INTS, *OCTETS):
        np.testing.assert_array_equal(getattr(built, name), getattr(loaded, name))
        assert not getattr(loaded, name).flags.writeable
    assert loaded.spelling == built.spelling
    assert loaded.separator_token == built.separator_token


def test_an_index_of_another_graph_or_tokenizer_is_refused(tmp_path: Path) -> None:
    graph, other = ToyGraph(["a", "b"], ["r"], [(0, 0, 1)]), ToyGraph(["a", "c"], ["r"], [(0, 0, 1)])
    TokenIndex.build(graph, CharTokenizer()).save(tmp_path / "index")
    with pytest.raises(StaleIndex, match=r"content_hash.*rebuild it with: clew something"):
        TokenIndex.load(tmp_path / "index", other, CharTokenizer(), rebuild="clew something")
    with pytest.raises(StaleIndex, match="tokenizer_hash"):
        TokenIndex.load(tmp_path / "index", graph, PairTokenizer())
    with pytest.raises(StaleIndex, match="inverse"):
        TokenIndex.load(tmp_path / "index", graph, CharTokenizer(), inverse=False)
    (tmp_path / "index" / "manifest.json").write_text("{")
    with pytest.raises(StaleIndex, match="no usable index"):
        TokenIndex.load(tmp_path / "index", graph, CharTokenizer())


def test_graphs_without_nodes_or_edges_have_an_index(tmp_path: Path) -> None:
    for graph in (ToyGraph([], [], []), ToyGraph(["a"], ["r"], []), ToyGraph(["a"], [], [])):
        index = TokenIndex.build(graph, CharTokenizer())
        index.save(tmp_path / "index")
        TokenIndex.load(tmp_path / "index", graph, CharTokenizer())
        if graph.num_nodes:
            automaton = GraphAutomaton(index, 2, 2)
            assert len(automaton.allowed(automaton.start([0])).token_ids) == 0
