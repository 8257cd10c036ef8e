"""No folder of the machine that serves a graph is in anything that REST returns, or in the graph's files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import clew
from clew.api.rest.app import create_app
from clew.api.service.places import KnownFolders
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue

LINES = {
    "one/films.csv": "Alien,directed_by,Ridley Scott\nRidley Scott,born_in,South Shields\n",
    "two/films.csv": "Alien,directed_by,Somebody Else\nHeat,directed_by,Michael Mann\n",
    "two/more.nt": "<urn:clew:Heat> <urn:clew:starring> <urn:clew:Pacino> .\n",
}
QUESTION = {"question": "Who directed Alien?"}


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A folder whose name must not be seen."""
    folder = tmp_path / "very-private-folder"
    for place, text in LINES.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    return folder


@pytest.fixture
def served(private: Path, parts):
    catalogue = Catalogue(private / "home")
    ingest(catalogue, [private / "one" / "films.csv", private / "two"], "mine", IngestOptions())
    update(catalogue, "mine", add=[private / "two" / "more.nt"], options=IngestOptions())
    ingest(catalogue, [private / "one"], "broken", IngestOptions())
    service = Service(Settings(home=private / "home", model=str(private / "models" / "large")), parts)
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client
    service.close()


def every_route(client: TestClient) -> dict[str, str]:
    """The bodies of all routes, of those with parameters for several, by method and address."""
    found = {}
    paths = client.get("/openapi.json").json()["paths"]
    for path, methods in [*paths.items(), ("/", {"get": {}}), ("/openapi.json", {"get": {}})]:
        for method in methods:
            for graph in ("mine", "broken", "absent"):
                for code in ("corrupt-snapshot", "absent"):
                    url = path.replace("{graph}", graph).replace("{code}", code).replace("{path_id}", "absent")
                    body = {"questions": [QUESTION, {"question": ""}]} if "batch" in url else QUESTION
                    sent = {"json": body} if method == "post" else {}
                    found[f"{method} {url}"] = client.request(method, url, **sent).text
    return found


def answers(client: TestClient) -> dict:
    return client.post("/v1/graphs/mine/ask", json=QUESTION).json()


def test_no_route_tells_the_folder(served: TestClient, private: Path) -> None:
    for manifest in private.glob("home/graphs/broken/**/manifest.json"):
        manifest.write_text("{}")
    found = every_route(served)
    assert len(found) >= 12
    assert "CLEW_HOME/graphs/broken/" in found["get /v1/graphs"]
    assert "CLEW_HOME/graphs/broken/" in found["post /v1/graphs/broken/ask"]
    assert '"large"' in found["get /healthz"]
    asked = answers(served)
    inspected = {path["id"]: served.get(f"/v1/paths/{path['id']}").text for path in asked["paths"]}
    files = {triple["source"]["file"] for text in inspected.values() for triple in json.loads(text)["triples"]}
    assert files == {"one/films.csv", "two/films.csv"}
    conditions = {**QUESTION, "conditions": {"sources": ["nowhere"]}}
    refused = served.post("/v1/graphs/mine/ask", json=conditions).text
    assert "films.csv" in refused
    for url, text in {**found, **inspected, "refused": refused, "asked": json.dumps(asked)}.items():
        assert private.name not in text, url


def test_answers_that_cannot_be_stored(served: TestClient, private: Path) -> None:
    (private / "home" / "answers.sqlite3").unlink(missing_ok=True)
    (private / "home" / "answers.sqlite3").mkdir()
    asked = answers(served)
    assert "not stored" in json.dumps(asked)
    assert private.name not in json.dumps(asked)
    assert private.name not in served.get("/v1/paths/absent").text


def test_no_file_of_a_graph_tells_the_folder(served: TestClient, private: Path) -> None:
    assert answers(served)["answers"]
    files = [file for file in (private / "home").rglob("*") if file.is_file()]
    assert any(file.name == "answers.sqlite3" for file in files)
    assert any(b"films.csv" in file.read_bytes() for file in files)
    for file in files:
        assert private.name.encode() not in file.read_bytes(), file


def test_a_graph_that_holds_folders_does_not_tell_them(tmp_path: Path, parts) -> None:
    """As graphs loaded by earlier versions do."""
    (tmp_path / "a.csv").write_text(LINES["one/films.csv"])
    options = IngestOptions(names=((str(tmp_path / "a.csv"), "/srv/very-private-folder/a.csv"),))
    ingest(Catalogue(tmp_path / "home"), [tmp_path / "a.csv"], "mine", options)
    service = Service(Settings(home=tmp_path / "home"), parts)
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        (path, *_) = answers(client)["paths"]
        inspected = client.get(f"/v1/paths/{path['id']}")
        assert inspected.json()["triples"][0]["source"]["file"] == "a.csv"
        found = {**every_route(client), "inspected": inspected.text}
    service.close()
    assert not [url for url, text in found.items() if "very-private-folder" in text]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{home}/graphs/g/current: gone", "CLEW_HOME/graphs/g/current: gone"),
        ("'{home}' is full", "'CLEW_HOME' is full"),
        ("{home}-other/x", "{home}-other/x"),
        ("no relation '/film/home'", "no relation '/film/home'"),
        ("http://a.org{home}/x", "http://a.org{home}/x"),
        ("{package}/data/weights: gone", "clew/data/weights: gone"),
        ("/srv/models/large: gone", "large: gone"),
    ],
)
def test_known_folders_are_hidden(text: str, shown: str) -> None:
    places = KnownFolders(Settings(home=Path("/srv/clew home"), model="/srv/models/large"))
    known = {"home": "/srv/clew home", "package": Path(clew.__file__).parent}
    assert places.hidden(text.format(**known)) == shown.format(**known)
    assert places.model("/srv/models/large") == "large"
    assert places.model("org/large") == "org/large"
