"""``clew ask``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.interrupt import interruptible
from clew.api.cli.options.conditions import condition_options
from clew.api.model_settings import ModelChoice
from clew.api.schema.answer_text import answer_lines
from clew.api.schema.models import AskConditions, AskRequest
from clew.api.threads import set_threads
from clew.kg import limits


@common.command("ask")
@common.graph_option
@click.argument("question")
@click.option("--topic", "-t", multiple=True, help="Key or label of what it is about; repeatable. Default: found.")
@click.option("--max-hops", type=click.IntRange(1, limits.MAX_HOPS_CEILING), default=limits.MAX_HOPS, show_default=True)
@click.option("--min-hops", type=click.IntRange(1, limits.MAX_HOPS_CEILING), default=1, show_default=True)
@click.option("--max-answers", type=click.IntRange(1, limits.MAX_ANSWERS), default=limits.MAX_ANSWERS)
@click.option("--version", help="A version of the graph. Default: the current one.")
@condition_options
@click.option("--explain", is_flag=True, help="Also tell the answer in words: a model's, checked, or a template's.")
@common.model_options
def command(
    console: Console,
    graph: str,
    question: str,
    topic: tuple[str, ...],
    max_hops: int,
    min_hops: int,
    max_answers: int,
    version: str | None,
    explain: bool,
    choice: ModelChoice,
    conditions: AskConditions | None,
) -> None:
    """Answer QUESTION from a graph.

    Prints the answers, each with the path that proves it. Where the graph holds no answer it says so, and exits with 0.
    """
    settings = console.settings.of(choice)
    set_threads(settings.model)
    from clew.api.service.service import Service

    request = AskRequest(
        question=question,
        topics=list(topic) or None,
        max_hops=max_hops,
        max_answers=max_answers,
        version=version,
        min_hops=min_hops,
        conditions=conditions,
        explain=explain,
    )
    with interruptible() as cancellation:
        result = Service(settings).ask(graph, request, cancellation=cancellation)
    if console.json:
        console.print_json(result)
        return
    for line in answer_lines(result, common.width()):
        console.print(line)
