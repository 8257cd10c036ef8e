"""Networks and typed tables by kind: GraphML, JSON networks, SIF, Arrow; each read rightly, or refused by name."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import networkx
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import DEFAULT_RELATION, from_networkx
from clew.kg.graph.statements import edge_attributes, iter_statements
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_LABEL, XSD

Write = Callable[[str, "str | bytes"], str]


def read(path: str, **options: object) -> Graph:
    return load([path], IngestOptions(**options)).graph  # type: ignore[arg-type]


def statements(graph: Graph) -> set[tuple[str, str, str | Literal]]:
    return {(subject, predicate, value) for subject, predicate, value, _ in iter_statements(graph)}


def attributes(graph: Graph, edge: int = 0) -> list[tuple[str, str, str]]:
    """The (name, lexical form, type) of an edge's attributes."""
    return sorted((name, one.lexical, one.datatype.removeprefix(XSD)) for name, one in edge_attributes(graph, edge))


# --- GraphML
def graphml(body: str, keys: str = "", directed: str = "undirected") -> str:
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    return f'{start}{keys}\n<graph edgedefault="{directed}">\n{body}\n</graph></graphml>'


DEFAULTS = """
<key id="d0" for="node" attr.name="colour" attr.type="string"><desc>a</desc><default>grey</default></key>
<key id="d1" for="edge" attr.name="width" attr.type="double"><default>1.5</default></key>
<key id="d2" for="all" attr.name="note" attr.type="string"><default>n</default></key>
<key id="d3" for="edge" attr.name="relation" attr.type="string"/>"""


def test_defaults_of_graphml_are_of_all_that_say_nothing_else(write: Write) -> None:
    body = """<node id="a"><data key="d0">red</data></node><node id="b"/>
        <edge id="e7" source="b" target="a"><data key="d3">likes</data></edge>"""
    graph = read(write("g.graphml", graphml(body, DEFAULTS)))
    colours = {("a", "colour", Literal("red")), ("b", "colour", Literal("grey"))}
    notes = {(node, "note", Literal("n")) for node in "ab"}
    assert statements(graph) == {*colours, *notes, ("b", "likes", "a")}
    edge = graph.edge(graph.node("b"), graph.relation("likes"), graph.node("a"))
    assert edge is not None
    assert attributes(graph, edge) == [("note", "n", "string"), ("width", "1.5", "double")]


def test_labels_that_yed_draws(write: Write) -> None:
    keys = '<key for="node" id="d6" yfiles.type="nodegraphics"/><key for="edge" id="d9" yfiles.type="edgegraphics"/>'
    shape = '<data key="d6"><y:ShapeNode xmlns:y="http://y"><y:Fill/><y:NodeLabel>{}<y:Model/></y:NodeLabel></y:ShapeNode></data>'
    line = '<data key="d9"><y:Line xmlns:y="http://y"><y:EdgeLabel>sails to</y:EdgeLabel></y:Line></data>'
    nodes = "".join(f'<node id="n{i}">{shape.format(name)}</node>' for i, name in enumerate(("MS\n Vega", "Alta")))
    graph = read(write("g.graphml", graphml(f'{nodes}<edge id="e0" source="n0" target="n1">{line}</edge>', keys)))
    labels = {("n0", RDFS_LABEL, Literal("MS Vega")), ("n1", RDFS_LABEL, Literal("Alta"))}
    assert statements(graph) == labels | {("n0", "sails to", "n1")}


def test_exports_of_neo4j_name_types_and_relations(write: Write) -> None:
    keys = '<key id="labels" for="node" attr.name="labels"/><key id="label" for="edge" attr.name="label"/>'
    body = """<node id="n0" labels=":Ship:Ferry"><data key="labels">:Ship:Ferry</data></node><node id="n1"/>
        <edge id="e0" source="n0" target="n1" label="SAILS_TO"><data key="label">SAILS_TO</data></edge>"""
    types = {("n0", RDF_TYPE, kind) for kind in ("Ship", "Ferry")}
    assert statements(read(write("g.graphml", graphml(body, keys)))) == types | {("n0", "SAILS_TO", "n1")}


def test_an_id_of_an_edge_is_a_relation_only_where_networkx_wrote_its_keys(write: Write) -> None:
    nodes = '<node id="a"/><node id="b"/>'
    ids = nodes + '<edge id="e1" source="b" target="a"/><edge id="e2" source="a" target="b"/>'
    found = statements(read(write("g.graphml", graphml(ids))))
    assert found == {("b", DEFAULT_RELATION, "a"), ("a", DEFAULT_RELATION, "b")}
    network = networkx.MultiDiGraph([("a", "b", "knows"), ("b", "c", "knows"), ("b", "c", "likes")])
    text = io.BytesIO()
    networkx.write_graphml(network, text)
    graph = read(write("g.graphml", text.getvalue()))
    assert graph.content_hash == from_networkx(network).content_hash


