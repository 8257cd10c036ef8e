"""Saves what is good of a JSON-LD document that cannot be read as a whole: node by node, value by value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from clew.kg.ingest.readers.terms import reason_of

_IDENTITY = ("@context", "@id", "@index")
_VALUE = ("@value", "@list", "@set")
_SOME = {"urn:x-some": "x"}  # a property where only the identity of a node is looked at
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[\[\]{},]|[^\[\]{},"]+')
_GRAPH = re.compile(r'\s*(?:\[|\{(?s:.*?)"@graph"\s*:\s*\[)')
_CONTEXT = re.compile(r'"@context"\s*:\s*')

Node = dict[str, Any]
Leaf = tuple[str, Any]


class JsonNodes:
    """Reads nodes: ``fault`` returns the error of a document, ``add`` reads one that has none."""

    def __init__(
        self,
        fault: Callable[[bytes], SyntaxError | None],
        add: Callable[[bytes], None],
        reject: Callable[[str, int, str, bytes], None],
    ) -> None:
        self.fault, self.add, self.reject = fault, add, reject

    def read(self, value: Any) -> None:
        """Read a document: the nodes of a list or of the default graph one by one, any other as one node."""
        if isinstance(value, list):
            self._many(value, {})
        elif isinstance(value, dict) and "@graph" in value and not set(value) - {"@context", "@graph"}:
            graph = value["@graph"]
            self._many(graph if isinstance(graph, list) else [graph], {"@context": value.get("@context", {})})
        else:
            self._many([value], {})

    def _many(self, nodes: list[Any], head: Node) -> None:
        """Read nodes under a context: together or, where that fails, in halves."""
        document = json.dumps({**head, "@graph": nodes}).encode()
        error = self.fault(document)
        if error is None:
            self.add(document)
        elif len(nodes) > 1:
            middle = len(nodes) // 2
            self._many(nodes[:middle], head)
            self._many(nodes[middle:], head)
        elif isinstance(nodes[0], dict):
            kept = self._kept(nodes[0], head)
            if kept is not None:
                self.add(json.dumps({**head, "@graph": [kept]}).encode())
        else:
            self._lose(error, nodes)

    def _fault(self, node: Node, head: Node) -> SyntaxError | None:
        return self.fault(json.dumps({**head, "@graph": [node]}).encode())

    def _kept(self, node: Node, head: Node) -> Node | None:
        """A node with what of it can be read; None where it cannot be told what it is about."""
        identity = {key: value for key, value in node.items() if key in _IDENTITY}
        leaves = [
            (key, part)
            for key, value in node.items()
            if key not in _IDENTITY
            for part in (value if isinstance(value, list) else [value])
        ]
        error = self._fault({**identity, **_SOME}, head)
        if error is not None:
            for key, value in leaves:
                self._lose(error, {**identity, key: value})
            if not leaves:
                self._lose(error, node)
            return None
        return {**identity, **_gathered(self._sound(identity, leaves, head))}

    def _sound(self, identity: Node, leaves: list[Leaf], head: Node) -> list[Leaf]:
        """The leaves that can be read; of a nested node what of it can."""
        error = self._fault({**identity, **_gathered(leaves)}, head) if leaves else None
        if error is None:
            return leaves
        if len(leaves) > 1:
            middle = len(leaves) // 2
            return self._sound(identity, leaves[:middle], head) + self._sound(identity, leaves[middle:], head)
        ((key, value),) = leaves
        nested = isinstance(value, dict) and not key.startswith("@") and not set(value) & set(_VALUE)
        if nested and self._fault({**identity, key: {"@id": "urn:x-some"}}, head) is None:
            context = identity.get("@context")
            inner = self._kept(value, _joined(head, context))
            return [] if inner is None else [(key, inner)]
        self._lose(error, {**identity, key: value})
        return []

    def _lose(self, error: SyntaxError, value: Any) -> None:
        kind, message = reason_of(error)
        self.reject(kind, 0, message, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _gathered(leaves: list[Leaf]) -> Node:
    """Leaves as the properties of a node."""
    node: Node = {}
    for key, value in leaves:
        node.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in node.items()}


def _joined(head: Node, context: Any) -> Node:
    """A head with one more context."""
    if context is None:
        return head
    before = head.get("@context", {})
    return {"@context": [*(before if isinstance(before, list) else [before]), context]}


def elements(text: str) -> Iterator[tuple[int, bytes, Any]]:
    """The nodes of the outermost list of a text that is no JSON, each with its line, its bytes and itself.

    Of one that is no JSON, and of a text without a list, every line follows with None.
    """
    opened = _GRAPH.match(text)
    context = _context(text[: opened.end()]) if opened else None
    at = opened.end() if opened else 0
    while at < len(text) and opened:
        end, more = _end_of_element(text, at)
        part = text[at:end]
        if part.strip():
            yield from _element(part, 1 + text.count("\n", 0, at), context)
        at = end + 1
        if not more:
            break
    rest = text[at:]
    if rest.strip(" \t\r\n]}"):
        yield from _lines(rest, 1 + text.count("\n", 0, at))


def _element(part: str, line: int, context: Any) -> Iterator[tuple[int, bytes, Any]]:
    try:
        node = json.loads(part)
    except (ValueError, RecursionError):
        yield from _lines(part, line)
    else:
        yield line, b"", {"@context": context, "@graph": [node]} if context is not None else [node]


def _lines(text: str, line: int) -> Iterator[tuple[int, bytes, Any]]:
    for number, raw in enumerate(text.split("\n"), line):
        if raw.strip():
            yield number, raw.encode("utf-8", "replace"), None


def _context(text: str) -> Any:
    """The context written in the head of a document."""
    key = _CONTEXT.search(text)
    try:
        return json.JSONDecoder().raw_decode(text, key.end())[0] if key else None
    except ValueError:
        return None


def _end_of_element(text: str, at: int) -> tuple[int, bool]:
    """Where the element at ``at`` of a list ends, and whether another follows."""
    depth = 0
    while match := _TOKEN.match(text, at):
        mark, after = match[0], match.end()
        if mark.startswith('"') and not mark.endswith('"', 1):  # it ends before what closes things on its line
            after = at + max(1, len(mark.rstrip(" \t\r}],")))
        if mark == "," and depth == 0:
            return at, True
        if mark in "[{":
            depth += 1
        elif mark in "]}" and depth == 0:
            return at, False
        elif mark in "]}":
            depth -= 1
        at = after
    return len(text), False
