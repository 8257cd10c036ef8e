"""Finds out who sent a request, before anything of it is read: by the API key in its header ``Authorization``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from clew.api.rest.middleware import PROBLEM_JSON
from clew.api.schema.problems import InsufficientScope, TooManyRequests, Unauthorized
from clew.api.schema.server import Problem
from clew.api.service.access import EVERYTHING, Access
from clew.api.service.keys import PREFIX, KeyStore
from clew.kg import limits
from clew.kg.errors import ClewError

_CREDENTIALS = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_CHALLENGE = 'Bearer realm="clew"'


class Authentication:
    """Lets a request in with what its key allows, as ``scope["clew.access"]``; without a key only if none is
    ``required``, or its address is ``opened``. A key that is sent is checked all the same; what is no key of Clew (of a
    proxy, or what an OpenAI client must send) is then left aside. Of one key, ``limits.MAX_REQUESTS_OF_KEY`` requests
    are answered at a time."""

    def __init__(
        self,
        app: ASGIApp,
        keys: KeyStore,
        required: bool,
        opened: Container[str],
        problem: Callable[[ClewError], Problem],
    ) -> None:
        self._app, self._keys, self._required, self._opened, self._problem = app, keys, required, opened, problem
        self._inside: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":  # there are none: nothing would check who opens one
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            access = self._access(scope)
            owner = access.owner
            if access.key is not None:
                scope["clew.facts"]["key"] = access.key.name
            if owner and self._inside[owner] >= limits.MAX_REQUESTS_OF_KEY:
                raise TooManyRequests(f"{self._inside[owner]} requests with this API key are being answered")
        except ClewError as error:
            problem = self._problem(error)
            body = problem.model_dump_json(exclude_none=True)
            await Response(body, problem.status, _headers(error), PROBLEM_JSON)(scope, receive, send)
            return
        scope["clew.access"] = access
        self._inside[owner] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside[owner] -= 1
            if not self._inside[owner]:
                del self._inside[owner]

    def _access(self, scope: Scope) -> Access:
        """Return what the sender may do. Raises ``Unauthorized`` and ``KeysFailed``."""
        if scope["path"] in self._opened:
            return EVERYTHING
        sent = Headers(scope=scope).getlist("authorization")
        if not self._required and not any(PREFIX in one for one in sent):
            return EVERYTHING
        match = _CREDENTIALS.fullmatch(sent[0]) if len(sent) == 1 else None
        if match is None:
            raise Unauthorized("send an API key: Authorization: Bearer KEY")
        return Access(self._keys.identify(match[1]))


def _headers(error: ClewError) -> dict[str, str]:
    """Return the headers of a refusal. The connection is closed: the body, which is not read, may be on its way."""
    later = {"Retry-After": str(limits.RETRY_AFTER_SECONDS)} if isinstance(error, TooManyRequests) else {}
    return challenge(error) | later | {"Connection": "close"}


def challenge(error: ClewError) -> dict[str, str]:
    """Return the header that says which key is needed (RFC 6750, section 3); nothing for other errors."""
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": _CHALLENGE}
    if isinstance(error, InsufficientScope):
        return {"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{error.scope}"'}
    return {}
