"""The reference documents every command, option, field, problem and metric."""

import re
from pathlib import Path

import click
import pytest

from clew.api.cli import COMMANDS, main
from clew.api.schema import models
from clew.api.schema.problems import KINDS
from clew.evaluation.report import summarise

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def section(name):
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    match = re.search(rf"^## `clew {name}`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no section on clew {name}"
    return match[1]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option(name):
    command = main.get_command(click.Context(main), name)
    text = section(name)
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("json", "home"):
            assert all(f"`{option}`" in text or option in ("-g", "-t") for option in parameter.opts), parameter.opts
    assert command.help


def test_every_command_takes_json_and_home():
    for name in COMMANDS:
        options = {option for p in main.get_command(click.Context(main), name).params for option in p.opts}
        assert {"--json", "--home"} <= options


def test_no_option_that_is_not_there():
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        table = re.findall(r"^\| (`--.*?) \|", section(name), re.MULTILINE)
        assert {option for row in table for option in re.findall(r"`(--?[a-z-]+)`", row)} <= known


@pytest.mark.parametrize(
    "model", [models.AskRequest, models.AskConditions, models.AskResult, models.PathInspection, models.GraphDetail]
)
def test_every_field(model):
    text = (REFERENCE / "rest.md").read_text(encoding="utf-8")
    assert not [field for field in model.model_fields if f"`{field}`" not in text]


def test_every_problem():
    text = (REFERENCE / "rest.md").read_text(encoding="utf-8")
    for error, kind in KINDS.items():
        assert f"`{error.code}` | {kind.status}" in text, error


def test_every_metric():
    text = (REFERENCE / "eval.md").read_text(encoding="utf-8")
    assert not [key for key in summarise([], [], 0) if f"`{key}`" not in text]


def test_every_setting(monkeypatch):
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    files = [REFERENCE.parents[1] / "api" / name for name in ("settings.py", "model_settings.py")]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    for name in re.findall(r"CLEW_[A-Z_]+", source):
        assert f"`{name}`" in text
