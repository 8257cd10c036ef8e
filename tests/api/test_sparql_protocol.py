"""The SPARQL 1.1 protocol over a graph, by rdflib's client and against rdflib's own evaluation."""

from __future__ import annotations

import io
import os
import threading
import time
from contextlib import contextmanager

import pyoxigraph as ox
import pytest
import rdflib
import uvicorn
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.problems import GraphLoading
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.api.sparql.checked import checked_form
from clew.api.sparql.queries import SparqlQuery
from clew.api.sparql.worker import BINDINGS, TRIPLES
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import BadInput, Cancelled, LimitReached
from clew.kg.graph.export import write_rdf
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue

TURTLE = """
@prefix : <http://e/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:tenet a :Film ; rdfs:label "Tenet"@en ; :by :nolan ; :year 2020 ; :note "a\\tb, \\"c\\"\\nd" .
:juno a :Film ; rdfs:label "Juno" ; :by :reitman ; :year 2007 .
:dunkirk a :Film ; rdfs:label "Dunkirk" ; :by :nolan ; :year 2017 .
:nolan rdfs:label "Christopher Nolan" ; :born "1970-07-30"^^<http://www.w3.org/2001/XMLSchema#date> .
:reitman rdfs:label "Jason Reitman" .
"""
PREFIX = "PREFIX : <http://e/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
SLOW = "SELECT (COUNT(*) AS ?n) {" + " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(12)) + "}"


