"""``Traced``: spans of requests. They hold what the log holds of a request, and no question, answer or address."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

STAGES = ("load", "link", "reason", "gather", "read", "verify", "program", "explain")
"""The stages of answering in their order; their milliseconds are in ``timings``."""
_MILLISECOND = 1_000_000


class Traced:
    """Makes a span of each request, of the trace that its header ``traceparent`` names, and within it one of each stage
    of a question, one after the other up to the end. An ASGI application around the one of ``clew serve``."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app, self._tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = propagate.extract(dict(Headers(scope=scope)))
        span = self._tracer.start_span(scope["method"], context, SpanKind.SERVER)
        try:
            with trace.use_span(span, end_on_exit=False, record_exception=False):
                await self._app(scope, receive, send)
        finally:
            end = time.time_ns()
            self._tell(span, scope.get("clew.facts", {}), end)
            self._tell_stages(span, scope.get("clew.timings", {}), end)
            span.end(end)

    def _tell(self, span: trace.Span, facts: Mapping[str, Any], end: int) -> None:
        method, route, status = facts.get("method", ""), facts.get("route", ""), facts.get("status", 0)
        span.update_name(f"{method} {route}".strip())
        told = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        told["clew.graph"] = facts.get("graph", "")
        span.set_attributes({name: value for name, value in told.items() if value})
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))

    def _tell_stages(self, span: trace.Span, timings: Mapping[str, float], end: int) -> None:
        stages = [(name, round(timings[name] * _MILLISECOND)) for name in STAGES if timings.get(name)]
        begin, context = end - sum(length for _, length in stages), trace.set_span_in_context(span)
        for name, length in stages:
            stage = self._tracer.start_span(f"clew.{name}", context, start_time=begin)
            begin += length
            stage.end(begin)
