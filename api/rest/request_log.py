"""The log of a server: one line for each request, and every line with the id of the request that it belongs to.

Of a request it has the pattern of its route, never its address or its body: those may hold a question.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clew.api.schema.text import inert

LOG = logging.getLogger("clew.requests")
HEADER = "X-Request-Id"
FACTS = ("method", "route", "graph", "status", "ms", "client", "key")
"""What a line says of a request; ``key``: the name of its API key."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_request: ContextVar[str] = ContextVar("request", default="")


class RequestLog:
    """Gives every request an id (that of its header ``X-Request-Id``, if it has a fit one), returns it, and logs the
    response. Other middleware adds what it knows to ``scope["clew.facts"]``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(HEADER, "")
        request = sent if _ID.fullmatch(sent) else secrets.token_hex(8)
        client = scope.get("client")
        facts: dict[str, Any] = {"method": scope["method"][:16], "client": client[0] if client else "", "status": 499}
        scope["clew.facts"] = facts
        begin, token = time.perf_counter(), _request.set(request)

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                facts["status"] = message["status"]
                MutableHeaders(scope=message)[HEADER] = request
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        except Exception:
            facts["status"] = 500
            raise
        finally:
            facts["ms"] = round(1000 * (time.perf_counter() - begin), 1)
            if not _NAME.fullmatch(facts.get("graph", "")):
                facts.pop("graph", None)  # no name of a graph: it may be anything
            LOG.info("%s", _line(facts), extra={"facts": facts})
            _request.reset(token)


def _line(facts: dict[str, Any]) -> str:
    return " ".join(f"{name}={inert(str(facts[name]))}" for name in FACTS if facts.get(name, "") != "")


class TextLines(logging.Formatter):
    """Time, level, message, and the id of the request."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record."""
        request = _request.get()
        return super().format(record) + (f" request={request}" if request else "")


class JsonLines(logging.Formatter):
    """The same as a JSON object on one line: ``time``, ``level``, ``logger``, ``message``; ``request`` and its facts;
    ``exception``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        facts: dict[str, Any] = getattr(record, "facts", {})
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": "request" if facts else record.getMessage(),
            "request": _request.get() or None,
            "exception": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({name: value for name, value in (said | facts).items() if value not in (None, "")})


def log_config(as_json: bool, level: str) -> dict[str, Any]:
    """Return the configuration (``logging.config``) of a server whose log goes to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines if as_json else TextLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "uvicorn": {"level": level},
            "clew": {"level": level},
            "python_multipart": {"level": "ERROR"},  # it warns of bodies that are refused, and quotes them
        },
    }
