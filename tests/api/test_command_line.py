"""The command line as a whole: its help, its defaults, its configuration, what it offers where a name is wrong."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from clew.api import cli, settings
from clew.api.cli import COMMANDS, main
from clew.api.cli.common import Console
from clew.api.cli.progress import bar
from clew.api.cli.root import compiling
from clew.api.cli.root.commands import GROUPS
from clew.kg.errors import BadInput


def test_every_command_is_listed_once_in_one_line() -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert sorted(names) == sorted(COMMANDS) == sorted(set(names))
    folder = Path(cli.__file__).parent
    said = CliRunner().invoke(main, ["--help"]).output.splitlines()
    for group in GROUPS.values():
        for name, (module, summary) in group.items():
            assert (folder / f"{module}.py").is_file()
            assert any(line.split() == [name, *summary.split()] for line in said), name
            assert len(summary) < 66


@pytest.mark.parametrize(
    ("typed", "offered"), [("aks", "Did you mean ask"), ("VERIFY", "verify"), ("qwxz", "no command 'qwxz'.")]
)
def test_a_wrong_command_offers_what_was_meant(typed: str, offered: str) -> None:
    result = CliRunner().invoke(main, [typed])
    assert result.exit_code == 2
    assert offered in result.output


def test_colours_only_on_terminals() -> None:
    error = ["stats", "none"]
    coloured = CliRunner().invoke(main, ["--home", "nowhere", *error], color=True).output
    plain = CliRunner().invoke(main, ["--home", "nowhere", *error]).output
    unwanted = CliRunner(env={"NO_COLOR": "1"}).invoke(main, ["--home", "nowhere", *error], color=True).output
    assert "\x1b[31m" in coloured
    assert "\x1b" not in plain
    assert plain == unwanted == click.unstyle(coloured)


def test_nobody_reads_the_output(home: Path) -> None:
    for words in (["--help"], ["--home", str(home), "graphs"]):
        read, write = os.pipe()
        os.close(read)
        run = subprocess.run([sys.executable, "-m", "clew", *words], stdout=write, stderr=subprocess.PIPE, check=False)
        os.close(write)
        assert run.stderr == b""


# --- defaults
def test_the_only_graph_is_the_default(clew: Any, home: Path, publish: Any) -> None:
    assert "Christopher Nolan" in clew("ask", "Who directed Tenet?").stdout
    publish(home, "more")
    assert "there are films, more" in clew("ask", "Who directed Tenet?", exit_code=2).stderr


def test_the_configuration_goes_behind_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('home = "graphs"\ngraph = "films"\nask_seconds = 2.5\nhistory = false\nworkers = 3\n')
    loaded = settings.load(env={"CLEW_CONFIG": str(file), "CLEW_WORKERS": "2"})
    assert (loaded.home, loaded.graph, loaded.ask_seconds, loaded.keep_history, loaded.workers) == (
        tmp_path / "graphs", "films", 2.5, False, 2,
    )  # fmt: skip
    assert settings.load(tmp_path, env={"CLEW_CONFIG": str(file)}).home == tmp_path


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('modell = "x"', "did you mean model"),
        ("graph = [1]", "write a text"),
        ("= 3", "cannot be read"),
        ('history = "maybe"', "on or off"),
        ('api_key = "secret"', "chmod 600"),
    ],
)
def test_wrong_configurations(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    (tmp_path / "c.toml").chmod(0o644)
    with pytest.raises(BadInput, match=why) as raised:
        settings.load(env={"CLEW_CONFIG": str(tmp_path / "c.toml")})
    assert "secret" not in str(raised.value)


def test_a_configuration_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        settings.load(env={"CLEW_CONFIG": str(tmp_path / "none.toml")})


# --- completion
def complete(words: str, home: Path) -> list[str]:
    env = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_CLEW_COMPLETE": "bash_complete"}
    result = CliRunner(env=env | {"CLEW_HOME": str(home)}).invoke(main, prog_name="clew")
    return [line.partition(",")[2] for line in result.output.splitlines() if line]


def test_graphs_and_commands_are_completed(home: Path) -> None:
    assert complete("clew stats f", home) == ["films"]
    assert complete("clew ask --graph ", home) == ["films"]
    assert "verify" in complete("clew ver", home)
    assert complete("clew stats f", home / "none") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(clew: Any, shell: str) -> None:
    assert "_CLEW_COMPLETE" in clew("completion", shell).stdout


# --- progress
def test_bars() -> None:
    assert bar("rows", 5, 10, 2.0) == "rows [##########----------] 50% 5/10, 2.5/s, 0:02 left"
    assert bar("rows", 10, 10, 2.0, ", done").endswith("100% 10/10, 5.0/s, done")
    assert "left" not in bar("rows", 0, 10, 0.0)
    assert "100%" in bar("rows", 0, 0, 0.0)


def test_compiling_is_told_on_terminals_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_INTERVAL", 0.01)
    monkeypatch.setattr(compiling, "is_kept", lambda kernel: False)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    said: list[str] = []
    for terminal in (False, True):
        console = Console(settings.load(tmp_path), json=False)
        monkeypatch.setattr("sys.stderr", Terminal(terminal))
        monkeypatch.setattr(console, "overwrite", said.append)
        with compiling.compiling_told(console):
            (tmp_path / f"{terminal}.nbi").touch()
            for _ in range(500):
                if said or not terminal:
                    break
                time.sleep(0.01)
        assert bool(said) == terminal
    assert said[0].startswith("compiling (once after an installation) [")
    assert " 1/95" in said[0]


class Terminal(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


# --- doctor
def test_the_doctor(clew: Any, home: Path) -> None:
    found = json.loads(clew("doctor", "--json").stdout)
    subjects = {finding["subject"]: finding["level"] for finding in found["findings"]}
    assert found["healthy"]
    assert {"software", "configuration", "home", "model", "encoder", "graph films", "server"} <= subjects.keys()
    next((home / "graphs" / "films").glob("*/manifest.json")).write_text("{}")
    assert "failed   graph films" in clew("doctor", exit_code=1).stdout


def test_the_doctor_finds_keys_for_graphs_that_are_gone(clew: Any, home: Path) -> None:
    def told() -> list[tuple[str, str]]:
        found = json.loads(clew("doctor", "--json").stdout)["findings"]
        return [(one["subject"], one["level"]) for one in found if one["subject"].startswith("API key")]

    assert told() == []
    clew("keys", "add", "here", "--scope", "ask:films", "--scope", "read")
    assert told() == [("API keys", "ok")]
    clew("keys", "add", "gone", "--scope", "ask:films", "--scope", "ask:people", "--scope", "read:people")
    assert told() == [("API keys", "ok"), ("API key gone", "warning")]
    (home / "keys.json").write_text("{")
    assert "failed   API keys" in clew("doctor", exit_code=1).stdout


# --- shell
def test_the_shell_remembers(clew: Any, home: Path) -> None:
    typed = "Who directed [Inception]?\n\n/topic\n/topic Juno\nWho directed?\n/nope\n/json\nWho?\n/quit\nno"
    result = CliRunner().invoke(main, ["--home", str(home), "shell", "--graph", "films"], input=typed)
    lines = result.output.splitlines()
    assert result.exit_code == 0, result.output
    assert lines[0] == "Christopher Nolan"
    assert "Inception" in lines
    assert "(about Juno)" in lines
    assert "Jason Reitman" in lines
    assert "there is no command /nope" in result.output
    assert json.loads(lines[-1])["question"] == "Who?"


def test_the_other_commands_of_the_shell(clew: Any, home: Path) -> None:
    typed = "/help\n/graph\n/graph none\n/forget\n/topic\n/topic nobody at all\nWho directed [Juno]?\n"
    result = CliRunner().invoke(main, ["--home", str(home), "shell", "--graph", "films"], input=typed)
    assert result.exit_code == 0, result.output
    for said in ("/forget", "films", "no graph 'none'", "no topic", "nobody at all", "Jason Reitman"):
        assert said in result.output
