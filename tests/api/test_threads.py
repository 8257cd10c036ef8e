"""How many threads torch gets, and that they do not spin: before anything imports it."""

import os
import subprocess
import sys
import threading
import time

import pytest
from click.testing import CliRunner

from clew.api import threads
from clew.api.cli import main, serve
from clew.api.threads import set_threads
from clew.kg import limits

COMMANDS = {
    "ask": ["ask", "--graph", "none", "who?"],
    "eval": ["eval", "--graph", "none", "--questions", "none.jsonl"],
    "train": ["train", "--graph", "none"],
}


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "")  # so that it is put back after the test
        monkeypatch.delenv(name)


def test_they_are_set_before_torch_is_imported():
    script = (
        "import sys; from clew.api.cli import asking, evaluate, serve, train; "
        "from clew.api.threads import set_threads\n"
        "assert 'torch' not in sys.modules; set_threads('embedded')\n"
        "import os, torch, clew.api.rest.app; print(torch.get_num_threads(), os.environ['OMP_WAIT_POLICY'])"
    )
    cores = min(limits.MAX_THREADS, os.cpu_count() or 1)
    for given, wanted in (({}, cores), ({"OMP_NUM_THREADS": "1"}, 1)):
        env = dict(os.environ) | given
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=env)
        assert done.stdout.split() == [str(wanted), "passive"], done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_commands_that_compute_set_them(name, tmp_path):
    most = limits.MAX_TRAINING_THREADS if name == "train" else min(limits.MAX_THREADS, os.cpu_count() or 1)
    result = CliRunner().invoke(main, COMMANDS[name], env={"CLEW_HOME": str(tmp_path)})
    assert result.exit_code != 0  # there is no such graph; nothing was computed
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == (str(most), "passive")


def test_what_the_environment_says_goes_before(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    set_threads("embedded")
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == ("7", "active")


def test_another_model_has_as_many_as_torch_takes():
    set_threads("some/causal-lm")
    assert "OMP_NUM_THREADS" not in os.environ
    assert os.environ["OMP_WAIT_POLICY"] == "passive"


def test_the_server_sets_them(monkeypatch, tmp_path):
    monkeypatch.setattr("clew.api.serving.server.run", lambda *_, **__: None)
    assert CliRunner().invoke(main, ["serve", "--home", str(tmp_path)]).exit_code == 0
    most = min(limits.MAX_THREADS, os.cpu_count() or 1)
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"]) == (str(most), "passive")


def test_the_server_s_threads_take_short_turns(monkeypatch, tmp_path):
    monkeypatch.setattr("clew.api.serving.server.run", lambda *_, **__: None)
    before = sys.getswitchinterval()
    try:
        assert CliRunner().invoke(main, ["serve", "--home", str(tmp_path)]).exit_code == 0
        assert sys.getswitchinterval() == pytest.approx(limits.SWITCH_SECONDS)
    finally:
        sys.setswitchinterval(before)


def test_a_server_gives_freed_memory_back_while_it_works_and_not_while_it_idles(monkeypatch):
    given_back, begun = [], threading.Event()
    monkeypatch.setattr(threads, "return_freed_memory", lambda: (given_back.append(1), begun.set()))
    monkeypatch.setattr(threads, "share_arenas", lambda most: None)
    monkeypatch.setattr(limits, "MEMORY_SECONDS", 0.01)
    monkeypatch.setattr(limits, "MEMORY_WORK_SECONDS", 0.2)
    others = set(threading.enumerate())
    over = threads.return_memory_regularly()
    (thread,) = set(threading.enumerate()) - others
    end = time.process_time() + 5
    while not begun.is_set() and time.process_time() < end:
        sum(range(1000))
    assert begun.is_set()
    monkeypatch.setattr(limits, "MEMORY_WORK_SECONDS", 1e9)
    time.sleep(0.1)
    before = len(given_back)
    time.sleep(0.2)
    assert len(given_back) == before
    over.set()
    thread.join(5)
    assert not thread.is_alive()


def test_that_ends_with_the_serving(monkeypatch, tmp_path):
    begun = []
    monkeypatch.setattr(serve, "return_memory_regularly", lambda: begun.append(threading.Event()) or begun[0])
    monkeypatch.setattr("clew.api.serving.server.run", lambda *_, **__: None)
    before = sys.getswitchinterval()
    try:
        assert CliRunner().invoke(main, ["serve", "--home", str(tmp_path)]).exit_code == 0
    finally:
        sys.setswitchinterval(before)
    assert [over.is_set() for over in begun] == [True]
