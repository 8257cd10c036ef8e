"""Routes for jobs: what becomes of files that are loaded."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from clew.api.rest.access import TheAccess, needs
from clew.api.rest.event_stream import EVENTS, EventStream
from clew.api.rest.examples import JOB, JOB_STREAM, LOADED_JOB, example
from clew.api.rest.negotiation import JSON, wanted
from clew.api.rest.receiving import check_sender
from clew.api.rest.routes.dependencies import TheService
from clew.api.schema.events import Emit, StreamEvent
from clew.api.schema.jobs import JobStatus
from clew.decoding.cancellation import Cancellation

router = APIRouter(prefix="/v1", tags=["jobs"])

JobId = Annotated[str, Path(min_length=1, description="Id of the job.", examples=[JOB.id])]


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
