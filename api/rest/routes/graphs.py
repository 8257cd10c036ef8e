"""Routes for graphs."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.examples import DETAIL, GRAPH, example
from clew.api.rest.routes.dependencies import GraphName, TheFreshness, TheReaders, TheService
from clew.api.schema.models import GraphDetail, GraphInfo

router = APIRouter(prefix="/v1/graphs", tags=["graphs"])


@router.get(
    "",
    operation_id="list_graphs",
    dependencies=[needs("read")],
    summary="List the graphs",
    responses=example([GRAPH], what="The graphs, by name"),
)
async def graphs(service: TheService, readers: TheReaders, access: TheAccess) -> list[GraphInfo]:
    """List all graphs in their current versions; with an API key, those that it allows to read."""
    found = [one for one in await readers.quick(service.graphs) if access.may("read", one.name)]
    return [one.model_copy(update={"damaged": one.damaged and service.places.hidden(one.damaged)}) for one in found]


@router.get(
    "/{graph}",
    operation_id="get_graph",
    dependencies=[needs("read")],
    summary="Describe a graph",
    responses=example(DETAIL, what="The graph", tagged=True),
)
async def graph(graph: GraphName, service: TheService, readers: TheReaders, fresh: TheFreshness) -> GraphDetail:
    """Return one graph: its counts, versions, relations and example questions."""
    found = await readers.slow(partial(service.graph, graph))
    fresh.tag(found.version, *(version for version in found.versions if version != found.version))
    return found
