"""``clew demo``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from clew.api import settings
from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.root.compiling import compiling_told
from clew.api.schema.answer_text import answer_lines, verified_line
from clew.api.schema.drawing import draw, pen_for
from clew.api.schema.models import AskRequest, AskResult
from clew.api.threads import set_threads

NEXT_QUESTION = "Who painted Girl with a Pearl Earring?"
"""The question that the output suggests."""


@common.command("demo")
@click.argument("question", required=False)
@click.option("--refresh", is_flag=True, help="Load the packaged graph again, even if it is already loaded.")
def command(console: Console, question: str | None, refresh: bool) -> None:
    """Ask the demo graph QUESTION, or an example question.

    Loads the demo graph, which is installed with Clew, if it is not loaded yet."""
    set_threads(console.settings.model)
    from clew.api.service.demo import DEMO_GRAPH, DEMO_QUESTION, ensure_demo
    from clew.api.service.service import Service

    service = Service(console.settings)
    if refresh or DEMO_GRAPH not in service.catalogue.names():
        console.note(f"Loading the demo graph into {console.settings.home} ...")
    with compiling_told(console):
        ensure_demo(service.catalogue, refresh)
        console.note("Asking a question (the first one also loads the model) ...")
        result = service.ask(DEMO_GRAPH, AskRequest(question=question or DEMO_QUESTION))
    if console.json:
        console.print_json(result)
        return
    for line in _lines(result, common.width()):
        console.print(line)
    console.print()
    console.print(f"Next: {next_command(sys.argv[0], DEMO_GRAPH, console.settings.home, settings.load().home)}")


def next_command(program: str, graph: str, home: Path, default: Path) -> str:
    """Return the command that asks ``graph`` another question.

    It contains ``--home`` only if ``home`` is not the ``default``, and ``program`` as it was typed.
    """
    words = [program if Path(program).name == "clew" and not Path(program).is_absolute() else "clew", "ask"]
    if home != default:
        here = Path.cwd()
        words += ["--home", str(home.relative_to(here) if home.is_relative_to(here) else home)]
    return shlex.join([*words, "--graph", graph, NEXT_QUESTION])


def _lines(result: AskResult, width: int) -> Iterator[str]:
    """Yield the question, the answers, the path of the first answer, and the result of the verification."""
    yield f"Question   {result.question}"
    if result.reason is not None:
        yield f"           {result.reason.message}"
    if result.program:
        yield ""
        yield from answer_lines(result, width, kept=False)
        return
    if not result.answers:
        return
    yield "Answers    " + ", ".join(answer.label for answer in result.answers)
    yield ""
    yield from (f"  {line}" for line in draw(result.paths[0], width - 2, pen_for(sys.stdout.encoding)))
    yield ""
    yield verified_line(result)
