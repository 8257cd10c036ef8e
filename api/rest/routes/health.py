"""Health checks: is the process alive, and would it answer at once."""

from __future__ import annotations

from fastapi import APIRouter

from clew.api.rest.examples import example
from clew.api.rest.routes.dependencies import TheService
from clew.api.schema.models import Health, Readiness

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    operation_id="check_health",
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
    summary="Check that the server answers at once",
    responses=example(Readiness(), what="The model and the graphs are loaded"),
)
async def readyz(service: TheService) -> Readiness:
    """Tell that the model and the graphs are loaded. Until then the status is 503 (``not-ready``), with the reason."""
    service.warm_up.check()
    return Readiness()
