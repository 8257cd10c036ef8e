"""Routes for paths that are checked or searched for in a graph, without a question."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body

from clew.api.rest.access import needs
from clew.api.rest.examples import CHECK, PATHS, example
from clew.api.rest.routes.dependencies import GraphName, TheCaller, TheGate, TheReaders, TheService
from clew.api.schema.graph_paths import PathCheck, PathCheckRequest, PathPage, PathSearchRequest
from clew.api.service.path_pages import version_of
from clew.api.service.requests import checked_search
from clew.decoding.cancellation import Cancellation

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["paths"])

CLAIMS = {
    "one": {
        "summary": "Did Anna Lind paint Night Café?",
        "value": {"nodes": ["Anna Lind", "Night Café"], "relations": [{"key": "painted"}]},
    },
    "two": {
        "summary": "A path of two steps, the second against its direction",
        "value": {
            "nodes": ["Night Café", "Anna Lind", "Vindal"],
            "relations": [{"key": "painted", "direction": "inverse"}, {"key": "born in"}],
        },
    },
}
SEARCHES = {
    "between": {
        "summary": "How two entities are connected",
        "value": {"start": ["Anna Lind"], "end": ["Vindal"], "max_hops": 2},
    },
    "conditions": {
        "summary": "Paths from an entity by one relation",
        "value": {"start": ["Anna Lind"], "max_hops": 1, "conditions": {"relations": ["painted"]}},
    },
}
Claim = Annotated[PathCheckRequest, Body(openapi_examples=CLAIMS)]  # type: ignore[arg-type]  # TypedDicts, spelled out
Search = Annotated[PathSearchRequest, Body(openapi_examples=SEARCHES)]  # type: ignore[arg-type]  # as above


@router.post(
    "/paths:check",
    operation_id="check_path",
    dependencies=[needs("read")],
    summary="Check whether a path is in a graph",
    responses=example(CHECK, what="What is known of each step"),
)
async def check(graph: GraphName, request: Claim, service: TheService, readers: TheReaders) -> PathCheck:
    """Tell whether the graph states every step of a path, and which ones it does not. No model is asked. Where a name
    means several nodes, any of them will do. A path that is found was looked up once more by the independent checker.
    """
    return await readers.slow(partial(service.check_path, graph, request))


@router.post(
    "/paths:search",
    operation_id="search_paths",
    dependencies=[needs("read")],
    summary="Search a graph for paths",
    responses=example(PATHS, what="A page of paths"),
)
async def search(graph: GraphName, request: Search, service: TheService, gate: TheGate, caller: TheCaller) -> PathPage:
    """List the paths from some entities, or between entities, under conditions, shortest first, page by page. No model
    is asked. On a path no node occurs twice, and a literal is the last one. The pages of a cursor are of one version of
    the graph. A search counts as one question in the queue.
    """
    version = version_of(checked_search(request))

    async def found(token: Cancellation, waited: float) -> PathPage:
        return await gate.run(partial(service.search_paths, graph, request, token, waited, caller.deadline))

    return await caller.served(graph, {version}, found)
