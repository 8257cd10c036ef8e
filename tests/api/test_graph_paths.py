"""Paths that are checked and searched for in a graph: what is stated is found, what is not is told, step by step."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg import limits
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue
from tests.api.conftest import TRIPLES
from tests.api.test_cancelling import post
from tests.api.test_errors import check_problem

FILMS = "/v1/graphs/films"
NODES = sorted({end for head, _, tail in TRIPLES for end in (head, tail)})
RELATIONS = sorted({relation for _, relation, _ in TRIPLES})
Walk = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]


def check(client: TestClient, nodes: list[str], relations: list[tuple[str, str]], graph: str = "films") -> Any:
    body = {"nodes": nodes, "relations": [{"key": key, "direction": way} for key, way in relations]}
    response = client.post(f"/v1/graphs/{graph}/paths:check", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def search(client: TestClient, graph: str = "films", **body: Any) -> Any:
    response = client.post(f"/v1/graphs/{graph}/paths:search", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def stated(start: str, relation: tuple[str, str], end: str) -> bool:
    key, way = relation
    return ((start, key, end) if way == "forward" else (end, key, start)) in TRIPLES


def walks(start: str, most: int, revisit: bool = False) -> list[Walk]:
    """All paths from a node, by trying every triple."""
    both = [(h, (r, "forward"), t) for h, r, t in TRIPLES] + [(t, (r, "inverse"), h) for h, r, t in TRIPLES]
    found: list[Walk] = []
    walked: list[Walk] = [((start,), ())]
    for _ in range(most):
        walked = [((*n, t), (*r, q)) for n, r in walked for h, q, t in both if h == n[-1] and (revisit or t not in n)]
        found += walked
    return found


def as_walk(path: dict[str, Any]) -> Walk:
    nodes = tuple(node["key"] for node in path["nodes"])
    return nodes, tuple((relation["key"], relation["direction"]) for relation in path["relations"])


def check_triples(path: dict[str, Any]) -> None:
    told = [(t["head"]["key"], t["relation"]["key"], t["tail"]["key"]) for t in path["triples"]]
    assert len(told) == len(path["relations"])
    assert set(told) <= set(TRIPLES)
    assert path["verified"]


# --- is it in the graph


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.integers(1, 4))
def test_exactly_the_steps_that_are_not_stated_are_missing(client, data, hops) -> None:
    some = st.sampled_from(walks(data.draw(st.sampled_from(NODES)), 2, revisit=True))
    nodes, relations = map(list, data.draw(some))
    for at in data.draw(st.sets(st.integers(0, len(relations) - 1))):
        relations[at] = (data.draw(st.sampled_from(RELATIONS)), data.draw(st.sampled_from(["forward", "inverse"])))
    if data.draw(st.booleans()):
        nodes[data.draw(st.integers(0, len(nodes) - 1))] = data.draw(st.sampled_from(NODES))
    told = check(client, nodes, relations)
    missing = [at for at, one in enumerate(relations) if not stated(nodes[at], one, nodes[at + 1])]
    assert told["missing"] == missing
    assert told["found"] == (not missing)
    for at, step in enumerate(told["steps"]):
        assert step["found"] == (at not in missing)
        if step["found"]:
            ends = (nodes[at], nodes[at + 1])[:: 1 if relations[at][1] == "forward" else -1]
            triple = step["triple"]
            assert (triple["head"]["key"], triple["tail"]["key"]) == ends
            assert triple["relation"]["key"] == relations[at][0]
        else:
            assert (step["reason"], step["triple"]) == ("not-stated", None)
            turned = (relations[at][0], "inverse" if relations[at][1] == "forward" else "forward")
            assert ("other direction" in step["detail"]) == stated(nodes[at], turned, nodes[at + 1])


def test_every_path_of_an_answer_is_found(client) -> None:
    result = client.post(f"{FILMS}/ask", json={"question": "Who starred in Inception?"}).json()
    assert len(result["paths"]) >= 2
    for path in result["paths"]:
        nodes, relations = as_walk(path)
        assert check(client, list(nodes), list(relations))["found"]


def test_names_that_are_not_there_are_told_with_similar_ones(client) -> None:
    told = check(client, ["Inception", "Nobody", "London"], [("directed_by", "forward"), ("borne_in", "forward")])
    assert [step["reason"] for step in told["steps"]] == ["unknown-node", "unknown-relation"]
    assert "'born in'" in told["steps"][1]["detail"]
    assert told["missing"] == [0, 1]


def test_labels_do_as_well_as_keys(client) -> None:
    assert check(client, ["inception", "christopher nolan"], [("directed by", "forward")])["found"]
    assert check(client, ["Christopher Nolan", "Inception"], [("^directed by", "forward")])["found"]
    assert check(client, ["Christopher Nolan", "Inception"], [("directed by", "inverse")])["found"]


def test_a_name_of_several_is_any_of_them_that_is_connected(client, home, publish) -> None:
    edges = [("a1", "knows", "b2"), ("b1", "knows", "c"), ("b2", "likes", "c"), ("d", "knows", "b1")]
    publish(home, "twins", edges, {"b1": "Twin", "b2": "Twin"})
    ways = [("knows", "forward"), ("likes", "forward")]
    assert check(client, ["a1", "Twin", "c"], ways, "twins")["found"]
    told = check(client, ["d", "Twin", "c"], ways, "twins")  # d knows one of the two, the other likes c
    assert (told["found"], told["missing"]) == (False, [1])


@pytest.fixture
def dated(tmp_path, parts):
    (tmp_path / "dated.nt").write_text(
        '<http://x.example/a> <http://x.example/born> "1990"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'
        '<http://x.example/b> <http://x.example/born> "1991"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'
    )
    ingest(Catalogue(tmp_path / "home"), [tmp_path / "dated.nt"], "dated")
    service = Service(Settings(home=tmp_path / "home"), parts)
    with TestClient(create_app(service)) as client:
        yield client
    service.close()


def test_literals_are_found_by_their_text_and_their_key(dated) -> None:
    key = '"1990"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    for name in ("1990", key):
        told = check(dated, ["http://x.example/a", name], [("born", "forward")], "dated")
        assert told["found"]
        assert told["steps"][0]["triple"]["tail"]["key"] == key
        assert told["steps"][0]["triple"]["source"] == {"file": "dated.nt", "line": 1}
    other = '"1991"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    assert check(dated, ["http://x.example/a", other], [("born", "forward")], "dated")["missing"] == [0]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"nodes": ["a", "b"], "relations": [{"key": "r"}] * 2}, 400, "bad-input"),
        ({"nodes": ["a"], "relations": [{"key": "r"}]}, 422, "invalid-request"),
        ({"nodes": ["a"] * 8, "relations": [{"key": "r"}] * 7}, 422, "invalid-request"),
        ({"nodes": ["a", "b"], "relations": [{"key": "r", "direction": "both"}]}, 422, "invalid-request"),
        ({"nodes": ["a", "\ud800"], "relations": [{"key": "r"}]}, 400, "bad-input"),
        ({"nodes": ["a", "b"], "relations": [{"key": "r"}], "version": "zzz"}, 404, "unknown-version"),
    ],
)
def test_what_is_no_path_is_a_problem(client, body, status, code) -> None:
    content = json.dumps(body)
    response = client.post(f"{FILMS}/paths:check", content=content, headers={"Content-Type": "application/json"})
    check_problem(response, status, code, "")


# --- which paths there are


def every_page(client: TestClient, limit: int, **body: Any) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = search(client, limit=limit, **body, **({"cursor": cursor} if cursor else {}))
        assert len(page["paths"]) <= limit
        assert not page["partial"]
        found += page["paths"]
        cursor = page["next"]
        if cursor is None:
            return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.lists(st.sampled_from(NODES), min_size=1, max_size=2, unique=True),
    end=st.none() | st.lists(st.sampled_from(NODES), min_size=1, max_size=2, unique=True),
    hops=st.tuples(st.integers(1, 3), st.integers(1, 3)).map(sorted),
    revisit=st.booleans(),
    limit=st.sampled_from([7, 200]),
    relations=st.none() | st.lists(st.sampled_from([*RELATIONS, *(f"^{r}" for r in RELATIONS)]), min_size=1),
)
def test_the_pages_are_all_paths_once_shortest_first(client, start, end, hops, revisit, limit, relations) -> None:
    body = {"start": start, "end": end, "min_hops": hops[0], "max_hops": hops[1], "revisit": revisit}
    if relations is not None:
        body["conditions"] = {"relations": relations}
    found = every_page(client, limit, **body)
    every = [walk for one in start for walk in walks(one, hops[1], revisit) if len(walk[1]) >= hops[0]]
    if end is not None:
        every = [walk for walk in every if walk[0][-1] in end]
    if relations is not None:
        every = [
            walk
            for walk in every
            if all(key in relations or (way == "inverse" and f"^{key}" in relations) for key, way in walk[1])
        ]
    told = [as_walk(path) for path in found]
    assert sorted(told) == sorted(every)
    assert [len(relations) for _, relations in told] == sorted(len(relations) for _, relations in told)
    for path in found:
        check_triples(path)


def test_how_two_entities_are_connected(client) -> None:
    page = search(client, start=["tom hardy"], end=["London"], max_hops=3)
    assert [path["text"] for path in page["paths"]] == [
        "Tom Hardy <-[starred actors]- Dunkirk -[directed by]-> Christopher Nolan -[born in]-> London",
        "Tom Hardy <-[starred actors]- Inception -[directed by]-> Christopher Nolan -[born in]-> London",
    ]
    assert page["next"] is None


def test_conditions_hold_and_unknown_names_are_problems(client) -> None:
    for conditions in ({"ends": ["London"]}, {"forbidden": ["starred actors", "in language"]}):
        paths = search(client, start=["Inception"], conditions=conditions)["paths"]
        assert paths
        for path in paths:
            nodes, relations = as_walk(path)
            assert nodes[-1] == "London" or not {key for key, _ in relations} & {"starred_actors", "in_language"}
    bad = {"start": ["Inception"], "conditions": {"relations": ["nothing"]}}
    check_problem(client.post(f"{FILMS}/paths:search", json=bad), 422, "unknown-relation", "nothing")
    check_problem(client.post(f"{FILMS}/paths:search", json={"start": ["Nobody"]}), 422, "unknown-node", "Nobody")
    late = {"start": ["Inception"], "max_hops": 1, "conditions": {"types_at": {"2": ["film"]}}}
    check_problem(client.post(f"{FILMS}/paths:search", json=late), 400, "bad-input", "")


def forged(place: Any, version: str = "x", of: str = "y") -> str:
    return base64.urlsafe_b64encode(json.dumps([place, version, of]).encode()).decode().rstrip("=")


def test_a_cursor_stays_with_its_request_and_its_version(client, home, publish) -> None:
    page = search(client, start=["Inception"], limit=2)
    other = {"start": ["Tenet"], "limit": 2, "cursor": page["next"]}
    check_problem(client.post(f"{FILMS}/paths:search", json=other), 400, "bad-input", "cursor")
    for cursor in ("x", "", forged([1, 0]), forged("text")):
        body = {"start": ["Inception"], "cursor": cursor}
        check_problem(client.post(f"{FILMS}/paths:search", json=body), 400, "bad-input", "cursor")
    _, version, of = json.loads(base64.urlsafe_b64decode(page["next"] + "=="))
    for place in ([], [9, 0], [1], [1, 2**40], [-1, 0], [1, 0, 3], [True, 0], None):
        body = {"start": ["Inception"], "cursor": forged(place, version, of)}
        check_problem(client.post(f"{FILMS}/paths:search", json=body), 400, "bad-input", "cursor")
    publish(home, "films", [("Inception", "directed_by", "Somebody")])
    after = search(client, start=["Inception"], limit=200, cursor=page["next"])
    assert after["version"] == page["version"]
    assert len(after["paths"]) == len(walks("Inception", 3)) - 2


def test_time_that_is_up_is_said(service, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_PATHS_SECONDS", 0.0)
    with TestClient(create_app(service)) as client:
        page = search(client, start=["Inception"])
        assert page["partial"]
        assert page["paths"] == []
        monkeypatch.setattr(limits, "MAX_PATHS_SECONDS", 10.0)
        rest = search(client, start=["Inception"], limit=200, cursor=page["next"])["paths"]
        assert len(rest) == len(walks("Inception", 3))
        monkeypatch.setattr(limits, "MAX_PATHS_SECONDS", 0.0)
        body = {"start": ["Inception"], "conditions": {"relations": ["born_in"]}}
        check_problem(client.post(f"{FILMS}/paths:search", json=body), 422, "limit-reached", "time limit")


def test_a_client_that_goes_away_ends_its_search(service, monkeypatch) -> None:
    import threading

    from clew.tries.filters.path_search import PathSearch

    begun = threading.Event()

    def forever(self, after=None):
        from clew.kg.time_limit import look

        begun.set()
        while True:
            look()
        yield

    service.warm("films")
    monkeypatch.setattr(PathSearch, "paths", forever)
    monkeypatch.setattr(limits, "MAX_PATHS_SECONDS", 600.0)
    app = create_app(service)
    assert post(app, f"{FILMS}/paths:search", {"start": ["Inception"]}, begun.wait) == 499
    assert app.state.gate.inside == 0
