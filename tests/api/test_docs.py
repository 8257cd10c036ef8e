"""The reference documents every command, option, field, problem and metric."""

import re
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from clew.api.cli import COMMANDS, main
from clew.api.schema import models
from clew.api.schema.problems import KINDS
from clew.evaluation.report import summarise
from clew.kg.ingest.formats import FORMATS

MODELS = [
    each
    for each in vars(models).values()
    if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__.startswith("clew.api.schema.")
    if each is not models.Model
]
REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def section(name):
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8")
    match = re.search(rf"^## `clew {name}`$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"no section on clew {name}"
    return match[1]


def leaves(name):
    """A command, or the commands of a group."""
    command = main.get_command(click.Context(main), name)
    return list(command.commands.values()) if isinstance(command, click.Group) else [command]


EACH = [(name, command) for name in sorted(COMMANDS) for command in leaves(name)]


@pytest.mark.parametrize(("name", "command"), EACH, ids=lambda each: getattr(each, "name", each))
def test_every_command_and_option(name, command):
    text = section(name)
    assert command.name == name or f"clew {name} {command.name}" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("json", "home"):
            assert all(f"`{option}`" in text or option in ("-g", "-t") for option in parameter.opts), parameter.opts
    assert command.help


def test_every_format_of_a_graph_s_files():
    told = set(re.findall(r"`([a-z]+)`", re.search(r"^\| `--format` \|(.*)$", section("ingest"), re.MULTILINE)[1]))
    assert told == {name for name, (*_, extensions) in FORMATS.items() if extensions} != set()


def test_every_command_takes_json_and_home():
    for _, command in EACH:
        options = {option for p in command.params for option in p.opts}
        assert {"--json", "--home"} <= options


def test_no_option_that_is_not_there():
    for name in COMMANDS:
        known = {o for command in leaves(name) for p in command.params for o in (*p.opts, *p.secondary_opts)}
        table = re.findall(r"^\| (`--.*?) \|", section(name), re.MULTILINE)
        assert {option for row in table for option in re.findall(r"`(--?[a-z-]+)`", row)} <= known


def test_all_models_are_looked_at():
    assert {models.AskRequest, models.AskResult, models.Path, models.Chain, models.Explanation} <= set(MODELS)
    assert len(MODELS) > 20


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field(model):
    text = (REFERENCE / "rest.md").read_text(encoding="utf-8")
    assert model.model_fields
    assert not [field for field in model.model_fields if f"`{field}`" not in text and f'"{field}":' not in text]


def test_every_problem():
    text = (REFERENCE / "rest.md").read_text(encoding="utf-8")
    for error, kind in KINDS.items():
        assert f"`{error.code}` | {kind.status}" in text, error


def test_every_metric():
    text = (REFERENCE / "eval.md").read_text(encoding="utf-8")
    assert not [key for key in summarise([], [], 0) if f"`{key}`" not in text]
