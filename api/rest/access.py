"""What a route needs: a scope of the caller's API key, or nothing. Each route says it in one line of its decorator.

    @router.get("/{graph}", ..., dependencies=[needs("read")])
    @router.get("/healthz", ..., dependencies=[OPEN])

``Authentication`` has found out by then who the caller is, of mounted applications, too: those check
``scope["clew.access"]`` themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.params import Depends as Dependency
from fastapi.params import Security
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from clew.api.service.access import Access

_ABOUT = """An API key, as `clew keys add` prints it. It is required if the server listens beyond the loopback address
or was started with `--require-key`. Each operation names the scope that it needs. Scopes may be limited to graphs."""


class _Scheme(SecurityBase):
    """The key as the OpenAPI document describes it, and the check of its scopes."""

    def __init__(self) -> None:
        self.model = HTTPBearer(description=" ".join(_ABOUT.split()))
        self.scheme_name = "key"

    async def __call__(self, request: Request, scopes: SecurityScopes) -> None:
        access = access_of(request)
        graph = request.path_params.get("graph") or request.query_params.get("graph")
        for operation in scopes.scopes:
            access.check(operation, graph)


_KEY = _Scheme()


def needs(operation: str) -> Security:
    """Return the dependency of a route that needs a scope: in the ``graph`` of its address, or else in any graph. A
    route without one must itself hold back what is of graphs that ``TheAccess`` may not see."""
    return Security(_KEY, scopes=[operation])


async def _anyone() -> None:
    """Let everyone in."""


OPEN: Dependency = Depends(_anyone)
"""The dependency of a route that is for everyone, without a key, too."""


def access_of(request: Request) -> Access:
    """Return what the caller of a request may do."""
    access: Access = request.scope["clew.access"]
    return access


async def _access(request: Request) -> Access:
    return access_of(request)


TheAccess = Annotated[Access, Depends(_access)]


class OpenAddresses:
    """The addresses that are for everyone: those of routes, the files of the page, and the OpenAPI document."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        """Raises ``TypeError`` for a route that does not say what it needs."""
        routes = [route.path_regex for route in _open_routes(routers)]
        self._patterns = (*routes, re.compile(r"/static/.*"), re.compile(r"/openapi\.json"))

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and any(pattern.fullmatch(path) for pattern in self._patterns)


def _open_routes(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            needed: list[Any] = getattr(route, "dependencies", [])
            if not isinstance(route, APIRoute) or not any(one is OPEN or _is_scope(one) for one in needed):
                raise TypeError(f"{route} does not say what it needs: see clew.api.rest.access")
            if any(one is OPEN for one in needed):
                yield route


def _is_scope(dependency: object) -> bool:
    return isinstance(dependency, Security) and dependency.dependency is _KEY and bool(dependency.scopes)
