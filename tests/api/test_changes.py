"""Graphs that clients make, update, roll back and delete: as by commands, within bounds, and never by others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.multipart import MultipartReceiver
from clew.api.service import changes
from clew.api.service.service import Service
from clew.api.service.uploads import files_on_server
from clew.api.settings import Settings, load
from clew.kg import limits
from clew.kg.errors import BadInput, Cancelled, VersionChanged
from clew.kg.store.snapshot import MANIFEST
from tests.api.test_errors import check_problem
from tests.api.test_jobs import PATIENCE, ended, held, left

ONE, TWO = b"<urn:a> <urn:knows> <urn:b> .\n", b"<urn:b> <urn:knows> <urn:c> .\n"
TABLE = b"id,name,town\n1,Alma,Vindal\n2,Bert,Linz\n"
MAPPING = b"tables:\n  people:\n    label: name\n    columns:\n      town: {as: text, relation: lives in}\n"
GRAPHS, PEOPLE = "/v1/graphs", "/v1/graphs/people"
NT, FORM = {"Content-Type": "application/n-triples"}, {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture
def folder(tmp_path):
    """A folder of the operator, beside one that is none of the clients' business."""
    folder = tmp_path / "offered"
    (folder / "sub").mkdir(parents=True)
    (folder / "one.nt").write_bytes(ONE)
    (folder / "sub" / "two.nt").write_bytes(TWO)
    (tmp_path / "secret.nt").write_bytes(ONE)
    (folder / "link.nt").symlink_to(tmp_path / "secret.nt")
    return folder


@pytest.fixture
def service(home, parts, folder) -> Iterator[Service]:
    service = Service(Settings(home=home, ingest=True, ingest_folder=folder), parts)
    yield service
    service.close()


@pytest.fixture
def client(service) -> Iterator[TestClient]:
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


def files(**roles: Any) -> list[tuple[str, tuple[str, bytes]]]:
    """Parts of a form: of each role its files by name."""
    return [(role, (name, body)) for role, named in roles.items() for name, body in named.items()]


def done(client: TestClient, response: Any) -> dict[str, Any]:
    """The result of the job of a response."""
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    job = ended(client, response.json()["id"])
    assert (job["state"], job["problem"]) == ("done", None)
    result: dict[str, Any] = job["result"]
    return result


def people(client: TestClient, body: bytes = ONE) -> str:
    """Load a graph of people; return its version."""
    version: str = done(client, client.post(f"{PEOPLE}/ingest?file=a.nt", content=body, headers=NT))["version"]
    return version


def statements(client: TestClient, graph: str = "people") -> set[tuple[str, str]]:
    relations = client.get(f"/v1/graphs/{graph}/relations").json()["relations"]
    found = set()
    for key in {"urn:a", "urn:b", "urn:c"}:
        page = client.get(f"/v1/graphs/{graph}/entities/{key}").json()
        found |= {(one["head"]["key"], one["tail"]["key"]) for one in page.get("triples", ())}
    assert relations
    return found


# --- making and loading


def test_a_graph_is_made_of_several_files(client, home) -> None:
    sent = files(files={"one.nt": ONE, "two.nt": TWO}, labels={"names.tsv": b"urn:a\tAlma\n"})
    response = client.post(f"{GRAPHS}?graph=people", files=sent)
    assert (response.json()["kind"], response.json()["graph"]) == ("ingest", "people")
    result = done(client, response)
    assert result["triples"] == 3
    assert statements(client) == {("urn:a", "urn:b"), ("urn:b", "urn:c")}
    assert client.get(f"{PEOPLE}/entities?q=alma").json()["entities"][0]["key"] == "urn:a"
    (triple,) = client.get(f"{PEOPLE}/entities/urn:c").json()["triples"]
    assert triple["source"] == {"file": "two.nt", "line": 1}
    assert left(home) == []


def test_a_graph_is_made_once(client, home, monkeypatch) -> None:
    check_problem(client.post(f"{GRAPHS}?graph=films&file=a.nt", content=ONE, headers=NT), 409, "graph-exists", "films")
    with held(monkeypatch) as (begun, go):
        first = client.post(f"{GRAPHS}?graph=people&file=a.nt", content=ONE, headers=NT)
        assert begun.wait(PATIENCE)
        second = client.post(f"{GRAPHS}?graph=people&file=a.nt", content=TWO, headers=NT)
        go.set()
        assert done(client, first)["triples"] == 1
    failed = ended(client, second.json()["id"])
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "graph-exists")
    assert statements(client) == {("urn:a", "urn:b")}
    assert left(home) == []


