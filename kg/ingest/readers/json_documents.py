"""JSON documents that hold a network: node-link (networkx, d3), JSON Graph Format, Cytoscape; SPARQL's results; and
objects around the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clew.kg.errors import BadFile, BadInput, BadLine
from clew.kg.ingest.readers.guards import JsonGuard
from clew.kg.ingest.readers.json_values import DECODER
from clew.kg.ingest.readers.layout import HEAD, RELATION, TAIL, first_of, of_header
from clew.kg.ingest.readers.networks import add_network_edge, add_network_node
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.records import BadShape, Records, key_of
from clew.kg.ingest.rejections import excerpt
from clew.kg.limits import MAX_DOCUMENT_BYTES
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import from_iri
from clew.kg.terms.vocabulary import XSD_STRING

_WRAPPERS = ("data", "rows", "items", "records", "results", "triples", "edges", "links", "nodes")
Json = Mapping[str, Any]


def is_document(value: object) -> bool:
    """Whether a JSON value is a document of a kind that is read, and no row."""
    return isinstance(value, dict) and _reader_of(value) is not None


def read_document(reading: FileReading, document: Json, line: int) -> None:
    """Add what a document holds; ``BadFile`` for one that is not what it seems."""
    reader = _reader_of(document)
    if reader is None:
        raise BadFile(f"{reading.file}: not a network in JSON: {', '.join(map(str, document)):.80}")
    try:
        reader(reading, document, line)
    except BadShape as error:
        raise BadFile(f"{reading.file}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise BadFile(f"{reading.file}: a node or edge lacks a member or has one of another kind: {error!r}") from error


def read_whole(reading: FileReading) -> None:
    """Read a document of up to ``MAX_DOCUMENT_BYTES``, or a row that fills the file."""
    data = JsonGuard(reading.file, reading.stream).read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise BadFile(f"{reading.file}: larger than {MAX_DOCUMENT_BYTES >> 20} MiB, the limit for JSON documents")
    try:
        value = DECODER.decode(data.decode())
    except UnicodeDecodeError as error:
        raise BadLine(
            reading.file, data.count(b"\n", 0, error.start) + 1, "not UTF-8; convert the file first"
        ) from error
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise BadLine(reading.file, line, f"not JSON: {error}", excerpt(data[:80])) from error
    if is_document(value):
        read_document(reading, value, 0)
    else:
        records = Records(reading)
        records.add(value, 1)
        records.flush()


def _reader_of(document: Json) -> Callable[[FileReading, Json, int], None] | None:
    nodes, edges = document.get("nodes"), document.get("edges", document.get("links"))
    if isinstance(document.get("results"), dict) and "bindings" in document["results"]:
        return _read_bindings
    if isinstance(document.get("elements"), list | dict):
        return _read_cytoscape
    if isinstance(document.get("graphs"), list):
        return _read_graphs
    if isinstance(nodes, list) and (edges is None or isinstance(edges, list)):
        return _read_nodelink
    if isinstance(document.get("graph"), dict) and {"nodes", "edges", "hyperedges"} & set(document["graph"]):
        return _read_json_graph
    return _read_wrapped if len(_wrapped(document)) > 0 and of_header(list(document)) is None else None


def _wrapped(document: Json) -> list[str]:
    """The members that hold rows."""
    return [
        name
        for name in document
        if name in _WRAPPERS
        and isinstance(document[name], list)
        and isinstance((document[name] or [0])[0], dict | list)
    ]


def _read_wrapped(reading: FileReading, document: Json, line: int) -> None:
    """Read the rows that an object holds under one name."""
    names = _wrapped(document)
    if len(names) > 1:
        raise BadShape(f"rows under several names ({', '.join(names)}); give the array of one of them")
    records = Records(reading)
    for record in document[names[0]]:
        records.add(record, line)
    records.flush()


def _read_nodelink(reading: FileReading, document: Json, line: int) -> None:
    """Read node-link JSON: ``{"nodes": [{"id": ...}], "links" (or "edges"): [{"source", "target", "relation"}]}``.

    Nodes without ids are numbered from 0, as d3 does; ends are such numbers too where the nodes have ids that are text
    and all ends are numbers (the format of d3 3 and networkx 1).
    """
    if document.get("links") and document.get("edges"):
        raise BadShape("both links and edges; leave out one of them")
    if "links" not in document and "edges" not in document:
        raise BadShape("there are nodes, but neither links nor edges")
    nodes, edges = document["nodes"], document.get("links") or document.get("edges") or []
    ids = [node.get("id", node.get("key")) for node in nodes]
    if any(one is None for one in ids):
        ids = _without_ids(nodes, ids, edges)
    keys = [key_of(one) for one in ids]
    if len(set(keys)) < len(keys):
        raise BadShape("two nodes have the same id")
    end = _ends(keys, ids, edges)
    for key, node in zip(keys, nodes, strict=True):
        add_network_node(reading, key, {name: value for name, value in node.items() if name not in ("id", "key")}, line)
    for edge in edges:
        others = {name: value for name, value in edge.items() if name not in ("source", "target", "key")}
        add_network_edge(reading, end(edge["source"]), end(edge["target"]), others, line, edge.get("key"))


def _without_ids(nodes: list[Json], ids: list[Any], edges: list[Json]) -> list[Any]:
    """The ids of nodes that state none: their names where the edges speak of these, else their places."""
    if any(one is not None for one in ids):
        raise BadShape("some nodes have an id and some have none")
    ends, names = [edge[side] for edge in edges for side in ("source", "target")], [node.get("name") for node in nodes]
    if ends and all(isinstance(one, str) for one in (*ends, *names)) and set(ends) <= set(names):
        return names
    if not all(isinstance(one, int) for one in ends):
        raise BadShape("the nodes have no ids, and the ends of edges are neither their names nor their numbers")
    return list(range(len(nodes)))


def _ends(keys: list[str], ids: list[Any], edges: list[Json]) -> Callable[[object], str]:
    """What gives the key of an end of an edge: by its id, or by its place among the nodes."""
    named = set(keys)
    ends = [edge[side] for edge in edges for side in ("source", "target")]
    numbers = [one for one in ends if isinstance(one, int) and not isinstance(one, bool)]
    strangers = [one for one in numbers if str(one) not in named]
    places = len(strangers) == len(ends) and all(isinstance(one, str) for one in ids)
    if strangers and places and all(0 <= one < len(keys) for one in strangers):
        return lambda one: keys[one]  # type: ignore[call-overload,no-any-return]  # all are whole numbers
    if strangers:
        raise BadShape(f"the end {strangers[0]} of an edge is no node's id, nor are all ends places of nodes")
    return key_of


def _read_json_graph(reading: FileReading, document: Json, line: int) -> None:
    """Read the JSON Graph Format (jsongraphformat.info): nodes by id, or a list of them, and edges with a relation."""
    graph = document["graph"]
    if graph.get("hyperedges"):
        raise BadShape("hyperedges are not supported; make an entity of each")
    nodes = graph.get("nodes") or {}
    pairs = nodes.items() if isinstance(nodes, dict) else [(node["id"], node) for node in nodes]
    for key, node in pairs:
        add_network_node(reading, key_of(key), _with_metadata(node, ("id",)), line)
    for edge in graph.get("edges") or []:
        others = _with_metadata(edge, ("source", "target", "directed", "id"))
        add_network_edge(reading, key_of(edge["source"]), key_of(edge["target"]), others, line)


def _with_metadata(value: Json, left_out: tuple[str, ...]) -> dict[str, Any]:
    """The members of a node or edge and, beside them, those of its ``metadata``."""
    metadata = value.get("metadata") or {}
    return {**metadata, **{name: one for name, one in value.items() if name not in (*left_out, "metadata")}}


def _read_graphs(reading: FileReading, document: Json, line: int) -> None:
    """Read the one graph of a list of graphs; several would share ids that mean different nodes."""
    if len(document["graphs"]) != 1:
        raise BadShape(f"{len(document['graphs'])} graphs in one file; write a file for each")
    _read_json_graph(reading, {"graph": document["graphs"][0]}, line)


def _read_cytoscape(reading: FileReading, document: Json, line: int) -> None:
    """Read Cytoscape's JSON: ``elements`` of nodes and edges, each with its ``data``."""
    elements = document["elements"]
    if isinstance(elements, dict):
        found = [one["data"] for kind in ("nodes", "edges") for one in elements.get(kind) or []]
    else:
        found = [one["data"] for one in elements]
    for data in found:
        if "source" not in data:
            add_network_node(reading, key_of(data["id"]), _without_marks(data, "id"), line)
    for data in found:
        if "source" in data:
            others = _without_marks(data, "source", "target", "id", "key")
            add_network_edge(reading, key_of(data["source"]), key_of(data["target"]), others, line, data.get("key"))


