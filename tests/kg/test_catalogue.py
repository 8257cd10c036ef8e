"""The catalogue: names, versions, atomic publication, and what a kill leaves behind."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from clew.kg.errors import (
    BadInput,
    CorruptSnapshot,
    GraphExists,
    StorageFailed,
    UnknownGraph,
    UnknownVersion,
    VersionChanged,
)
from clew.kg.graph.interop import from_triples
from clew.kg.store import snapshot
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.snapshot import verify_files, write_snapshot


def publish(
    catalogue: Catalogue, name: str, *triples: tuple[str, str, str], keep: int = 5, expected: str | None = None
) -> str:
    with catalogue.staging() as folder:
        write_snapshot(from_triples(triples), folder)
        return catalogue.publish(name, folder, keep, expected)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "home")


A, B, C = ("a", "r", "b"), ("b", "r", "c"), ("c", "r", "d")


def test_publish_open_and_versions(catalogue: Catalogue) -> None:
    assert catalogue.names() == []
    first = publish(catalogue, "g", A)
    second = publish(catalogue, "g", A, B)
    publish(catalogue, "h", C)
    assert catalogue.names() == ["g", "h"]
    assert catalogue.versions("g") == [first, second]
    assert catalogue.open("g").version == catalogue.current("g") == second
    assert catalogue.open("g", first).num_edges == 1
    assert catalogue.open("g", first[:5]).name == "g"
    assert catalogue.use("g", first) == first
    assert catalogue.open("g").version == first
    assert list((catalogue.home / "staging").iterdir()) == []


def test_a_change_is_made_to_the_expected_version_only(catalogue: Catalogue) -> None:
    first = publish(catalogue, "g", A, expected="")
    with pytest.raises(GraphExists, match="'g'"):
        publish(catalogue, "g", B, expected="")
    with pytest.raises(VersionChanged, match="is none, not"):
        publish(catalogue, "h", B, expected=first)
    second = publish(catalogue, "g", B, expected=first)
    for change in (
        lambda: publish(catalogue, "g", C, expected=first),
        lambda: catalogue.use("g", first, first),
        lambda: catalogue.remove("g", first),
    ):
        with pytest.raises(VersionChanged, match=second):
            change()
    assert (catalogue.names(), catalogue.current("g"), catalogue.versions("g")) == (["g"], second, [first, second])
    assert catalogue.use("g", first, second) == first
    catalogue.remove("g", first)
    assert catalogue.names() == []
    assert publish(catalogue, "g", C, expected="")


def test_the_same_content_again_is_the_same_version_once(catalogue: Catalogue) -> None:
    assert publish(catalogue, "g", A) == publish(catalogue, "g", A)
    assert len(catalogue.versions("g")) == 1
    assert catalogue.open("g").num_edges == 1


def test_old_versions_are_collected_but_not_the_current_one(catalogue: Catalogue) -> None:
    versions = [publish(catalogue, "g", A, ("x", "r", str(i)), keep=3) for i in range(5)]
    assert catalogue.versions("g") == versions[2:]
    catalogue.use("g", versions[2])
    assert catalogue.collect("g", keep=1) == versions[3:]
    assert catalogue.open("g").version == versions[2]


def test_derived_indices_go_with_the_last_graph_they_belong_to(catalogue: Catalogue) -> None:
    publish(catalogue, "g", A)
    publish(catalogue, "h", A)
    publish(catalogue, "h", B)
    folders = [catalogue.derived(catalogue.open(name), "tries", "v1") for name in ("g", "h")]
    for folder in folders:
        folder.mkdir(parents=True)
    catalogue.remove("g")
    assert [folder.exists() for folder in folders] == [True, True]
    catalogue.collect("h", keep=1)
    assert [folder.exists() for folder in folders] == [False, True]


def test_an_open_graph_outlives_its_removal(catalogue: Catalogue) -> None:
    publish(catalogue, "g", A)
    graph = catalogue.open("g")
    catalogue.remove("g")
    assert catalogue.names() == []
    assert graph.key(0) == "a"


def test_unknown_names_and_versions(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownGraph, match="none yet"):
        catalogue.open("g")
    version = publish(catalogue, "g", A)
    with pytest.raises(UnknownGraph, match="known graphs: g"):
        catalogue.versions("other")
    for wrong in ("ffffffffffff", "", "../../x"):
        with pytest.raises(UnknownVersion, match=version):
            catalogue.open("g", wrong)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a\0b", "a b", "é", "x" * 65, "-x", "a\n"]
)
def test_names_that_are_none(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(BadInput, match="invalid graph name"):
        catalogue.check_name(name)
    with pytest.raises(BadInput):
        catalogue.open(name)


def test_derived_folders_depend_on_content_and_languages(catalogue: Catalogue) -> None:
    publish(catalogue, "g", A)
    graph = catalogue.open("g")
    other = from_triples([B])
    folders = {
        catalogue.derived(graph, "tries", "v1"),
        catalogue.derived(graph, "tries", "v2/../../x"),
        catalogue.derived(graph, "faiss", "v1"),
        catalogue.derived(graph.with_languages("de"), "tries", "v1"),
        catalogue.derived(other, "tries", "v1"),
    }
    assert len(folders) == 5
    assert all(folder.is_relative_to(catalogue.home / "derived") and ".." not in folder.parts for folder in folders)
    with pytest.raises(BadInput):
        catalogue.derived(graph, "../x", "v1")


def test_what_a_dead_process_left_is_swept(catalogue: Catalogue) -> None:
    publish(catalogue, "g", A)
    left = catalogue.home / "staging" / "0123456789abcdef"
    (left / "snapshot").mkdir(parents=True)
    (left / ".lock").touch()
    os.utime(left, (1, 1))
    publish(catalogue, "g", B)
    assert not left.exists()


class Disk:
    """Fails the ``n``-th of the system calls that change what is on the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        self.calls, self.fail_at, self.code = 0, 0, code
        monkeypatch.setattr(os, "fsync", self.failing(lambda handle: None))
        monkeypatch.setattr(snapshot._SummingWriter, "write", self.failing(snapshot._SummingWriter.write))
        for name in ("rename", "replace", "mkdir", "open"):
            monkeypatch.setattr(Path, name, self.failing(getattr(Path, name)))

    def failing(self, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls == self.fail_at:
                raise OSError(self.code, os.strerror(self.code))
            return function(*arguments, **options)

        return call


def test_a_disk_that_fails_at_any_write_leaves_the_old_version_or_the_new(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {publish(catalogue, "g", A), publish(Catalogue(catalogue.home / "other"), "g", B)}
    disk = Disk(monkeypatch, errno.ENOSPC)
    publish(catalogue, "g", B)
    writes = disk.calls
    assert writes > 100
    for n in range(1, writes):
        catalogue.use("g", catalogue.versions("g")[0])
        disk.calls, disk.fail_at, disk.code = 0, n, errno.EIO if n % 2 else errno.ENOSPC
        with suppress(StorageFailed, CorruptSnapshot):  # a manifest that cannot be read back is no snapshot
            publish(catalogue, "g", B)
        disk.fail_at = 0
        assert catalogue.open("g").version in versions
        verify_files(catalogue.folder("g"))
    publish(catalogue, "g", B)
    assert catalogue.open("g").edge(0, 0, 1) is not None


_PUBLISHER = """
import sys
from pathlib import Path
from clew.kg.store.catalogue import Catalogue
from clew.kg.graph.interop import from_triples
from clew.kg.store.snapshot import write_snapshot
catalogue = Catalogue(Path(sys.argv[1]))
print("ready", flush=True)
for i in range(1_000_000):
    with catalogue.staging() as folder:
        write_snapshot(from_triples([("a", "r", "b"), ("n", "r", str(i))]), folder)
        catalogue.publish("g", folder)
"""


def test_killed_at_any_moment_the_catalogue_opens_and_verifies(catalogue: Catalogue) -> None:
    publish(catalogue, "g", A)
    rng = random.Random(7)
    for _ in range(4):
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(
            [sys.executable, "-c", _PUBLISHER, str(catalogue.home)], stdout=subprocess.PIPE, env=env
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(rng.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        graph = catalogue.open("g")
        verify_files(catalogue.folder("g"))
        assert graph.edge(graph.node("a"), graph.relation("r"), graph.node("b")) is not None
        assert len(catalogue.versions("g")) <= 6
