"""Asking a graph."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from api.models import AskRequest, AskResult
from api.routers.dependencies import GraphName, TheGate, TheService

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["ask"])


@router.post("/ask")
async def ask(graph: GraphName, request: AskRequest, service: TheService, gate: TheGate) -> AskResult:
    """Answer a question from a graph: all answers, each with the paths that prove it."""
    return await gate.run(partial(service.ask, graph, request))
