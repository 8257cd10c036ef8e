"""The options of ``clew verify`` that say what a saved result is checked against."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from clew.kg.ingest.options import IngestOptions

_OPTIONS = (
    click.option(
        "--against", multiple=True, metavar="FILE", help="RDF dump to check a saved result against; repeatable."
    ),
    click.option(
        "--language", multiple=True, help="With --against: preferred label language; repeatable. Default: en."
    ),
    click.option("--label-predicate", multiple=True, help="With --against: predicate (IRI) that labels; repeatable."),
    click.option(
        "--lists", type=click.Choice(["members", "statements"]), default="members", help="With --against: as in ingest."
    ),
    click.option(
        "--infer", type=click.Choice(["none", "rdfs", "owl"]), default="none", help="With --against: as in ingest."
    ),
    click.option("--lenient", is_flag=True, help="With --against: as in ingest."),
)


def against_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which receives ``against`` (files) and ``reading`` (how they are read)."""

    @functools.wraps(function)
    def run(*given: Any, against: tuple[str, ...], **options: Any) -> None:
        names = ("language", "label_predicate", "lists", "infer", "lenient")
        mine = {name: options.pop(name) for name in names}
        reading = IngestOptions(
            languages=mine["language"] or ("en",),
            label_predicates=mine["label_predicate"],
            fold_lists=mine["lists"] == "members",
            infer=mine["infer"],
            lenient=mine["lenient"],
        )
        function(*given, against=against, reading=reading, **options)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run
