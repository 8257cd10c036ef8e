"""Indices whose building is killed, or whose disk fails, at any moment: the graph answers as it did."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from clew.api.schema.models import AskRequest
from clew.api.service.indices import Indices
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.tries.storage import verify_indices

KILLS = 10
ROWS = "".join(f"film{i}\tdirected by\tDirector {i % 5}\nfilm{i}\tyear\t{1980 + i}\n" for i in range(40))
QUESTION = "Who directed film3?"
_BUILDER = """
import os, shutil, sys
from pathlib import Path
from clew.api.service.indices import Indices
from clew.kg.store.catalogue import Catalogue
home = Path(sys.argv[1])
indices = Indices(Catalogue(home))
indices.build("g", lambda step: None)
for _ in sys.stdin:
    child = os.fork()  # has all that takes seconds to load
    if child == 0:
        while True:
            shutil.rmtree(home / "derived", ignore_errors=True)
            indices.build("g", lambda step: None)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""
"""Builds the indices over and over in a child for each line of its input; prints its number, and what ended it."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "films.tsv").write_text(ROWS)
    ingest(Catalogue(tmp_path), [tmp_path / "films.tsv"], "g", IngestOptions(isolated=False))
    return tmp_path


def answers(home: Path) -> list[str]:
    service = Service(Settings(home=home))
    try:
        return [answer.label for answer in service.ask("g", AskRequest(question=QUESTION), record=False).answers]
    finally:
        service.close()


def test_killed_while_indices_are_built(home: Path) -> None:
    rng, seen = random.Random(4), set()
    with subprocess.Popen(
        [sys.executable, "-c", _BUILDER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(KILLS):
            print("again", file=process.stdin, flush=True)
            child = int(process.stdout.readline())
            time.sleep(rng.random() * 0.15)
            os.kill(child, signal.SIGKILL)
            assert int(process.stdout.readline()) == signal.SIGKILL
            seen.add(len([path for path in (home / "derived").rglob("*") if path.is_file()]))
            assert answers(home) == ["Director 3"]
        process.stdin.close()
        assert process.wait() == 0
    assert len(seen) > 1, "it was killed at different moments"
    shutil.rmtree(home / "derived")
    assert Indices(Catalogue(home)).build("g", lambda step: None)
    assert verify_indices(home / "derived")[0] > 15


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fails_while_indices_are_built(home: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """The indices cannot be stored, at first or at all: questions are answered without them."""
    save, calls, fail_from = np.save, 0, 1000

    def failing(*arguments: object, **options: object) -> None:
        nonlocal calls
        calls += 1
        if calls >= fail_from:
            raise OSError(code, os.strerror(code))
        save(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(np, "save", failing)
    assert Indices(Catalogue(home)).build("g", lambda step: None)
    assert calls > 12
    for first in (1, 4, calls // 2, calls):
        calls, fail_from = 0, first
        shutil.rmtree(home / "derived", ignore_errors=True)
        assert not Indices(Catalogue(home)).build("g", lambda step: None)
        assert answers(home) == ["Director 3"]
    monkeypatch.undo()
    assert Indices(Catalogue(home)).build("g", lambda step: None)
    assert answers(home) == ["Director 3"]
