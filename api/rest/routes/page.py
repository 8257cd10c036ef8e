"""The web page and its static files."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response
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


class PageFiles(StaticFiles):
    """Files that browsers ask for anew, so that those of two versions of Clew never meet; unchanged ones are a 304."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return the response with a file."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def mount_static(app: FastAPI) -> None:
    """Serve the scripts and styles of the page."""
    app.mount("/static", PageFiles(packages=[("clew.api.rest", "static")]), name="static")
