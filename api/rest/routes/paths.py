"""Routes for stored paths."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from clew.api.rest.routes.dependencies import TheService
from clew.api.schema.models import PathInspection

router = APIRouter(prefix="/v1/paths", tags=["paths"])

PathId = Annotated[str, Path(description="Id of a path, from an answer.", max_length=100)]


@router.get("/{id}")
def path(id: PathId, service: TheService) -> PathInspection:  # noqa: A002
    """Return a path: its triples with their sources, the probability of each step, and the alternatives not taken."""
    return service.path(id)
