"""GraphML (http://graphml.graphdrawing.org), read as a stream: nodes and edges with their data, and yEd's labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.parsers import expat

from clew.kg.errors import BadFile, BadLine
from clew.kg.ingest.readers.guards import XmlGuard, refuse_doctype
from clew.kg.ingest.readers.json_values import DECODER
from clew.kg.ingest.readers.networks import RELATION_ATTRIBUTES, add_network_edge, add_network_node
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.records import BadShape

_CHUNK = 1 << 16
_UNSUPPORTED = {
    "hyperedge": "hyperedges are not supported; make an entity of each",
    "port": "ports are not supported; remove them, or make an entity of each",
}
_DRAWN_LABELS = {"NodeLabel", "EdgeLabel"}


@dataclass(frozen=True, slots=True)
class DeclaredData:
    """A declared attribute: its name, its type, what it is of (``node``, ``edge``, ``all``...) and its default."""

    name: str
    kind: str
    of: str
    is_list: bool = False
    default: object = None


@dataclass(slots=True)
class OpenElement:
    """A node or an edge being read: its XML attributes and its data."""

    element: str
    attributes: Mapping[str, str]
    line: int
    data: dict[str, object] = field(default_factory=dict)


def read_graphml(reading: FileReading) -> None:
    """Read GraphML; a DOCTYPE is refused. An undirected edge is read from its source to its target."""
    refuse_doctype(reading.file, reading.stream)
    stream, parser = XmlGuard(reading.file, reading.stream), expat.ParserCreate(namespace_separator=" ")
    document = GraphmlEvents(reading, lambda: parser.CurrentLineNumber)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = document.start, document.end
    parser.CharacterDataHandler = document.text
    try:
        while data := stream.read(_CHUNK):
            parser.Parse(data, False)
            reading.tick()
        parser.Parse(b"", True)
        document.finish()
    except expat.ExpatError as error:
        raise BadLine(reading.file, error.lineno, f"not GraphML: {error}") from error


class GraphmlEvents:
    """What is known while a document is read: the declared keys, and the elements that are open."""

    def __init__(self, reading: FileReading, line: Callable[[], int]) -> None:
        self.reading, self.line = reading, line
        self.keys: dict[str, DeclaredData] = {}
        self.open: list[str] = []
        self.item: OpenElement | None = None
        self.key: str | None = None  # of the data or of the default that is open
        self.parts: list[str] = []
        self.labels: list[str] = []
        self.graphs = 0
        self.without_relation: list[tuple[str, str, dict[str, Any], int, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        element = name.rsplit(" ", 1)[-1]
        if not self.open and element != "graphml":
            raise BadFile(f"{self.reading.file}: not GraphML: its first element is <{element}>")
        if self.key is None and element in _UNSUPPORTED:
            raise self._error(_UNSUPPORTED[element])
        if self.key is None:
            self._start(element, attributes)
        elif element in _DRAWN_LABELS or element == "default":
            self.parts = []
        self.open.append(element)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "key":
            self._declare(attributes)
        elif element == "graph":
            self.graphs += 1
            if self.item is not None:
                raise self._error("graphs inside of nodes are not supported; take the nodes out of their groups")
            if self.graphs > 1:
                raise self._error("a second graph, whose ids may mean other nodes; write a file for each")
        elif element in ("node", "edge"):
            self.item = OpenElement(element, attributes, self.line())
        elif element == "data":
            self.key, self.parts, self.labels = self._required(attributes, "key"), [], []
            if self.key not in self.keys:
                raise self._error(f"the key {self.key!r} of data is not declared")

    def text(self, text: str) -> None:
        """Characters within an element."""
        if self.key is not None:
            self.parts.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        element = self.open.pop()
        text = "".join(self.parts)
        if self.key is None:
            self._add(element)
        elif element == "default":
            key = self.keys[self.key]
            self.keys[self.key] = replace(key, default=self._value(key, text) if key.kind else None)
        elif element == "key":
            self.key = None
        elif element in _DRAWN_LABELS:
            self.labels.append(" ".join(text.split()))
        elif element == "data":
            self._add_data(self.key, text)
            self.key = None

    def _add_data(self, key: str, text: str) -> None:
        """The data of the item that is open; of what a program has drawn, the labels only."""
        item, declared = self.item, self.keys[key]
        if item is None:
            return
        if declared.kind:
            item.data[declared.name] = self._value(declared, text)
        label = next(filter(None, self.labels), None)
        if label is not None:
            item.data.setdefault("label", label)

    def _declare(self, attributes: dict[str, str]) -> None:
        """A key. One without a name and a type is that of a drawing."""
        self.key = self._required(attributes, "id")
        drawn = any(name.endswith("yfiles.type") for name in attributes)
        name = attributes.get("attr.name") or self.key
        kind = "" if drawn else attributes.get("attr.type", "string").lower()
        self.keys[self.key] = DeclaredData(name, kind, attributes.get("for", "all"), "attr.list" in attributes)
        self.parts = []

    def _add(self, element: str) -> None:
        """Add the node or edge that ends, with the defaults of what it does not say itself."""
        item = self.item
        if item is None or element != item.element:
            return
        self.item = None
        defaults = {key.name: key.default for key in self.keys.values() if key.of in (element, "all")}
        data: dict[str, Any] = {name: one for name, one in {**defaults, **item.data}.items() if one not in (None, "")}
        for name in ("label", "labels"):  # Neo4j's exports name the type there, too
            if name in item.attributes:
                data.setdefault(name, item.attributes[name])
        try:
            if element == "node":
                add_network_node(self.reading, self._required(item.attributes, "id"), data, item.line)
            else:
                head, tail = (self._required(item.attributes, end) for end in ("source", "target"))
                self._add_edge(head, tail, data, item.line, item.attributes.get("id", ""))
        except BadShape as error:
            raise BadLine(self.reading.file, item.line, str(error)) from error

    def _add_edge(self, head: str, tail: str, data: dict[str, Any], line: int, name: str) -> None:
        """Add an edge, or hold one that has an id in words but no relation: the id may be the relation."""
        if any(data.get(one) for one in RELATION_ATTRIBUTES) or not name or name.isdigit():
            add_network_edge(self.reading, head, tail, data, line)
        else:
            self.without_relation.append((head, tail, data, line, name))

    def finish(self) -> None:
        """Add the edges held. Ids that come again are no ids, but a multigraph's keys as networkx writes them."""
        names = [name for *_, name in self.without_relation]
        are_keys = len(set(names)) < len(names)
        for head, tail, data, line, name in self.without_relation:
            add_network_edge(self.reading, head, tail, data, line, name if are_keys else None)

    def _value(self, key: DeclaredData, text: str) -> object:
        """The value of data, by the type of its key."""
        text = text.strip()
        try:
            if text and key.is_list:
                return DECODER.decode(text)
            if text and key.kind in ("int", "integer", "long", "short", "byte"):
                return int(text)
            if text and key.kind in ("float", "double"):
                return float(text)
            if text and key.kind == "boolean":
                return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        except (ValueError, KeyError) as error:
            raise self._error(f"{text!r} is no {key.kind} (key {key.name!r})") from error
        return text

    def _required(self, attributes: Mapping[str, str], name: str) -> str:
        value = attributes.get(name, "").strip()
        if not value:
            raise self._error(f"an element lacks {name!r}")
        return value

    def _error(self, reason: str) -> BadLine:
        return BadLine(self.reading.file, self.line(), reason)