BAD_GRAPHML = [
    ('<node id="a"/>\n<hyperedge><endpoint node="a"/></hyperedge>', 5, "hyperedges"),
    ('<node id="a"><port name="n"/></node>', 4, "ports"),
    ('<node id="a">\n<graph edgedefault="directed"/></node>', 5, "inside of nodes"),
    ('</graph><graph edgedefault="directed">', 4, "second graph"),
    ('<node id="a"><data key="zz">q</data></node>', 4, "'zz'"),
    ('<node id="a"><data key="k">many</data></node>', 4, "'many' is no int"),
    ("<node/>", 4, "lacks 'id'"),
    ('<edge source="a"/>', 4, "lacks 'target'"),
    ('<node id="a">', 5, "not GraphML"),
]


@pytest.mark.parametrize(("body", "line", "reason"), BAD_GRAPHML)
def test_bad_graphml_says_where(write: Write, body: str, line: int, reason: str) -> None:
    keys = '<key id="k" for="node" attr.name="n" attr.type="int"/>'
    with pytest.raises(BadLine, match=reason) as caught:
        read(write("g.graphml", graphml(body, keys)))
    assert caught.value.line == line


WORDS = st.text("abcü<&\"' ", min_size=1, max_size=5).map(str.strip).filter(bool)
NODES = WORDS.filter(lambda word: not word.startswith('"'))
"""What starts with a quotation mark may be the key of a literal: a network that has both is refused."""
DATA = st.fixed_dictionaries(
    {},
    optional={
        "number": st.integers(-9, 9),
        "truth": st.booleans(),
        "share": st.floats(allow_nan=False, allow_infinity=False),
        "note": WORDS,
    },
)