def test_options_and_the_mapping_are_those_of_the_command_line(client, monkeypatch) -> None:
    seen = []

    def read(catalogue, sources, name, options, observer, expected):
        seen.append((options, open(options.mapping).read() if options.mapping else None))  # noqa: PTH123, SIM115
        raise BadInput("seen")

    monkeypatch.setattr(changes, "ingest", read)
    asked = "format=table&delimiter=tab&columns=1,2,3&header=true&rows=true&quote=none&lenient=true&on_error=skip"
    more = "lists=statements&keep=2&infer=owl&language=de&language=en&label_predicate=urn:name"
    sent = files(files={"people.csv": TABLE}, mapping={"people.yaml": MAPPING})
    ended(client, client.post(f"{GRAPHS}?graph=people&{asked}&{more}", files=sent).json()["id"])
    ended(client, client.post(f"{GRAPHS}?graph=people", files=files(files={"a.csv": TABLE})).json()["id"])
    (options, mapping), (defaults, none) = seen
    assert (mapping, none) == (MAPPING.decode(), None)
    assert (options.format, options.delimiter, options.columns, options.header) == (
        "table",
        "\t",
        ("1", "2", "3"),
        True,
    )
    assert (options.rows, options.quote, options.lenient, options.on_error) == (True, "", True, "skip")
    assert (options.fold_lists, options.keep, options.infer, options.languages) == (False, 2, "owl", ("de", "en"))
    assert options.label_predicates == ("urn:name",)
    assert defaults == type(defaults)()


def test_rows_become_what_a_mapping_says(client, folder) -> None:
    sent = files(files={"people.csv": TABLE})
    done(client, client.post(f"{PEOPLE}/ingest?rows=true", files=sent))
    assert relation_labels(client) >= {"town"}
    done(client, client.post(f"{PEOPLE}/ingest?rows=true", files=sent + files(mapping={"map.yaml": MAPPING})))
    assert relation_labels(client) >= {"lives in"}
    assert not relation_labels(client) & {"town"}
    (folder / "people.csv").write_bytes(TABLE)
    (folder / "map.yaml").write_bytes(MAPPING)
    named = {"files": ["people.csv"], "mapping": "map.yaml"}
    assert done(client, client.post(f"{GRAPHS}?graph=others&rows=true", json=named))["triples"]
    assert relation_labels(client, "others") == relation_labels(client)
    bad = files(files={"people.csv": TABLE}, mapping={"map.yaml": b"tables: [1"})
    failed = ended(client, client.post(f"{PEOPLE}/ingest?rows=true", files=bad).json()["id"])
    assert failed["state"] == "failed"
    assert failed["problem"]["detail"].startswith("map.yaml")


def relation_labels(client: TestClient, graph: str = "people") -> set[str]:
    return {one["label"] for one in client.get(f"/v1/graphs/{graph}/relations").json()["relations"]}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (files(files={"../a.nt": ONE}), "no name for a file"),
        (files(files={".a": ONE}), "no name for a file"),
        (files(files={"/etc/passwd": ONE}), "no name for a file"),
        (files(files={"a b.nt": ONE}), "no name for a file"),
        ([("files", ("a.nt", ONE)), ("files", ("a.nt", TWO))], "two files are called"),
        (files(nonsense={"a.nt": ONE}), "no part 'nonsense'"),
        (files(add={"a.nt": ONE}), "no part 'add'"),
        (files(mapping={"a.yaml": MAPPING}), "no file to load"),
        ([("files", (None, ONE))], "is no file"),
    ],
)
def test_forms_that_are_refused(client, home, sent, words) -> None:
    check_problem(client.post(f"{GRAPHS}?graph=people", files=sent), 400, "bad-input", words)
    assert left(home) == []
    assert client.get("/v1/jobs").json() == []


PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.nt"\r\n\r\n'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        PART + ONE,
        PART + ONE + b"\r\n--x",
        b"--x--\r\n",
        b"--x\r\n\r\nx\r\n--x--\r\n",
        PART[:40],
        b"--y\r\n",
    ],
)
def test_bodies_that_are_no_forms(client, home, body) -> None:
    check_problem(client.post(f"{GRAPHS}?graph=people", content=body, headers=FORM), 400, "bad-input", "")
    assert left(home) == []


