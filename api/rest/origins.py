"""Which web pages of other origins may read responses (CORS): none, unless the operator names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from clew.kg.errors import BadInput

_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Prefer", "X-Request-Id")
READ = ("ETag", "Idempotent-Replayed", "Preference-Applied", "Retry-After", "WWW-Authenticate", "X-Request-Id")


def checked_origin(origin: str) -> str:
    """Return an origin as browsers send it. Raises ``BadInput`` for what is none: ``*`` and ``null``, too."""
    if not _ORIGIN.fullmatch(origin):
        raise BadInput(f"{origin[:80]!r} is no origin: write https://HOST or https://HOST:PORT, in lower case")
    return origin


def check_origin(request: Request) -> None:
    """Refuse what a web page of an origin that is not allowed sends. Raises ``HTTPException`` (403)."""
    origin = request.headers.get("origin")
    allowed: frozenset[str] = request.app.state.allowed_origins
    if origin is not None and origin not in allowed and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "pages of other origins cannot ask")


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins ask. Raises ``BadInput`` as ``checked_origin``."""
    app.state.allowed_origins = frozenset(origins)
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[checked_origin(origin) for origin in origins],
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            allow_headers=SENT,
            expose_headers=READ,
        )