@pytest.fixture(scope="module")
def service(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("sparql")
    (folder / "films.ttl").write_text(TURTLE)
    ingest(Catalogue(folder / "home"), [folder / "films.ttl"], "films")
    service = Service(Settings(home=folder / "home"), parts)
    yield service
    service.close()


@pytest.fixture(scope="module")
def app(service):
    return create_app(service, allowed_origins=["https://app.example"])


@pytest.fixture(scope="module")
def client(app):
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def queries(client, app):
    return app.state.sparql


ADDRESS = "/v1/graphs/films/sparql"


def get(client, query, accept="*/*", **headers):
    return client.get(ADDRESS, params={"query": PREFIX + query}, headers={"Accept": accept} | headers)


@contextmanager
def listening(app):
    """The application on a port of this machine."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}{ADDRESS}"
    server.should_exit = True
    thread.join()


def test_rdflib_s_client(client, app):
    with listening(app) as address:
        for method in ("GET", "POST", "POST_FORM"):
            graph = rdflib.Graph(SPARQLStore(address, method=method))
            rows = graph.query(PREFIX + 'SELECT ?who { ?film rdfs:label "Juno" ; :by / rdfs:label ?who }')
            assert [str(row.who) for row in rows] == ["Jason Reitman"]
        assert graph.query(PREFIX + "ASK { :tenet :by :nolan }").askAnswer
        assert len(graph.query(PREFIX + "CONSTRUCT { ?f :by ?d } WHERE { ?f :by ?d }").graph) == 3
        film = rdflib.URIRef("http://e/tenet")
        assert [str(each) for each in graph.objects(film, rdflib.URIRef("http://e/by"))] == ["http://e/nolan"]
        assert len(graph) == 16


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?f ?y { ?f :year ?y FILTER(?y > 2010) } ORDER BY ?y",
        "SELECT ?d (COUNT(?f) AS ?n) { ?f :by ?d } GROUP BY ?d ORDER BY ?n",
        "SELECT ?f ?b { ?f :by ?d OPTIONAL { ?d :born ?b } } ORDER BY ?f",
        "SELECT ?note { ?f :note ?note }",
        "SELECT ?l { ?f rdfs:label ?l FILTER(LANG(?l) = 'en') }",
        "SELECT ?s { ?s (:by|:year) ?o MINUS { ?s :by :nolan } }",
        "ASK { :juno :by :nolan }",
    ],
)
def test_results_are_those_of_rdflib(client, service, query):
    exported = io.BytesIO()
    write_rdf(service.catalogue.open("films"), exported)
    graph = rdflib.Graph().parse(io.BytesIO(exported.getvalue()), format="nt")
    expected = graph.query(PREFIX + query)
    response = get(client, query, "application/sparql-results+json")
    found = rdflib.query.Result.parse(io.BytesIO(response.content), format="json")
    if expected.type == "ASK":
        assert found.askAnswer == expected.askAnswer
    else:
        assert found.vars == expected.vars
        assert sorted(map(str, found)) == sorted(map(str, expected)) != []


def test_a_server_may_have_many_files_open(client):
    """More than ``select`` has room for."""
    resource = pytest.importorskip("resource")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1500:
        pytest.skip("this process may not open so many files")
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert get(client, "ASK { :juno ?p :reitman }", "application/sparql-results+json").json()["boolean"] is True
    finally:
        for file in opened:
            os.close(file)


@pytest.mark.parametrize("kind", BINDINGS)
def test_every_form_of_rows(client, kind):
    response = get(client, "SELECT ?f ?note { ?f :note ?note }", kind)
    assert response.headers["content-type"].partition(";")[0] == kind
    assert "Accept" in response.headers["vary"]
    if kind == "text/csv":
        assert response.text == 'f,note\r\nhttp://e/tenet,"a\tb, ""c""\nd"\r\n'
        return
    (row,) = ox.parse_query_results(response.content, BINDINGS[kind])
    assert (row["f"].value, row["note"].value) == ("http://e/tenet", 'a\tb, "c"\nd')


@pytest.mark.parametrize("kind", TRIPLES)
@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?f :by ?d }", "DESCRIBE :tenet :juno :dunkirk"])
def test_every_form_of_triples(client, kind, query):
    response = get(client, query, kind)
    assert response.headers["content-type"].partition(";")[0] == kind
    found = {quad.triple for quad in ox.parse(response.content, TRIPLES[kind])}
    assert {triple.predicate.value for triple in found} >= {"http://e/by"}
    assert len(found) == (3 if query.startswith("CONSTRUCT") else 13)


def test_another_form_is_not_acceptable(client):
    for query, kind in (("ASK {}", "text/turtle"), ("CONSTRUCT WHERE { ?a ?b ?c }", "text/csv"), ("ASK {}", "a/b")):
        response = get(client, query, kind)
        assert (response.status_code, response.json()["code"]) == (406, "not-acceptable")
    assert get(client, "ASK {}", "text/turtle, */*;q=0.1").status_code == 200


REFUSED = [
    "INSERT DATA { :a :b :c }",
    "DELETE WHERE { ?a ?b ?c }",
    "LOAD <http://e/x>",
    "CLEAR ALL",
    "ASK {} ; DROP ALL",
    "SELECT * { SERVICE <http://e/> { ?a ?b ?c } }",
    "SELECT * { ?a ?b ?c FILTER NOT EXISTS { SERVICE SILENT ?a { ?d ?e ?f } } }",
    "SELECT * { { SELECT * { OPTIONAL { service <http://e/> {} } } } }",
    "CONSTRUCT WHERE { SERVICE <http://e/> { ?a ?b ?c } }",
    "CONSTRUCT { ?a ?b ?c } { SERVICE <http://e/> { ?a ?b ?c } }",
    "DESCRIBE ?a { SERVICE <http://e/> { ?a ?b ?c } }",
    r"SELECT * { \\u0053ERVICE <http://e/> { ?a ?b ?c } }",
    "PREFIX SERVICEx: <http://e/> SELECT * { SERVICEx:a ?b ?c }",
    "SELECT * FROM <http://e/g> { ?a ?b ?c }",
    "ASK FROM NAMED <http://e/g> { ?a ?b ?c }",
    "CONSTRUCT { ?a ?b ?c } FROM <http://e/g> WHERE { ?a ?b ?c }",
    "DESCRIBE <http://e/a> FROM <http://e/g>",
    "SELECT * {",
    "SELECT ?a ?a { ?a ?b",
    "SELECT * " + "{" * 3_000 + "}" * 3_000,
    "",
]


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: query[:40])
def test_what_is_not_only_read_from_this_graph_is_refused(query):
    with pytest.raises(BadInput):
        checked_form(query)


@pytest.mark.parametrize("text", ["SERVICE", "# SERVICE\\n FROM", "LOAD <http://e/>"])
def test_texts_and_comments_are_no_keywords(text):
    assert checked_form(f'SELECT ("{text}" AS ?load) ?from {{ ?from ?b ?insert }} # SERVICE') == "SELECT"


def test_refusals_are_problems(client):
    for query in (REFUSED[0], REFUSED[5], REFUSED[13]):
        response = get(client, query)
        assert (response.status_code, response.json()["code"]) == (400, "bad-input")
    for parameters in ({"default-graph-uri": "http://e/"}, {"named-graph-uri": "http://e/"}, {"update": "CLEAR ALL"}):
        response = client.get(ADDRESS, params={"query": "ASK {}", **parameters})
        assert (response.status_code, response.json()["code"]) == (400, "bad-input")
    assert client.get("/v1/graphs/none/sparql", params={"query": "ASK {}"}).json()["code"] == "unknown-graph"
    assert client.get(ADDRESS).json()["code"] == "invalid-request"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/sparql-query", "ASK {}", 200),
        ("application/sparql-query; charset=utf-8", "ASK { ?é ?b ?c }".encode(), 200),
        ("application/x-www-form-urlencoded", "query=ASK+%7B%7D", 200),
        ("application/x-www-form-urlencoded", "query=ASK+%7B%7D&query=ASK+%7B%7D", 400),
        ("application/x-www-form-urlencoded", "update=CLEAR+ALL", 400),
        ("application/x-www-form-urlencoded", "", 400),
        ("application/sparql-update", "CLEAR ALL", 400),
        ("application/sparql-query", b"ASK { ?\xff }", 400),
        ("application/sparql-query", "", 400),
        ("text/plain", "ASK {}", 415),
        ("application/sparql-query", "#" * 70_000, 413),
    ],
)
def test_the_bodies_of_the_protocol(client, kind, body, status):
    assert client.post(ADDRESS, content=body, headers={"Content-Type": kind}).status_code == status


@pytest.mark.parametrize(("origin", "status"), [("https://evil.example", 403), ("https://app.example", 200)])
def test_pages_of_other_origins(client, origin, status):
    headers = {"Content-Type": "application/sparql-query", "Origin": origin}
    assert client.post(ADDRESS, content="ASK {}", headers=headers).status_code == status


# --- limits
@pytest.mark.parametrize("query", ["SELECT * { ?a ?b ?c }", "CONSTRUCT WHERE { ?a ?b ?c }", "DESCRIBE ?a { ?a ?b ?c }"])
@pytest.mark.parametrize("accept", ["*/*", "text/csv, text/turtle"])
def test_a_result_is_never_cut(client, monkeypatch, query, accept):
    monkeypatch.setattr(limits, "MAX_SPARQL_ROWS", 15)
    response = get(client, query, accept)
    assert (response.status_code, response.json()["code"]) == (422, "limit-reached")
    assert "15" in response.json()["detail"]
    monkeypatch.setattr(limits, "MAX_SPARQL_ROWS", 16)
    assert get(client, query, accept).status_code == 200
    monkeypatch.setattr(limits, "MAX_SPARQL_BYTES", 100)
    assert get(client, query, accept).json()["code"] == "limit-reached"


def test_a_query_that_takes_too_long_is_ended_and_holds_up_no_other(client, monkeypatch):
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.5)
    response = get(client, SLOW)
    assert (response.status_code, response.json()["code"]) == (422, "limit-reached")
    monkeypatch.undo()
    assert get(client, "ASK { ?a ?b ?c }").json()["boolean"] is True


def test_a_query_that_is_withdrawn_is_ended(queries):
    token, query = Cancellation(), SparqlQuery(SLOW, "text/csv", None)
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(Cancelled):
        queries.answer("films", query, time.monotonic() + 60, token)


def test_a_graph_that_is_too_large_is_refused(service, queries, monkeypatch, publish):
    publish(service.settings.home, "other")
    query = SparqlQuery("ASK {}", "text/csv", None)
    monkeypatch.setattr(limits, "MAX_SPARQL_STATEMENTS", 9)
    with pytest.raises(LimitReached, match="10 statements"):
        queries.answer("other", query, time.monotonic() + 60)
    monkeypatch.setattr(limits, "MAX_SPARQL_STATEMENTS", 10)
    with pytest.raises(GraphLoading):
        queries.answer("other", query, time.monotonic())
    assert queries.answer("other", query, time.monotonic() + 60).body == b"true"


def test_a_new_version_is_queried_and_old_copies_go(service, queries, monkeypatch, publish):
    monkeypatch.setattr(limits, "MAX_SPARQL_COPIES", 1)
    publish(service.settings.home, "other", [("a", "b", "c")])
    count = SparqlQuery("SELECT (COUNT(*) AS ?n) { ?a ?b ?c }", "text/csv", None)
    assert queries.answer("other", count, time.monotonic() + 60).body == b"n\r\n1\r\n"
    assert len(list(queries._folder.iterdir())) == 1


def test_nothing_is_left_in_the_end(service, client):
    app = create_app(service)
    with TestClient(app) as other:
        assert get(other, "ASK {}").status_code == 200
        processes = [one._process for one in app.state.sparql._processes if one._process]
        folder = app.state.sparql._folder
        assert folder.exists()
        assert [process.poll() for process in processes] == [None]
    assert not folder.exists()
    assert all(process.poll() is not None for process in processes)
