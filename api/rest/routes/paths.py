"""Routes for stored paths."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.examples import INSPECTION, PATH_ID, example
from clew.api.rest.negotiation import JSON, wanted
from clew.api.rest.proof_formats import FORMATS
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


EXAMPLES = {kind: written(INSPECTION) for kind, written in FORMATS.items()}


@router.get(
    "/{id}",
    operation_id="get_path",
    dependencies=[needs("ask")],
    summary="Inspect a stored path or program",
    response_model=PathInspection | ProgramInspection,
    responses=example(INSPECTION, what="The path, or the program", others=EXAMPLES),
)
async def path(
    id: PathId,  # noqa: A002
    request: Request,
    response: Response,
    service: TheService,
    readers: TheReaders,
    access: TheAccess,
) -> PathInspection | ProgramInspection | Response:
    """Return a path: its triples with their sources, the probability of each step, and the alternatives not taken. Of
    a program: its operators, each with its evidence, and the programs not taken.

    `Accept` chooses the form: JSON; JSON-LD or Turtle, with the provenance in PROV-O; DOT for Graphviz; SVG.
    """
    offered = (JSON, *FORMATS)
    kind = wanted(request, offered)
    if kind is None:
        raise HTTPException(406, f"there is only {', '.join(offered)}")
    found = await readers.slow(partial(service.path, id, access))
    if kind == JSON:
        response.headers["Vary"] = "Accept"
        return found
    text = await readers.quick(partial(FORMATS[kind], found))
    return Response(text, media_type=kind, headers={"Vary": "Accept"})
