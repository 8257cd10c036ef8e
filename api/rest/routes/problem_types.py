"""The problem types: what each code means, for programs and for people."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response

from clew.api.rest.access import OPEN
from clew.api.rest.examples import example
from clew.api.schema.models import Problem
from clew.api.schema.problems import CODES, described

router = APIRouter(prefix="/problems", tags=["problems"])

Code = Annotated[str, Path(min_length=1, description="Code of a problem.", examples=["unknown-graph"])]


def _responses(found: Problem | list[Problem]) -> dict[Any, Any]:
    responses = example(found, what="The problem types")
    responses[200]["content"]["text/html"] = {"schema": {"type": "string"}}
    return responses


@router.get(
    "",
    response_model=list[Problem],
    operation_id="list_problem_types",
    dependencies=[OPEN],
    summary="List the problem types",
    responses=_responses([described("unknown-graph")]),
)
async def problem_types(request: Request) -> Response | list[Problem]:
    """List all problem types, as a page for clients that accept HTML."""
    found = [described(code) for code in sorted(CODES)]
    return _page("Problems", found) if _wants_page(request) else found


@router.get(
    "/{code}",
    response_model=Problem,
    operation_id="get_problem_type",
    dependencies=[OPEN],
    summary="Describe a problem type",
    responses=_responses(described("unknown-graph")),
)
async def problem_type(code: Code, request: Request) -> Response | Problem:
    """Describe a problem type, as a page for clients that accept HTML."""
    found = described(code)
    return _page(found.title, [found]) if _wants_page(request) else found


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(title: str, problems: list[Problem]) -> HTMLResponse:
    rows = "".join(
        f"<dt><code>{escape(one.code)}</code> ({one.status})</dt><dd>{escape(one.title)}. {escape(one.detail)}</dd>"
        for one in problems
    )
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<main><h1>{escape(title)}</h1><dl>{rows}</dl></main></html>"
    )
