"""API keys: shown once, kept without their secrets, revoked at once, and required beyond the loopback address."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.cli.serve import _is_loopback
from clew.api.rest.app import create_app
from clew.api.rest.examples import LOADED
from clew.api.schema.problems import KeysFailed, Unauthorized
from clew.api.service.keys import OPERATIONS, ApiKey, KeyStore, checked_scope
from clew.api.service.service import Service
from clew.api.settings import Settings, load
from clew.kg import limits
from clew.kg.errors import BadInput
from tests.api.test_errors import check_problem

ASK = "/v1/graphs/films/ask"
QUESTION = {"question": "Who directed Inception?"}


@pytest.fixture
def store(tmp_path) -> KeyStore:
    return KeyStore(tmp_path / "home" / "keys.json")


@pytest.fixture
def service(home, parts) -> Iterator[Service]:
    service = Service(Settings(home=home, require_key=True, ingest=True), parts)
    yield service
    service.close()


@pytest.fixture
def client(service) -> Iterator[TestClient]:
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


# --- the file


def test_a_key_is_kept_without_its_secret_for_its_owner_only(store) -> None:
    key, token = store.add("ci", ("ask:films", "read"))
    assert token.startswith(f"clew_{key.id}_")
    secret = token.split("_", 2)[2]
    file = store._file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text()
    assert store.identify(token) == key
    assert KeyStore(file).identify(token) == key
    other, second = store.add("other", ("ask",))
    assert (other.salt, second) != (key.salt, token)
    assert [one.name for one in store.all()] == ["ci", "other"]


def test_what_is_no_key_is_nobody_s(store) -> None:
    _, token = store.add("ci", ("ask",))
    store.add("other", ("ask",))
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    others_id = f"clew_{store.all()[1].id}_{token.split('_', 2)[2]}"
    for wrong in (
        "",
        "clew_",
        token + "A",
        token[:-1],
        flipped,
        others_id,
        token.upper(),
        f"clew_{'0' * 12}_{'A' * 43}",
    ):
        with pytest.raises(Unauthorized, match="wrong"):
            store.identify(wrong)


@given(st.text(max_size=80))
def test_no_text_is_a_key(text) -> None:
    with pytest.raises(Unauthorized):
        KeyStore(Path("/nonexistent/keys.json")).identify(text)


def test_a_revoked_or_expired_key_is_refused_at_once(store) -> None:
    _, token = store.add("ci", ("ask",))
    _, brief = store.add("brief", ("ask",), days=1e-9)
    running = KeyStore(store._file)
    assert running.identify(token).name == "ci"
    with pytest.raises(Unauthorized, match="expired"):
        running.identify(brief)
    store.revoke("ci")
    with pytest.raises(Unauthorized, match="revoked"):
        running.identify(token)
    assert not running.usable
    store.revoke(store.all()[0].id)
    assert running.all() == []
    with pytest.raises(BadInput, match="no key 'ci'"):
        store.revoke("ci")


def test_names_and_numbers(store, monkeypatch) -> None:
    store.add("ci", ("ask",))
    with pytest.raises(BadInput, match="already"):
        store.add("ci", ("ask",))
    for name in ("", ".x", "a b", "a/b", "x" * 65):
        with pytest.raises(BadInput, match="no name"):
            store.add(name, ("ask",))
    monkeypatch.setattr(limits, "MAX_KEYS", 1)
    with pytest.raises(BadInput, match="limit is 1"):
        store.add("other", ("ask",))


@pytest.mark.parametrize("body", ["", "{", "[]", '{"format": 2, "keys": []}', '{"format": 1, "keys": [{"id": "x"}]}'])
def test_a_damaged_file_lets_nobody_in(store, body) -> None:
    _, token = store.add("ci", ("ask",))
    store._file.write_text(body)
    for reader in (store, KeyStore(store._file)):
        with pytest.raises(KeysFailed):
            reader.identify(token)


def test_a_file_that_everyone_may_change_lets_nobody_in(store) -> None:
    _, token = store.add("ci", ("ask",))
    store._file.chmod(0o666)
    with pytest.raises(KeysFailed, match="chmod 600"):
        KeyStore(store._file).identify(token)


def test_keys_that_are_made_at_the_same_time_are_all_kept(store) -> None:
    threads = [threading.Thread(target=KeyStore(store._file).add, args=(f"k{i}", ("ask",))) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key.name for key in store.all()} == {f"k{i}" for i in range(8)}


# --- scopes

SCOPES = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(["", "a", "b"])), max_size=6)


@given(SCOPES, st.sampled_from(OPERATIONS), st.sampled_from([None, "a", "b", "c"]))
def test_a_key_allows_what_one_of_its_scopes_names(scopes, operation, graph) -> None:
    texts = tuple(f"{named}:{place}" if place else named for named, place in scopes)
    key = ApiKey("i", "n", tuple(map(checked_scope, texts)), "", None, "", "")
    allowed = [place for named, place in scopes if named == operation]
    assert key.may(operation, graph) == any(graph is None or not place or place == graph for place in allowed)


@pytest.mark.parametrize("text", ["", "write", "ask:", "ask:.x", "ask:a/b", "ask:a:b", ":a", "ASK", "ask,read", "*"])
def test_what_is_no_scope(text) -> None:
    with pytest.raises(BadInput, match="no scope"):
        checked_scope(text)


# --- requests


def test_a_key_is_required_and_is_enough(client, service) -> None:
    _, token = service.keys.add("ci", ("ask", "read"))
    refused = client.post(ASK, json=QUESTION)
    check_problem(refused, 401, "unauthorized", "Authorization: Bearer")
    assert refused.headers["www-authenticate"] == 'Bearer realm="clew"'
    assert client.post(ASK, json=QUESTION, headers=bearer(token)).json()["status"] == "answered"
    assert client.get("/v1/graphs", headers={"Authorization": f"bearer  {token}"}).status_code == 200
    for wrong in (f"Basic {token}", token, "Bearer", "Bearer ", f"Bearer {token} {token}", "Bearer nonsense"):
        check_problem(client.get("/v1/graphs", headers={"Authorization": wrong}), 401, "unauthorized", "")
    twice = client.get("/v1/graphs", headers=[("Authorization", f"Bearer {token}")] * 2)
    check_problem(twice, 401, "unauthorized", "")
    check_problem(client.get("/v1/nothing"), 401, "unauthorized", "")  # not even that it is not there
    service.keys.revoke("ci")
    check_problem(client.get("/v1/graphs", headers=bearer(token)), 401, "unauthorized", "")


def test_the_body_of_a_stranger_is_not_read(client, service) -> None:
    check_problem(client.post(ASK, content=b"x" * (limits.MAX_BODY_BYTES + 1)), 401, "unauthorized", "")
    check_problem(client.post("/v1/graphs/films/ingest?file=../a", content=b"x"), 401, "unauthorized", "")


def test_on_the_loopback_address_keys_are_optional_but_checked(home, parts) -> None:
    service = Service(Settings(home=home), parts)
    _, token = service.keys.add("ci", ("read",))
    with TestClient(create_app(service)) as client:
        assert client.post(ASK, json=QUESTION).status_code == 200
        check_problem(client.post(ASK, json=QUESTION, headers=bearer(token)), 403, "insufficient-scope", "ask")
        check_problem(client.get("/v1/graphs", headers=bearer("clew_nonsense")), 401, "unauthorized", "")
        check_problem(client.get("/v1/graphs", headers={"Authorization": token}), 401, "unauthorized", "")
        for other in ("Basic dXNlcjpwYXNz", "Bearer sk-none", ""):  # of a proxy; of an OpenAI client
            assert client.post(ASK, json=QUESTION, headers={"Authorization": other}).status_code == 200
    service.close()


def test_a_damaged_file_is_a_problem_and_not_an_open_door(client, service) -> None:
    _, token = service.keys.add("ci", ("ask", "read"))
    service.keys._file.write_text("{")
    response = client.get("/v1/graphs", headers=bearer(token))
    check_problem(response, 500, "keys-failed", "CLEW_HOME/keys.json")
    assert client.get("/healthz").status_code == 200


def test_a_key_sees_only_its_graphs(client, service, home, publish) -> None:
    publish(home, "secret")
    _, token = service.keys.add("ci", ("ask:films", "read:films"))
    mine = bearer(token)
    assert [one["name"] for one in client.get("/v1/graphs", headers=mine).json()] == ["films"]
    refused = client.get("/v1/graphs/secret", headers=mine)
    check_problem(refused, 403, "insufficient-scope", "'secret'")
    assert refused.headers["www-authenticate"] == 'Bearer realm="clew", error="insufficient_scope", scope="read"'
    check_problem(client.get("/v1/graphs/none", headers=mine), 403, "insufficient-scope", "'none'")
    _, wide = service.keys.add("wide", ("ask", "read"))
    found = client.post("/v1/graphs/secret/ask", json=QUESTION, headers=bearer(wide)).json()
    path = f"/v1/paths/{found['paths'][0]['id']}"
    assert client.get(path, headers=bearer(wide)).status_code == 200
    check_problem(client.get(path, headers=mine), 404, "unknown-path", "")
    unknown = client.get("/v1/graphs/none", headers=bearer(wide))
    check_problem(unknown, 404, "unknown-graph", "")
    assert "secret" not in unknown.text


def test_responses_that_are_kept_are_of_one_key(client, service) -> None:
    one, two = (bearer(service.keys.add(name, ("ask",))[1]) for name in ("one", "two"))
    repeated = {"Idempotency-Key": "same"}
    first = client.post(ASK, json=QUESTION, headers=one | repeated)
    assert "idempotent-replayed" not in client.post(ASK, json=QUESTION, headers=two | repeated).headers
    again = client.post(ASK, json=QUESTION, headers=one | repeated)
    assert (again.headers["idempotent-replayed"], again.json()) == ("true", first.json())
    other = client.post(ASK, json={"question": "Who directed Juno?"}, headers=two | repeated)
    check_problem(other, 422, "idempotency-mismatch", "")


def test_jobs_are_of_one_key_and_of_the_graph_s_administrators(client, service, monkeypatch) -> None:
    monkeypatch.setattr("clew.api.service.changes.ingest", lambda *_: None)
    monkeypatch.setattr("clew.api.service.changes._result", lambda _: LOADED)

    def key(name: str, *scopes: str) -> dict[str, str]:
        return bearer(service.keys.add(name, scopes)[1])

    one, two, other = key("one", "ingest"), key("two", "ingest"), key("other", "ingest", "admin:films")
    admin = key("admin", "ingest:people", "admin:people")
    sent = {"Content-Type": "text/turtle"}
    body = b"<http://x/a> <http://x/b> <http://x/c> ."
    job = client.post("/v1/graphs/people/ingest?file=a.ttl", content=body, headers=one | sent).json()["id"]
    for mine in (one, admin):
        assert client.get(f"/v1/jobs/{job}", headers=mine).json()["id"] == job
        assert [entry["id"] for entry in client.get("/v1/jobs", headers=mine).json()] == [job]
    for others in (two, other):
        check_problem(client.get(f"/v1/jobs/{job}", headers=others), 404, "unknown-job", job)
        check_problem(client.delete(f"/v1/jobs/{job}", headers=others), 404, "unknown-job", job)
        events = others | {"Accept": "text/event-stream"}
        check_problem(client.get(f"/v1/jobs/{job}", headers=events), 404, "unknown-job", job)
        assert client.get("/v1/jobs", headers=others).json() == []


def test_one_key_leaves_room_for_others(client, service, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_REQUESTS_OF_KEY", 0)
    _, token = service.keys.add("ci", ("read",))
    response = client.get("/v1/graphs", headers=bearer(token))
    check_problem(response, 429, "too-many-requests", "")
    assert response.headers["retry-after"]


# --- the command line


def test_keys_by_command(clew, home) -> None:
    made = clew("keys", "add", "ci", "--scope", "ask:films", "--scope", "read", "--days", 30)
    token = made.stdout.strip()
    assert KeyStore(home / "keys.json").identify(token).scopes == ("ask:films", "read")
    listed = clew("keys", "list").stdout
    assert "ask:films, read" in listed
    assert token not in listed
    (entry,) = json.loads(clew("keys", "list", "--json").stdout)
    assert (entry["name"], entry["scopes"], entry["expired"]) == ("ci", ["ask:films", "read"], False)
    assert not {"salt", "digest", "key"} & entry.keys()
    made = json.loads(clew("keys", "add", "other", "--json").stdout)
    assert KeyStore(home / "keys.json").identify(made["key"]).scopes == ("ask", "read")
    assert made["expires"] is None
    assert clew("keys", "revoke", "ci").stdout == "revoked ci\n"
    assert "no key" in clew("keys", "revoke", "ci", exit_code=2).output
    assert "no scope" in clew("keys", "add", "x", "--scope", "write", exit_code=2).output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.1", "clew.example.org", "127.0.0.1.example.org"])
def test_without_a_key_no_server_listens_to_other_machines(clew, monkeypatch, host) -> None:
    assert not _is_loopback(host)
    begun: list[Any] = []
    monkeypatch.setattr("clew.api.cli.serve._run", lambda app, *rest: begun.append(app))
    monkeypatch.setattr("clew.api.cli.serve.leave", lambda service: service.close())
    for name in ("set_threads", "take_short_turns", "_allow_many_files"):
        monkeypatch.setattr(f"clew.api.cli.serve.{name}", lambda *_: None)
    assert "clew keys add" in clew("serve", "--host", host, exit_code=2).output
    clew("keys", "add", "brief", "--days", 1e-9)
    assert "clew keys add" in clew("serve", "--host", host, exit_code=2).output
    assert "clew keys add" in clew("serve", "--require-key", exit_code=2).output
    assert not begun
    clew("keys", "add", "ci")
    clew("serve", "--host", host)
    clew("serve", "--require-key")
    clew("serve")
    assert [app.state.service.settings.require_key for app in begun] == [True, True, False]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_addresses(host) -> None:
    assert _is_loopback(host)


def test_the_setting(home) -> None:
    assert not load(home, env={}).require_key
    assert load(home, env={"CLEW_REQUIRE_KEY": "on"}).require_key
