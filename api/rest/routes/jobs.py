"""Routes for jobs: files that are loaded, and what becomes of that."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.event_stream import EVENTS, EventStream
from clew.api.rest.examples import JOB, JOB_STREAM, LOADED_JOB, example
from clew.api.rest.negotiation import JSON, wanted
from clew.api.rest.receiving import check_sender, receive
from clew.api.rest.routes.dependencies import GraphName, TheReaders, TheService
from clew.api.schema.events import Emit, StreamEvent
from clew.api.schema.jobs import JobStatus
from clew.api.service.uploads import FILE_NAME, OnError
from clew.decoding.cancellation import Cancellation

router = APIRouter(prefix="/v1", tags=["jobs"])

FILE = {
    "required": True,
    "content": {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary", "description": "The file, plain or compressed."}
        }
    },
}
FileName = Annotated[
    str,
    Query(
        description="Name of the file. Its ending tells the format, as in `clew ingest`.",
        examples=["art.ttl"],
        json_schema_extra={"pattern": FILE_NAME},
    ),
]
Errors = Annotated[OnError, Query(description="What to do with statements that cannot be read.", examples=["fail"])]
JobId = Annotated[str, Path(min_length=1, description="Id of the job.", examples=[JOB.id])]


@router.post(
    "/graphs/{graph}/ingest",
    operation_id="ingest",
    dependencies=[needs("ingest")],
    summary="Load a file as a graph",
    status_code=202,
    responses=example(JOB, what="The job that loads the file", status=202),
    openapi_extra={"requestBody": FILE},
)
async def ingest(
    graph: GraphName,
    file: FileName,
    request: Request,
    response: Response,
    service: TheService,
    readers: TheReaders,
    access: TheAccess,
    on_error: Errors = "fail",
) -> JobStatus:
    """Load a file as a new graph, or as a new version of a graph. The body is the file. The job goes on after the
    response; `Location` is its address. The server must have been started with `--ingest`."""
    check_sender(request)
    with service.jobs.entered():
        upload = await readers.quick(partial(service.upload, graph, file))
        await receive(request, upload)
        job = service.ingest(graph, upload, on_error, access)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get(
    "/jobs",
    operation_id="list_jobs",
    dependencies=[needs("ingest")],
    summary="List the jobs",
    responses=example([LOADED_JOB], what="The jobs, the latest first"),
)
async def jobs(service: TheService, access: TheAccess) -> list[JobStatus]:
    """List the last jobs of this server; with an API key, those that were sent with it, and those of graphs that it
    allows to administer."""
    return service.jobs.all(access)


@router.get(
    "/jobs/{id}",
    operation_id="get_job",
    dependencies=[needs("ingest")],
    summary="Follow a job",
    response_model=JobStatus,
    responses=example(LOADED_JOB, what="The job", others={EVENTS: JOB_STREAM}),
)
async def job(
    id: JobId,  # noqa: A002
    request: Request,
    response: Response,
    service: TheService,
    access: TheAccess,
) -> JobStatus | Response:
    """Return a job. With `Accept: text/event-stream`, its changes come as server-sent events `job` (`JobStatus`) until
    it has ended."""
    found = service.jobs.get(id, access)
    response.headers["Vary"] = "Accept"
    if wanted(request, (JSON, EVENTS)) != EVENTS:
        return found

    async def follow(token: Cancellation, emit: Emit) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def tell(status: JobStatus) -> None:
            emit(StreamEvent("job", status))
            if status.final:
                loop.call_soon_threadsafe(ended.set)

        with service.jobs.watched(id, tell):
            await ended.wait()

    return EventStream(follow, service.problem, {"Vary": "Accept"})


@router.delete(
    "/jobs/{id}",
    operation_id="cancel_job",
    dependencies=[needs("ingest")],
    summary="Cancel a job",
    responses=example(LOADED_JOB, what="The job"),
)
async def cancel(id: JobId, request: Request, service: TheService, access: TheAccess) -> JobStatus:  # noqa: A002
    """Cancel a job. A graph that it was loading stays as it was. A job that has ended stays as it is."""
    check_sender(request)
    return service.jobs.cancel(id, access)
