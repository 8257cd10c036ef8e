"""What routes are given."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from api.gate import Gate
from api.service import Service


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


TheService = Annotated[Service, Depends(_service)]
TheGate = Annotated[Gate, Depends(_gate)]
GraphName = Annotated[str, Path(description="The graph's name in the catalogue.", examples=["demo"], max_length=200)]
