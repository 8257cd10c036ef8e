"""Gives a request that is sent again the response that it got the first time (``Idempotency-Key``)."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from clew.api.rest.access import access_of
from clew.api.rest.readers import Readers
from clew.api.schema.jobs import JobStatus
from clew.api.schema.problems import IdempotencyMismatch, StillAnswered
from clew.api.service.uploads import GraphFiles
from clew.kg import limits

T = TypeVar("T")
_Of = tuple[str, str]
"""Whose a response is (``Access.owner``), and the key that he chose for it."""
REPLAYED = {"Idempotent-Replayed": "true"}


@dataclass(slots=True)
class _Reply:
    """What a request got; ``found`` None: it is still being answered."""

    asked: str
    until: float
    found: Any = None


class Replies:
    """The last ``limits.MAX_REPLIES`` responses, by callers and keys, for ``limits.REPLY_SECONDS``. Errors are not
    kept: whoever sends the request again gets another try. An instance belongs to one event loop."""

    def __init__(self) -> None:
        self._replies: OrderedDict[_Of, _Reply] = OrderedDict()

    async def once(self, request: Request, body: BaseModel, response: Response, work: Callable[[], Awaitable[T]]) -> T:
        """Return what ``work`` returns, or what it returned for an earlier request of the same caller with the same
        key.

        Raises the errors of ``work``, ``IdempotencyMismatch`` if that request was another one, and ``StillAnswered`` if
        it is still being answered.
        """
        return await self.once_of(request, body.model_dump_json(), response, work)

    def knows(self, request: Request) -> bool:
        """Return whether an earlier request of the same caller came with the same key."""
        key = _key(request)
        return key is not None and self._known(key) is not None

    async def once_of(self, request: Request, asked: str, response: Response, work: Callable[[], Awaitable[T]]) -> T:
        """Do as ``once``, with what is asked for as a text."""
        key = _key(request)
        if key is None:
            return await work()
        asked = hashlib.sha256(f"{request.url.path}\n{asked}".encode()).hexdigest()
        known = self._known(key)
        if known is not None:
            response.headers.update(REPLAYED)
            found: T = _same(known, asked)
            return found
        reply = self._replies[key] = _Reply(asked, time.monotonic() + limits.REPLY_SECONDS)
        try:
            made = reply.found = await work()
        finally:
            if reply.found is None:
                del self._replies[key]
        return made

    def _known(self, key: _Of) -> _Reply | None:
        now = time.monotonic()
        for old in [one for one, reply in self._replies.items() if reply.found is not None and reply.until < now]:
            del self._replies[old]
        if key in self._replies:
            return self._replies[key]
        done = [one for one, reply in self._replies.items() if reply.found is not None]
        for old in done[: max(0, len(done) - limits.MAX_REPLIES + 1)]:
            del self._replies[old]
        return None


class Sending:
    """A request that sends files, which may be sent again: the job of the first one is returned then."""

    def __init__(self, request: Request, response: Response, readers: Readers) -> None:
        self._request, self._response, self._readers = request, response, readers
        self._replies: Replies = request.app.state.replies

    async def once(
        self,
        check: Callable[[], str | None],
        receive: Callable[[], Awaitable[GraphFiles]],
        begin: Callable[[GraphFiles, str | None], JobStatus],
    ) -> JobStatus:
        """Check that the change may be made, receive the files, and begin the job. What was begun already is not
        checked again: the job itself may have made the graph. Files that no job takes are deleted."""
        again = self._replies.knows(self._request)
        expected = None if again else await self._readers.quick(check)
        files, taken = await receive(), False

        async def started() -> JobStatus:
            nonlocal taken
            job = begin(files, await self._readers.quick(check) if again else expected)
            taken = True
            return job

        try:
            job = await self._replies.once_of(self._request, await self._asked(files), self._response, started)
        finally:
            if not taken:
                files.done()
        self._response.headers["Location"] = f"/v1/jobs/{job.id}"
        return job

    async def _asked(self, files: GraphFiles) -> str:
        """Return what tells the request from others; the files are read again only if a key was sent."""
        headers = self._request.headers
        if not headers.get("idempotency-key"):
            return ""
        digest = await self._readers.slow(files.digest)
        return "\n".join((self._request.url.query, headers.get("if-match", ""), digest))


def _key(request: Request) -> _Of | None:
    chosen = request.headers.get("idempotency-key")
    return (access_of(request).owner, chosen) if chosen else None


def _same(known: _Reply, asked: str) -> Any:
    if known.asked != asked:
        raise IdempotencyMismatch("another request was sent with this Idempotency-Key; use a new one")
    if known.found is None:
        raise StillAnswered("the request with this Idempotency-Key is still being answered; retry in a few seconds")
    return known.found
