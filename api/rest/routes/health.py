"""Health check."""

from __future__ import annotations

from fastapi import APIRouter

from clew.api.rest.routes.dependencies import TheService

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz(service: TheService) -> dict[str, str | int]:
    """Return the status ``ok``, the version of Clew, the model and the number of graphs."""
    return {
        "status": "ok",
        "version": service.software,
        "model": service.settings.model,
        "graphs": len(service.graphs()),
    }
