"""The options that say what every path behind an answer must meet."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from clew.api.schema.models import AskConditions

OPTIONS = (
    click.option("--relation", "-r", multiple=True, help="A relation paths may take; ^NAME: its inverse. Repeatable."),
    click.option("--without", multiple=True, metavar="RELATION", help="A relation that no path takes; repeatable."),
    click.option("--type", "types", multiple=True, metavar="CLASS", help="What an answer must be; repeatable: any."),
    click.option("--type-at", multiple=True, metavar="HOP=CLASS", help="What the node after so many hops must be."),
    click.option("--among", multiple=True, metavar="NODE", help="A node an answer may be; repeatable."),
    click.option("--source", multiple=True, help="A file or named graph that triples may come from; repeatable."),
    click.option("--language", multiple=True, help="A language that texts may be in; repeatable."),
    click.option("--at", metavar="TIME", help="When every triple must hold: 1999, 1999-05, 1999-05-17."),
    click.option("--until", metavar="TIME", help="With --at: the end of a period, at some time of which."),
    click.option("--throughout", is_flag=True, help="Hold all through the period."),
    click.option("--dated", is_flag=True, help="Leave out triples that say nothing of time."),
)


def condition_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options, and give the command their ``conditions``: None where none is used."""

    @functools.wraps(function)
    def run(*given: Any, **options: Any) -> None:
        names = ("relation", "without", "types", "type_at", "among", "source", "language", "at", "until")
        mine = {name: options.pop(name) for name in (*names, "throughout", "dated")}
        function(*given, conditions=_conditions(mine) if any(mine.values()) else None, **options)

    for option in reversed(OPTIONS):
        run = option(run)
    return run


def _conditions(options: dict[str, Any]) -> AskConditions:
    listed = {name: list(given) or None for name, given in options.items() if isinstance(given, tuple)}
    return AskConditions(
        relations=listed["relation"],
        forbidden=list(options["without"]),
        types=listed["types"],
        types_at=_by_position(options["type_at"]),
        ends=listed["among"],
        sources=listed["source"],
        languages=listed["language"],
        at=options["at"],
        until=options["until"],
        throughout=options["throughout"],
        undated=not options["dated"],
    )


def _by_position(given: tuple[str, ...]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for text in given:
        position, equals, name = text.partition("=")
        if not equals or not position.isdecimal():
            raise click.BadParameter(f"{text!r} is not of the form 2=CLASS", param_hint="--type-at")
        found.setdefault(int(position), []).append(name)
    return found