def _without_marks(data: Json, *left_out: str) -> dict[str, Any]:
    """The columns of a node or edge that say something of it: not the ids and states that Cytoscape keeps there."""
    marks = {"SUID", "selected", "shared_name", "shared name", *left_out}
    names = {"shared_interaction": "shared interaction"}
    is_id = "source" not in data and data.get("value") == data.get("id")  # as networkx writes it
    return {
        names.get(name, name): value
        for name, value in data.items()
        if name not in marks and not (is_id and name == "value")
    }


def _read_bindings(reading: FileReading, document: Json, line: int) -> None:
    """Read SPARQL's results as JSON: one triple a row, in variables named as columns of triples are."""
    rows = document["results"]["bindings"]
    variables = list((document.get("head") or {}).get("vars") or (rows[0] if rows else []))
    places = [first_of(known, [name.lower() for name in variables]) for known in (HEAD, RELATION, TAIL)]
    if min(places) < 0:
        raise BadShape(
            f"the variables ({', '.join(variables)}) are not ?s ?p ?o; ask for these, or for triples (CONSTRUCT)"
        )
    names = [variables[place] for place in places]
    for number, row in enumerate(rows, 1):
        try:
            subject, predicate, value = (_term(reading, row.get(name)) for name in names)
            if not isinstance(subject, str) or not isinstance(predicate, str) or predicate.startswith("_:"):
                raise BadShape("the subject and the predicate must be IRIs")
            reading.builder.statement(subject, predicate, value, reading.source(line))
            reading.rejections.accepted += 1
        except (BadShape, BadInput) as error:
            reading.reject("shape", line, f"row {number} of the results: {error}", repr(row))


def _term(reading: FileReading, term: Any) -> str | Literal:
    """A term of SPARQL's results."""
    kind = term.get("type") if isinstance(term, dict) else None
    if kind == "uri":
        return from_iri(term["value"])
    if kind == "bnode":
        return f"_:{reading.scope}{term['value']}"
    if kind in ("literal", "typed-literal"):
        return Literal(term["value"], term.get("datatype") or XSD_STRING, term.get("xml:lang") or "")
    raise BadShape(f"no term: {term!r:.60}")
