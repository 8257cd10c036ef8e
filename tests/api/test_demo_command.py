"""``clew demo`` ends with a command that a newcomer can type, and that works."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.cli.demo import NEXT_QUESTION, _lines, next_command
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service


@pytest.mark.parametrize(
    ("program", "typed"),
    [("/usr/local/bin/clew", "clew"), (".venv/bin/clew", ".venv/bin/clew"), ("/usr/lib/clew/__main__.py", "clew")],
)
def test_the_program_is_named_as_it_was_typed(program: str, typed: str) -> None:
    assert shlex.split(next_command(program, "demo", Path("/home"), Path("/home")))[0] == typed


def test_a_home_is_named_where_it_is_not_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    default = Path("/default")
    assert "--home" not in next_command("clew", "demo", default, default)
    assert "--home .demo " in next_command("clew", "demo", tmp_path / ".demo", default)
    assert "--home '/a b/c'" in next_command("clew", "demo", Path("/a b/c"), default)


def test_the_next_command_answers(tmp_path: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["demo", "--home", str(tmp_path)]).output.splitlines()[-1]
    label, command = shown.split(": ", 1)
    words = shlex.split(command)
    assert label == "Next"
    assert words[-1] == NEXT_QUESTION
    answered = runner.invoke(main, words[1:])
    assert answered.exit_code == 0
    assert answered.output.startswith("Johannes Vermeer\n")


def test_a_program_that_gives_a_set_is_printed(mills: Service) -> None:
    result = mills.ask("mills", AskRequest(question="All mills there"))
    assert result.answers
    assert not result.paths
    said = list(_lines(result, 100))
    assert {answer.label for answer in result.answers} <= set(said)
