"""Shared by all commands: the options --home and --json, one-line errors, safe output."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem
from pydantic import BaseModel, ValidationError

from clew.api import settings
from clew.api.model_settings import ModelChoice, ModelSettings, ReasoningMode, Scoring, SearchMethod
from clew.api.schema.problems import kind_of, problem_of, wrong_fields
from clew.api.schema.text import dumps, inert
from clew.api.settings import Settings
from clew.decoding.text.text_writer import Evidence
from clew.kg.errors import BadInput, ClewError
from clew.kg.limits import MAX_OFFERED_NAMES


class Console:
    """Output of a command: JSON with ``--json``, otherwise text. Control characters are always escaped."""

    def __init__(self, settings: Settings, json: bool) -> None:
        self.settings, self.json = settings, json

    def print(self, text: str = "", colour: str | None = None) -> None:
        """Print one line of text, on a terminal in a colour."""
        click.echo(click.style(inert(text), fg=colour) if colour else inert(text))

    def print_json(self, value: BaseModel | Any) -> None:
        """Print one JSON value."""
        click.echo(dumps(value.model_dump(mode="json") if isinstance(value, BaseModel) else value, indent=2))

    def print_line(self, value: BaseModel | Any) -> None:
        """Print one JSON value on one line."""
        click.echo(dumps(value.model_dump(mode="json") if isinstance(value, BaseModel) else value))

    def note(self, text: str) -> None:
        """Print progress on standard error, but only on a terminal and without ``--json``."""
        if not self.json and sys.stderr.isatty():
            click.echo(inert(text), err=True)

    def overwrite(self, text: str) -> None:
        """Print progress, overwriting the line of the previous call."""
        click.echo(f"\r{inert(text)[: width() - 1]:<{width() - 1}}", err=True, nl=False)


def command(name: str, cls: type[click.Command] = click.Command) -> Callable[[Callable[..., None]], click.Command]:
    """Make a function a command whose first argument is its ``Console``, with ``--home`` and ``--json``."""

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        @click.pass_context
        def run(ctx: click.Context, /, home: Path | None, json: bool, **options: Any) -> None:
            try:
                function(Console(settings.load(home or ctx.find_object(Path)), json), **options)
            except ClewError as error:
                ctx.exit(report(error, json))
            except ValidationError as error:
                ctx.exit(report(BadInput(wrong_fields(error)), json))
            except BrokenPipeError:  # whoever reads the output has seen enough, which click ends quietly
                raise
            except OSError as error:
                ctx.exit(report(ClewError(str(error)), json))

        home_type = click.Path(path_type=Path, file_okay=False)
        run = click.option("--json", is_flag=True, help="Print JSON instead of text.")(run)
        run = click.option("--home", type=home_type, help="Folder that holds graphs and stored answers.")(run)
        return click.command(name, cls=cls)(run)

    return decorate


def report(error: ClewError, json: bool) -> int:
    """Print the error on standard error and return the exit code."""
    problem = problem_of(error)
    said = f"{click.style('clew:', fg='red')} {inert(str(error))}"
    click.echo(dumps(problem.model_dump(exclude_none=True)) if json else said, err=True)
    return kind_of(error).exit_code


def width() -> int:
    """Return the width of the terminal, in columns."""
    return shutil.get_terminal_size((100, 24)).columns


history_option = click.option(
    "--no-history", "keep_history", is_flag=True, flag_value=False, default=True, help="Do not store answers."
)


class GraphName(click.ParamType[str]):
    """The name of a graph, which shells complete."""

    name = "graph"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the graphs whose names begin so."""
        from clew.kg.store.catalogue import Catalogue

        home = ctx.params.get("home") or ctx.find_object(Path)
        try:
            names = Catalogue(settings.load(home).home).names()
        except (ClewError, OSError):
            return []
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


graph_option = click.option("--graph", "-g", required=True, type=GraphName(), help="Name of the graph.")


