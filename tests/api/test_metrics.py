"""Metrics count every response by its route, and hold nothing of what was asked."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

SECRET = "Which films were directed by Christopher Nolan?"


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_every_response_is_counted(client: TestClient) -> None:
    ask = "/v1/graphs/{graph}/ask"
    client.post("/v1/graphs/films/ask", json={"question": SECRET})
    client.post("/v1/graphs/nowhere/ask", json={"question": SECRET})
    client.post("/v1/graphs/films/ask", content="x" * 100_000)
    for place in ("nowhere", "elsewhere", "v1/x"):
        client.get(f"/{place}")
    client.request("ODD", "/")
    found = samples(client)
    assert found["clew_requests_total", "POST", ask, "200"] == 1
    assert found["clew_requests_total", "POST", ask, "404"] == 1
    assert found["clew_request_seconds_count", "POST", ask] == 2
    assert found["clew_requests_total", "GET", "other", "404"] == 3
    assert found["clew_requests_total", "POST", "other", "413"] == 1
    assert found["clew_graphs",] == 1
    assert found["clew_questions_inside",] == 0
    assert not [key for key in found if "ODD" in key]


def test_nothing_of_what_was_asked_is_in_them(client: TestClient) -> None:
    client.post("/v1/graphs/films/ask", json={"question": SECRET})
    client.get("/v1/graphs/films/entities", params={"q": "Nolan"})
    client.get("/v1/graphs/films/entities/Inception")
    text = client.get("/metrics").text
    assert "entities" in text
    assert not [word for word in ("Nolan", "Inception", "films", "testclient") if word in text]
