"""``clew demo``."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.drawing import draw, pen_for
from clew.api.schema.models import AskRequest, AskResult
from clew.api.threads import set_threads


@common.command("demo")
@click.argument("question", required=False)
@click.option("--refresh", is_flag=True, help="Load the packaged graph again, even where it is there already.")
def command(console: Console, question: str | None, refresh: bool) -> None:
    """Ask the graph that comes with Clew: QUESTION, or one of its own."""
    set_threads(console.settings.model)
    from clew.api.service.demo import DEMO_GRAPH, DEMO_QUESTION, ensure_demo
    from clew.api.service.service import Service

    service = Service(console.settings)
    if ensure_demo(service.catalogue, refresh):
        console.note(f"loaded the demo graph into {console.settings.home}")
    result = service.ask(DEMO_GRAPH, AskRequest(question=question or DEMO_QUESTION))
    if console.json:
        console.print_json(result)
        return
    for line in _lines(result, common.width()):
        console.print(line)


def _lines(result: AskResult, width: int) -> Iterator[str]:
    """Yield the question, the answer set, the path of its first answer, and that all paths are verified."""
    yield f"Question   {result.question}"
    if result.reason is not None:
        yield f"           {result.reason.message}"
    if not result.answers:
        return
    yield "Answers    " + ", ".join(answer.label for answer in result.answers)
    yield ""
    yield from (f"  {line}" for line in draw(result.paths[0], width - 2, pen_for(sys.stdout.encoding)))
    yield ""
    yield f"{len(result.paths)} paths, each edge found in {result.graph} {result.version}: verified"
