"""Saves what is good of a node of RDF/XML that cannot be read: each bad property costs itself; nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Callable

from clew.kg.ingest.readers.rdfxml.elements import RDF, Element, element_of

_IDENTITY = {RDF + name for name in ("about", "ID", "nodeID")}
_ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_XML = "http://www.w3.org/XML/1998/namespace"
_STAND_IN = b'<r:Description xmlns:r="' + RDF.encode() + b'"/>'

Lose = Callable[[SyntaxError, int, bytes], None]


class NodeRepair:
    """One node element being repaired.

    ``fault`` returns the error of a node element in its place, None where it can be read; ``lose`` is told of each
    statement that is lost: the error, where its element starts, and its text.
    """

    def __init__(self, head: bytes, text: bytes, fault: Callable[[bytes], SyntaxError | None], lose: Lose) -> None:
        self.text, self.fault, self.lose = text, fault, lose
        self.node = element_of(head, text)

    def read(self) -> bytes:
        """The node with what can be kept, on its lines; empty where nothing can."""
        kept = self._node(self.node, self.fault)
        return b"" if kept is None else kept

    def _node(self, node: Element, fault: Callable[[bytes], SyntaxError | None]) -> bytes | None:
        """A node element with what can be kept of it; None where it cannot be told what it is about."""
        tag = self._tag(node, fault)
        if tag is None:
            return None
        close = self._close(node)

        def within(text: bytes) -> SyntaxError | None:
            return fault(tag + text + close)

        return tag + self._properties(node, within) + close

    def _tag(self, node: Element, fault: Callable[[bytes], SyntaxError | None]) -> bytes | None:
        """The start tag without the properties in it that are bad; None, and all is lost, where the rest is bad."""
        tag = self._open(node)
        close = self._close(node)
        error = fault(tag + close)
        if error is None:
            return tag
        written = {match[1].decode(): match[0] for match in _ATTRIBUTE.finditer(tag)}
        properties = [name for name, (full, _) in node.attributes.items() if not _says_what(name, full)]
        bare = tag
        for name in properties:
            bare = bare.replace(written[name], b"")
        error = fault(bare + close)
        if error is not None:
            self._lose_all(node, error, len(properties))
            return None
        for name in properties:
            part = bare[:-1] + written[name] + b">"
            error = fault(part + close)
            if error is None:
                bare = part
            else:
                self.lose(error, node.start, tag)
        return bare

    def _properties(self, node: Element, fault: Callable[[bytes], SyntaxError | None]) -> bytes:
        """The property elements of a node that can be kept, on their lines, members keeping their numbers."""
        kept = dict(self._sound(node.children, fault))
        members = [child for child in node.children if child.full == RDF + "li"]
        renamed = any(id(child) not in kept for child in members)
        out, at = b"", node.inside
        for child in node.children:
            part = kept.get(id(child))
            if part is not None and renamed and child in members:
                part = _numbered(child.name, part, members.index(child) + 1)
            out += b"\n" * self.text.count(b"\n", at, child.start)
            out += b"\n" * self.text.count(b"\n", child.start, child.end) if part is None else part
            at = child.end
        return out

    def _sound(self, children: list[Element], fault: Callable[[bytes], SyntaxError | None]) -> list[tuple[int, bytes]]:
        """The children that can be kept, each with its text; the others are lost."""
        parts = [(id(child), self.text[child.start : child.end]) for child in children]
        error = fault(b"".join(text for _, text in parts)) if children else None
        if error is None:
            return parts
        if len(children) > 1:
            middle = len(children) // 2
            return self._sound(children[:middle], fault) + self._sound(children[middle:], fault)
        (child,) = children
        inner = self._nested(child, fault)
        if inner is None:
            self.lose(error, child.start, self.text[child.start : child.end])
            return []
        return [(id(child), inner)]

    def _nested(self, child: Element, fault: Callable[[bytes], SyntaxError | None]) -> bytes | None:
        """A property element with what can be kept of the node in it; None where it is lost with all in it."""
        kind = child.attribute(RDF + "parseType")
        tag, close = self._open(child), self._close(child)
        if kind == "Resource" and fault(tag + close) is None:
            return tag + self._properties(child, lambda text: fault(tag + text + close)) + close
        if kind is None and len(child.children) == 1 and fault(tag + _STAND_IN + close) is None:
            inner = self._node(child.children[0], lambda text: fault(tag + text + close))
            return None if inner is None else tag + inner + close
        return None

    def _open(self, element: Element) -> bytes:
        """The start tag of an element, which may be all of it, as one that is closed by another."""
        tag = self.text[element.start : element.inside]
        return tag[:-2].rstrip() + b">" if element.empty else tag

    def _close(self, element: Element) -> bytes:
        return b"</" + element.name.encode() + b">"

    def _lose_all(self, node: Element, error: SyntaxError, properties: int) -> None:
        """Tell of each statement about a node that is lost: of its tag, and of its property elements."""
        tag = self.text[node.start : node.inside]
        typed = node.full != RDF + "Description"
        for number in range(typed + properties):
            self.lose(error, node.start, b"" if number else tag)
        self._lose_each(node, error)
        if not node.children and not typed and not properties:
            self.lose(error, node.start, tag)

    def _lose_each(self, node: Element, error: SyntaxError) -> None:
        """Tell of the property elements of a node, and of those of the nodes in them."""
        for child in node.children:
            self.lose(error, node.start, self.text[child.start : child.end])
            for inner in child.children if child.attribute(RDF + "parseType") is None else []:
                self._lose_each(inner, error)


def _says_what(name: str, full: str) -> bool:
    """Whether an attribute says what a node is, or how it is written, and not what holds of it."""
    return full in _IDENTITY or name.startswith("xmlns") or full.startswith(_XML)


def _numbered(name: str, text: bytes, number: int) -> bytes:
    """A member of a container with its number written out."""
    prefix = name.rpartition(":")[0]
    plain = f"{prefix}:_{number}".lstrip(":").encode()
    size = len(name.encode())
    text = b"<" + plain + text[1 + size :]
    close = text.rfind(b"</" + name.encode())
    return text if close < 0 else text[: close + 2] + plain + text[close + 2 + size :]
