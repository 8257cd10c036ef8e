"""Routes that change graphs: loading and updating them as jobs, their versions, roll-back, deletion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.exceptions import RequestValidationError

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.examples import DELETED, JOB, ROLLED_BACK, UPDATE_JOB, VERSIONS, example
from clew.api.rest.freshness import expected_version
from clew.api.rest.receiving import (
    JSON,
    MULTIPART,
    check_sender,
    content_type,
    receive_file,
    receive_json,
    receive_parts,
)
from clew.api.rest.replies import Sending
from clew.api.rest.routes.dependencies import (
    GRAPH_NAME,
    GraphName,
    IfMatch,
    TheFreshness,
    TheReaders,
    TheSending,
    TheService,
)
from clew.api.rest.routes.reading_options import TheLoading, TheReading
from clew.api.schema.changes import (
    DeletedGraph,
    FilesOfUpdate,
    FilesToLoad,
    RollBackRequest,
    RolledBack,
    VersionInfo,
)
from clew.api.schema.jobs import JobStatus
from clew.api.service.service import Service
from clew.api.service.uploads import FILE_NAME, GraphFiles
from clew.kg import limits

router = APIRouter(prefix="/v1/graphs", tags=["changes"])

_SIZE = float(limits.MAX_UPLOAD_BYTES)
LOADED: Mapping[str, float] = {"files": _SIZE, "labels": _SIZE, "mapping": limits.MAX_MAPPING_BYTES}
UPDATED: Mapping[str, float] = {"add": _SIZE, "delete": _SIZE, "patch": _SIZE, "mapping": limits.MAX_MAPPING_BYTES}
"""The parts of a request, and the most bytes of each."""

NewName = Annotated[
    str, Query(description="Name of the new graph.", examples=["art"], json_schema_extra={"pattern": GRAPH_NAME})
]
FileName = Annotated[
    str | None,
    Query(
        description="Name of the file, if the body is one file. Its ending tells the format, as in `clew ingest`.",
        examples=["art.ttl"],
        json_schema_extra={"pattern": FILE_NAME},
    ),
]
ROLL_BACKS = {"one": {"summary": "Back to the version before", "value": {}}}
Back = Annotated[RollBackRequest, Body(openapi_examples=ROLL_BACKS)]  # type: ignore[arg-type]  # TypedDicts, spelled out


def _body(model: type[FilesToLoad] | type[FilesOfUpdate], roles: Mapping[str, float], sent: dict[str, Any]) -> Any:
    """Return how the OpenAPI document describes a body of files."""
    binary = {"type": "string", "format": "binary"}
    described = {name: field.description for name, field in model.model_fields.items()}
    parts = {
        role: {"description": described[role], **(binary if role == "mapping" else {"type": "array", "items": binary})}
        for role in roles
    }
    content: dict[str, Any] = {
        MULTIPART: {"schema": {"type": "object", "properties": parts}},
        JSON: {
            "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
            "examples": {"server": {"summary": "Files on the server", "value": sent}},
        },
    }
    if model is FilesToLoad:
        content["application/octet-stream"] = {"schema": binary | {"description": "One file, plain or compressed."}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "",
    operation_id="create_graph",
    dependencies=[needs("ingest")],
    summary="Make a graph of files",
    status_code=202,
    responses=example(JOB, what="The job that loads the files", status=202),
    openapi_extra=_body(FilesToLoad, LOADED, {"files": ["art.csv"], "mapping": "art.yaml"}),
)
async def create(
    graph: NewName,
    request: Request,
    service: TheService,
    sending: TheSending,
    access: TheAccess,
    options: TheLoading,
    file: FileName = None,
) -> JobStatus:
    """Load files as a graph that does not exist yet (else 409 `graph-exists`), as a job. The files are parts of a form,
    or the body is one file, or JSON names files on the server. The server must have been started with `--ingest`."""
    check = partial(_absent, service, graph)
    receive = partial(_received, request, service, FilesToLoad, LOADED, file)
    return await _begun(
        request, service, sending, check, receive, partial(service.changes.load, graph, options, access)
    )


@router.post(
    "/{graph}/ingest",
    operation_id="ingest",
    dependencies=[needs("ingest")],
    summary="Load files as a graph",
    status_code=202,
    responses=example(JOB, what="The job that loads the files", status=202),
    openapi_extra=_body(FilesToLoad, LOADED, {"files": ["art.ttl"]}),
)
async def ingest(
    graph: GraphName,
    request: Request,
    service: TheService,
    sending: TheSending,
    access: TheAccess,
    options: TheLoading,
    file: FileName = None,
    if_match: IfMatch = "",
) -> JobStatus:
    """Load files as a new graph, or as the next version of one that exists, as a job. The files are sent as for
    `create_graph`. The job goes on after the response; `Location` is its address."""
    check = partial(_expected, service, graph, if_match)
    receive = partial(_received, request, service, FilesToLoad, LOADED, file)
    return await _begun(
        request, service, sending, check, receive, partial(service.changes.load, graph, options, access)
    )


@router.post(
    "/{graph}/update",
    operation_id="update_graph",
    dependencies=[needs("ingest")],
    summary="Update a graph",
    status_code=202,
    responses=example(UPDATE_JOB, what="The job that updates the graph", status=202),
    openapi_extra=_body(FilesOfUpdate, UPDATED, {"patch": ["changes.rdfp"]}),
)
async def update(
    graph: GraphName,
    request: Request,
    service: TheService,
    sending: TheSending,
    access: TheAccess,
    options: TheReading,
    if_match: IfMatch = "",
) -> JobStatus:
    """Add the statements of files, delete those of others, and apply RDF patches, as `clew update`: as a job, whose
    result is the next version. A statement that is both deleted and added stays."""
    check = partial(_expected, service, graph, if_match, there=True)
    receive = partial(_received, request, service, FilesOfUpdate, UPDATED, None)
    begin = partial(service.changes.update, graph, options, access)
    return await _begun(request, service, sending, check, receive, begin)


@router.get(
    "/{graph}/versions",
    operation_id="list_versions",
    dependencies=[needs("read")],
    summary="List the versions of a graph",
    responses=example(VERSIONS, what="The versions, the newest first", tagged=True),
)
async def versions(
    graph: GraphName, service: TheService, readers: TheReaders, fresh: TheFreshness
) -> list[VersionInfo]:
    """List the versions that are kept. One of them is the current one. Of one that is damaged it says so."""
    found = await readers.quick(partial(service.changes.versions, graph))
    current = next(one.version for one in found if one.current)
    others = [one.version for one in reversed(found) if not one.current]
    fresh.tag(current, *others, *(f"damaged-{one.version}" for one in found if one.damaged))
    return [one.model_copy(update={"damaged": one.damaged and service.places.hidden(one.damaged)}) for one in found]


@router.post(
    "/{graph}/rollback",
    operation_id="roll_back",
    dependencies=[needs("admin")],
    summary="Make another version current",
    responses=example(ROLLED_BACK, what="The version that is current now"),
)
async def roll_back(
    graph: GraphName,
    wanted: Back,
    request: Request,
    service: TheService,
    readers: TheReaders,
    if_match: IfMatch = "",
) -> RolledBack:
    """Make a version that is kept the current one: by default the one before the current one. No version is deleted.
    The server must have been started with `--ingest`."""
    check_sender(request)
    expected = await readers.quick(partial(_expected, service, graph, if_match))
    return await readers.quick(partial(service.changes.roll_back, graph, wanted.version, expected))


@router.delete(
    "/{graph}",
    operation_id="delete_graph",
    dependencies=[needs("admin")],
    summary="Delete a graph",
    responses=example(DELETED, what="What was deleted"),
)
async def delete(
    graph: GraphName, request: Request, service: TheService, readers: TheReaders, if_match: IfMatch = ""
) -> DeletedGraph:
    """Delete a graph with all its versions, and the answers stored from it. The server must have been started with
    `--ingest`."""
    check_sender(request)
    expected = await readers.quick(partial(_expected, service, graph, if_match))
    return await readers.slow(partial(service.changes.delete, graph, expected))


async def _begun(
    request: Request,
    service: Service,
    sending: Sending,
    check: Callable[[], str | None],
    receive: Callable[[], Awaitable[GraphFiles]],
    begin: Callable[[GraphFiles, str | None], JobStatus],
) -> JobStatus:
    """Return the job that a request with files begins; see ``Sending.once``."""
    check_sender(request)
    with service.jobs.entered():
        return await sending.once(check, receive, begin)


def _absent(service: Service, graph: str) -> str:
    """Return that there must be no version. Raises as ``GraphChanges.check``."""
    service.changes.check(graph, "")
    return ""


def _expected(service: Service, graph: str, if_match: str, there: bool = False) -> str | None:
    """Return the version that the graph must be at; ``there``: there must be one. Raises as ``GraphChanges.check``,
    ``expected_version`` and ``Service.version``."""
    service.changes.check(graph)
    if there:
        service.version(graph)
    return expected_version(if_match, partial(service.version, graph))


async def _received(
    request: Request,
    service: Service,
    model: type[FilesToLoad] | type[FilesOfUpdate],
    roles: Mapping[str, float],
    file: str | None,
) -> GraphFiles:
    """Return the files of a request: its parts, its body, or files on the server that it names."""
    kind = content_type(request)
    if kind == JSON and file is None:
        asked = (await receive_json(request, model)).model_dump()
        named = {role: value if isinstance(value, list) else [value] for role, value in asked.items() if value}
        return service.changes.on_server(named)
    upload = service.changes.upload()
    if kind == MULTIPART:
        await receive_parts(request, upload, roles)
    elif file is None or model is FilesOfUpdate:
        upload.remove()
        raise RequestValidationError([{"loc": ("query", "file"), "msg": f"name the file, or send {MULTIPART}"}])
    else:
        await receive_file(request, upload, "files", file)
    return upload.files()
