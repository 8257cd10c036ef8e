"""A client that holds what it would get is told so; whatever changes the response changes its tag."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.api.rest.routes import entities, graphs
from clew.kg.store.catalogue import Catalogue
from tests.api.conftest import TRIPLES
from tests.api.test_errors import check_problem

ADDRESSES = [
    "/v1/graphs/films",
    "/v1/graphs/films/entities?q=anna",
    "/v1/graphs/films/entities/Inception",
    "/v1/graphs/films/entities/Inception?limit=1",
    "/v1/graphs/films/relations",
]
MORE = [*TRIPLES, ("Tenet", "starred_actors", "Somebody")]


def test_every_route_of_a_graph_is_tried(client) -> None:
    routes = [route.path for router in (entities, graphs) for route in router.router.routes]
    bound = [re.compile(re.sub(r"\{[^}]*\}", "[^/]+", route)) for route in routes if "{graph}" in route]
    assert bound
    for route in bound:
        assert any(route.fullmatch(address.partition("?")[0]) for address in ADDRESSES), route


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_the_client_holds_is_not_sent_again(client, address) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert first.json()["version"] in tag
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(address, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "content-type" not in again.headers
    for held in ('"other"', tag.strip('"'), tag[:-1], ""):
        again = client.get(address, headers={"If-None-Match": held})
        assert (again.status_code, again.json()) == (200, first.json())
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert client.head(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_new_version_has_a_new_tag_and_an_old_one_its_old(client, home, publish, address) -> None:
    first = client.get(address)
    held = {"If-None-Match": first.headers["etag"]}
    publish(home, "films", MORE)
    second = client.get(address, headers=held)
    assert second.status_code == 200
    assert second.headers["etag"] != first.headers["etag"]
    Catalogue(home).use("films", first.json()["version"])
    third = client.get(address, headers=held)
    if address == "/v1/graphs/films":  # it lists the versions, and there is one more
        assert third.status_code == 200
        assert third.json() != first.json()
    else:
        assert third.status_code == 304
    assert client.get(address, headers={"If-None-Match": second.headers["etag"]}).status_code == 200


def test_the_pages_of_a_cursor_keep_the_tag_of_their_version(client, home, publish) -> None:
    address = "/v1/graphs/films/relations"
    first = client.get(address, params={"limit": 1})
    publish(home, "films", MORE)
    page = {"limit": 1, "cursor": first.json()["next"]}
    second = client.get(address, params=page)
    assert second.headers["etag"] == first.headers["etag"]
    assert client.get(address, params=page, headers={"If-None-Match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("held", ["*", '"x"'])
def test_an_unknown_graph_or_entity_is_a_problem_all_the_same(client, held) -> None:
    for address in ("/v1/graphs/none", "/v1/graphs/none/entities?q=a", "/v1/graphs/none/relations"):
        check_problem(client.get(address, headers={"If-None-Match": held}), 404, "unknown-graph", "none")
    response = client.get("/v1/graphs/films/entities/Nobody", headers={"If-None-Match": held})
    check_problem(response, 422, "unknown-node", "Nobody")
    assert "etag" not in response.headers


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40))
def test_no_header_is_an_error(client, held) -> None:
    response = client.get("/v1/graphs/films/relations", headers={"If-None-Match": held})
    assert response.status_code == (304 if held.strip() == "*" else 200)