def test_bounds_of_forms(client, home, monkeypatch) -> None:
    two = files(files={"one.nt": ONE, "two.nt": TWO})
    monkeypatch.setattr(limits, "MAX_UPLOAD_FILES", 1)
    check_problem(client.post(f"{GRAPHS}?graph=people", files=two), 400, "bad-input", "more than 1 files")
    monkeypatch.setattr(limits, "MAX_UPLOAD_FILES", 2)
    large = files(files={"one.nt": ONE}, mapping={"m.yaml": b"#" * (limits.MAX_MAPPING_BYTES + 1)})
    check_problem(client.post(f"{GRAPHS}?graph=people", files=large), 400, "bad-input", "exceeds")
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 100)
    check_problem(client.post(f"{GRAPHS}?graph=people", files=two), 413, "body-too-large", "100")
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 10**6)
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.0)
    check_problem(client.post(f"{GRAPHS}?graph=people", files=two), 408, "request-timeout", "")
    assert left(home) == []


NAMED = st.dictionaries(
    st.from_regex(r"[a-z]{1,6}\.nt", fullmatch=True), st.binary(max_size=300), min_size=1, max_size=4
)


@given(sent=NAMED, size=st.integers(1, 90))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_are_stored_as_sent_however_they_arrive(tmp_path_factory, sent, size) -> None:
    import anyio

    body = b"".join(PART.replace(b"a.nt", name.encode()) + data + b"\r\n" for name, data in sent.items()) + b"--x--\r\n"
    if any(b"\r\n--x" in data for data in sent.values()):
        return
    place = tmp_path_factory.mktemp("parts")

    async def pieces():
        for start in range(0, len(body), size):
            yield body[start : start + size]

    receiver = MultipartReceiver(FORM["Content-Type"], lambda role, name: place / name, {"files": 300})
    anyio.run(receiver.receive, pieces())
    assert {file.name: file.read_bytes() for file in place.iterdir()} == sent


# --- files on the server


def test_files_of_the_operator_s_folder_are_loaded(client, folder) -> None:
    response = client.post(f"{GRAPHS}?graph=people", json={"files": ["one.nt", "sub/two.nt"]})
    assert done(client, response)["triples"] == 2
    (triple,) = client.get(f"{PEOPLE}/entities/urn:c").json()["triples"]
    assert triple["source"] == {"file": "sub/two.nt", "line": 1}
    assert (folder / "one.nt").read_bytes() == ONE
    assert done(client, client.post(f"{PEOPLE}/update", json={"delete": ["one.nt"]}))["triples"] == 1
    (folder / "bad.nt").write_bytes(b"nonsense\n")
    failed = ended(client, client.post(f"{PEOPLE}/ingest", json={"files": ["bad.nt"]}).json()["id"])
    assert failed["problem"]["detail"].startswith("bad.nt:1")
    assert str(folder) not in json.dumps(failed)


@pytest.mark.parametrize(
    "path",
    ["../secret.nt", "link.nt", "/etc/passwd", "none.nt", "sub", ".", "sub/../../secret.nt", "\0", "a" * 999, ""],
)
def test_other_files_are_not(client, folder, path) -> None:
    check_problem(
        client.post(f"{GRAPHS}?graph=people", json={"files": [path]}), 400, "bad-input", "no file in the folder"
    )
    with pytest.raises(BadInput):
        files_on_server(folder, folder / "home", {"files": [path]})


def test_files_of_the_home_are_for_nobody_to_load(folder) -> None:
    (folder / "home").mkdir()
    (folder / "home" / "keys.json").write_text("{}")
    (folder / "link.json").symlink_to(folder / "home" / "keys.json")
    for path in ("home/keys.json", "link.json", "sub/../home/keys.json"):
        with pytest.raises(BadInput):
            files_on_server(folder, folder / "home", {"files": [path]})
    assert files_on_server(folder, folder / "home", {"files": ["one.nt"]}).of("files")


def test_without_a_folder_no_file_of_the_server_is_loaded(home, parts, folder) -> None:
    service = Service(Settings(home=home, ingest=True), parts)
    with TestClient(create_app(service)) as client:
        asked = client.post(f"{GRAPHS}?graph=people", json={"files": ["one.nt"]})
        check_problem(asked, 403, "ingest-disabled", "--ingest-from")
    service.close()
    assert load(home, env={}).ingest_folder is None
    assert load(home, env={"CLEW_INGEST_FROM": str(folder)}).ingest_folder == folder


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"files": []}', b'{"files": ["a"], "x": 1}', b'{"files": [1]}'])
def test_json_that_is_not_as_described(client, body) -> None:
    response = client.post(f"{GRAPHS}?graph=people", content=body, headers={"Content-Type": "application/json"})
    check_problem(response, 422, "invalid-request", "body")


