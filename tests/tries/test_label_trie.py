"""The linking trie finds labels in running text and says how."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import StaleIndex
from clew.tries.labels.folding import fold
from clew.tries.labels.label_trie import LabelTrie, Match
from clew.tries.labels.names import Names
from tests.tries.labelled import TEXTS, Statements, graph_of, statements
from tests.tries.slow_label_trie import SlowLabelTrie
from tests.tries.toy import ToyGraph

NAMES = [
    "New York",
    "New York City",
    "City Hall",
    "york",
    "São Paulo",
    "東京",
    "Straße",
    "Dr. No",
    "No",
    "Paris",
    "Paris",
]
GRAPH = ToyGraph(NAMES, ["r"], [], alternatives=[(1, "Big Apple"), (4, "Sampa"), (0, "No")])


def trie_of(graph: ToyGraph) -> LabelTrie:
    rows = [(node, label.text, label.kind == "alternative") for node, label in graph.iter_labels()]
    return LabelTrie.of([Names.of(rows)], graph.content_hash)


@pytest.fixture(scope="module")
def trie() -> LabelTrie:
    return trie_of(GRAPH)


def spans(matches: list[Match]) -> list[tuple[str, tuple[int, ...], str]]:
    return [(match.text, match.nodes, match.kind) for match in matches]


def test_lookup_tells_exact_alternative_and_case(trie: LabelTrie) -> None:
    assert spans(trie.lookup("Paris")) == [("Paris", (9, 10), "exact")]
    assert spans(trie.lookup("No")) == [("No", (8,), "exact"), ("No", (0,), "alternative")]
    assert spans(trie.lookup("sao paulo")) == [("sao paulo", (4,), "case")]
    assert spans(trie.lookup("strasse")) == [("strasse", (6,), "case")]
    assert trie.lookup("nowhere") == []
    assert trie.lookup("") == []


def test_scan_takes_the_longest_and_keeps_overlaps(trie: LabelTrie) -> None:
    assert spans(trie.scan("is new york city hall old?")) == [
        ("new york city", (1,), "case"),
        ("city hall", (2,), "case"),
    ]
    assert "york" in [match.text for match in trie.scan("new york", nested=True)]


def test_scan_keeps_to_word_boundaries(trie: LabelTrie) -> None:
    assert trie.scan("parish news, Nothing") == []
    assert spans(trie.scan("Paris's mayor")) == [("Paris", (9, 10), "exact")]
    assert spans(trie.scan("私は東京に住む")) == [("東京", (5,), "exact")]


def test_offsets_are_those_of_the_text_typed(trie: LabelTrie) -> None:
    text = "wo\u0301  liegt   SA\u0303O  PAULO ?"
    (match,) = trie.scan(text)
    assert text[match.start : match.end] == match.text == "SA\u0303O  PAULO"
    assert match.kind == "case"


def test_a_written_accent_in_either_normal_form_matches(trie: LabelTrie) -> None:
    assert [match.nodes for match in trie.scan("Sa\u0303o Paulo")] == [(4,)]


def test_saves_and_loads(trie: LabelTrie, tmp_path: Path) -> None:
    trie.save(tmp_path / "labels")
    trie.save(tmp_path / "labels")  # replaces
    loaded = LabelTrie.load(tmp_path / "labels", GRAPH.content_hash)
    assert not loaded._node.flags.writeable, "it is mapped, not read"
    for text in ["new york city hall", "No", "big apple", "東京", "x"]:
        assert loaded.scan(text) == trie.scan(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels"]


def test_a_trie_of_another_graph_is_refused(trie: LabelTrie, tmp_path: Path) -> None:
    trie.save(tmp_path / "labels")
    with pytest.raises(StaleIndex, match="clew ingest"):
        LabelTrie.load(tmp_path / "labels", "another")
    with pytest.raises(StaleIndex, match="no usable index"):
        LabelTrie.load(tmp_path / "nothing", GRAPH.content_hash)
    (tmp_path / "labels" / "ptr.npy").write_bytes(b"broken")
    with pytest.raises(StaleIndex, match=r"ptr\.npy .* with: clew ingest"):
        LabelTrie.load(tmp_path / "labels", GRAPH.content_hash)


def test_an_empty_graph_has_an_empty_trie(tmp_path: Path) -> None:
    trie = trie_of(ToyGraph([], ["r"], []))
    trie.save(tmp_path / "labels")
    assert LabelTrie.load(tmp_path / "labels", trie.content_hash).scan("anything at all") == []


def slow_scan(graph: ToyGraph, text: str) -> set[tuple[int, int, frozenset[int]]]:
    """Every maximal span of an ASCII text whose folding is the folding of a label."""
    spans = set()
    for i in range(len(text)):
        for j in range(i + 1, len(text) + 1):
            piece = text[i:j]
            inside = (i and re.match(r"[a-z0-9]{2}", text[i - 1 : i + 1], re.I)) or re.match(
                r"[a-z0-9]{2}", text[j - 1 : j + 1], re.I
            )
            if piece.strip() != piece or inside:
                continue
            nodes = frozenset(n for n, label in graph.iter_labels() if fold(label.text) == fold(piece))
            if nodes:
                spans.add((i, j, nodes))
    return {s for s in spans if not any(o[0] <= s[0] and s[1] <= o[1] and o[:2] != s[:2] for o in spans)}


@pytest.mark.parametrize("seed", range(60))
def test_scan_equals_brute_force_on_ascii(seed: int) -> None:
    rng = random.Random(seed)
    words = ["a", "B", "ab", "b-a", "a.", "1", "C++"]
    labels = [" ".join(rng.choices(words, k=rng.randint(1, 3))) for _ in range(8)]
    graph = ToyGraph(labels, ["r"], [], alternatives=[(0, rng.choice(words))])
    text = "".join(rng.choice([w, w.upper()]) + rng.choice([" ", "  ", ", ", ""]) for w in rng.choices(words, k=7))
    got: dict[tuple[int, int], set[int]] = {}
    for match in trie_of(graph).scan(text):
        assert text[match.start : match.end] == match.text
        got.setdefault((match.start, match.end), set()).update(match.nodes)
    assert {(*span, frozenset(nodes)) for span, nodes in got.items()} == slow_scan(graph, text)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=6), st.text(max_size=20))
def test_any_text_gives_spans_of_itself(labels: list[str], text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    trie = trie_of(ToyGraph(labels, ["r"], []))
    for match in trie.scan(text, nested=True):
        assert text[match.start : match.end] == match.text
        assert all(fold(labels[node]) == fold(match.text) for node in match.nodes)
    for node, label in enumerate(labels):
        assert not fold(label) or node in {n for match in trie.lookup(label) for n in match.nodes}


QUESTIONS = st.lists(TEXTS | st.sampled_from(["who", "is", ",", "'s", "-"]), max_size=5).map(" ".join)


@given(statements(), QUESTIONS)
def test_matches_are_those_of_the_slow_trie(said: Statements, question: str) -> None:
    graph = graph_of(said)
    fast, slow = LabelTrie.build(graph), SlowLabelTrie.build(graph)
    for nested in (False, True):
        assert fast.scan(question, nested) == slow.scan(question, nested)
    for text in [graph.label(node) for node in range(graph.num_nodes)] + [
        label.text for _, label in graph.iter_labels()
    ]:
        assert fast.lookup(text) == slow.lookup(text)
