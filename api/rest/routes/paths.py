"""Routes for stored paths."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path

from clew.api.rest.examples import INSPECTION, PATH_ID, example
from clew.api.rest.routes.dependencies import TheReaders, TheService
from clew.api.schema.models import PathInspection, ProgramInspection

router = APIRouter(prefix="/v1/paths", tags=["paths"])

PathId = Annotated[
    str,
    Path(
        description="Id of a path or a program, from an answer.",
        examples=[PATH_ID],
        json_schema_extra={"pattern": "^[0-9a-f]{16}-[0-9]{1,6}$"},
    ),
]


@router.get(
    "/{id}",
    operation_id="get_path",
    summary="Inspect a stored path or program",
    responses=example(INSPECTION, what="The path, or the program"),
)
async def path(id: PathId, service: TheService, readers: TheReaders) -> PathInspection | ProgramInspection:  # noqa: A002
    """Return a path: its triples with their sources, the probability of each step, and the alternatives not taken. Of
    a program: its operators, each with its evidence, and the programs not taken."""
    return await readers.slow(partial(service.path, id))
