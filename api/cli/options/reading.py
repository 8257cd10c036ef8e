"""Options of `clew ingest` and `clew update` for reading files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from clew.api.service.table_options import delimiter_of, quote_of, table_columns
from clew.kg.errors import BadInput
from clew.kg.ingest.options import IngestOptions
from clew.kg.limits import KEEP_VERSIONS

_FORMATS = "ntriples, nquads, turtle, trig, rdfxml, jsonld, json, jsonlines, graphml, sif, parquet, arrow or table"
_OPTIONS = (
    click.option("--format", "format_", help=f"Format of the files: {_FORMATS}. Default: detected for each file."),
    click.option("--delimiter", help="Separator of table cells; 'tab' for a tab. Default: detected."),
    click.option("--columns", help="Head, relation and tail column of a table, by name or position: '1,2,3'."),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first row of a table contains column names. Default: detected.",
    ),
    click.option(
        "--rows", is_flag=True, help="Read each table as rows of things: a node for each row, columns as relations."
    ),
    click.option("--mapping", help="YAML file that says what tables and columns become; see 'clew mapping'."),
    click.option("--quote", help="Quoting character of a table, or 'none'. Default: depends on the delimiter."),
    click.option(
        "--on-error",
        type=click.Choice(["fail", "skip", "quarantine"]),
        default="fail",
        show_default=True,
        help="What to do with a broken line.",
    ),
    click.option("--lenient", is_flag=True, help="Keep IRIs and language tags that are not valid, and count them."),
    click.option("--quarantine", help="With --on-error quarantine: file for rejected lines."),
    click.option(
        "--lists",
        type=click.Choice(["members", "statements"]),
        default="members",
        show_default=True,
        help="Read RDF lists and containers as their members, or keep the statements that they are written with.",
    ),
    click.option(
        "--keep",
        type=click.IntRange(min=1),
        default=KEEP_VERSIONS,
        show_default=True,
        help="Number of versions to keep.",
    ),
)


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the reading options to a command, which receives ``options: IngestOptions``."""

    @functools.wraps(function)
    def run(*arguments: Any, **given: Any) -> None:
        names = (
            "format_",
            "delimiter",
            "columns",
            "header",
            "rows",
            "mapping",
            "quote",
            "on_error",
            "lenient",
            "quarantine",
            "lists",
            "keep",
        )
        function(*arguments, options=_options(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _options(
    format_: str | None,
    delimiter: str | None,
    columns: str | None,
    header: bool | None,
    rows: bool,
    mapping: str | None,
    quote: str | None,
    on_error: str,
    lenient: bool,
    quarantine: str | None,
    lists: str,
    keep: int,
) -> IngestOptions:
    if (on_error == "quarantine") != (quarantine is not None):
        raise BadInput("--quarantine FILE and --on-error quarantine must be used together")
    return IngestOptions(
        format=format_,
        delimiter=delimiter_of(delimiter),
        columns=table_columns(columns, "--columns"),
        header=header,
        rows=rows,
        mapping=mapping,
        quote=quote_of(quote),
        on_error=on_error,  # type: ignore[arg-type]  # click has checked the choice
        lenient=lenient,
        quarantine=quarantine,
        fold_lists=lists == "members",
        keep=keep,
    )
