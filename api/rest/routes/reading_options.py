"""The query parameters that say how files are read, as the options of ``clew ingest`` do."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Query

from clew.api.service.table_options import delimiter_of, quote_of, table_columns
from clew.kg.ingest.options import IngestOptions
from clew.kg.limits import KEEP_VERSIONS

Format = Annotated[
    str | None, Query(description="Format of the files; default: detected for each.", examples=["turtle"])
]
Delimiter = Annotated[
    str | None, Query(description="Separator of table cells; `tab` for a tab. Default: detected.", examples=["tab"])
]
Columns = Annotated[
    str | None,
    Query(description="Head, relation and tail column of a table, by name or position.", examples=["1,2,3"]),
]
Header = Annotated[
    bool | None,
    Query(
        description="Whether the first row of a table holds the names of columns. Default: detected.", examples=[True]
    ),
]
Rows = Annotated[bool, Query(description="Read each table as rows of things.", examples=[False])]
Quote = Annotated[str | None, Query(description="Quoting character of a table, or `none`.", examples=["none"])]
Lenient = Annotated[bool, Query(description="Keep IRIs and language tags that are not valid.", examples=[False])]
OnError = Annotated[
    Literal["fail", "skip"], Query(description="What to do with statements that cannot be read.", examples=["fail"])
]
Lists = Annotated[
    Literal["members", "statements"],
    Query(description="Read RDF lists as their members, or keep their statements.", examples=["members"]),
]
Keep = Annotated[int, Query(ge=1, description="Number of versions to keep.", examples=[KEEP_VERSIONS])]
Infer = Annotated[
    Literal["none", "rdfs", "owl"], Query(description="Infer statements from the schema.", examples=["rdfs"])
]
Languages = Annotated[list[str] | None, Query(description="Preferred label languages, best first.", examples=[["en"]])]
Predicates = Annotated[
    list[str] | None,
    Query(description="Additional predicates (IRIs) whose values are labels.", examples=[["http://schema.org/name"]]),
]


async def _reading(
    format: Format = None,  # noqa: A002
    delimiter: Delimiter = None,
    columns: Columns = None,
    header: Header = None,
    rows: Rows = False,
    quote: Quote = None,
    lenient: Lenient = False,
    on_error: OnError = "fail",
    lists: Lists = "members",
    keep: Keep = KEEP_VERSIONS,
) -> IngestOptions:
    return IngestOptions(
        format=format,
        delimiter=delimiter_of(delimiter),
        columns=table_columns(columns),
        header=header,
        rows=rows,
        quote=quote_of(quote),
        lenient=lenient,
        on_error=on_error,
        fold_lists=lists == "members",
        keep=keep,
    )


TheReading = Annotated[IngestOptions, Depends(_reading)]


async def _loading(
    reading: TheReading,
    infer: Infer = "none",
    language: Languages = None,
    label_predicate: Predicates = None,
) -> IngestOptions:
    languages, predicates = tuple(language or ("en",)), tuple(label_predicate or ())
    return replace(reading, infer=infer, languages=languages, label_predicates=predicates)


TheLoading = Annotated[IngestOptions, Depends(_loading)]
"""The options of a load, which also names labels and infers."""
