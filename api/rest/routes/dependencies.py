"""Dependencies of the routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from clew.api.rest.admission import Gate
from clew.api.rest.batching import Gathering
from clew.api.service.service import Service


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


def _gathering(request: Request) -> Gathering:
    gathering: Gathering = request.app.state.gathering
    return gathering


TheService = Annotated[Service, Depends(_service)]
TheGate = Annotated[Gate, Depends(_gate)]
TheGathering = Annotated[Gathering, Depends(_gathering)]
GraphName = Annotated[str, Path(description="Name of the graph.", examples=["demo"], max_length=200)]