@given(rows=st.lists(st.tuples(NODES, WORDS, NODES, DATA), min_size=1))
@settings(max_examples=25, deadline=None)
def test_networks_are_read_as_networkx_has_them(
    rows: list[tuple[str, str, str, dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    network = networkx.MultiDiGraph()
    for head, relation, tail, data in rows:
        network.add_node(head, **data)
        network.add_edge(head, tail, relation=relation)
    folder = tmp_path_factory.getbasetemp()
    networkx.write_graphml(network, folder / "g.graphml")
    for kind in ("links", "edges"):
        document = networkx.node_link_data(network, edges=kind)
        (folder / f"{kind}.json").write_text(json.dumps(document, indent=1), "utf-8")
    (folder / "g.cyjs").write_text(json.dumps(networkx.cytoscape_data(network)), "utf-8")
    expected = statements(from_networkx(network))
    for name in ("g.graphml", "links.json", "edges.json"):
        assert statements(read(str(folder / name))) == expected
    named = {(key, RDFS_LABEL, Literal(key)) for key in network}  # Cytoscape's name of a node
    assert statements(read(str(folder / "g.cyjs"))) == expected | named


# --- networks in JSON
def elements(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    return {"elements": {"nodes": [{"data": one} for one in nodes], "edges": [{"data": one} for one in edges]}}


CALLS = {("v", RDFS_LABEL, Literal("Vega")), ("v", "calls at", "m")}
EDGE = {"source": "v", "target": "m"}
NETWORKS = [
    {"nodes": [{"id": "v", "label": "Vega"}, {"id": "m"}], "links": [{**EDGE, "relation": "calls at"}]},
    {"nodes": [{"id": "v", "name": "Vega"}, {"id": "m"}], "edges": [{**EDGE, "label": "calls at"}]},
    {"nodes": [{"id": "v", "name": "Vega"}, {"id": "m"}], "links": [{"source": 0, "target": 1, "type": "calls at"}]},
    {"nodes": [{"key": "v", "label": "Vega"}, {"key": "m"}], "edges": [{"key": "calls at", **EDGE}]},
    {"graph": {"nodes": [{"id": "v", "label": "Vega"}, {"id": "m"}], "edges": [{**EDGE, "relation": "calls at"}]}},
    {"graph": {"nodes": {"v": {"label": "Vega"}, "m": {}}, "edges": [{**EDGE, "relation": "calls at"}]}},
    {"graphs": [{"nodes": {"v": {"label": "Vega"}, "m": {}}, "edges": [{**EDGE, "relation": "calls at"}]}]},
    {"format_version": "1.0", **elements([{"id": "v", "SUID": 5, "name": "Vega", "selected": False}, {"id": "m"}],
                                         [{**EDGE, "id": "9", "interaction": "calls at"}])},
    {"elements": [{"data": one} for one in ({"id": "v", "label": "Vega"}, {"id": "m"}, {**EDGE, "label": "calls at"})]},
]  # fmt: skip


@pytest.mark.parametrize("document", NETWORKS)
@pytest.mark.parametrize("indent", [None, 1])
def test_networks_in_json(write: Write, document: dict[str, Any], indent: int | None) -> None:
    for name in ("g.json", "g.cyjs", "g", "g.txt"):
        assert statements(read(write(name, json.dumps(document, indent=indent)))) == CALLS


def test_nodes_without_ids_go_by_their_place_or_name(write: Write) -> None:
    nodes = [{"name": "Vega", "group": 1}, {"name": "Moss"}]
    places = read(write("g.json", json.dumps({"nodes": nodes, "links": [{"source": 0, "target": 1, "value": 2}]})))
    assert {places.label(tail) for tail in places.neighbours(places.node("0"), places.relation(DEFAULT_RELATION))} == {
        "Moss"
    }
    names = read(write("g.json", json.dumps({"nodes": nodes, "links": [{"source": "Vega", "target": "Moss"}]})))
    assert ("Vega", DEFAULT_RELATION, "Moss") in statements(names)


BAD_NETWORKS = [
    ({"nodes": [{"id": 1}, {"id": 2}], "links": [{"source": 0, "target": 1}]}, "the end 0"),
    ({"nodes": [{"id": "a"}, {"id": "1"}], "links": [{"source": 0, "target": "a"}]}, "the end 0"),
    ({"nodes": [{"name": "a"}], "links": [{"source": 0, "target": 5}]}, "the end 5"),
    ({"nodes": [{"name": "a"}], "links": [{"source": "b", "target": "b"}]}, "no ids"),
    ({"nodes": [{"id": "a"}, {"name": "b"}], "links": []}, "some have none"),
    ({"nodes": [{"id": "a"}, {"id": "a"}], "links": []}, "same id"),
    ({"nodes": [{"id": [1, 2]}], "links": []}, "invalid key"),
    ({"nodes": [{"id": "a", "at": {"x": 1}}], "links": []}, "'at'"),
    ({"nodes": [{"id": "a"}], "links": [{"source": "a"}]}, "target"),
    ({"nodes": [{"id": "a"}], "links": [{"source": "a", "target": "a"}], "edges": [{}]}, "both links and edges"),
    ({"graphs": [{"nodes": {}}, {"nodes": {}}]}, "2 graphs"),
    ({"graph": {"nodes": {"a": {}}, "hyperedges": [{"nodes": ["a"]}]}}, "hyperedges"),
    ({"elements": {"nodes": [{"id": "a"}]}}, "data"),
    ({"data": [["a", "p", "b"]], "rows": [["a", "p", "b"]]}, "several names"),
]


@pytest.mark.parametrize(("document", "reason"), BAD_NETWORKS)
def test_networks_that_are_refused(write: Write, document: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read(write("g.json", json.dumps(document)))


def test_sif(write: Write) -> None:
    blanks = statements(read(write("g.sif", "v calls m a\nlone\nl calls m\n")))
    assert blanks == {("v", "calls", "m"), ("v", "calls", "a"), ("l", "calls", "m")}
    tabs = statements(read(write("g.sif", "MS Vega\tcalls at\tMoss\tAlta\nMS Lyra\n")))
    assert tabs == {("MS Vega", "calls at", "Moss"), ("MS Vega", "calls at", "Alta")}
    with pytest.raises(BadLine, match="one or more nodes") as caught:
        read(write("g.sif", "v calls m\nv calls\n"))
    assert caught.value.line == 2


# --- Arrow
EDGES = {"head": ["a", "b"], "relation": ["p", "q"], "tail": ["b", "c"]}


def arrow(path: Path, columns: dict[str, Any]) -> str:
    parquet.write_table(pyarrow.table(columns), path)
    return str(path)


NOON = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
TYPED = {
    "list": (pyarrow.array([["x", "y"], None]), {("x", "string"), ("y", "string")}),
    "numbers": (pyarrow.array([[1, 2], []]), {("1", "integer"), ("2", "integer")}),
    "uint64": (pyarrow.array([2**64 - 1, None], pyarrow.uint64()), {(str(2**64 - 1), "integer")}),
    "decimal": (pyarrow.array([Decimal("1.50"), None]), {("1.50", "decimal")}),
    "zone": (
        pyarrow.array([NOON, None], pyarrow.timestamp("ns", "Europe/Oslo")),
        {("2020-01-01T12:00:00Z", "dateTime")},
    ),
    "moment": (pyarrow.array([NOON.replace(tzinfo=None), None]), {("2020-01-01T12:00:00", "dateTime")}),
    "date": (pyarrow.array([NOON.date(), None]), {("2020-01-01", "date")}),
    "time": (pyarrow.array([NOON.time(), None]), {("12:00:00", "time")}),
    "dictionary": (pyarrow.array(["u", None]).dictionary_encode(), {("u", "string")}),
    "float": (pyarrow.array([float("inf"), float("nan")]), {("INF", "double")}),
    "float32": (pyarrow.array([0.1, None], pyarrow.float32()), {("0.1", "double")}),
    "boolean": (pyarrow.array([True, None]), {("true", "boolean")}),
    "large": (pyarrow.array(["w", None], pyarrow.large_string()), {("w", "string")}),
    "null": (pyarrow.nulls(2), set()),
}


@pytest.mark.parametrize("kind", TYPED)
def test_values_of_arrow_keep_their_type(tmp_path: Path, kind: str) -> None:
    column, expected = TYPED[kind]
    edges = read(arrow(tmp_path / "e.parquet", {**EDGES, kind: column}))
    assert {(lexical, datatype) for _, lexical, datatype in attributes(edges)} == expected
    assert attributes(edges, 1) == []
    nodes = read(arrow(tmp_path / "n.parquet", {"id": [1, 2], "name": ["A", "B"], kind: column}))
    found = {(one.lexical, one.datatype.removeprefix(XSD)) for _, name, one in statements(nodes) if name == kind}  # type: ignore[union-attr]
    assert found == expected


REFUSED = {
    "struct": pyarrow.array([{"a": 1}, None]),
    "map": pyarrow.array([[("a", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    "binary": pyarrow.array([b"x", None]),
    "lists": pyarrow.array([[[1]], None]),
    "binaries": pyarrow.array([[b"x"], None]),
    "duration": pyarrow.array([1, 2], pyarrow.duration("s")),
    "nanoseconds": pyarrow.array([1, 2], pyarrow.timestamp("ns")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_columns_without_a_value_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BadFile, match=f"'{kind}'"):
        read(arrow(tmp_path / "g.parquet", {**EDGES, kind: REFUSED[kind]}))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({**EDGES, "head": [1.0, 2.0]}, "'head' is of the type double"),
        ({**EDGES, "head": [b"a", b"b"]}, "'head' is of the type binary"),
        ({**EDGES, "tail": [["b"], ["c"]]}, "one tail"),
        ({"id": [1], "name": [b"x"]}, "'name'"),
        ({"name": ["a", "b"], "age": [3, 4], "city": ["x", "y"]}, "no list of triples"),
        ({"x": ["a", "b"], "y": [3, 4], "z": ["x", "y"]}, "numbers or dates"),
        ({"source": ["a"], "target": ["b"], "weight": [0.5]}, "cannot find"),
    ],
)
def test_arrow_tables_that_are_refused(tmp_path: Path, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read(arrow(tmp_path / "g.parquet", columns))


def test_keys_and_values_at_the_tail_of_arrow(tmp_path: Path) -> None:
    numbers = read(arrow(tmp_path / "a.parquet", {"head": [1, 2], "relation": ["p", "p"], "tail": [2, 3]}))
    assert statements(numbers) == {("1", "p", "2"), ("2", "p", "3")}
    values = read(arrow(tmp_path / "b.parquet", {"head": ["a"], "relation": ["since"], "tail": [1979]}))
    assert statements(values) == {("a", "since", Literal("1979", XSD + "integer"))}
    nodes = {"id": ["v"], "name": ["Vega"], "type": [["Ship", "Ferry"]], "__index_level_0__": [0]}
    assert statements(read(arrow(tmp_path / "c.parquet", nodes))) == {
        ("v", RDFS_LABEL, Literal("Vega")),
        *(("v", RDF_TYPE, kind) for kind in ("Ship", "Ferry")),
    }


def test_a_row_of_arrow_without_key_is_counted(tmp_path: Path) -> None:
    path = arrow(tmp_path / "g.parquet", {**EDGES, "tail": ["b\0", "c"], "relation": ["p", "q"]})
    with pytest.raises(BadLine, match="NUL") as caught:
        read(path)
    assert caught.value.line == 1
    empty = arrow(tmp_path / "h.parquet", {**EDGES, "tail": [None, "c"]})
    assert statements(read(empty, on_error="skip")) == {("b", "q", "c")}