# --- updates, versions, roll-back, deletion


def test_a_graph_is_updated_rolled_back_and_deleted(client, service) -> None:
    first = people(client)
    patch = b"A " + TWO + b"D " + ONE
    response = client.post(f"{PEOPLE}/update", files=files(patch={"change.rdfp": patch}))
    assert response.json()["kind"] == "update"
    second = done(client, response)["version"]
    assert statements(client) == {("urn:b", "urn:c")}
    third = done(client, client.post(f"{PEOPLE}/update", files=files(add={"a.nt": ONE}, delete={"b.nt": TWO})))[
        "version"
    ]
    assert third == first  # the same statements as at first
    found = client.get(f"{PEOPLE}/versions")
    assert [(one["version"], one["current"], one["triples"]) for one in found.json()] == [
        (first, True, 1),
        (second, False, 1),
    ]
    held_already = client.get(f"{PEOPLE}/versions", headers={"If-None-Match": found.headers["etag"]})
    assert held_already.status_code == 304
    back = client.post(f"{PEOPLE}/rollback", json={})
    assert back.json() == {"graph": "people", "version": second, "before": first}
    assert statements(client) == {("urn:b", "urn:c")}
    check_problem(client.post(f"{PEOPLE}/rollback", json={}), 404, "unknown-version", "before")
    assert client.post(f"{PEOPLE}/rollback", json={"version": first[:6]}).json()["version"] == first
    check_problem(client.post(f"{PEOPLE}/rollback", json={"version": "0"}), 404, "unknown-version", "")
    asked = client.post(f"{PEOPLE}/ask", json={"question": "who knows urn:b", "topics": ["urn:b"]}).json()
    assert asked["paths"]
    deleted = client.delete(PEOPLE).json()
    assert (deleted["graph"], set(deleted["removed"]), deleted["answers"]) == ("people", {first, second}, 1)
    check_problem(client.get(PEOPLE), 404, "unknown-graph", "people")
    check_problem(client.get(f"/v1/paths/{asked['paths'][0]['id']}"), 404, "unknown-path", "")
    check_problem(client.delete(PEOPLE), 404, "unknown-graph", "people")
    assert people(client) == first


def test_a_job_builds_what_the_first_question_needs(client, service, parts, monkeypatch) -> None:
    asked: list[tuple[str, str | None]] = []

    def index(name, told, earlier=None):
        asked.append((name, earlier))
        told("sorting values")
        steps.append(service.jobs.all()[0].progress.step)
        return len(asked) == 1

    steps: list[str | None] = []
    monkeypatch.setattr(service.changes, "_index", index)
    first = people(client)
    response = client.post(f"{PEOPLE}/update", files=files(add={"a.nt": TWO}))
    assert done(client, response)["indexed"] is False  # what prevents it costs no graph
    assert client.get("/v1/jobs").json()[1]["result"]["indexed"] is True
    assert asked == [("people", None), ("people", first)]
    assert steps == ["sorting values"] * 2


def test_a_graph_that_is_published_stays_so(client, service, monkeypatch) -> None:
    """Who cancels the job then leaves the indices to the first question."""

    def index(name, told, earlier=None):
        job = service.jobs.all()[0].id
        client.delete(f"/v1/jobs/{job}")
        with pytest.raises(Cancelled):
            told("indexing names")
        return False

    monkeypatch.setattr(service.changes, "_index", index)
    assert people(client)
    assert statements(client) == {("urn:a", "urn:b")}


def test_an_ingest_leaves_nothing_to_the_first_question(home) -> None:
    """With the parts of a real service: its indices are stored when the job is done."""
    service = Service(Settings(home=home, ingest=True))
    with TestClient(create_app(service)) as client:
        assert done(client, client.post(f"{PEOPLE}/ingest?file=a.nt", content=ONE, headers=NT))["indexed"]
    kept = set((home / "derived").rglob("*"))
    service.pipeline("people")
    assert set((home / "derived").rglob("*")) == kept
    service.close()


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_damaged_version_is_listed_with_the_others(client, service, home, at) -> None:
    made = [people(client)]
    for one in (TWO, ONE.replace(b"urn:a", b"urn:z")):
        made.append(done(client, client.post(f"{PEOPLE}/update", files=files(add={"a.nt": one})))["version"])
    before = client.get(f"{PEOPLE}/versions")
    manifest = service.catalogue.version_folder("people", made[at]) / MANIFEST
    manifest.write_text("{")
    response = client.get(f"{PEOPLE}/versions", headers={"If-None-Match": before.headers["etag"]})
    assert response.status_code == 200
    found = {one["version"]: one for one in response.json()}
    assert list(found) == made[::-1]
    assert [one["version"] for one in response.json() if one["current"]] == made[-1:]
    damaged = found.pop(made[at])
    assert "manifest" in damaged["damaged"]
    assert str(home) not in damaged["damaged"]
    assert damaged["triples"] is damaged["created"] is None
    assert all(one == found[one["version"]] for one in before.json() if one["version"] != made[at])


