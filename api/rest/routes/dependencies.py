"""Dependencies of the routes. They are coroutines: those that are not take a thread of the pool at every request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request, Response

from clew.api.rest.admission import Gate
from clew.api.rest.batching import Gathering
from clew.api.rest.caller import Caller
from clew.api.rest.freshness import Freshness
from clew.api.rest.preferences import wait_of
from clew.api.rest.readers import Readers
from clew.api.rest.replies import Sending
from clew.api.service.service import Service

GRAPH_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""What ``Catalogue.check_name`` accepts."""


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


async def _gathering(request: Request) -> Gathering:
    gathering: Gathering = request.app.state.gathering
    return gathering


async def _readers(request: Request) -> Readers:
    readers: Readers = request.app.state.readers
    return readers


IfNoneMatch = Annotated[
    str,
    Header(
        description="Entity tags of responses that the client holds: it gets 304 instead of one of these.",
        examples=['"0123456789ab-1.0.0"'],
    ),
]


async def _freshness(request: Request, response: Response, if_none_match: IfNoneMatch = "") -> Freshness:
    service: Service = request.app.state.service
    return Freshness(response, if_none_match, service.software)


IfMatch = Annotated[
    str,
    Header(
        description="The entity tag of the graph (`GET /v1/graphs/{graph}`), or its version in quotes: the change is "
        "made only if that is still the current version. Otherwise: 412 (`version-changed`).",
        examples=['"0123456789ab"'],
    ),
]


Prefer = Annotated[
    str,
    Header(
        description="`wait=10`: the client waits 10 seconds; what has been found by then is returned, as `partial` "
        "(RFC 7240). The time limit of the server remains.",
        examples=["wait=10"],
    ),
]
IdempotencyKey = Annotated[
    str,
    Header(
        max_length=255,
        description="A key of the client for this request: if it sends the same request again, it gets the same "
        "response.",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]


async def _caller(request: Request, response: Response, prefer: Prefer = "") -> Caller:
    service: Service = request.app.state.service
    most = service.settings.ask_seconds
    return Caller(request, response, wait_of(request, most), most)


async def _repeating_caller(
    request: Request, response: Response, prefer: Prefer = "", idempotency_key: IdempotencyKey = ""
) -> Caller:
    return await _caller(request, response)


async def _sending(request: Request, response: Response, idempotency_key: IdempotencyKey = "") -> Sending:
    return Sending(request, response, await _readers(request))


TheSending = Annotated[Sending, Depends(_sending)]
"""One who sends files, and may send them again with the same ``Idempotency-Key``."""
TheCaller = Annotated[Caller, Depends(_caller)]
TheRepeatingCaller = Annotated[Caller, Depends(_repeating_caller)]
"""One who may send a request again with the same ``Idempotency-Key``."""
TheFreshness = Annotated[Freshness, Depends(_freshness)]
TheService = Annotated[Service, Depends(_service)]
TheGate = Annotated[Gate, Depends(_gate)]
TheGathering = Annotated[Gathering, Depends(_gathering)]
TheReaders = Annotated[Readers, Depends(_readers)]
GraphName = Annotated[
    str, Path(description="Name of the graph.", examples=["demo"], json_schema_extra={"pattern": GRAPH_NAME})
]
