"""Asking a graph."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body

from api.models import AskRequest, AskResult
from api.routers.dependencies import GraphName, TheGate, TheService

router = APIRouter(prefix="/v1/graphs/{graph}", tags=["ask"])

EXAMPLES = {
    "plain": {
        "summary": "A question; what it is about is found in it",
        "value": {"question": "Which museums show paintings by Johannes Vermeer?"},
    },
    "topic": {
        "summary": "What it is about, said outright, and a shorter search",
        "value": {"question": "Where was he born?", "topics": ["Johannes Vermeer"], "max_hops": 2},
    },
}

Request = Annotated[AskRequest, Body(openapi_examples=EXAMPLES)]  # type: ignore[arg-type]  # TypedDicts, spelled out


@router.post("/ask")
async def ask(graph: GraphName, request: Request, service: TheService, gate: TheGate) -> AskResult:
    """Answer a question from a graph: all answers, each with the paths that prove it."""
    return await gate.run(partial(service.ask, graph, request))
