"""The web page and its static files."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from clew.api.schema.models import Problem
from clew.api.schema.problems import described

router = APIRouter(tags=["page"])


@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def index() -> str:
    """Return the web page. It uses the public routes only."""
    return resources.files("clew.api.rest").joinpath("templates/index.html").read_text(encoding="utf-8")


@router.get("/problems/{code}", tags=["problems"])
def problem_type(code: str) -> Problem:
    """Describe a problem type."""
    return described(code)


def mount_static(app: FastAPI) -> None:
    """Serve the scripts and styles of the page."""
    app.mount("/static", StaticFiles(packages=[("clew.api.rest", "static")]), name="static")
