"""Trained models of a graph: published whole or not at all, kept for new versions of the same graph."""

from __future__ import annotations

import errno
import random
from contextlib import suppress
from pathlib import Path

import pytest

from clew.decoding.embedded.network import weights
from clew.kg.errors import ModelUnavailable, StorageFailed, UnknownGraph
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.limits import KEEP_MODELS
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import write_snapshot
from clew.training.calibrate import UNFITTED
from clew.training.own_graph.store import ModelStore, about
from tests.decoding.embedded.toys import random_network
from tests.kg.test_catalogue import Disk

TRIPLES = [("a", "r", "b"), ("b", "s", "c")]


def put(catalogue: Catalogue, triples: list[tuple[str, str, str]]) -> Graph:
    with catalogue.staging() as folder:
        write_snapshot(from_triples(triples), folder)
        catalogue.publish("g", folder)
    return catalogue.open("g")


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    found = Catalogue(tmp_path)
    put(found, TRIPLES)
    return found


def write(folder: Path, relations: tuple[str, ...] = ("r", "s"), seed: int = 0) -> str:
    return weights.save(folder, random_network(seed)[0], UNFITTED, "e", {"relations": list(relations)})


def test_no_graph_no_store_and_no_model_at_first(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownGraph):
        ModelStore(catalogue, "other")
    assert ModelStore(catalogue, "g").current() is None


def test_the_newest_model_is_the_current_one_and_few_are_kept(catalogue: Catalogue) -> None:
    store = ModelStore(catalogue, "g")
    folders = [store.publish(write) for _ in range(KEEP_MODELS + 2)]
    assert store.current() == folders[-1]
    assert weights.load(folders[-1]).fingerprint == folders[-1].name.split("-")[1]
    assert [folder.is_dir() for folder in folders] == [False] * 2 + [True] * KEEP_MODELS
    assert about(folders[-1])["relations"] == ["r", "s"]
    assert store.forget()
    assert store.current() is None
    assert not store.forget()
    assert int(store.publish(write).name.split("-")[0]) == KEEP_MODELS + 3


@pytest.mark.parametrize("written", [0, 1])
def test_a_death_while_writing_leaves_the_old_model(catalogue: Catalogue, written: int) -> None:
    store = ModelStore(catalogue, "g")
    old = store.publish(write)

    def die(folder: Path) -> str:
        if written:
            write(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.publish(die)
    assert store.current() == old
    assert weights.load(old)
    new = store.publish(lambda folder: write(folder, seed=1))
    assert store.current() == new != old


def test_a_model_survives_a_new_version_of_the_graph_but_not_another_graph(catalogue: Catalogue) -> None:
    store = ModelStore(catalogue, "g")
    folder = store.publish(write)
    assert store.usable(put(catalogue, [*TRIPLES, ("c", "s", "d")])) == folder
    assert store.usable(put(catalogue, [*TRIPLES, ("c", "t", "d")])) == folder
    assert store.usable(put(catalogue, [("a", "u", "b"), ("b", "v", "c"), ("b", "s", "d")])) is None
    assert store.usable(put(catalogue, TRIPLES)) == folder


def test_a_model_survives_an_update_and_its_first_opening(catalogue: Catalogue, tmp_path: Path) -> None:
    folder = ModelStore(catalogue, "g").publish(write)
    (tmp_path / "more.csv").write_text("c,s,d\n")
    update(catalogue, "g", [tmp_path / "more.csv"], options=IngestOptions(isolated=False))
    assert ModelStore(catalogue, "g").current() == folder
    catalogue.compact("g")
    assert catalogue.folder("g") != catalogue.version_folder("g")
    assert ModelStore(catalogue, "g").current() == folder


def test_damage_is_said(catalogue: Catalogue) -> None:
    store = ModelStore(catalogue, "g")
    folder = store.publish(write)
    (folder / weights.CONFIG).write_text("{")
    with pytest.raises(ModelUnavailable, match="train it again"):
        store.usable(catalogue.open("g"))
    (folder.parent / "current").write_text("000001-gone")
    with pytest.raises(ModelUnavailable, match="clew train --graph g"):
        store.current()


def test_no_flip_in_a_model_goes_unnoticed(catalogue: Catalogue) -> None:
    folder = ModelStore(catalogue, "g").publish(write)
    fingerprint, rng = weights.load(folder).fingerprint, random.Random(1)
    for file in (folder / weights.CONFIG, folder / weights.WEIGHTS):
        data = file.read_bytes()
        for place in (0, len(data) // 2, len(data) - 2, *(rng.randrange(len(data)) for _ in range(60))):
            file.write_bytes(data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :])
            with suppress(ModelUnavailable):
                assert weights.load(folder).fingerprint == fingerprint, place
        file.write_bytes(data)
    assert weights.load(folder).fingerprint == fingerprint


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_at_any_write_leaves_the_old_model_or_the_new(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    store = ModelStore(catalogue, "g")
    old = store.publish(write)
    disk, new = Disk(monkeypatch, code), None
    for fail_at in range(1, 100):
        disk.calls, disk.fail_at = 0, fail_at
        with suppress(StorageFailed):
            new = store.publish(lambda folder: write(folder, seed=1))
        disk.fail_at = 0
        current = store.current()
        assert current is not None
        assert weights.load(current)
        if new is not None:
            break
    assert fail_at > 5
    assert store.current() == new != old


def test_removing_the_graph_removes_its_models(catalogue: Catalogue) -> None:
    folder = ModelStore(catalogue, "g").publish(write)
    catalogue.remove("g")
    assert not folder.exists()
