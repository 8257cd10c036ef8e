"""A process of our own starts without what it does not need, and leaves a process that it is a guest in alone."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.api.startup import last_task, leave, loading, settle, unsettle

PROGRAM = """
import atexit, gc, json, sys

def told():
    names = ("scipy.linalg", "numba", "faiss", "transformers", "yaml", "clew.kg.ingest",
             "clew.decoding.remote.engine", "clew.decoding.causal.causal_lm", "clew.decoding.search.port",
             "clew.api.schema.graph_paths", "clew.api.schema.exploring", "clew.api.schema.changes")
    hidden = [name for name, module in sys.modules.items() if module is None and name.startswith("scipy")]
    print(json.dumps([[n for n in names if n in sys.modules], hidden, gc.isenabled(), gc.get_freeze_count() > 0]))

atexit.register(told)
from clew.api.cli import main
main()
"""


def test_a_question_imports_only_what_it_runs(home: Path) -> None:
    Service(Settings(home=home)).warm("films")  # builds what later questions find
    command = ["--home", str(home), "ask", "-g", "films", "Who directed Tenet?"]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert run.returncode == 0, run.stderr
    *said, told = run.stdout.splitlines()
    assert said[0] == "Christopher Nolan"
    assert json.loads(told) == [[], [], True, True]


def test_a_guest_changes_nothing() -> None:
    frozen, modules = gc.get_freeze_count(), dict(sys.modules)
    with loading(), last_task():
        assert gc.isenabled()
        assert sys.modules == modules
    leave(0)
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen


@pytest.mark.parametrize(
    ("question", "graph", "code"), [("Who directed Tenet?", "films", 0), ("?", "films", 0), ("Who?", "no such", 2)]
)
def test_the_exit_code_and_all_output_arrive(home: Path, question: str, graph: str, code: int) -> None:
    command = ["--home", str(home), "ask", "-g", graph, question, "--json"]
    run = subprocess.run(
        [sys.executable, "-m", "clew", *command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert run.returncode == code, run.stderr
    json.loads(run.stdout if code == 0 else run.stderr)


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    command = [sys.executable, "-m", "clew", "--home", str(home), "ask", "-g", "films", "Who directed Tenet?"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said


def test_what_was_loaded_is_left_out_of_later_searches_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only in a process of our own; all of it is looked at again before any is given up."""
    before = gc.get_freeze_count()
    settle()
    assert gc.get_freeze_count() == before
    monkeypatch.setattr("clew.api.startup._Process.own", True)
    settle()
    assert gc.get_freeze_count() > before + 1_000
    unsettle()
    assert gc.get_freeze_count() == 0
