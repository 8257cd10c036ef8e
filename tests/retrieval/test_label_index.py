"""Vectors of relation and entity labels: what is embedded, when, and what is reused."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import LimitReached, StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.retrieval.vectors import label_index
from clew.retrieval.vectors.label_index import EntityIndex, LabelIndex, RelationIndex
from tests.retrieval.conftest import WordHashes, films


def test_relation_vectors_are_those_of_the_labels(graph: Graph, word_hashes: WordHashes) -> None:
    index = RelationIndex.open(graph, word_hashes)
    assert index.texts == [graph.relation_label(r) for r in range(2 * graph.num_relations)]
    np.testing.assert_allclose(index.vectors, word_hashes.encode(index.texts), atol=1e-6)


def test_relation_vectors_are_embedded_once(graph: Graph, word_hashes: WordHashes, tmp_path: Path) -> None:
    first = RelationIndex.open(graph, word_hashes, tmp_path)
    embedded = word_hashes.encoded
    again = RelationIndex.open(graph, word_hashes, tmp_path)
    assert word_hashes.encoded == embedded == 2 * graph.num_relations
    np.testing.assert_array_equal(first.vectors, again.vectors)


def test_relation_vectors_of_another_model_are_replaced(graph: Graph, word_hashes: WordHashes, tmp_path: Path) -> None:
    RelationIndex.open(graph, word_hashes, tmp_path)
    word_hashes.fingerprint = "another"
    embedded = word_hashes.encoded
    RelationIndex.open(graph, word_hashes, tmp_path)
    assert word_hashes.encoded == 2 * embedded


def test_relation_vectors_of_another_version_serve_while_the_labels_are_the_same(
    graph: Graph, word_hashes: WordHashes, tmp_path: Path
) -> None:
    first = RelationIndex.open(graph, word_hashes, tmp_path / "first")
    embedded = word_hashes.encoded
    second = RelationIndex.open(graph, word_hashes, tmp_path / "second", tmp_path / "first")
    third = RelationIndex.open(graph, word_hashes, tmp_path / "second")
    assert word_hashes.encoded == embedded
    np.testing.assert_array_equal(first.vectors, second.vectors)
    np.testing.assert_array_equal(first.vectors, third.vectors)
    other = from_triples([("a", "another", "b")])
    found = RelationIndex.open(other, word_hashes, tmp_path / "third", tmp_path / "first")
    assert word_hashes.encoded == embedded + 2
    np.testing.assert_array_equal(found.vectors, word_hashes.encode(found.texts))


@pytest.mark.parametrize("damage", ["manifest.json", "vectors.npy", "shape"])
def test_damaged_relation_vectors_are_made_anew(
    graph: Graph, word_hashes: WordHashes, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    right = RelationIndex.open(graph, word_hashes, tmp_path).vectors
    if damage == "shape":
        np.save(tmp_path / "relations" / "vectors.npy", right[1:])
    else:
        (tmp_path / "relations" / damage).write_bytes(b"x")
    with caplog.at_level(logging.INFO):
        np.testing.assert_array_equal(RelationIndex.open(graph, word_hashes, tmp_path).vectors, right)
    assert "rebuilding" in caplog.text
    embedded = word_hashes.encoded
    RelationIndex.open(graph, word_hashes, tmp_path)
    assert word_hashes.encoded == embedded


def test_relation_vectors_that_cannot_be_stored_are_used_all_the_same(
    graph: Graph, word_hashes: WordHashes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    found = RelationIndex.open(graph, word_hashes, tmp_path / "file")
    assert found.vectors.shape == (2 * graph.num_relations, word_hashes.dimension)
    assert "is not kept" in caplog.text


def test_entity_index_finds_every_label_and_all_who_wear_it(graph: Graph, word_hashes: WordHashes) -> None:
    index = EntityIndex.build(graph, word_hashes)
    for node, label in graph.iter_labels():
        if label.kind != "description":
            found = dict(index.nearest([label.text], 1)[0])
            assert found[node] == pytest.approx(1, abs=1e-5)
    crash = {graph.node("e:Crash1996"), graph.node("e:Crash2004")}
    assert {node for node, _ in index.nearest(["Crash"], 1)[0]} == crash
    assert index.nearest(["something hungry"], 1)[0][0][1] < 0.9  # descriptions are no names


def test_entities_without_labels_go_by_their_shown_name(word_hashes: WordHashes) -> None:
    graph = from_triples([("Heat", "by", "Michael Mann")])
    assert EntityIndex.build(graph, word_hashes).nearest(["Michael Mann"], 1)[0][0][0] == graph.node("Michael Mann")


def test_label_index_keeps_entities_and_reports_progress(
    graph: Graph, word_hashes: WordHashes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_index, "CHUNK", 5)
    index = LabelIndex(graph, word_hashes, tmp_path)
    assert index.entities is None
    seen: list[tuple[int, int]] = []
    built = index.build_entities(progress=lambda done, total: seen.append((done, total)))
    total = built.index.size
    assert [done for done, _ in seen] == [*range(5, total, 5), total]
    assert {of for _, of in seen} == {total}
    embedded = word_hashes.encoded
    again = LabelIndex(graph, word_hashes, tmp_path)
    assert word_hashes.encoded == embedded
    assert again.entities is not None
    assert again.entities.nearest(["blade runner"], 3) == built.nearest(["blade runner"], 3)


def test_entities_in_the_background(graph: Graph, word_hashes: WordHashes) -> None:
    index = LabelIndex(graph, word_hashes)
    built = index.build_entities_in_background().result(timeout=30)
    assert index.entities is built
    stop = threading.Event()
    stop.set()
    with pytest.raises(LimitReached, match="stopped"):
        index.build_entities_in_background(stop=stop).result(timeout=30)
    assert index.entities is built


def test_entities_of_another_version_are_stale(graph: Graph, word_hashes: WordHashes, tmp_path: Path) -> None:
    LabelIndex(graph, word_hashes, tmp_path).build_entities()
    other = from_triples([("a", "b", "c")])
    with pytest.raises(StaleIndex):
        EntityIndex.load(other, word_hashes, tmp_path)
    assert LabelIndex(other, word_hashes, tmp_path).entities is None
    assert EntityIndex.load(films(), word_hashes, tmp_path).index.size > 0
