"""The REST application: routes, limits and error handling around one service."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from clew.api.rest.admission import Gate
from clew.api.rest.batching import Gathering
from clew.api.rest.middleware import PROBLEM_JSON, BodyLimit, SecurityHeaders
from clew.api.rest.routes import asking, graphs, health, page, paths
from clew.api.schema.models import Problem
from clew.api.schema.problems import KINDS, Overloaded, problem, problem_of
from clew.api.service.service import Service
from clew.kg import limits
from clew.kg.errors import ClewError

DESCRIPTION = """Ask questions of a knowledge graph in plain language. Every answer comes with the paths of the graph
that prove it. Each path is verified edge by edge. If there is no answer, the status says why. Errors use the
problem format of RFC 9457."""


def create_app(service: Service, allowed_hosts: list[str] | None = None) -> FastAPI:
    """Return the application. ``allowed_hosts`` None: every Host header is accepted."""
    app = FastAPI(
        title="Clew",
        description=DESCRIPTION,
        version=service.software,
        docs_url=None,  # their pages load scripts from another host
        redoc_url=None,
        responses={"4XX": _problem_response("The request is invalid"), "5XX": _problem_response("Clew failed")},
    )
    app.state.service = service
    app.state.gathering = Gathering(service)
    app.state.gate = Gate(service.settings.workers, service.settings.waiting)
    for router in (asking.router, graphs.router, paths.router, health.router, page.router):
        app.include_router(router)
    page.mount_static(app)
    app.add_exception_handler(ClewError, _clew_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)
    app.add_middleware(BodyLimit, limit=limits.MAX_BODY_BYTES)
    if allowed_hosts is not None:  # protects against DNS rebinding
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts)
    app.add_middleware(SecurityHeaders)
    return app


def _problem_response(what: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    codes = ", ".join(sorted({f"`{error.code}`" for error in KINDS}))
    return {
        "description": f"{what}. Codes: {codes}.",
        "content": {PROBLEM_JSON: {"schema": schema}},
        "model": Problem,
    }


def _respond(body: Problem, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body.model_dump_json(exclude_none=True), status_code=body.status, media_type=PROBLEM_JSON, headers=headers
    )


async def _clew_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, ClewError)
    return _respond(
        problem_of(error), {"Retry-After": str(limits.RETRY_AFTER_SECONDS)} if isinstance(error, Overloaded) else None
    )


async def _validation_error(_: Request, error: Exception) -> Response:
    """Return the invalid fields, without echoing the request."""
    assert isinstance(error, RequestValidationError)
    fields = [{"field": ".".join(map(str, e["loc"])), "reason": str(e["msg"])} for e in error.errors()]
    detail = "; ".join(f"{field['field']}: {field['reason']}" for field in fields[:5])
    return _respond(problem("invalid-request", 422, "Invalid request", detail, fields))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not-found", 405: "method-not-allowed"}
    code = codes.get(error.status_code, "http-error")
    return _respond(problem(code, error.status_code, str(error.detail), str(error.detail)), dict(error.headers or {}))


async def _unforeseen(_: Request, __: Exception) -> Response:
    """Return a problem without details. The traceback is in the server log."""
    return _respond(problem("internal-error", 500, "Clew failed", "unexpected error; see the server log"))
