"""Where traces go: to the collector that the environment names, as the specification of OpenTelemetry has it."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOG = logging.getLogger(__name__)
_ADDRESSES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def traced(app: ASGIApp) -> ASGIApp:
    """Return the application with traces, if a collector is named; without the extra ``otel``, that is logged and the
    application stays as it is."""
    if not any(os.environ.get(name) for name in _ADDRESSES) or os.environ.get("OTEL_SDK_DISABLED") == "true":
        return app
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from clew.api.telemetry.tracing import Traced
    except ImportError:
        LOG.warning("a collector of traces is named, and OpenTelemetry is not installed: pip install 'clew[otel]'")
        return app
    name = os.environ.get("OTEL_SERVICE_NAME", "clew")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traced(app, provider.get_tracer("clew"))
