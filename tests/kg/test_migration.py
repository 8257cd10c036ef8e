"""Snapshots of earlier formats brought up to the present one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import verify_snapshot
from clew.kg.store.migration import migrate
from clew.kg.store.snapshot import MANIFEST, write_durably, write_snapshot
from tests.kg.manifests import change_manifest

HERE = IngestOptions(isolated=False)
TRIPLES = [("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c")]


def write_earlier_manifest(folder: Path, version: int, **changes: object) -> None:
    """Put a manifest of format 1 or 2 in the place of the present one: SHA-256 of files, no checksum of its own."""
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["checksum"]
    manifest["files"] = {
        file: {
            "bytes": (folder / file).stat().st_size,
            "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(),
        }
        for file in manifest["files"]
        if (folder / file).is_file()
    }
    (folder / MANIFEST).unlink()  # it may be linked from a version based on this one
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format_version": version} | changes))


def publish_first_format(catalogue: Catalogue, name: str, graph: Graph, old: str) -> None:
    """What the first version of Clew wrote: no chunks, no relation counts, a hash of its own."""
    with catalogue.staging() as folder:
        write_snapshot(graph, folder)
        catalogue.publish(name, folder)
    (folder,) = [place for place, version in catalogue.version_folders(name) if version == graph.version]
    for file in folder.glob("*.npy"):
        if "_chunk" in file.name or "_digest" in file.name or file.name == "relation_count.npy":
            file.unlink()
    write_earlier_manifest(folder, 1, content_hash=old * 64)
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


def second_format(tmp_path: Path) -> Catalogue:
    """A version that was loaded, one made by an update, and one made by another and built, all of format 2."""
    (tmp_path / "g.txt").write_text("".join(f"a{i}|r|b{i % 7}\n" for i in range(50)))
    catalogue = Catalogue(tmp_path / "home")
    ingest(catalogue, [tmp_path / "g.txt"], "g", HERE)
    for number in (1, 2):
        (tmp_path / "more.txt").write_text(f"a{number}|s|c\n")
        update(catalogue, "g", [tmp_path / "more.txt"], options=HERE)
        if number == 1:
            catalogue.compact("g")
    for folder, _ in catalogue.version_folders("g"):
        for part in (folder / "base", folder / "whole", folder):
            if part.is_dir():
                write_earlier_manifest(part, 2)
    return catalogue


def test_the_second_format_keeps_files_and_versions(tmp_path: Path) -> None:
    catalogue = second_format(tmp_path)
    versions, current = catalogue.versions("g"), catalogue.current("g")
    inodes = {path: path.stat().st_ino for path in tmp_path.rglob("*.np?")}
    assert len(versions) == 3
    with pytest.raises(CorruptSnapshot, match="clew migrate"):
        catalogue.open("g")
    assert migrate(catalogue, "g") == {version: version for version in versions}
    assert (catalogue.versions("g"), catalogue.current("g")) == (versions, current)
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*.np?")} == inodes
    for version in versions:
        assert catalogue.open("g", version).version == version
        verify_snapshot(catalogue.version_folder("g", version), "g")
    assert migrate(catalogue, "g") == {}


def test_a_migration_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = second_format(tmp_path)
    done = []

    def write(path: Path, data: bytes) -> None:
        if len(done) == 4:
            raise KeyboardInterrupt
        done.append(path)
        write_durably(path, data)

    monkeypatch.setattr("clew.kg.store.migration.write_durably", write)
    with pytest.raises(KeyboardInterrupt):
        migrate(catalogue, "g")
    monkeypatch.undo()
    migrate(catalogue, "g")
    for version in catalogue.versions("g"):
        verify_snapshot(catalogue.version_folder("g", version), "g")


def test_a_damaged_file_of_the_second_format_is_not_given_checksums(tmp_path: Path) -> None:
    catalogue = second_format(tmp_path)
    path = next(catalogue.version_folder("g").glob("base/out_node.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptSnapshot, match="SHA-256"):
        migrate(catalogue, "g")


def test_a_format_to_come_is_refused(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    with catalogue.staging() as folder:
        write_snapshot(from_triples(TRIPLES), folder)
        catalogue.publish("g", folder)
    change_manifest(catalogue.folder("g"), lambda manifest: manifest.update(format_version=99))
    for attempt in (lambda: catalogue.open("g"), lambda: migrate(catalogue, "g")):
        with pytest.raises(CorruptSnapshot, match="format version 99"):
            attempt()
