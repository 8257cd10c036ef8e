"""Receives files: from whom, how large, for how long."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from clew.api.schema.problems import BodyTooLarge, RequestTimeout
from clew.api.service.uploads import Upload
from clew.kg import limits
from clew.kg.errors import Cancelled

_SIMPLE = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
"""Content types that a page of another origin may send without the browser's asking first."""


def check_sender(request: Request) -> None:
    """Refuse what a web page of another origin sends behind its user's back.

    Raises ``HTTPException`` (403; 415 for a file whose content type such a page may use).
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "pages of other origins cannot change graphs")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind in _SIMPLE:
        raise HTTPException(415, "send the file as the body, with Content-Type: application/octet-stream")


async def receive(request: Request, upload: Upload) -> None:
    """Store the body of a request; of one that does not arrive as it should nothing is left.

    Raises ``BodyTooLarge``, ``RequestTimeout``, and ``Cancelled`` if the client has left.
    """
    try:
        async with asyncio.timeout(limits.UPLOAD_SECONDS):
            await _store(request, upload)
    except BaseException as error:
        upload.remove()
        if isinstance(error, TimeoutError):
            seconds = limits.UPLOAD_SECONDS
            raise RequestTimeout(f"the request body did not arrive within {seconds:g} s") from None
        if isinstance(error, ClientDisconnect):
            raise Cancelled("the client closed the connection") from None
        raise


async def _store(request: Request, upload: Upload) -> None:
    size = 0
    async with await anyio.open_file(upload.file, "wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > limits.MAX_UPLOAD_BYTES:
                raise BodyTooLarge(f"the request body exceeds the limit of {limits.MAX_UPLOAD_BYTES} bytes")
            await file.write(part)
