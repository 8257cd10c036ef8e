"""The page for people, and its files."""

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
    """Return the page. Everything it shows it asks of the routes that programs use."""
    return resources.files("clew.api.rest").joinpath("templates/index.html").read_text(encoding="utf-8")


@router.get("/problems/{code}", tags=["problems"])
def problem_type(code: str) -> Problem:
    """Return what a problem's type stands for."""
    return described(code)


def mount_static(app: FastAPI) -> None:
    """Serve the page's scripts and styles."""
    app.mount("/static", StaticFiles(packages=[("clew.api.rest", "static")]), name="static")
