"""The elements of a piece of RDF/XML with their places, for pieces that cannot be read as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TAG_END = re.compile(rb"(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


@dataclass(slots=True)
class Element:
    """An element: its name as written and in full, its attributes likewise, and where its first tag and itself lie.

    ``empty``: one tag is all of it.
    """

    name: str
    full: str
    attributes: dict[str, tuple[str, str]]
    start: int
    inside: int
    children: list[Element] = field(default_factory=list)
    end: int = 0
    empty: bool = False

    def attribute(self, full: str) -> str | None:
        """The value of an attribute by its full name."""
        return next((value for name, value in self.attributes.values() if name == full), None)


def element_of(head: bytes, text: bytes) -> Element:
    """The first element within the one that ``head`` opens; its places count from the start of ``text``."""
    reader = _TreeBuilder(head, text)
    return reader.root.children[0]


class _TreeBuilder:
    """Builds the tree with expat, whose places are those of the bytes parsed."""

    def __init__(self, head: bytes, text: bytes) -> None:
        self.data, self.shift = head + text, len(head)
        self.root = Element("", "", {}, 0, 0)
        self.open = [self.root]
        self.spaces: list[dict[str, str]] = [{"xml": "http://www.w3.org/XML/1998/namespace"}]
        self.depth = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.Parse(self.data, False)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        spaces = dict(self.spaces[-1])
        for key, value in attributes.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                spaces[key[6:]] = value
        self.spaces.append(spaces)
        start = self.parser.CurrentByteIndex
        if start < self.shift:
            return
        match = _TAG_END.match(self.data, start)
        inside = match.end() if match else len(self.data)
        full = {key: (_full(key, spaces, default=False), value) for key, value in attributes.items()}
        element = Element(name, _full(name, spaces, default=True), full, start - self.shift, inside - self.shift)
        element.empty = self.data[inside - 2 : inside] == b"/>"
        self.open[-1].children.append(element)
        self.open.append(element)

    def _end(self, name: str) -> None:
        self.spaces.pop()
        place = self.parser.CurrentByteIndex
        if len(self.open) == 1 or place < self.shift:
            return
        element = self.open.pop()
        element.end = element.inside if element.empty else self.data.index(b">", place) + 1 - self.shift


def _full(name: str, spaces: dict[str, str], *, default: bool) -> str:
    """A name with its namespace instead of its prefix."""
    prefix, colon, local = name.rpartition(":")
    if not colon and not default:
        return name
    return spaces.get(prefix, "") + local