def default_graph_option(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command that only reads take its graph from ``--graph``, else from the settings, else the only one."""

    @functools.wraps(function)
    def run(console: Console, /, graph: str | None, **options: Any) -> None:
        function(console, graph=graph or default_graph(console.settings), **options)

    text = "Name of the graph. Default: $CLEW_GRAPH, otherwise the only graph."
    return click.option("--graph", "-g", type=GraphName(), help=text)(run)


def default_graph(settings: Settings) -> str:
    """Return the graph that is meant where none is named. Raises ``BadInput`` if several may be, or there is none."""
    if settings.graph is not None:
        return settings.graph
    from clew.kg.store.catalogue import Catalogue

    names = Catalogue(settings.home).names()
    if len(names) == 1:
        return names[0]
    if not names:
        raise BadInput("there is no graph yet; load one with: clew ingest FILES --graph NAME")
    shown = ", ".join(names[:MAX_OFFERED_NAMES]) + ", ..." * (len(names) > MAX_OFFERED_NAMES)
    raise BadInput(f"name a graph with --graph, or one for always with CLEW_GRAPH; there are {shown}")


def graph_argument(function: Callable[..., None], needed: bool = True) -> Callable[..., None]:
    """Let a command take its graph either as the first argument GRAPH or as the option ``--graph``; where none is
    ``needed``, the default graph."""

    @functools.wraps(function)
    def run(console: Console, /, named: str | None, graph: str | None, **options: Any) -> None:
        if (named is None) == (graph is None) and (needed or named is not None):
            raise BadInput("name the graph exactly once: as the first argument or with --graph")
        function(console, graph=named or graph or default_graph(console.settings), **options)

    run = click.option("--graph", "-g", type=GraphName(), help="Name of the graph.")(run)
    return click.argument("named", required=False, metavar="GRAPH", type=GraphName())(run)


class ListsOfFiles(click.Command):
    """A command whose repeatable options each take all the words that follow: ``--add one.nt two.nt``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat such an option before each further word of its list."""
        lists = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        words: list[str] = []
        current, count = "", 0
        for word in args:
            if word.startswith("-") and word != "-":
                current, count = word.split("=")[0], int("=" in word)
            elif current in lists and count:
                words.append(current)
            count += not (word.startswith("-") and word != "-")
            words.append(word)
        return super().parse_args(ctx, words)


def model_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a model and how it is used, and give a command that asks questions its ``choice``."""

    @functools.wraps(function)
    def run(*given: Any, model: str | None, fallback: str | None, **options: Any) -> None:
        kinds = {name: kind for name, (kind, _) in _MODEL_OPTIONS.items()}
        said = {name: options.pop(name) for name in kinds}
        chosen: dict[str, Any] = {name: kinds[name](text) for name, text in said.items() if text is not None}
        function(*given, choice=ModelChoice(model, fallback, **chosen), **options)

    for name, (kind, text) in reversed(_MODEL_OPTIONS.items()):
        values = click.Choice([str(member) for member in kind])
        default = f"Default: $CLEW_{name.upper()}, otherwise {getattr(ModelSettings(), name)}."
        run = click.option(f"--{name}", type=values, help=f"{text} {default}")(run)
    named = "Model: embedded, a hub id, a folder, or openai:ADDRESS#MODEL. Default: $CLEW_MODEL, otherwise embedded."
    behind = "Model to ask where the embedded one is too unsure to answer. Default: $CLEW_FALLBACK, otherwise none."
    return click.option("--model", help=named)(click.option("--fallback", help=behind)(run))


_MODEL_OPTIONS: dict[str, tuple[type[StrEnum], str]] = {
    "reasoning": (ReasoningMode, "How a causal LM reasons."),
    "search": (SearchMethod, "Search for the best paths of a causal LM."),
    "score": (Scoring, "What the path probability of a causal LM is relative to."),
    "evidence": (Evidence, "How the proof is shown to a model that writes an explanation."),
}
