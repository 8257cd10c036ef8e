"""A stored proof as RDF, DOT and SVG: each form is read by a reader of its own, and says what the JSON says."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from rdflib.namespace import PROV, RDF, RDFS
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.proof_formats import FORMATS
from clew.api.schema.drawing import spell
from clew.api.schema.models import Node, OperatorStep, Path, PathInspection, Relation, Source, Triple
from clew.api.schema.program_picture import program_picture
from clew.api.schema.text import inert
from clew.kg.graph.export import term_of
from clew.kg.terms.literal import Literal
from tests.api.dot_reader import read_dot
from tests.api.program_answers import PROGRAMS
from tests.api.test_errors import check_problem

SVG = "{http://www.w3.org/2000/svg}"
TERMS = rdflib.Namespace("urn:clew:term:")
HARMLESS = {"svg", "title", "rect", "text", "path"}


def a_path(client: TestClient, question: str = "Who directed Inception?") -> str:
    result = client.post("/v1/graphs/films/ask", json={"question": question, "max_hops": 2}).json()
    return f"/v1/paths/{result['paths'][0]['id']}"


def rdf(text: str, form: str) -> rdflib.Graph:
    graph = rdflib.Graph()
    graph.parse(data=text, format="turtle" if form == "text/turtle" else "json-ld")
    return graph


def check_svg(text: str) -> ET.Element:
    """Well-formed, and nothing in it acts or loads."""
    root = ET.fromstring(text)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in HARMLESS
        assert not [name for name in element.attrib if name.startswith("on") or "href" in name or name == "style"]
    return root


def as_node(node: dict[str, Any]) -> Any:
    return rdflib.util.from_n3(term_of(node["key"]))


# --- over HTTP


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("text/vnd.graphviz", "text/vnd.graphviz; charset=utf-8"),
        ("image/*", "image/svg+xml"),
        ("application/json;q=0.1, image/svg+xml", "image/svg+xml"),
    ],
)
def test_the_client_chooses_the_form(client, accept, kind) -> None:
    address = a_path(client)
    response = client.get(address, headers={} if accept is None else {"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, kind)
    assert response.headers["vary"] == "Accept"
    head = client.head(address, headers={} if accept is None else {"Accept": accept})
    assert (head.status_code, head.headers["content-type"], head.content) == (200, kind, b"")


def test_a_form_that_there_is_not(client) -> None:
    for address in (a_path(client), "/v1/paths/0123456789abcdef-0"):
        check_problem(
            client.get(address, headers={"Accept": "application/pdf"}), 406, "not-acceptable", "image/svg+xml"
        )


@pytest.mark.parametrize("kind", list(FORMATS))
def test_an_unknown_path_is_a_problem_in_every_form(client, kind) -> None:
    response = client.get("/v1/paths/0123456789abcdef-0", headers={"Accept": kind})
    check_problem(response, 404, "unknown-path", "no stored path")


def test_the_triples_and_their_provenance(client) -> None:
    address = a_path(client)
    found = client.get(address).json()
    forms = [rdf(client.get(address, headers={"Accept": kind}).text, kind) for kind in list(FORMATS)[:2]]
    assert isomorphic(*forms)
    graph = forms[0]
    proof = rdflib.URIRef(f"urn:clew:path:{found['path']['id']}")
    answer = graph.value(proof, PROV.wasGeneratedBy)
    assert graph.value(answer, RDFS.label) == rdflib.Literal(found["question"])
    assert graph.value(answer, PROV.endedAtTime).toPython().isoformat() == found["asked"]
    assert graph.value(graph.value(answer, PROV.wasAssociatedWith), RDFS.label) == rdflib.Literal(found["model"])
    assert graph.value(answer, PROV.used) == graph.value(proof, PROV.wasDerivedFrom)
    steps = sorted(graph.objects(proof, PROV.hadMember), key=lambda one: graph.value(one, TERMS.position))
    assert len(steps) == len(found["triples"])
    for step, triple in zip(steps, found["triples"], strict=True):
        stated = tuple(graph.value(step, part) for part in (RDF.subject, RDF.predicate, RDF.object))
        assert stated == (
            as_node(triple["head"]),
            rdflib.util.from_n3(term_of(triple["relation"]["key"])),
            as_node(triple["tail"]),
        )
        assert stated in graph


@pytest.mark.parametrize("question", list(PROGRAMS))
def test_programs_in_every_form(mills, question) -> None:
    with TestClient(create_app(mills)) as client:
        result = client.post("/v1/graphs/mills/ask", json={"question": question}).json()
        if not result.get("program_id"):
            return
        address = f"/v1/paths/{result['program_id']}"
        texts = {kind: client.get(address, headers={"Accept": kind}).text for kind in FORMATS}
    forms = [rdf(texts[kind], kind) for kind in list(FORMATS)[:2]]
    assert isomorphic(*forms)
    nodes, edges = read_dot(texts["text/vnd.graphviz"])
    steps = result["steps"]
    assert [node["label"] for node in nodes.values()] == [inert(step["token"]) for step in steps]
    expected = [(f"s{at}", f"s{number}") for number, step in enumerate(steps) for at in step["operands"]]
    assert [(start, end) for start, end, _ in edges] == expected
    boxes = check_svg(texts["image/svg+xml"]).findall(f"{SVG}rect")
    assert len(boxes) == len(steps)


# --- whatever the graph holds

TEXTS = st.text(max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"]; evil [label="',
        "\\N \\",
        "&lt;",
        "a\u202eb",
        "\x1b[31m",
        "\ufffe",
        "]]>",
        "'",
        "",
    ]
)
IRIS = st.sampled_from(["http://a.example/b", "urn:x:y", "http://a.example/ü(1)", "_:b0"])
KEYS = IRIS | TEXTS.filter(lambda text: text and "\0" not in text and not text.startswith(("_:", "<<(", '"')))
LITERALS = st.builds(
    lambda text, kind, language: Literal(text, kind, language).key,
    TEXTS,
    st.sampled_from(["http://www.w3.org/2001/XMLSchema#string", "http://www.w3.org/2001/XMLSchema#date", "urn:t"]),
    st.sampled_from(["", "en", "de-at"]),
)
ENTITIES = st.builds(lambda key, label: Node(key=key, label=label), KEYS, TEXTS)
VALUES = st.builds(lambda key, label: Node(key=key, label=label, kind="literal"), LITERALS, TEXTS)
RELATIONS = st.builds(
    lambda key, label, way: Relation(key=key, label=label, direction=way),
    KEYS.filter(lambda key: not key.startswith("_:")),
    TEXTS,
    st.sampled_from(["forward", "inverse"]),
)
SOURCES = st.none() | st.builds(lambda file, line: Source(file=file, line=line), TEXTS, st.integers(0, 9))


@st.composite
def inspections(draw) -> PathInspection:
    nodes = draw(st.lists(ENTITIES, min_size=1, max_size=4))
    relations = draw(st.lists(RELATIONS, min_size=len(nodes), max_size=len(nodes)))
    relations[-1] = relations[-1].model_copy(update={"direction": "forward"})
    nodes.append(draw(ENTITIES | VALUES))
    triples = []
    for left, relation, right in zip(nodes, relations, nodes[1:], strict=False):
        head, tail = (left, right) if relation.direction == "forward" else (right, left)
        triples.append(Triple(head=head, relation=relation, tail=tail, source=draw(SOURCES)))
    path = Path(id="0123456789abcdef-3", text=spell(nodes, relations), nodes=nodes, relations=relations, score=0.5,
                classes=draw(st.lists(st.sampled_from(triples), max_size=1)), verified=True)  # fmt: skip
    return PathInspection(path=path, question=draw(TEXTS), graph="g", version="v", model=draw(TEXTS),
                          asked="2026-01-31T12:00:00+00:00", answer=nodes[-1], triples=triples, steps=[], log_prob=-1.0,
                          alternatives=[])  # fmt: skip


@given(inspections())
def test_both_forms_of_rdf_hold_the_same_triples(found: PathInspection) -> None:
    turtle, linked = (rdf(FORMATS[kind](found), kind) for kind in list(FORMATS)[:2])
    assert isomorphic(turtle, linked)
    proof = rdflib.URIRef(f"urn:clew:path:{found.path.id}")
    assert len(set(turtle.objects(proof, PROV.hadMember))) == len(found.triples) + len(found.path.classes)


@given(inspections())
def test_dot_says_what_the_path_says(found: PathInspection) -> None:
    nodes, edges = read_dot(FORMATS["text/vnd.graphviz"](found))
    keys = {name: node["tooltip"] for name, node in nodes.items()}
    labels: dict[str, str] = {}
    for node in found.path.nodes:
        labels.setdefault(inert(node.key), inert(node.label))
    assert {node["tooltip"]: node["label"] for node in nodes.values()} == labels
    told = [(keys[start], attributes["label"], keys[end]) for start, end, attributes in edges]
    assert told == [
        (inert(one.head.key), inert(one.relation.label), inert(one.tail.key))
        for one in [*found.triples, *found.path.classes]
    ]


@given(inspections())
def test_a_picture_is_inert(found: PathInspection) -> None:
    root = check_svg(FORMATS["image/svg+xml"](found))
    assert len(root.findall(f"{SVG}rect")) == len(found.path.nodes)
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert len(titles) == 1 + len(found.path.nodes) + len(found.path.relations)
    assert not any(character in title for title in titles for character in "\x1b\u202e")


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6), st.data())
def test_operators_do_not_overlap(told: list[tuple[str, str]], data) -> None:
    steps, free = [], []
    for number, (token, text) in enumerate(told):
        operands = [free.pop() for _ in range(data.draw(st.integers(0, min(2, len(free)))))]
        steps.append(OperatorStep(token=token, words="", span=None, text=text, operands=operands, count=None,
                                  left_out=0, members=[], verified=True))  # fmt: skip
        free.append(number)
    root = check_svg(program_picture("p", steps))
    boxes = [
        tuple(float(rect.attrib[name]) for name in ("x", "y", "width", "height")) for rect in root.iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(steps)
    wide, high = (float(root.attrib[name]) for name in ("width", "height"))
    for at, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 <= y
        assert x + w <= wide + 1
        assert y + h <= high + 1
        for x2, y2, w2, h2 in boxes[:at]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    assert len(root.findall(f"{SVG}path")) == 2 * sum(len(step.operands) for step in steps)


@given(st.sampled_from(["urn:clew:path:0123456789abcdef-0", "urn:clew:term:score", "path:1", "term"]))
def test_no_key_is_the_name_of_a_proof_or_a_term(key: str) -> None:
    assert not term_of(key).startswith(("<urn:clew:path:", "<urn:clew:term:"))
