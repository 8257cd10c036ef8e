"""The snapshot: a round trip over every member, and what a damaged one says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.interop import from_triples
from clew.kg.store.snapshot import MANIFEST, open_snapshot, verify_files, write_snapshot
from tests.kg.manifests import change_manifest, make_checksums_fit
from tests.kg.oracle import Triple, triples


@given(triples)
@settings(max_examples=12, deadline=None)  # it writes and syncs some thirty files
def test_round_trip(statements: list[Triple]) -> None:
    graph = from_triples(statements, {"a": "Label", "likes": "likes very much"})
    with tempfile.TemporaryDirectory() as folder:
        write_snapshot(graph, Path(folder) / "s")
        verify_files(Path(folder) / "s")
        again = open_snapshot(Path(folder) / "s", "again")
        assert again.arrays.keys() == graph.arrays.keys()
        for name, array in graph.arrays.items():
            assert again.arrays[name].dtype == array.dtype
            assert np.array_equal(again.arrays[name], array)
        assert again.meta == graph.meta
        assert (again.name, again.content_hash) == ("again", graph.content_hash)
        for node in range(again.num_nodes):
            assert again.key(node) == graph.key(node)
            assert again.relations_of(node).tolist() == graph.relations_of(node).tolist()


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    write_snapshot(from_triples([("a", "r", "b"), ("b", "r", "c")], {"a": "A"}), tmp_path / "s")
    return tmp_path / "s"


def test_nothing_is_written_through_a_mapping(snapshot: Path) -> None:
    graph = open_snapshot(snapshot, "g")
    with pytest.raises(ValueError, match="read-only"):
        graph.out.node[0] = 1


def test_a_missing_file(snapshot: Path) -> None:
    (snapshot / "out_node.npy").unlink()
    with pytest.raises(CorruptSnapshot, match=r"out_node\.npy"):
        open_snapshot(snapshot, "g")


def test_a_truncated_file(snapshot: Path) -> None:
    path = snapshot / "node_blob.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptSnapshot, match=r"node_blob\.npy.*bytes"):
        open_snapshot(snapshot, "g")


def test_an_object_array_is_refused(snapshot: Path) -> None:
    path = snapshot / "out_node.npy"
    np.save(path, np.array([{}], dtype=object), allow_pickle=True)
    make_checksums_fit(path)
    with pytest.raises(CorruptSnapshot, match="not an array"):
        open_snapshot(snapshot, "g")


@pytest.mark.parametrize("name", ["../out_node.npy", "/etc/passwd", "base/../../x.npy", "out_node.npy/x", ""])
def test_a_manifest_that_leads_outside(snapshot: Path, name: str) -> None:
    change_manifest(snapshot, lambda manifest: manifest["files"].update({name: manifest["files"]["out_node.npy"]}))
    with pytest.raises(CorruptSnapshot, match="not the name of a file"):
        open_snapshot(snapshot, "g")
    with pytest.raises(CorruptSnapshot, match="not the name of a file"):
        verify_files(snapshot)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format_version": 99}, "format version 99"),
        ({"format_version": None}, "load the graph again"),
        ({"files": {}}, "no array"),
    ],
)
def test_a_manifest_of_another_kind(snapshot: Path, change: dict[str, object], reason: str) -> None:
    change_manifest(snapshot, lambda manifest: manifest.update(change))
    with pytest.raises(CorruptSnapshot, match=reason):
        open_snapshot(snapshot, "g")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format_version": 1}'])
def test_a_manifest_that_is_none(snapshot: Path, text: str) -> None:
    (snapshot / MANIFEST).write_text(text)
    with pytest.raises(CorruptSnapshot):
        open_snapshot(snapshot, "g")
