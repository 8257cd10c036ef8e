"""The web page and its static files."""

from __future__ import annotations

from functools import cache
from importlib import resources

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from clew.api.rest.access import OPEN
from clew.api.rest.reference_page import reference_page

router = APIRouter(tags=["page"])


@router.get("/", response_class=HTMLResponse, include_in_schema=False, dependencies=[OPEN])
async def index() -> str:
    """Return the web page. It uses the public routes only."""
    return _page()


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False, dependencies=[OPEN])
async def docs(request: Request) -> str:
    """Return the reference of the routes, made from the OpenAPI document."""
    state = request.app.state
    if not hasattr(state, "docs"):
        state.docs = reference_page(request.app.openapi())
    page: str = state.docs
    return page


@cache
def _page() -> str:
    return resources.files("clew.api.rest").joinpath("templates/index.html").read_text(encoding="utf-8")


def mount_static(app: FastAPI) -> None:
    """Serve the scripts and styles of the page."""
    app.mount("/static", StaticFiles(packages=[("clew.api.rest", "static")]), name="static")
