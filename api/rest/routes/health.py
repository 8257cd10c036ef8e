"""Health checks and metrics: is the process alive, would it answer at once, how does it fare."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from clew.api.rest.access import OPEN, needs
from clew.api.rest.examples import example
from clew.api.rest.routes.dependencies import TheService
from clew.api.schema.models import Health, Readiness
from clew.api.schema.problems import NotReady

router = APIRouter(tags=["health"])

METRICS = 'clew_requests_total{method="POST",route="/v1/graphs/{graph}/ask",status="200"} 12.0\n'


@router.get(
    "/healthz",
    operation_id="check_health",
    dependencies=[OPEN],
    summary="Check that the server is alive",
    responses=example(Health(version="1.0.0", model="embedded", graphs=1), what="The server is alive"),
)
async def healthz(service: TheService) -> Health:
    """Tell that the server is alive: the version of Clew, the model and the number of graphs. Opens no graph."""
    return Health(
        version=service.software, model=service.places.model(service.settings.model), graphs=service.num_graphs()
    )


@router.get(
    "/readyz",
    operation_id="check_readiness",
    dependencies=[OPEN],
    summary="Check that the server answers at once",
    responses=example(Readiness(), what="The model and the graphs are loaded"),
)
async def readyz(service: TheService) -> Readiness:
    """Tell that the model and the graphs are loaded. Until then the status is 503 (``not-ready``), with the reason, if
    no API key is required."""
    try:
        service.warm_up.check()
    except NotReady:
        if service.settings.require_key:  # the reason may name a graph
            raise NotReady("the model or a graph is not loaded yet") from None
        raise
    return Readiness()


@router.get(
    "/metrics",
    response_class=Response,
    operation_id="get_metrics",
    dependencies=[needs("read")],
    summary="Get metrics for Prometheus",
    responses=example(METRICS, "text/plain", "The metrics, in Prometheus' text format"),
)
async def metrics(request: Request) -> Response:
    """Count the requests, and their seconds, by method, route and status. No question and no name is in them."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
