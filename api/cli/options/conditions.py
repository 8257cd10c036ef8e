"""Options for conditions on the paths that prove an answer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from clew.api.schema.models import AskConditions

OPTIONS = (
    click.option(
        "--relation", "-r", multiple=True, help="Relation that paths may use; ^NAME for its inverse only. Repeatable."
    ),
    click.option("--without", multiple=True, metavar="RELATION", help="Relation that paths must not use; repeatable."),
    click.option(
        "--type", "types", multiple=True, metavar="CLASS", help="Class of the answers; repeatable, any of them."
    ),
    click.option("--type-at", multiple=True, metavar="HOP=CLASS", help="Class of the node after HOP hops; repeatable."),
    click.option("--among", multiple=True, metavar="NODE", help="Allowed answer (key or label); repeatable."),
    click.option("--source", multiple=True, help="File or named graph that triples may come from; repeatable."),
    click.option("--language", multiple=True, help="Allowed language of literals; repeatable."),
    click.option("--at", metavar="TIME", help="Time at which every triple must hold: 1999, 1999-05, 1999-05-17."),
    click.option("--until", metavar="TIME", help="With --at: end of a period; triples must hold at any time in it."),
    click.option(
        "--throughout", is_flag=True, help="Triples must hold during the whole period, not only at some time in it."
    ),
    click.option("--dated", is_flag=True, help="Ignore triples without a time."),
)


def condition_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which receives ``conditions`` (None if no option is used)."""

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
            raise click.BadParameter(f"{text!r} is not of the form HOP=CLASS, such as 2=City", param_hint="--type-at")
        found.setdefault(int(position), []).append(name)
    return found
