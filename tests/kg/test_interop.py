"""Round trips through rdflib, networkx and RDF syntaxes, and the same file read by rdflib as the oracle."""

from __future__ import annotations

import io
from pathlib import Path

import networkx
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.export import FORMATS, write_rdf
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_networkx, from_rdflib, from_triples, to_networkx, to_rdflib
from clew.kg.graph.statements import iter_statements
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDFS_LABEL, XSD

E = "http://ex.org/"
iris = st.sampled_from([E + "a", E + "b", E + "b#c", "urn:x:1", E + "日本", "_:n1", "_:n2"])
values = st.one_of(
    iris,
    st.builds(
        Literal, st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n\t"\\'), max_size=8)
    ),
    st.builds(Literal, st.sampled_from(["1", "1990"]), st.sampled_from([XSD + "integer", XSD + "gYear"])),
    st.builds(
        lambda text, tag: Literal(text, language=tag), st.text("ab é", max_size=4), st.sampled_from(["en", "pt-br"])
    ),
)
statements = st.lists(
    st.tuples(iris, st.sampled_from([E + "p", E + "q", RDFS_LABEL, E + "p/bornIn"]), values), min_size=1, max_size=20
)


def build(rows: list[tuple[str, str, str | Literal]]) -> Graph:
    builder = GraphBuilder()
    for subject, predicate, value in rows:
        builder.statement(subject, predicate, value)
    return builder.build()


@pytest.mark.parametrize("syntax", list(FORMATS))
@given(rows=statements)
@settings(max_examples=30, deadline=None)
def test_load_of_serialise_is_the_graph(
    syntax: str, rows: list[tuple[str, str, str | Literal]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    graph = build(rows)
    path = tmp_path_factory.getbasetemp() / f"round.{syntax}"
    with path.open("wb") as stream:
        write_rdf(graph, stream, syntax)
    again = load([str(path)], IngestOptions(format=syntax)).graph
    if syntax == "rdfxml":  # its writer numbers the blank nodes anew
        assert again.num_statements == graph.num_statements
    else:
        assert again.content_hash == graph.content_hash


@given(rows=statements)
@settings(deadline=None)
def test_rdflib_both_ways(rows: list[tuple[str, str, str | Literal]]) -> None:
    graph = build(rows)
    there = to_rdflib(graph)
    assert len(there) == graph.num_statements
    assert from_rdflib(there).content_hash == graph.content_hash


@given(rows=statements)
def test_networkx_both_ways(rows: list[tuple[str, str, str | Literal]]) -> None:
    graph = build([row for row in rows if not (row[1] == RDFS_LABEL and row[0] == E + "p")])
    assert from_networkx(to_networkx(graph)).content_hash == graph.content_hash


def test_table_keys_survive_rdf(tmp_path: Path) -> None:
    graph = from_triples([("The Departed", "has_tags", "police/crime"), ("a:b c", "r%20", "é")])
    stream = io.BytesIO()
    write_rdf(graph, stream)
    assert b"urn:clew:The%20Departed" in stream.getvalue()
    assert from_rdflib(to_rdflib(graph)).content_hash == graph.content_hash


def test_networkx_attributes() -> None:
    source = networkx.MultiDiGraph()
    source.add_node(1, name="One", size=3, cool=True, weight=0.5, skipped=[1])
    source.add_edge(1, 2, key="knows")
    source.add_edge(1, 2, type="likes")
    source.add_edge(2, 1)
    graph = from_networkx(source)
    found = {(s, p, v) for s, p, v, _ in iter_statements(graph)}
    assert found == {
        ("1", "knows", "2"),
        ("1", "likes", "2"),
        ("2", "related to", "1"),
        ("1", "size", Literal("3", XSD + "integer")),
        ("1", "cool", Literal("true", XSD + "boolean")),
        ("1", "weight", Literal("0.5", XSD + "double")),
        ("1", RDFS_LABEL, Literal("One")),
    }


def test_an_rdflib_dataset_is_merged() -> None:
    dataset = rdflib.Dataset()
    dataset.graph(rdflib.URIRef(E + "g")).add((rdflib.URIRef(E + "a"), rdflib.URIRef(E + "p"), rdflib.Literal(1)))
    assert from_rdflib(dataset).num_edges == 1
