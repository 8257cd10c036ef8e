"""Snapshots of format 1 brought up to the present one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import verify_snapshot
from clew.kg.store.migration import migrate
from clew.kg.store.snapshot import MANIFEST, write_snapshot

TRIPLES = [("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c")]


def publish_first_format(catalogue: Catalogue, name: str, graph: Graph, old: str) -> None:
    """What the first version of Clew wrote: no chunks, no relation counts, a hash of its own."""
    with catalogue.staging() as folder:
        write_snapshot(graph, folder)
        catalogue.publish(name, folder)
    (folder,) = [place for place, version in catalogue.version_folders(name) if version == graph.version]
    manifest = json.loads((folder / MANIFEST).read_text())
    for file in list(manifest["files"]):
        if "_chunk" in file or "_digest" in file or file == "relation_count.npy":
            (folder / file).unlink()
            del manifest["files"][file]
    manifest |= {"format_version": 1, "content_hash": old * 64}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    target = folder.with_name(f"{folder.name.split('-')[0]}-{old * 12}")
    folder.rename(target)
    (target.parent / "current").write_text(target.name)


def test_every_version_keeps_its_place(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    graphs = [from_triples(TRIPLES[:count], {"a": "A", "r": "R"}) for count in (1, 2, 3)]
    for graph, old in zip(graphs, "abc", strict=True):
        publish_first_format(catalogue, "g", graph, old)
    catalogue.use("g", "b")
    with pytest.raises(CorruptSnapshot, match="clew migrate"):
        catalogue.open("g")
    assert migrate(catalogue, "g") == {old * 12: graph.version for old, graph in zip("abc", graphs, strict=True)}
    assert catalogue.versions("g") == [graph.version for graph in graphs]
    assert catalogue.open("g").content_hash == graphs[1].content_hash
    for version in catalogue.versions("g"):
        verify_snapshot(catalogue.folder("g", version), "g")
    assert migrate(catalogue, "g") == {}


def test_a_damaged_version_is_not_migrated(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    publish_first_format(catalogue, "g", from_triples(TRIPLES), "a")
    path = catalogue.folder("g") / "out_node.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptSnapshot, match="SHA-256"):
        migrate(catalogue, "g")
    assert catalogue.versions("g") == ["a" * 12]


def test_a_format_to_come_is_refused(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    publish_first_format(catalogue, "g", from_triples(TRIPLES), "a")
    manifest = catalogue.folder("g") / MANIFEST
    manifest.write_text(manifest.read_text().replace('"format_version": 1', '"format_version": 99'))
    for attempt in (lambda: catalogue.open("g"), lambda: migrate(catalogue, "g")):
        with pytest.raises(CorruptSnapshot, match="format version 99"):
            attempt()