def test_updates_that_are_refused(client, home) -> None:
    check_problem(client.post(f"{PEOPLE}/update", files=files(add={"a.nt": ONE})), 404, "unknown-graph", "people")
    people(client)
    refused = client.post(f"{PEOPLE}/update", files=files(mapping={"a.yaml": MAPPING}))
    check_problem(refused, 400, "bad-input", "no file with statements")
    check_problem(client.post(f"{PEOPLE}/update", json={}), 400, "bad-input", "no file with statements")
    check_problem(
        client.post(f"{PEOPLE}/update?file=a.nt", content=ONE, headers=NT), 422, "invalid-request", "multipart"
    )
    assert left(home) == []


def test_a_change_is_made_to_the_version_that_it_was_meant_for(client, service) -> None:
    first = people(client)
    tag = client.get(PEOPLE).headers["etag"]
    second = people(client, ONE + TWO)
    stale = [f'"{first}"', tag, f'W/"{second}"', '"x"', f'"{second}x"']
    for held_tag in stale:
        headers = {"If-Match": held_tag}
        check_problem(client.delete(PEOPLE, headers=headers), 412, "version-changed", second)
        check_problem(client.post(f"{PEOPLE}/rollback", json={}, headers=headers), 412, "version-changed", second)
        for route in ("update", "ingest"):
            sent = files(**{"add" if route == "update" else "files": {"a.nt": ONE}})
            check_problem(client.post(f"{PEOPLE}/{route}", files=sent, headers=headers), 412, "version-changed", second)
    now = {"If-Match": f'"x", {client.get(PEOPLE).headers["etag"]}'}
    assert client.post(f"{PEOPLE}/rollback", json={}, headers=now).json()["version"] == first
    check_problem(client.delete(PEOPLE, headers=now), 412, "version-changed", first)
    assert client.delete(PEOPLE, headers={"If-Match": "*"}).status_code == 200
    check_problem(client.delete(PEOPLE, headers={"If-Match": "*"}), 404, "unknown-graph", "people")


def test_a_job_that_waited_sees_a_change_that_was_made_meanwhile(client, service, monkeypatch) -> None:
    first = people(client)
    with held(monkeypatch) as (begun, go):
        running = client.post(f"{PEOPLE}/ingest?file=a.nt", content=TWO, headers=NT | {"If-Match": f'"{first}"'})
        assert begun.wait(PATIENCE)
        waiting = client.post(f"{PEOPLE}/update", files=files(add={"a.nt": TWO}), headers={"If-Match": f'"{first}"'})
        go.set()
        second = done(client, running)["version"]
    failed = ended(client, waiting.json()["id"])
    assert (failed["state"], failed["problem"]["code"]) == ("failed", "version-changed")
    with pytest.raises(VersionChanged):
        service.changes.roll_back("people", first, first)
    assert client.get(PEOPLE).json()["version"] == second


def test_nothing_changes_unless_the_operator_says_so(home, parts) -> None:
    service = Service(Settings(home=home), parts)
    with TestClient(create_app(service)) as client:
        for response in (
            client.post(f"{GRAPHS}?graph=x", files=files(files={"a.nt": ONE})),
            client.post("/v1/graphs/films/update", files=files(add={"a.nt": ONE})),
            client.post("/v1/graphs/films/rollback", json={}),
            client.delete("/v1/graphs/films"),
        ):
            check_problem(response, 403, "ingest-disabled", "--ingest")
        assert client.get("/v1/graphs/films").status_code == 200
    service.close()
    assert not (home / "uploads").exists()


def test_pages_of_other_origins_change_nothing(client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for response in (
            client.post(f"{GRAPHS}?graph=x", files=files(files={"a.nt": ONE}), headers=headers),
            client.post("/v1/graphs/films/update", files=files(add={"a.nt": ONE}), headers=headers),
            client.post("/v1/graphs/films/rollback", json={}, headers=headers),
            client.delete("/v1/graphs/films", headers=headers),
        ):
            check_problem(response, 403, "forbidden", "")
