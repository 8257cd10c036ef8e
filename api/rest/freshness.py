"""Tells clients whether what they hold of a graph is still what they would get: entity tags (RFC 9110, 8.8.3)."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from clew.kg.errors import VersionChanged

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')

_ANY = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


class NotModified(Exception):
    """The client holds what it asks for."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


class Freshness:
    """The entity tags of one request and its response. A tag names the version of a graph and that of Clew: what is
    returned depends on nothing else."""

    def __init__(self, response: Response, if_none_match: str, software: str) -> None:
        self._response, self._held, self._software = response, if_none_match, software

    @property
    def asked(self) -> bool:
        """Whether the client holds anything."""
        return bool(self._held)

    def check(self, *state: str) -> None:
        """Raise ``NotModified`` if the client holds the response to a state."""
        tag = self._tag(*state)
        if self._held.strip() == "*" or tag in _TAG.findall(self._held):
            raise NotModified(tag)

    def tag(self, *state: str) -> None:
        """Name the state that the response is of; raise as ``check``."""
        self.check(*state)
        self._response.headers.update(headers(self._tag(*state)))

    def _tag(self, *state: str) -> str:
        return f'"{"-".join((*state, self._software))}"'


def expected_version(if_match: str, current: Callable[[], str]) -> str | None:
    """Return the version that a graph must be at for a change (``If-Match``); None: whichever.

    An entity tag begins with the version; the version alone will do, too. ``current`` returns the current version.
    Raises its errors, and ``VersionChanged``.
    """
    if not if_match.strip():
        return None
    now = current()
    strong = (tag for weak, tag in _ANY.findall(if_match) if not weak)
    if if_match.strip() == "*" or any(tag.partition("-")[0] == now for tag in strong):
        return now
    raise VersionChanged(f"the current version is {now}, not that of If-Match")


def headers(tag: str) -> dict[str, str]:
    """Return the headers that let a client keep a response, and ask each time whether it is still right."""
    return {"ETag": tag, "Cache-Control": "no-cache"}


async def not_modified(_: Request, error: Exception) -> Response:
    """Return the response to a client that holds what it asks for."""
    assert isinstance(error, NotModified)
    return Response(status_code=304, headers=headers(error.tag))
