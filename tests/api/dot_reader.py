"""A reader of the part of the DOT language that directed graphs need, by Graphviz's grammar."""

from __future__ import annotations

import html
import re

_TOKEN = re.compile(
    r'\s*("(?:[^"\\]|\\.)*"|->|[A-Za-z_][A-Za-z0-9_]*|-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)|[{}\[\];,=])', re.S
)
Attributes = dict[str, str]


def read_dot(text: str) -> tuple[dict[str, Attributes], list[tuple[str, str, Attributes]]]:
    """The nodes with their attributes, and the edges with theirs. Raises ``ValueError`` for what is no DOT."""
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"no token: {text[at : at + 20]!r}")
        tokens.append(match[1])
        at = match.end()
    return _Statements(tokens).graph()


class _Statements:
    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def graph(self) -> tuple[dict[str, Attributes], list[tuple[str, str, Attributes]]]:
        nodes: dict[str, Attributes] = {}
        edges: list[tuple[str, str, Attributes]] = []
        self._take("digraph")
        self._name()
        self._take("{")
        while self._tokens[-1] != "}":
            name = self._name()
            if self._tokens[-1] == "=":
                self._take("=")
                self._name()
            elif self._tokens[-1] == "->":
                self._take("->")
                edges.append((name, self._name(), self._attributes()))
            elif name == "node":
                self._attributes()
            else:
                nodes[name] = self._attributes()
            self._take(";")
        self._take("}")
        if self._tokens:
            raise ValueError("more after the graph")
        return nodes, edges

    def _attributes(self) -> Attributes:
        found: Attributes = {}
        if self._tokens[-1] != "[":
            return found
        self._take("[")
        while self._tokens[-1] != "]":
            name = self._name()
            self._take("=")
            found[name] = self._name()
            if self._tokens[-1] == ",":
                self._take(",")
        self._take("]")
        return found

    def _take(self, token: str) -> None:
        if self._tokens.pop() != token:
            raise ValueError(f"no {token}")

    def _name(self) -> str:
        token = self._tokens.pop()
        if token.startswith('"'):  # an escString: \\ is a backslash; Graphviz reads entities as HTML does
            return html.unescape(re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.S))
        if token in "{}[];,=" or token == "->":
            raise ValueError(f"no name: {token}")
        return token
