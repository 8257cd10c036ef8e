"""Receives files: from whom, in which form, how large, for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from clew.api.rest.multipart import MultipartReceiver
from clew.api.schema.problems import BodyTooLarge, RequestTimeout
from clew.api.service.uploads import Upload
from clew.kg import limits
from clew.kg.errors import Cancelled

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
MULTIPART, JSON = "multipart/form-data", "application/json"
_SIMPLE = ("", "text/plain", "application/x-www-form-urlencoded")
"""Content types that a page of another origin may send without the browser's asking first. It may send forms with
files, too, but the browser then tells its origin."""


def check_sender(request: Request) -> None:
    """Refuse what a web page of another origin sends behind its user's back.

    Raises ``HTTPException`` (403; 415 for a file whose content type such a page may use).
    """
    origin = request.headers.get("origin")
    other = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if other or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise HTTPException(403, "pages of other origins cannot change graphs")
    if request.method == "POST" and content_type(request) in _SIMPLE:
        raise HTTPException(415, f"send {MULTIPART}, or one file as the body with application/octet-stream")


def content_type(request: Request) -> str:
    """Return the content type of a request, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def receive_file(request: Request, upload: Upload, role: str, name: str) -> None:
    """Store the body of a request as one file; of one that does not arrive as it should nothing is left.

    Raises ``BodyTooLarge``, ``RequestTimeout``, ``BadInput`` for the name, and ``Cancelled`` if the client has left.
    """
    await _received(upload, partial(_store, request, upload, role, name))


async def receive_parts(request: Request, upload: Upload, roles: Mapping[str, float]) -> None:
    """Store the parts of a request, by their names (``roles``: the bytes that each may have). Raises as
    ``receive_file``, and ``BadInput`` for a body that is not as it should be."""

    async def store() -> None:
        kind = request.headers.get("content-type", "")
        await MultipartReceiver(kind, upload.place, roles).receive(_limited(request, limits.MAX_UPLOAD_BYTES))

    await _received(upload, store)


async def receive_json(request: Request, model: type[M]) -> M:
    """Return a small body as a model. Raises ``RequestValidationError``, and as ``receive_file``."""

    async def read() -> bytes:
        return b"".join([part async for part in _limited(request, limits.MAX_BODY_BYTES)])

    try:
        return model.model_validate_json(await _in_time(read, limits.REQUEST_SECONDS))
    except ValidationError as error:
        found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
        raise RequestValidationError(found) from None


async def _in_time(work: Callable[[], Awaitable[T]], seconds: float) -> T:
    """Return the result of work that waits for a body. Raises ``RequestTimeout``, and ``Cancelled`` if the client has
    left."""
    try:
        async with asyncio.timeout(seconds):
            return await work()
    except TimeoutError:
        raise RequestTimeout(f"the request body did not arrive within {seconds:g} s") from None
    except ClientDisconnect:
        raise Cancelled("the client closed the connection") from None


async def _received(upload: Upload, store: Callable[[], Awaitable[None]]) -> None:
    """Store a body; of one that does not arrive as it should nothing is left."""
    try:
        await _in_time(store, limits.UPLOAD_SECONDS)
    except BaseException:
        upload.remove()
        raise


async def _store(request: Request, upload: Upload, role: str, name: str) -> None:
    async with await anyio.open_file(upload.place(role, name), "wb") as file:
        async for part in _limited(request, limits.MAX_UPLOAD_BYTES):
            await file.write(part)


async def _limited(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield the pieces of a body. Raises ``BodyTooLarge``."""
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise BodyTooLarge(f"the request body exceeds the limit of {most} bytes")
        yield part
