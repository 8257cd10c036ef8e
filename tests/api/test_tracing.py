"""A trace has a span for each request and one for each stage, and no question."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.service.service import Service
from clew.api.telemetry.export import traced

trace = pytest.importorskip("opentelemetry.trace", reason="OpenTelemetry is not installed (pip install 'clew[otel]')")
SECRET = "Who directed [Inception]?"
TRACE = "0af7651916cd43dd8448eb211c80319c"


@dataclass
class Recorder:
    """A tracer that keeps what it is told."""

    spans: list[dict[str, Any]] = field(default_factory=list)

    def start_span(self, name: str, context: Any = None, kind: Any = None, start_time: int = 0) -> Any:
        parent = trace.get_current_span(context).get_span_context()
        told: dict[str, Any] = {"name": name, "begin": start_time, "parent": parent, "attributes": {}}
        self.spans.append(told)

        class Span(trace.NonRecordingSpan):
            def update_name(self, name: str) -> None:
                told["name"] = name

            def set_attributes(self, attributes: Any) -> None:
                told["attributes"].update(attributes)

            def set_status(self, status: Any, description: Any = None) -> None:
                told["status"] = status.status_code

            def end(self, end_time: Any = None) -> None:
                told["end"] = end_time

        known = parent.trace_id or 1
        return Span(trace.SpanContext(known, len(self.spans), False, trace.TraceFlags(1)))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def traces(service: Service, recorder: Recorder) -> Any:
    from clew.api.telemetry.tracing import Traced

    with TestClient(Traced(create_app(service), recorder), raise_server_exceptions=False) as client:  # type: ignore[arg-type]
        yield client


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_spans_of_a_question(traces: TestClient, recorder: Recorder, accept: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "Accept": accept}
    assert traces.post("/v1/graphs/films/ask", json={"question": SECRET}, headers=headers).status_code == 200
    request, *stages = recorder.spans
    assert request["name"] == "POST /v1/graphs/{graph}/ask"
    assert f"{request['parent'].trace_id:032x}" == TRACE
    assert request["attributes"] == {
        "http.request.method": "POST", "http.route": "/v1/graphs/{graph}/ask", "http.response.status_code": 200,
        "clew.graph": "films",
    }  # fmt: skip
    assert {"clew.link", "clew.reason", "clew.gather"} <= {stage["name"] for stage in stages}
    for before, after in pairwise(stages):
        assert before["begin"] <= before["end"] == after["begin"]
    assert stages[-1]["end"] == request["end"]
    assert all(stage["parent"].span_id == 1 for stage in stages)
    told = json.dumps(recorder.spans, default=str)
    assert "Inception" not in told
    assert "Nolan" not in told


def test_spans_of_other_requests(traces: TestClient, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    traces.get("/v1/graphs/films/entities", params={"q": "Inception"})
    traces.get("/nowhere/Inception")
    monkeypatch.setattr(Service, "graphs", lambda self: 1 / 0)
    traces.get("/v1/graphs")
    assert [span["attributes"]["http.response.status_code"] for span in recorder.spans] == [200, 404, 500]
    assert recorder.spans[2]["status"] is trace.StatusCode.ERROR
    assert "Inception" not in json.dumps(recorder.spans, default=str)


def test_traces_are_made_only_where_a_collector_is_named(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(service)
    assert traced(app) is app
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert traced(app) is app
    assert "clew[otel]" in caplog.text
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    caplog.clear()
    assert traced(app) is app
    assert caplog.text == ""
