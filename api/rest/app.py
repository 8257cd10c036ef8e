"""The REST application: routes, limits and error handling around one service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from clew.api.processes.helper import Helper
from clew.api.rest.access import OpenAddresses, access_of
from clew.api.rest.admission import Admission, Gate
from clew.api.rest.arrivals import Arrivals
from clew.api.rest.authentication import Authentication, challenge
from clew.api.rest.batching import Gathering
from clew.api.rest.document import describe
from clew.api.rest.freshness import NotModified, not_modified
from clew.api.rest.metrics import Measured, ServiceMetrics
from clew.api.rest.middleware import PROBLEM_JSON, BodyLimit, ErrorsAsProblems, HeadAsGet, SecurityHeaders
from clew.api.rest.origins import allow_origins
from clew.api.rest.readers import Readers
from clew.api.rest.replies import Replies
from clew.api.rest.request_log import RequestLog
from clew.api.rest.routes import (
    asking,
    changes,
    chat,
    entities,
    graph_paths,
    graphs,
    health,
    jobs,
    page,
    paths,
    problem_types,
    sparql,
)
from clew.api.schema.changes import FilesOfUpdate, FilesToLoad
from clew.api.schema.events import LinkedEvent, ReadingEvent
from clew.api.schema.models import Problem
from clew.api.schema.problems import (
    CODES,
    GraphLoading,
    NotReady,
    Overloaded,
    StillAnswered,
    described,
    plain_problem,
    status_problem,
)
from clew.api.service.service import NO_GRAPH, Service
from clew.api.sparql.queries import SparqlQueries
from clew.kg import limits
from clew.kg.errors import ClewError, UnknownGraph

DESCRIPTION = """Ask questions of a knowledge graph in plain language. Every answer comes with the paths of the graph
that prove it. Each path is verified edge by edge. If there is no answer, the status says why. Errors use the
problem format of RFC 9457."""


def create_app(
    service: Service,
    allowed_hosts: list[str] | None = None,
    allowed_origins: Sequence[str] = (),
    helpers: Sequence[Helper] = (),
) -> FastAPI:
    """Return the application. ``allowed_hosts`` None: every Host header is accepted. ``allowed_origins``: other origins
    (``https://example.org``) whose pages may read responses. ``helpers``: processes that answer questions of a crowd,
    too; they end with the application. Raises ``BadInput`` for what is no origin."""
    app = FastAPI(
        title="Clew",
        description=DESCRIPTION,
        version=service.software,
        docs_url=None,  # their pages load scripts from another host
        redoc_url=None,
        lifespan=_lifespan,
        responses={status: _problem_response(status, what) for status, what in FAILURES.items()},
    )
    app.state.service = service
    app.state.gathering, app.state.helpers = Gathering(service, helpers), helpers
    app.state.arrivals, app.state.readers = Arrivals(service), Readers()
    app.state.replies = Replies()
    app.state.gate = Gate(service.settings.workers, service.settings.waiting)
    app.state.sparql = SparqlQueries(service.catalogue)
    app.state.sparql_gate = Gate(limits.MAX_SPARQL_WORKERS, limits.MAX_SPARQL_WAITING)
    app.state.metrics = ServiceMetrics(service, app.state.gate)
    for router in ROUTERS:
        app.include_router(router)
    page.mount_static(app)
    describe(app, LinkedEvent, ReadingEvent, FilesToLoad, FilesOfUpdate)
    app.add_exception_handler(ClewError, _clew_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(NotModified, not_modified)
    app.add_exception_handler(Exception, _unforeseen)
    _add_middleware(app, service, allowed_hosts, allowed_origins)
    return app


def _add_middleware(
    app: FastAPI, service: Service, allowed_hosts: list[str] | None, allowed_origins: Sequence[str]
) -> None:
    """Add what stands around the routes, the innermost first."""
    app.add_middleware(Admission, gate=app.state.gate)
    app.add_middleware(BodyLimit, limit=limits.MAX_BODY_BYTES, seconds=limits.REQUEST_SECONDS)
    app.add_middleware(
        Authentication,
        keys=service.keys,
        required=service.settings.require_key,
        opened=OpenAddresses(ROUTERS),
        problem=service.problem,
    )
    app.add_middleware(Measured, metrics=app.state.metrics)
    app.add_middleware(HeadAsGet)
    allow_origins(app, allowed_origins)
    if allowed_hosts is not None:  # protects against DNS rebinding
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts)
    app.add_middleware(ErrorsAsProblems)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)


ROUTERS = [
    each.router
    for each in (asking, graphs, changes, entities, graph_paths, paths, sparql, chat, jobs, health, problem_types, page)
]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Serve files with few threads (only they are left to the framework's pool); in the end, end helpers and cancel
    jobs."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = limits.MAX_READING
    yield
    service: Service = app.state.service
    for helper in app.state.helpers:
        helper.close()
    await anyio.to_thread.run_sync(service.jobs.close)
    await anyio.to_thread.run_sync(app.state.sparql.close)


TRY_LATER = (Overloaded, GraphLoading, NotReady, StillAnswered)
FAILURES = {"4XX": "The request is invalid", "5XX": "Clew failed"}
EXAMPLES = {"4XX": described("unknown-graph"), "5XX": described("overloaded")}


def _problem_response(status: str, what: str) -> dict[str, Any]:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "example": EXAMPLES[status].model_dump(exclude_none=True),
    }
    codes = ", ".join(f"`{code}`" for code in sorted(CODES))
    return {
        "description": f"{what}. Codes: {codes}.",
        "content": {PROBLEM_JSON: content},
    }


def _respond(body: Problem, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body.model_dump_json(exclude_none=True), status_code=body.status, media_type=PROBLEM_JSON, headers=headers
    )


async def _clew_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClewError)
    service: Service = request.app.state.service
    later = {"Retry-After": str(limits.RETRY_AFTER_SECONDS)} if isinstance(error, TRY_LATER) else {}
    found = service.problem(error)
    if isinstance(error, UnknownGraph) and access_of(request).key is not None:  # it lists those that there are
        found.detail = NO_GRAPH
    return _respond(found, challenge(error) | later)


async def _validation_error(request: Request, error: Exception) -> Response:
    """Return the invalid fields, without echoing the request; for a body that is not said to be JSON, that."""
    assert isinstance(error, RequestValidationError)
    kind = request.headers.get("content-type", "")
    if not _is_json(kind) and any(e["loc"][0] == "body" and e["type"] != "missing" for e in error.errors()):
        sent = f"{kind[:80]!r}" if kind else "missing"
        return _respond(plain_problem("unsupported-media-type", f"Content-Type is {sent}; send application/json"))
    fields = [{"field": ".".join(map(str, e["loc"])), "reason": str(e["msg"])} for e in error.errors()]
    detail = "; ".join(f"{field['field']}: {field['reason']}" for field in fields[:5])
    return _respond(plain_problem("invalid-request", detail, fields))


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _respond(status_problem(error.status_code, str(error.detail)), dict(error.headers or {}))


async def _unforeseen(_: Request, __: Exception) -> Response:
    """Return a problem without details. The traceback is in the server log."""
    return _respond(plain_problem("internal-error", "unexpected error; see the server log"))
