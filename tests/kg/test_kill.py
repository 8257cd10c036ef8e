"""Ingests and updates killed, and disks that fail, at any moment: the catalogue opens at the old version or the new."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from clew.kg.errors import ClewError
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import verify_snapshot
from tests.kg.test_catalogue import Disk

HERE = IngestOptions(isolated=False, keep=3)
KILLS = 100
FILES = {
    "one.txt": "a|p|b\nb|p|c\n",
    "two.txt": "a|p|b\nb|p|c\nc|q|d\n",
    "more.nq": '<x:a> <x:p> "1" <x:g> .\n<x:b> <x:p> <x:a> .\n',
    "less.txt": "b|p|c\n",
}


def step(catalogue: Catalogue, folder: Path, number: int) -> None:
    """One of the things that write to a catalogue."""
    kind = number % 5
    if kind < 2:
        ingest(catalogue, [folder / ("one.txt" if kind else "two.txt")], "g", HERE)
    elif kind == 4:
        catalogue.open("g")  # builds what an update left to be built
    else:
        add, delete = ([folder / "more.nq"], []) if kind == 2 else ([], [folder / "less.txt"])
        update(catalogue, "g", add, delete, HERE)


class Sound:
    """Verifies what a graph is at now, unless that has been: many moments leave the very same files."""

    def __init__(self) -> None:
        self._versions: dict[frozenset[tuple[str, bytes]], str] = {}

    def version(self, catalogue: Catalogue) -> str:
        """The version that the files are, each byte of them read."""
        folder = catalogue.folder("g")
        files = [file for file in folder.rglob("*") if file.is_file()]
        state = frozenset((str(file.relative_to(folder)), file.read_bytes()) for file in files)
        if state not in self._versions:
            self._versions[state] = verify_snapshot(folder, "g").version
        return self._versions[state]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_killed_a_hundred_times(folder: Path) -> None:
    catalogue = Catalogue(folder / "home")
    for number in range(5):  # compiles everything; a fork has it then
        step(catalogue, folder, number)
    rng = random.Random(11)
    seen, sound = set(), Sound()
    for round_ in range(KILLS):
        child = os.fork()
        if child == 0:  # pragma: no cover - it is killed
            os.fsync = lambda handle: None  # a kill, unlike a power cut, loses nothing that was written
            with suppress(BaseException):
                for number in range(round_, round_ + 1000):
                    step(catalogue, folder, number)
            os._exit(1)
        time.sleep(rng.random() * 0.16)
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        current = catalogue.current("g")
        assert sound.version(catalogue) == current
        seen.add(current)
    assert len(seen) >= 3
    graph = catalogue.open("g")
    assert graph.edge(graph.node("a"), graph.relation("p"), graph.node("b")) is not None


@pytest.mark.parametrize("kind", ["update", "open"])
def test_a_disk_that_fails_at_any_write(folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    catalogue = Catalogue(folder / "home")
    ingest(catalogue, [folder / "one.txt"], "g", HERE)
    old = catalogue.current("g")

    def change() -> str:
        if kind == "open":
            return catalogue.open("g").version
        return update(catalogue, "g", [folder / "more.nq"], [folder / "less.txt"], HERE).version

    if kind == "open":
        update(catalogue, "g", [folder / "more.nq"], options=HERE)
        old = catalogue.current("g")
    kept = {old, change()}
    catalogue.use("g", old)
    if kind == "open":  # built by now: start again from what is not
        catalogue.remove("g")
        ingest(catalogue, [folder / "one.txt"], "g", HERE)
        update(catalogue, "g", [folder / "more.nq"], options=HERE)
    call, sound = 0, Sound()
    while call < 5000:
        call += 1
        with monkeypatch.context() as patch:
            disk = Disk(patch, errno.EIO if call % 2 else errno.ENOSPC)
            disk.fail_at = call
            with suppress(ClewError):  # which says that the disk fails, or that a file cannot be read
                change()
        assert catalogue.current("g") in kept
        assert sound.version(catalogue) == catalogue.current("g")
        if disk.calls < call:
            break
        if kind == "update":
            catalogue.use("g", old)
    else:
        pytest.fail("it never succeeded")
    assert call > 8


def test_ctrl_c_leaves_the_old_version(folder: Path) -> None:
    catalogue = Catalogue(folder / "home")
    (folder / "big.nt").write_text("".join(f"<a:{i}> <a:p> <a:{i % 97}> .\n" for i in range(200_000)))
    report = ingest(catalogue, [folder / "one.txt"], "g", HERE)

    def interrupt(progress: object) -> None:
        raise KeyboardInterrupt

    for action in (lambda: ingest(catalogue, [folder / "big.nt"], "g", observer=interrupt),
                   lambda: update(catalogue, "g", [folder / "big.nt"], observer=interrupt)):  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            action()
        assert catalogue.versions("g") == [report.version]
        assert list((catalogue.home / "staging").iterdir()) == []
