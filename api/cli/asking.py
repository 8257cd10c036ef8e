"""``clew ask``."""

from __future__ import annotations

from contextlib import closing, nullcontext
from typing import Any

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.interrupt import interruptible
from clew.api.cli.options.conditions import condition_options
from clew.api.cli.root.compiling import compiling_told
from clew.api.model_settings import ModelChoice
from clew.api.schema.answer_text import answer_lines
from clew.api.schema.models import AskConditions, AskRequest, AskResult
from clew.api.serving.client import ask_running
from clew.api.settings import EMBEDDED, Settings
from clew.api.startup import last_task
from clew.api.threads import set_threads
from clew.kg import limits


@common.command("ask")
@common.default_graph_option
@click.argument("question")
@click.option(
    "--topic",
    "-t",
    multiple=True,
    help="Key or label of an entity to start from; repeatable. Default: found in QUESTION.",
)
@click.option(
    "--max-hops",
    type=click.IntRange(1, limits.MAX_HOPS_CEILING),
    default=limits.MAX_HOPS,
    show_default=True,
    help="Longest path, in hops.",
)
@click.option(
    "--min-hops",
    type=click.IntRange(1, limits.MAX_HOPS_CEILING),
    default=1,
    show_default=True,
    help="Shortest path, in hops.",
)
@click.option("--revisit", is_flag=True, help="Let steps of a path lead back onto the entity that it starts from.")
@click.option(
    "--max-answers",
    type=click.IntRange(1, limits.MAX_ANSWERS),
    default=limits.MAX_ANSWERS,
    show_default=True,
    help="Maximum number of answers.",
)
@click.option("--version", help="Graph version to ask. Default: the current one.")
@condition_options
@click.option(
    "--explain", is_flag=True, help="Also explain the answer in a sentence, written by the model or from a template."
)
@common.history_option
@click.option("--alone", is_flag=True, help="Do not ask a running server of this home.")
@common.model_options
def command(
    console: Console,
    graph: str,
    question: str,
    topic: tuple[str, ...],
    keep_history: bool,
    alone: bool,
    choice: ModelChoice,
    conditions: AskConditions | None,
    **bounds: Any,
) -> None:
    """Answer QUESTION from a graph.

    Prints the answers, each with the path that proves it. If the graph has no answer, says so and exits with 0.
    """
    settings = console.settings.of(choice).recording(keep_history)
    set_threads(settings.model)
    request = AskRequest(question=question, topics=list(topic) or None, conditions=conditions, **bounds)
    result = _answer(console, settings, graph, request, alone)
    if console.json:
        console.print_json(result)
        return
    for line in answer_lines(result, common.width(), settings.keep_history and not result.notices):
        console.print(line)


def _answer(console: Console, settings: Settings, graph: str, request: AskRequest, alone: bool) -> AskResult:
    """Answer a question, which Ctrl-C withdraws; unless ``alone``, let a running server do so."""
    with interruptible() as cancellation:
        found = None if alone else ask_running(settings, graph, request, cancellation)
    if found is not None:
        return found
    with compiling_told(console):
        return _answer_alone(settings, graph, request)


def _answer_alone(settings: Settings, graph: str, request: AskRequest) -> AskResult:
    # the embedded model leaves no garbage worth looking for
    last = last_task() if settings.model == EMBEDDED else nullcontext()
    with interruptible() as cancellation, last:
        from clew.api.service.service import Service  # leads to torch, which must know its threads first

        with closing(Service(settings)) as service:
            return service.ask(graph, request, cancellation=cancellation)
