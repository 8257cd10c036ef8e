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
from clew.api.schema.problems import IdempotencyMismatch, StillAnswered
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
        chosen = request.headers.get("idempotency-key")
        if not chosen:
            return await work()
        key = access_of(request).owner, chosen
        asked = hashlib.sha256(f"{request.url.path}\n{body.model_dump_json()}".encode()).hexdigest()
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


def _same(known: _Reply, asked: str) -> Any:
    if known.asked != asked:
        raise IdempotencyMismatch("another request was sent with this Idempotency-Key; use a new one")
    if known.found is None:
        raise StillAnswered("the request with this Idempotency-Key is still being answered; retry in a few seconds")
    return known.found
