"""Routes of the SPARQL 1.1 protocol, read only."""

from __future__ import annotations

import time
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from clew.api.rest.access import needs
from clew.api.rest.connection import while_connected
from clew.api.rest.negotiation import wanted
from clew.api.rest.origins import check_origin
from clew.api.rest.routes.dependencies import GraphName, TheCaller
from clew.api.sparql.queries import SparqlQueries, SparqlQuery, SparqlResult
from clew.api.sparql.worker import BINDINGS, TRIPLES, NotAcceptable
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import BadInput

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["sparql"])

FORM, PLAIN = "application/x-www-form-urlencoded", "application/sparql-query"
UPDATE = "application/sparql-update"
QUERY = "SELECT ?painter WHERE { ?painter :painted :Night_Cafe }"
VALUES = {"head": {"vars": ["painter"]}, "results": {"bindings": [{"painter": {"type": "uri", "value": "urn:a"}}]}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole result",
        "content": {
            "application/sparql-results+json": {"schema": {"type": "object"}, "example": VALUES},
            **{kind: {"schema": {"type": "string"}} for kind in (*BINDINGS, *TRIPLES) if not kind.endswith("json")},
            "application/json": {"schema": {"type": "object"}, "example": VALUES},
        },
    }
}
QUERY_FIELD = {"type": "string", "description": "The query."}
BODY = {
    "requestBody": {
        "required": True,
        "description": "The query, or a form with it.",
        "content": {
            PLAIN: {"schema": {"type": "string"}, "examples": {"query": {"value": QUERY}}},
            FORM: {
                "schema": {"type": "object", "properties": {"query": QUERY_FIELD}, "required": ["query"]},
                "examples": {"query": {"value": {"query": QUERY}}},
            },
        },
    }
}
QueryText = Annotated[
    str, Query(min_length=1, max_length=limits.MAX_BODY_BYTES, description="The query.", examples=[QUERY])
]


@router.get(
    "/sparql",
    operation_id="query_sparql",
    dependencies=[needs("read")],
    summary="Answer a SPARQL query",
    response_class=Response,
    responses=RESPONSES,
)
async def get(graph: GraphName, query: QueryText, caller: TheCaller) -> Response:
    """Answer a query of the SPARQL 1.1 protocol over the current version: SELECT, ASK, CONSTRUCT or DESCRIBE.

    It only reads this graph: updates, SERVICE, FROM and their parameters are refused. A result is whole, or there is a
    problem: `limit-reached` if it takes too long, or is too large. The triples of named graphs are seen without naming
    them, too. `Accept` chooses JSON, XML, CSV or TSV; for triples Turtle, N-Triples or RDF/XML.
    """
    return await _answer(graph, _only_query(caller.request.query_params.multi_items()), caller)


@router.post(
    "/sparql",
    operation_id="query_sparql_by_post",
    dependencies=[needs("read")],
    summary="Answer a SPARQL query that is sent as the body",
    response_class=Response,
    responses=RESPONSES,
    openapi_extra=BODY,
)
async def post(graph: GraphName, caller: TheCaller) -> Response:
    """Do the same for a query that is the body, or a field of a form. The body is limited to 64 KiB."""
    request = caller.request
    check_origin(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (PLAIN, FORM, UPDATE):
        raise HTTPException(415, f"Content-Type must be {PLAIN} or {FORM}")
    text = await _text(request)
    given = request.query_params.multi_items()
    fields = (
        parse_qsl(text, keep_blank_values=True) if kind == FORM else [("query" if kind == PLAIN else "update", text)]
    )
    return await _answer(graph, _only_query([*given, *fields]), caller)


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode()
    except UnicodeDecodeError:
        raise BadInput("the query is not UTF-8") from None


def _only_query(parameters: list[tuple[str, str]]) -> str:
    """Return the query of the protocol's parameters. Raises ``BadInput`` for those that ask for something else."""
    for name, _ in parameters:
        if name in ("update", "using-graph-uri", "using-named-graph-uri"):
            raise BadInput("updates are not possible: queries only read the graph")
        if name in ("default-graph-uri", "named-graph-uri"):
            raise BadInput(f"{name} is not supported: a query reads the whole graph")
    queries = [value for name, value in parameters if name == "query"]
    if len(queries) != 1:
        raise BadInput("send exactly one query")
    if "\0" in queries[0] or any("\ud800" <= character <= "\udfff" for character in queries[0]):
        raise BadInput("the query is no Unicode text")
    return queries[0]


async def _answer(graph: str, text: str, caller: TheCaller) -> Response:
    request = caller.request
    queries: SparqlQueries = request.app.state.sparql
    query = SparqlQuery(text, wanted(request, list(BINDINGS)), wanted(request, list(TRIPLES)))
    limit = time.monotonic() + limits.QUERY_SECONDS
    until = limit if caller.deadline is None else min(limit, caller.deadline)

    async def work(token: Cancellation) -> SparqlResult:
        result: SparqlResult = await request.app.state.sparql_gate.run(
            partial(queries.answer, graph, query, until, token)
        )
        return result

    try:
        found = await while_connected(request, work)
    except NotAcceptable as error:
        raise HTTPException(406, str(error)) from error
    return Response(found.body, media_type=found.kind, headers={"Vary": "Accept"} | caller.headers)
