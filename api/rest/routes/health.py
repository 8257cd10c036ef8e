"""Health checks: is the process alive, and would it answer at once."""

from __future__ import annotations

from fastapi import APIRouter

from clew.api.rest.routes.dependencies import TheService
from clew.api.schema.models import Health, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz(service: TheService) -> Health:
    """Tell that the server is alive: the version of Clew, the model and the number of graphs. Opens no graph."""
    return Health(
        version=service.software, model=service.places.model(service.settings.model), graphs=service.num_graphs()
    )


@router.get("/readyz")
async def readyz(service: TheService) -> Readiness:
    """Tell that the model and the graphs are loaded. Until then the status is 503 (``not-ready``), with the reason."""
    service.warm_up.check()
    return Readiness()
