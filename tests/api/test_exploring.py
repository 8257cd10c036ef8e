"""Entities by name, what is around one of them, and the relations: complete, page by page, from one version."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from clew.api.service.service import Service
from tests.api.test_errors import check_problem

FILMS = "/v1/graphs/films"


def names(client: TestClient, text: str, limit: int = 10) -> list[tuple[str, str]]:
    response = client.get(f"{FILMS}/entities", params={"q": text, "limit": limit})
    assert response.status_code == 200
    return [(entity["label"], entity["how"]) for entity in response.json()["entities"]]


def test_names_are_completed(client: TestClient) -> None:
    assert names(client, "Inception") == [("Inception", "exact")]
    assert names(client, "christ") == [("Christopher Nolan", "prefix")]
    assert names(client, "CHRISTOPHER n") == [("Christopher Nolan", "prefix")]
    assert names(client, "nolan") == [("Christopher Nolan", "word")]
    assert names(client, "Cristopher Nol") == [("Christopher Nolan", "typo")]
    assert names(client, "Incepton") == [("Inception", "typo")]
    assert names(client, "zzzz") == names(client, "?!") == []


def test_well_connected_entities_come_first(client: TestClient) -> None:
    assert names(client, "j") == [("Juno", "prefix"), ("Jason Reitman", "prefix")]
    assert names(client, "j", 1) == [("Juno", "prefix")]


def page_by_page(client: TestClient, address: str, field: str, limit: int) -> list[object]:
    found, cursor = [], None
    while True:
        params = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        response = client.get(address, params=params)
        assert response.status_code == 200
        body = response.json()
        assert len(body[field]) <= limit
        found += body[field]
        cursor = body["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_the_pages_of_an_entity_are_all_its_triples(client: TestClient, triples, limit: int) -> None:
    for name in {end for head, _, tail in triples for end in (head, tail)}:
        found = page_by_page(client, f"{FILMS}/entities/{quote(name)}", "triples", limit)
        told = [(t["head"]["key"], t["relation"]["key"], t["tail"]["key"]) for t in found]
        assert sorted(told) == sorted(triple for triple in triples if name in (triple[0], triple[2]))


def test_an_entity_s_relations_are_counted(client: TestClient) -> None:
    body = client.get(f"{FILMS}/entities/Juno").json()
    assert {(r["key"], r["direction"]): r["edges"] for r in body["relations"]} == {
        ("starred_actors", "forward"): 1,
        ("directed_by", "forward"): 1,
        ("in_language", "forward"): 1,
    }
    assert body["edges"] == 3
    assert body["entity"] == {"key": "Juno", "label": "Juno", "kind": "entity"}


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_the_pages_of_relations_are_all_of_them(client: TestClient, triples, limit: int) -> None:
    found = page_by_page(client, f"{FILMS}/relations", "relations", limit)
    assert {r["key"]: r["triples"] for r in found} == Counter(relation for _, relation, _ in triples)
    assert [r["triples"] for r in found] == sorted((r["triples"] for r in found), reverse=True)


def test_keys_may_be_of_any_characters(client: TestClient, home, publish) -> None:
    keys = ["http://example.org/a?b=c#d", "a/b/../c", "100 %", "é ü", "[x]"]
    publish(home, "odd", [(key, "knows", "somebody") for key in keys])
    for key in keys:
        response = client.get(f"/v1/graphs/odd/entities/{quote(key, safe='')}")
        assert response.json()["entity"]["key"] == key


def test_a_cursor_stays_with_its_version(client: TestClient, home, publish, triples) -> None:
    first = client.get(f"{FILMS}/entities/Inception", params={"limit": 1}).json()
    publish(home, "films", [("Inception", "directed_by", "Somebody"), *triples])
    second = client.get(f"{FILMS}/entities/Inception", params={"limit": 1, "cursor": first["next"]}).json()
    assert second["version"] == first["version"]
    assert client.get(f"{FILMS}/entities/Inception").json()["version"] != first["version"]


def test_what_is_not_there(client: TestClient, service: Service) -> None:
    cursor = client.get(f"{FILMS}/entities/Inception", params={"limit": 1}).json()["next"]
    check_problem(client.get(f"{FILMS}/entities/Casablanca"), 422, "unknown-node", "Casablanca")
    check_problem(client.get("/v1/graphs/nowhere/entities?q=a"), 404, "unknown-graph", "nowhere")
    check_problem(client.get("/v1/graphs/nowhere/relations"), 404, "unknown-graph", "nowhere")
    for wrong in ("x", "é", "W10", "bnVsbA", cursor):
        check_problem(client.get(f"{FILMS}/relations", params={"cursor": wrong}), 400, "bad-input", "cursor")
    check_problem(client.get(f"{FILMS}/entities/Juno", params={"cursor": cursor}), 400, "bad-input", "cursor")
    for wrong in ("0", "201", "x", "1.5"):
        check_problem(
            client.get(f"{FILMS}/entities", params={"q": "a", "limit": wrong}), 422, "invalid-request", "limit"
        )
    check_problem(client.get(f"{FILMS}/entities"), 422, "invalid-request", "q")
