"""Counts and times requests for Prometheus. It keeps no question, no name and no address but the routes' patterns."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clew.api.rest.admission import Gate
from clew.api.service.service import Service

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})


class ServiceMetrics:
    """The metrics of one application, in a registry of their own."""

    def __init__(self, service: Service, gate: Gate) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route")
        self._requests = Counter("clew_requests", "Requests by status.", (*labels, "status"), registry=self._registry)
        self._seconds = Histogram(
            "clew_request_seconds",
            "Seconds until a response was sent.",
            labels,
            buckets=SECONDS,
            registry=self._registry,
        )
        inside = Gauge("clew_questions_inside", "Questions that are running or waiting.", registry=self._registry)
        inside.set_function(lambda: gate.inside)
        graphs = Gauge("clew_graphs", "Graphs in the catalogue.", registry=self._registry)
        graphs.set_function(service.num_graphs)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one response."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class Measured:
    """Reports every response. Of addresses without a route it says ``other``: no client can make the metrics grow."""

    def __init__(self, app: ASGIApp, metrics: ServiceMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begin = 500, time.perf_counter()

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            scope["clew.facts"] |= {"route": route, "graph": scope.get("path_params", {}).get("graph", "")}
            self._metrics.observe(scope["method"], route, status, time.perf_counter() - begin)
