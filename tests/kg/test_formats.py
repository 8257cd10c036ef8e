"""Tables of nodes and edges with attributes, JSON Lines, GraphML, node-link JSON, Parquet and Arrow."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import networkx
import pytest

from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.graph.statements import edge_attributes, iter_statements
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.snapshot import open_snapshot, write_snapshot
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_LABEL, XSD

Write = Callable[[str, "str | bytes"], str]


def read(*paths: str, **options: object) -> Graph:
    return load(paths, IngestOptions(**options)).graph  # type: ignore[arg-type]


def statements(graph: Graph) -> set[tuple[str, str, str | Literal]]:
    return {(subject, predicate, value) for subject, predicate, value, _ in iter_statements(graph)}


def attributes(graph: Graph, head: str, relation: str, tail: str) -> dict[str, object]:
    edge = graph.edge(graph.node(head), graph.relation(relation), graph.node(tail))
    assert edge is not None
    return {name: literal.value for name, literal in edge_attributes(graph, edge)}


NODES = "id,name,type,born,score\n1,Ann,Person;Author,1970-05-01,2.5\n2,Bob,Person,,\n"
EDGES = "source,target,relation,since,sure\n1,2,knows,2001,true\n2,1,knows,,\n1,2,likes,,0.5\n"


def test_property_graph_tables(write: Write) -> None:
    graph = read(write("nodes.csv", NODES), write("edges.csv", EDGES))
    assert statements(graph) == {
        ("1", RDFS_LABEL, Literal("Ann")),
        ("2", RDFS_LABEL, Literal("Bob")),
        ("1", RDF_TYPE, "Person"),
        ("1", RDF_TYPE, "Author"),
        ("2", RDF_TYPE, "Person"),
        ("1", "born", Literal("1970-05-01", XSD + "date")),
        ("1", "score", Literal("2.5", XSD + "decimal")),
        ("1", "knows", "2"),
        ("2", "knows", "1"),
        ("1", "likes", "2"),
    }
    assert {graph.key(node) for node in graph.types(graph.node("1"))} == {"Author", "Person"}
    assert attributes(graph, "1", "knows", "2") == {"since": 2001, "sure": True}
    assert attributes(graph, "2", "knows", "1") == {}


def test_neo4j_headers(write: Write) -> None:
    nodes = write("n.csv", "personId:ID(Person),name,age:int,:LABEL\n1,Ann,51,Person\n2,Bob,,Person\n")
    edges = write("e.csv", ":START_ID(Person),:END_ID(Person),since:int,:TYPE\n1,2,2001,KNOWS\n")
    graph = read(nodes, edges)
    assert ("Person:1", "age", Literal("51", XSD + "integer")) in statements(graph)
    assert graph.relation_label(graph.relation("KNOWS")) == "KNOWS"
    assert attributes(graph, "Person:1", "KNOWS", "Person:2") == {"since": 2001}


def test_neo4j_ids_are_told_apart_by_their_space(write: Write) -> None:
    people = write("p.csv", "id:ID(Person){label:Person},name,note:IGNORE\n1,Ann,x\n2,Bob,y\n")
    ports = write("c.csv", "id:ID(Port),name\n1,Sandhaven\n2,Grimsey\n")
    plain = write("q.csv", "id:ID,name\n1,Nobody\n")
    edges = write("e.csv", ":START_ID(Person),:END_ID(Port),:TYPE\n1,2,LIVES_IN\n2,1,LIVES_IN\n")
    graph = read(people, ports, plain, edges)
    lives = graph.relation("LIVES_IN")
    assert {
        graph.label(node): [graph.label(end) for end in graph.neighbours(node, lives)]
        for node in map(graph.node, ("Person:1", "Person:2"))
    } == {"Ann": ["Grimsey"], "Bob": ["Sandhaven"]}
    assert graph.num_nodes == 5
    assert not any("note" in relation for _, relation, _ in statements(graph))
    chosen = read(edges, columns=("1", "3", "2"), header=True)
    assert {chosen.key(node) for node in chosen.neighbours(chosen.node("Person:1"), 0)} == {"Port:2"}


def test_attributes_belong_to_the_content(write: Write, tmp_path: Path) -> None:
    bare = read(write("a.csv", "head,relation,tail\na,p,b\n"))
    one = read(write("b.csv", "head,relation,tail,w\na,p,b,1\na,p,b,2\na,p,b,1\n"))
    other = read(write("c.csv", "w,head,relation,tail\n2,a,p,b\n1,a,p,b\n"))
    assert one.content_hash == other.content_hash != bare.content_hash
    assert [literal.lexical for _, literal in edge_attributes(one, 0)] == ["1", "2"]
    write_snapshot(one, tmp_path / "s")
    again = open_snapshot(tmp_path / "s", "g")
    assert edge_attributes(again, 0) == edge_attributes(one, 0)
    with pytest.raises(IndexError):
        edge_attributes(one, 1)


def test_attributes_follow_their_edge_when_edges_are_sorted() -> None:
    builder = GraphBuilder()
    for i in range(50, 0, -1):
        builder.edge(
            "a", f"r{i % 7}", f"b{i:02}", attributes={"n": Literal(str(i), XSD + "integer")} if i % 3 else None
        )
        if i == 25:
            builder.flush()
    graph = builder.build()
    assert graph.num_edges == 50
    for edge in range(graph.num_edges):
        number = int(graph.key(graph.edge_triple(edge)[2])[1:])
        assert [literal.value for _, literal in edge_attributes(graph, edge)] == ([number] if number % 3 else [])


def test_json_lines_of_edges(write: Write) -> None:
    rows = [
        {"head": "a", "relation": "p", "tail": "b", "confidence": 0.9},
        {"subject": "a", "predicate": "q", "object": 5},
        {"h": 7, "r": "p", "t": "a"},
    ]
    text = "\n".join(map(json.dumps, rows)) + "\n\n"
    for name in ("g.jsonl", "noextension"):
        graph = read(write(name, text))
        assert statements(graph) == {("a", "p", "b"), ("a", "q", Literal("5", XSD + "integer")), ("7", "p", "a")}
        assert attributes(graph, "a", "p", "b") == {"confidence": 0.9}


QUESTION = {
    "id": "WebQTest-1",
    "question": "who is a",
    "answer": ["b"],
    "q_entity": ["a"],
    "a_entity": ["b"],
    "graph": [["a", "people.person.parents", "b"], ["b", "location.location.contains", "c"]],
}


def test_json_lines_of_questions_with_subgraphs(write: Write) -> None:
    other = {**QUESTION, "id": "2", "graph": [["a", "people.person.parents", "b"], ["c", "p", "d"]]}
    graph = read(write("rog.jsonl", json.dumps(QUESTION) + "\n" + json.dumps(other) + "\n"))
    assert graph.num_edges == 3
    assert graph.relation_label(graph.relation("people.person.parents")) == "people person parents"


@pytest.mark.parametrize(
    "bad",
    ["{", "[]", "{}", '{"head": "a", "relation": "p"}', '{"head": "", "relation": "p", "tail": "b"}',
     '{"graph": [["a"]]}', '{"head": "a", "relation": "p", "tail": null}',
     '{"head": {}, "relation": "p", "tail": "b"}', "1", "[" * 100_000],
)  # fmt: skip
def test_bad_json_lines(write: Write, bad: str) -> None:
    path = write("g.jsonl", '{"head": "a", "relation": "p", "tail": "b"}\n' + bad + "\n")
    with pytest.raises(BadLine) as caught:
        read(path)
    assert caught.value.line == 2
    assert load([path], IngestOptions(on_error="skip")).graph.num_edges == 1


def test_graphml_and_node_link(write: Write, tmp_path: Path) -> None:
    source = networkx.MultiDiGraph()
    source.add_node("a", label="Ann", born=1970)
    source.add_edge("a", "b", relation="knows", since=2001)
    source.add_edge("a", "b", relation="likes")
    networkx.write_graphml(source, tmp_path / "g.graphml")
    node_link = json.dumps(networkx.node_link_data(source, edges="links"))
    for path in (str(tmp_path / "g.graphml"), write("g.json", node_link), write("g", node_link)):
        graph = read(path)
        assert statements(graph) == {
            ("a", RDFS_LABEL, Literal("Ann")),
            ("a", "born", Literal("1970", XSD + "integer")),
            ("a", "knows", "b"),
            ("a", "likes", "b"),
        }
        assert attributes(graph, "a", "knows", "b") == {"since": 2001}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.graphml", "<graphml><graph"),
        ("g.graphml", "<?xml version='1.0'?><!DOCTYPE graphml [<!ENTITY a 'b'>]><graphml/>"),
        ("g.nodelink", "{"),
        ("g.nodelink", "[]"),
        ("g.nodelink", '{"nodes": [], "links": [{"source": "a"}]}'),
        ("g.parquet", "PAR1 and no more"),
        ("g.arrow", "ARROW1 and no more"),
    ],
)
def test_broken_documents(write: Write, name: str, content: str) -> None:
    with pytest.raises(BadInput):
        read(write(name, content))


def test_parquet_and_arrow(write: Write, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    expected = from_triples([("a", "p", "b"), ("b", "q", "c")]).content_hash
    plain = pyarrow.table({"x": ["a", "b"], "y": ["p", "q"], "z": ["b", "c"]})
    named = pyarrow.table({"tail": ["b", "c"], "head": ["a", "b"], "relation": ["p", "q"], "w": [None, None]})
    questions = pyarrow.table({"id": ["1", "2"], "graph": [[["a", "p", "b"], ["b", "q", "c"]], None]})
    for i, table in enumerate((plain, named, questions)):
        parquet.write_table(table, tmp_path / f"{i}.parquet")
        with pyarrow.ipc.new_file(tmp_path / f"{i}.arrow", table.schema) as writer:
            writer.write_table(table)
        with pyarrow.ipc.new_stream(tmp_path / f"{i}.feather", table.schema) as writer:
            writer.write_table(table)
        for end in ("parquet", "arrow", "feather"):
            assert read(str(tmp_path / f"{i}.{end}")).content_hash == expected
    wide = pyarrow.table({name: ["1"] for name in "uvwx"})
    parquet.write_table(wide, tmp_path / "wide.parquet")
    with pytest.raises(BadFile, match="cannot find head, relation and tail"):
        read(str(tmp_path / "wide.parquet"))
    assert read(str(tmp_path / "wide.parquet"), columns=("u", "v", "4")).num_edges == 1
