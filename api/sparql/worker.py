"""The process that evaluates queries, with limited memory. It ends with its parent, which ends it when time is up.

Run as ``python -m clew.api.sparql.worker MEMORY_MB``. It reads requests from standard input, a line of JSON each, and
answers each with a line of JSON and as many bytes as that says. ``copy`` (``home``, ``graph``, ``version``, ``folder``)
writes a graph into a store on disk; ``query`` (``folder``, ``query``, ``bindings``, ``triples``: media types, or null;
``rows``, ``bytes``: limits) evaluates a query over one.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from clew.api.sparql.checked import PREFIXES, checked_form
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError, LimitReached

BINDINGS = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "application/xml": ox.QueryResultsFormat.XML,
    "text/csv": ox.QueryResultsFormat.CSV,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
TRIPLES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}


class NotAcceptable(BadInput):
    """The client takes none of the media types of this form of query."""


def main(memory_mb: int) -> None:
    """Answer requests until there are no more."""
    from clew.kg.ingest.worker import confine

    confine(memory_mb)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            head, body = _do(request)
        except MemoryError:
            head, body = _failed(LimitReached("the query needs too much memory")), b""
        except ClewError as error:
            head, body = _failed(error), b""
        sys.stdout.buffer.write(json.dumps(head | {"size": len(body)}).encode() + b"\n" + body)
        sys.stdout.buffer.flush()


def _failed(error: ClewError) -> dict[str, Any]:
    return {"error": type(error).__name__, "detail": str(error)}


def _do(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    if request["do"] == "copy":
        copy(request["home"], request["graph"], request["version"], request["folder"])
        return {}, b""
    return evaluate(request)


def copy(home: str, graph: str, version: str, folder: str) -> None:
    """Write a version of a graph into a new store on disk."""
    from clew.kg.graph.export import quads
    from clew.kg.store.catalogue import Catalogue

    store, statements = ox.Store(folder), quads(Catalogue(Path(home)).open(graph, version))
    for first in statements:
        store.bulk_extend(chain([first], islice(statements, limits.SPARQL_COPIED_TOGETHER - 1)))
    store.flush()


@lru_cache(maxsize=2)
def _opened(folder: str) -> Any:
    return ox.Store.read_only(folder)


def evaluate(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the media type of a result, and the result.

    Raises ``BadInput`` as ``checked_form``, and for a query that fails; ``NotAcceptable``; ``LimitReached`` for a
    result of too many rows or bytes: it is never cut.
    """
    form = checked_form(request["query"])
    kind = request["bindings" if form in ("SELECT", "ASK") else "triples"]
    if kind is None:
        raise NotAcceptable(f"the result of {form} is none of the media types that Accept names")
    output = _Output(request["bytes"])
    try:
        found = _opened(request["folder"]).query(request["query"], prefixes=PREFIXES, use_default_graph_as_union=True)
        if isinstance(found, ox.QueryTriples):
            triples = list(islice(found, request["rows"] + 1))
            _check_rows(len(triples), request["rows"], "triples")
            ox.serialize(triples, output, TRIPLES[kind])
        else:
            found.serialize(output, BINDINGS[kind])
    except (SyntaxError, ValueError, RuntimeError) as error:
        raise BadInput(f"the query cannot be answered: {error}") from error
    except OSError as error:
        if output.full:
            raise LimitReached(f"the result has more than {request['bytes']:,} bytes; ask for less of it") from None
        print(f"clew: {error}", file=sys.stderr)  # it names a folder of this machine
        raise ClewError("the copy of the graph cannot be read; see the server log") from error
    body = output.getvalue()
    if form == "SELECT":
        _check_rows(_num_rows(body, BINDINGS[kind]), request["rows"], "rows")
    return {"kind": kind}, body


class _Output(io.BytesIO):
    """A buffer of at most so many bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most, self.full = most, False

    def write(self, data: Any, /) -> int:
        """Take bytes. Raises ``OSError`` if there is no room."""
        if self.tell() + len(data) > self._most:
            self.full = True
            raise OSError("full")
        return super().write(data)


def _check_rows(rows: int, most: int, what: str) -> None:
    if rows > most:
        raise LimitReached(f"the result has more than {most:,} {what}; ask for fewer, with LIMIT and OFFSET")


def _num_rows(body: bytes, form: Any) -> int:
    """Return the number of rows of a result, as whoever gets it reads it."""
    if form == ox.QueryResultsFormat.CSV:
        return sum(1 for _ in csv.reader(io.StringIO(body.decode(), newline=""))) - 1
    solutions: Any = ox.parse_query_results(body, form)
    return sum(1 for _ in solutions)


if __name__ == "__main__":
    main(int(sys.argv[1]))
