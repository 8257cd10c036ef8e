"""The KG-Trie on disk, its budget, its cache, and the token trie beneath it."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import BadInput, StaleIndex, UnknownNode
from clew.tries.constraint import SpelledPath
from clew.tries.laws.constraint import enumerate_language
from clew.tries.reference.kg_trie import KGTrie, KGTrieCache
from clew.tries.reference.path_enumeration import enumerate_paths
from clew.tries.reference.token_trie import ROOT, TokenTrie, pack, unpack
from clew.tries.tokens.token_index import TokenIndex
from tests.tries.tokenizers import CharTokenizer
from tests.tries.toy import ToyGraph, random_graph

GRAPH = ToyGraph(
    ["a", "b", "b", "c"], ["r", "s"], [(0, 0, 1), (0, 1, 1), (0, 0, 2), (1, 0, 3), (3, 1, 0)]
)  # fmt: skip
INDEX = TokenIndex.build(GRAPH, CharTokenizer(), inverse=False)
END = 2


@pytest.mark.parametrize("seed", range(40))
def test_token_trie_holds_exactly_its_keys(seed: int) -> None:
    rng = random.Random(seed)
    keys = sorted(
        {pack([rng.choice([1, 2, 300]) for _ in range(rng.randint(1, 6))]) for _ in range(rng.randint(0, 40))}
    )
    trie = TokenTrie(keys)
    prefixes = {tuple(unpack(key)[:i].tolist()) for key in keys for i in range(len(key) // 4 + 1)} | {()}
    assert len(trie.token) == len(prefixes) - 1
    for prefix in prefixes:
        node = np.array([ROOT])
        for token in prefix:
            node = trie.advance(node, np.array([token], np.int32))
        onward = sorted(p[-1] for p in prefixes if p[:-1] == prefix and p)
        assert trie.allowed(node)[1].tolist() == onward
        wrong = next(t for t in range(5) if t not in onward)
        assert trie.advance(node, np.array([wrong], np.int32)) == -1
    for key, leaf in zip(keys, trie.leaf, strict=True):
        node = np.array([ROOT])
        for token in unpack(key):
            node = trie.advance(node, np.array([token], np.int32))
        assert node[0] == leaf


def test_saves_and_loads(tmp_path: Path) -> None:
    rng = random.Random(4)
    for i in range(10):
        graph = random_graph(rng)
        index = TokenIndex.build(graph, CharTokenizer())
        trie = KGTrie.enumerated(index, range(graph.num_nodes), 2, END)
        trie.save(tmp_path / str(i))
        loaded = KGTrie.load(tmp_path / str(i))
        for head in range(graph.num_nodes):
            assert enumerate_language(loaded, head) == enumerate_language(trie, head)
    with pytest.raises(StaleIndex):
        KGTrie.load(tmp_path / "none")
    (tmp_path / "0" / "strings.marisa").write_bytes(b"broken")
    with pytest.raises(StaleIndex, match=r"strings\.marisa"):
        KGTrie.load(tmp_path / "0")


def test_parallel_edges_are_kept_and_hops_exact() -> None:
    found = enumerate_paths(INDEX, 0, 1)
    assert sorted((p.nodes, p.relations) for p in found.paths) == [((0, 1), (0,)), ((0, 1), (1,)), ((0, 2), (0,))]
    assert not found.truncated
    assert {len(p.relations) for p in enumerate_paths(INDEX, 0, 3, 2).paths} == {2, 3}


@pytest.mark.parametrize("budget", [0, 1, 2, 3, 4, 5, 6, 50])
def test_a_spent_budget_is_reported(budget: int) -> None:
    everything = enumerate_paths(INDEX, 0, 3).paths
    found = enumerate_paths(INDEX, 0, 3, budget=budget)
    assert len(found.paths) == min(budget, len(everything))
    assert found.truncated == (budget < len(everything))
    assert KGTrie.enumerated(INDEX, [0], 3, END, budget=budget).truncated == found.truncated


def test_refuses_what_is_no_path() -> None:
    for path in (SpelledPath((0,), ()), SpelledPath((0, 1), (0, 0)), SpelledPath((0, 1), (9,))):
        with pytest.raises(BadInput):
            KGTrie.from_paths(INDEX, [path], END)
    with pytest.raises(UnknownNode):
        KGTrie.from_paths(INDEX, [SpelledPath((0, 9), (0,))], END)
    with pytest.raises(UnknownNode):
        enumerate_paths(INDEX, 9, 1)
    with pytest.raises(UnknownNode):
        KGTrie.from_paths(INDEX, [], END).start([4])
    with pytest.raises(BadInput, match="end token"):
        KGTrie.from_paths(INDEX, [], INDEX.separator_token)


def test_an_empty_list_allows_nothing() -> None:
    trie = KGTrie.from_paths(INDEX, [], END)
    assert len(trie) == 0
    assert len(trie.allowed(trie.start([0, 1])).token_ids) == 0


def test_the_cache_keeps_the_last_used() -> None:
    cache = KGTrieCache(INDEX, END, size=2)
    first = cache.get([0], 2)
    second = cache.get([1], 2)
    assert cache.get([0], 2) is first
    cache.get([0], 1)
    assert cache.get([0], 2) is first
    assert cache.get([1], 2) is not second
