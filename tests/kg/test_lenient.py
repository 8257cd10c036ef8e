"""Lenient reading: IRIs and language tags that are not valid are kept as they are and survive what follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadLine
from clew.kg.graph.export import FORMATS, write_rdf
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_rdflib, from_triples, to_rdflib
from clew.kg.graph.statements import iter_statements
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import from_iri, to_iri

Write = Callable[[str, "str | bytes"], str]
Statement = tuple[str, str, str | Literal]

LENIENT = IngestOptions(lenient=True)
ODD = [
    'http://x.org/"quoted"',
    "http://x.org/two words",
    "http://x.org/{a|b}^`c`",
    "http://x.org/50%",
    "http://x.org/%zz",
    "http://x.org/a#b#c",
    "http://x.org/?a[]=b",
    "http://x.org/a\\b",
    "http://[::1/x",
    "http://x.org:port/",
    "relative/path",
    "http://x.org/A\u030a",
    "http://x.org/\ue000",
]
TAGS = ["zh-classical", "pt_BR", "abcdefghij", "x", "1a"]
NEVER = [
    "http://x.org/a\\u0000b",
    "http://x.org/a\\u003Eb",
    "http://x.org/a\\u003Cb",
    "http://x.org/a\\u000Ab",
    "",
    "_:b",
]


def statements(graph: Graph) -> set[Statement]:
    return {(subject, predicate, value) for subject, predicate, value, _ in iter_statements(graph)}


ALL = {("http://x.org/s", "http://x.org/p", key) for key in ODD} | {
    ("http://x.org/s", "http://x.org/q", Literal("text", language=tag)) for tag in TAGS if tag != "1a"
}
PARTS = [f"<http://x.org/p> <{key}>" for key in ODD] + [f'<http://x.org/q> "text"@{tag}' for tag in TAGS if tag != "1a"]


@pytest.mark.parametrize("name", ["g.nt", "g.nq", "g.ttl", "g.trig", "graph.trig"])
def test_what_is_kept_of_text_formats(write: Write, name: str) -> None:
    lines = "".join(f"<http://x.org/s> {part} .\n" for part in PARTS)
    path = write(name, f"<http://x.org/g> {{ {lines} }}" if name == "graph.trig" else lines)
    loaded = load([path], LENIENT)
    assert statements(loaded.graph) == ALL
    assert loaded.rejections.kept == {"IRI": len(ODD) - 1, "language tag": 4}  # a decomposed letter is valid
    assert {source.line for *_, source in iter_statements(loaded.graph)} == set(range(1, len(PARTS) + 1))
    with pytest.raises(BadLine):
        load([path], IngestOptions())


def test_what_is_kept_of_a_statement_with_many_objects(write: Write) -> None:
    text = "<http://x.org/s> " + " ;\n".join(PARTS) + " ; <http://x.org/p> <no:where , nowhere:x .\n"
    loaded = load([write("g.ttl", text)], IngestOptions(lenient=True, on_error="skip"))
    assert statements(loaded.graph) == ALL
    assert loaded.rejections.counts.total() == 1


def test_what_is_kept_of_documents(write: Write) -> None:
    ids = [{"@id": key} for key in ODD]
    texts = [{"@value": "text", "@language": tag} for tag in TAGS if tag != "1a"]
    node = {"@id": "http://x.org/s", "http://x.org/p": ids, "http://x.org/q": texts}
    for on_error in ("fail", "skip"):
        options = IngestOptions(lenient=True, on_error=on_error)  # type: ignore[arg-type]
        assert statements(load([write("g.jsonld", json.dumps(node))], options).graph) == ALL
    from xml.sax.saxutils import escape, quoteattr

    body = "".join(f"<x:p rdf:resource={quoteattr(key)}/>" for key in ODD)
    body += "".join(f'<x:q xml:lang="{tag}">{escape("text")}</x:q>' for tag in TAGS if tag != "1a")
    head = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/">'
    xml = f'{head}<rdf:Description rdf:about="http://x.org/s">{body}</rdf:Description></rdf:RDF>'
    for on_error in ("fail", "skip"):
        options = IngestOptions(lenient=True, on_error=on_error)  # type: ignore[arg-type]
        assert statements(load([write("g.rdf", xml)], options).graph) == ALL


@pytest.mark.parametrize("name", ["g.nt", "g.ttl"])
@pytest.mark.parametrize("key", NEVER)
def test_what_is_never_kept(write: Write, name: str, key: str) -> None:
    text = f"<http://x.org/s> <http://x.org/p> <{key}> .\n<http://x.org/s> <http://x.org/p> <http://x.org/o> .\n"
    loaded = load([write(name, text)], IngestOptions(lenient=True, on_error="skip"))
    assert statements(loaded.graph) == {("http://x.org/s", "http://x.org/p", "http://x.org/o")}
    assert loaded.rejections.counts.total() == 1


FORGED = "http://x.org/a> <http://x.org/p> <http://x.org/forged> .\n<http://x.org/b"


@pytest.mark.parametrize("name", ["g.ttl", "g.nt", "g.rdf", "g.jsonld"])
def test_what_is_not_kept_is_put_in_quarantine(write: Write, tmp_path: Path, name: str) -> None:
    triples = '<http://x.org/s> <http://x.org/p> "kept" .\n<http://x.org/s> <http://x.org/q> <> .\n'
    node = {"@id": "http://x.org/s", "http://x.org/p": "kept", "http://x.org/q": {"@id": ""}}
    xml = (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.org/">'
        '<r:Description r:about="http://x.org/s"><x:p>kept</x:p><x:q r:resource=""/></r:Description></r:RDF>'
    )
    bad = tmp_path / "bad.txt"
    text = {"g.rdf": xml, "g.jsonld": json.dumps(node)}.get(name, triples)
    options = IngestOptions(lenient=True, on_error="quarantine", quarantine=str(bad))
    loaded = load([write(name, text)], options)
    assert statements(loaded.graph) == {("http://x.org/s", "http://x.org/p", Literal("kept"))}
    assert loaded.rejections.counts == {"IRI": 1}
    assert bad.read_text().split() == ["<http://x.org/s>", "<http://x.org/q>", "<>", "."]


def test_no_statement_is_forged(write: Write) -> None:
    """An IRI or a tag that would end early where it is written makes no statement of its own."""
    good = {"@id": "http://x.org/s", "http://x.org/p": 1}
    bad = [{"@id": FORGED, "http://x.org/p": 1}, {"@id": "http://x.org/t", "http://x.org/p": {"@id": FORGED}}]
    tag = {"@id": "http://x.org/u", "http://x.org/p": {"@value": "x", "@language": "en .\n<a:a> <a:b> <a:c>"}}
    for lenient in (False, True):
        options = IngestOptions(lenient=lenient, on_error="skip")
        loaded = load([write("g.jsonld", json.dumps([good, *bad, tag]))], options)
        assert {subject for subject, _, _ in statements(loaded.graph)} == {"http://x.org/s"}
        assert loaded.rejections.counts.total() == 3


iri = st.text('ab/#?%[]{}|^\\" :._-é~u0', max_size=8)
tag = st.text("abZ1-_", min_size=1, max_size=10)


@given(
    iri, iri, st.one_of(iri.map(lambda text: f"<{text}>"), tag.map(lambda text: f'"x"@{text}'), st.just('"\\u0041"'))
)
@example("http://a/b", "p:q", '"x"@en-a')
@settings(max_examples=100)
def test_lenient_reading_of_lines(
    tmp_path_factory: pytest.TempPathFactory, subject: str, predicate: str, value: str
) -> None:
    """What the library takes is read alike by the scanner, with and without leniency; what both refuse is refused."""
    line = f"<{subject}> <{predicate}> {value} .\n"
    always = "<http://x.org/s> <http://x.org/p> <http://x.org/o> .\n"
    path = tmp_path_factory.mktemp("l") / "g.nt"
    path.write_text(line + always)
    try:
        wanted = list(ox.parse(line.encode(), ox.RdfFormat.N_TRIPLES, lenient=True))
    except SyntaxError:
        wanted = []
    loaded = load([str(path)], IngestOptions(lenient=True, on_error="skip"))
    found = statements(loaded.graph) - {("http://x.org/s", "http://x.org/p", "http://x.org/o")}
    for quad in wanted:
        iris = (subject, predicate, quad.object.value if value.startswith("<") else "x")
        if any(not key or key.startswith("_:") for key in iris):
            assert not found
        else:
            ((head, relation, tail),) = found or {("nothing", line, "")}
            assert (head, relation) == (quad.subject.value, quad.predicate.value)
            assert (tail.lexical if isinstance(tail, Literal) else tail) == quad.object.value
    strict = load([str(path)], IngestOptions(on_error="skip"))
    assert statements(strict.graph) <= statements(loaded.graph)
    assert loaded.rejections.kept.total() == len(statements(loaded.graph)) - len(statements(strict.graph))


# --- what follows
def test_snapshots_and_lookups(write: Write, tmp_path: Path) -> None:
    lines = "".join(f"<{key}> <http://x.org/p> <http://x.org/o> .\n" for key in ODD)
    catalogue = Catalogue(tmp_path / "home")
    report = ingest(catalogue, [write("g.nt", lines)], "g", LENIENT)
    graph = catalogue.open("g")
    assert report.kept == {"IRI": len(ODD) - 1} == report.to_dict()["kept"]
    assert {graph.key(graph.node(key)) for key in ODD} == set(ODD)
    assert {graph.find_node(key) for key in ODD} == {graph.node(key) for key in ODD}
    assert all(graph.label(graph.node(key)) for key in ODD)


@pytest.mark.parametrize("syntax", FORMATS)
def test_export_and_back(write: Write, tmp_path: Path, syntax: str) -> None:
    """What is written is RDF that any tool reads (tags apart), and gives the same graph again."""
    lines = "".join(f"<{key}> <http://x.org/p> <{other}> .\n" for key in ODD for other in ODD)
    graph = load([write("g.nt", lines + f"<http://x.org/s> {PARTS[-1]} .\n<a:a> <a:b> _:c .\n")], LENIENT).graph
    path = tmp_path / f"out.{syntax}"
    with path.open("wb") as stream:
        write_rdf(graph, stream, syntax)
    again = load([str(path)], IngestOptions(lenient=True, format=syntax)).graph
    assert statements(again) == statements(graph)
    without_tags = load([str(path)], IngestOptions(on_error="skip", format=syntax))
    assert without_tags.rejections.counts.total() == 1


def test_keys_of_tables_come_back(write: Write, tmp_path: Path) -> None:
    graph = from_triples([("Ada", "knows well", "Bo/b"), ("Ada", "born", Literal("x")), ("50%", "a:b", "ünï")])
    with (tmp_path / "out.nt").open("wb") as stream:
        write_rdf(graph, stream)
    assert statements(load([str(tmp_path / "out.nt")], IngestOptions()).graph) == statements(graph)
    assert statements(from_rdflib(to_rdflib(graph))) == statements(graph)


def test_rdflib_takes_them(write: Write) -> None:
    lines = "".join(f"<http://x.org/s> {part} .\n" for part in PARTS)
    exported = to_rdflib(load([write("g.nt", lines)], LENIENT).graph)
    assert len(exported) == len(PARTS)
    exported.serialize(format="nt")
    tags = {value.language for _, _, value in statements(from_rdflib(exported)) if isinstance(value, Literal)}
    assert tags == {"zh-classical", "pt-br", "abcdefghij", "x"}


@given(st.text(min_size=1).filter(lambda key: "\0" not in key and not key.startswith(("_:", "<<( "))))
def test_keys_and_their_iris(key: str) -> None:
    try:
        made = to_iri(key)
    except UnicodeEncodeError:
        return
    assert from_iri(made) == key
    assert made.isprintable() or not key.isprintable()


@pytest.mark.parametrize(
    "made", ["urn:clew:%00x", "urn:clew:_%3Ab", "urn:clew:http://x.org/", "urn:clew:%ff", "urn:clew:", "urn:clew:%41"]
)
def test_iris_that_stand_for_no_key(made: str, write: Write) -> None:
    assert from_iri(made) == made
    graph = load([write("g.nt", f"<{made}> <a:b> <a:c> .\n")], IngestOptions()).graph
    assert statements(graph) == {(made, "a:b", "a:c")}
