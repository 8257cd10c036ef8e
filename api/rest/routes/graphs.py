"""Routes for graphs."""

from __future__ import annotations

from fastapi import APIRouter

from clew.api.rest.routes.dependencies import GraphName, TheService
from clew.api.schema.models import GraphDetail, GraphInfo

router = APIRouter(prefix="/v1/graphs", tags=["graphs"])


@router.get("")
def graphs(service: TheService) -> list[GraphInfo]:
    """List all graphs in their current versions."""
    return service.graphs()


@router.get("/{graph}")
def graph(graph: GraphName, service: TheService) -> GraphDetail:
    """Return one graph: its counts, versions, relations and example questions."""
    return service.graph(graph)
