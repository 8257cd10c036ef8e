"""The options that `clew ingest` and `clew update` share: how files are to be read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from clew.kg.errors import BadInput
from clew.kg.ingest.options import IngestOptions
from clew.kg.limits import KEEP_VERSIONS

_OPTIONS = (
    click.option("--format", "format_", help="ntriples, turtle, table, ... Default: detected, file by file."),
    click.option("--delimiter", help="What separates a table's cells; 'tab' for a tab. Default: detected."),
    click.option("--columns", help="A table's head, relation and tail column, by name or position: '1,2,3'."),
    click.option("--header/--no-header", default=None, help="Whether a table's first row names its columns."),
    click.option("--quote", help="A table's quoting character; 'none' for none. Default: by the delimiter."),
    click.option("--on-error", type=click.Choice(["fail", "skip", "quarantine"]), default="fail", show_default=True),
    click.option("--quarantine", help="Where to write rejected lines, with --on-error quarantine."),
    click.option(
        "--keep", type=click.IntRange(min=1), default=KEEP_VERSIONS, show_default=True, help="Versions to keep."
    ),
)


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading, as ``options: IngestOptions``."""

    @functools.wraps(function)
    def run(*arguments: Any, **given: Any) -> None:
        names = ("format_", "delimiter", "columns", "header", "quote", "on_error", "quarantine", "keep")
        function(*arguments, options=_options(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _options(
    format_: str | None,
    delimiter: str | None,
    columns: str | None,
    header: bool | None,
    quote: str | None,
    on_error: str,
    quarantine: str | None,
    keep: int,
) -> IngestOptions:
    if (on_error == "quarantine") != (quarantine is not None):
        raise BadInput("--quarantine FILE and --on-error quarantine go together")
    return IngestOptions(
        format=format_,
        delimiter={"tab": "\t", r"\t": "\t"}.get(delimiter or "", delimiter),
        columns=_columns(columns),
        header=header,
        quote="" if quote == "none" else quote,
        on_error=on_error,  # type: ignore[arg-type]  # click has checked the choice
        quarantine=quarantine,
        keep=keep,
    )


def _columns(text: str | None) -> tuple[str, str, str] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise BadInput(f"--columns needs the head, relation and tail column, such as 1,2,3; not {text!r}")
    return parts[0], parts[1], parts[2]
