"""The parts of a Turtle statement that cannot be read: its subject, verbs and objects, each with its place.

Only for statements that the parser library refuses; the tokens are those of ``statements``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    rb"(?P<skip>\s+|#[^\n\r]*)"
    rb'|(?P<long>"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|' + rb"'''(?:[^'\\]|\\.|'(?!''))*(?:'''|\Z))"
    rb'|(?P<quoted>"(?:[^"\\\n\r]|\\.)*(?P<closed>")?|' + rb"'(?:[^'\\\n\r]|\\.)*(?P<shut>')?)"
    rb"|(?P<iri><(?!<)[^>\n\r]*(?P<ended>>)?)"
    rb"|(?P<open><<\(?|\{\||\[|\()|(?P<close>\)?>>|\|\}|\]|\))"
    rb"|(?P<mark>[;,.](?![0-9]))"
    rb"|(?P<tail>\^\^|@[A-Za-z0-9_-]*|~)"
    rb"|(?P<name>\.[0-9]|(?:[\w\x80-\xff%:+-]|\\.)(?:(?:[\w\x80-\xff%:+-]|\\.)|\.+(?=[\w\x80-\xff%:+\\-]))*|.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class LeafToken:
    """A token: its kind (a group of the pattern, ``broken`` for what its line does not close) and its bytes."""

    kind: str
    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A verb and one object; ``inner``: the leaves of an object that is ``[ ... ]``, None of any other.

    ``single``: the object is one term, so that what is wrong with it is wrong with one statement.
    """

    verb: bytes
    object: bytes
    start: int
    inner: tuple[Leaf, ...] | None = None
    single: bool = True

    def count(self) -> int:
        """The statements in it."""
        return 1 + sum(leaf.count() for leaf in self.inner or ())

    def with_inner(self, inner: tuple[Leaf, ...]) -> Leaf:
        """The leaf with only these leaves in its brackets."""
        return replace(self, inner=inner, object=b"[ " + text_of(inner) + b" ]")


@dataclass(frozen=True, slots=True)
class StatementParts:
    """A statement: its subject, the leaves in a subject that is ``[ ... ]``, its leaves, whether a point ends it."""

    subject: bytes
    inner: tuple[Leaf, ...] | None
    leaves: tuple[Leaf, ...]
    ended: bool


def text_of(leaves: tuple[Leaf, ...]) -> bytes:
    """The leaves as Turtle."""
    return b" ; ".join(leaf.verb + b" " + leaf.object for leaf in leaves)


def tokens(text: bytes) -> Iterator[LeafToken]:
    """The tokens of a text, without blanks and comments."""
    at = 0
    while match := _TOKEN.match(text, at):
        kind, end = match.lastgroup or "name", match.end()
        for name in ("long", "quoted", "iri"):
            kind = name if match[name] is not None else kind
        broken = (kind == "quoted" and match["closed"] is None and match["shut"] is None) or (
            kind == "iri" and match["ended"] is None
        )
        if broken:  # it ends before the mark at the end of its line, as in ``statements``
            bare = match[0].rstrip(b" \t")
            marked = len(bare) > 1 and bare[-1:] in b";,."
            kind, end = "broken", at + len(bare) - (1 if marked else 0)
        if kind != "skip":
            yield LeafToken(kind, at, end, text[at:end])
        at = end


def unclosed(text: bytes) -> int:
    """Where a long string opens that nothing closes, -1 if there is none."""
    last = next((token for token in tokens(text) if token.kind == "long" and token.end == len(text)), None)
    whole = last is not None and len(last.text) >= 6 and last.text.endswith(last.text[:3])
    return -1 if last is None or whole else last.start


def parts_of(text: bytes) -> StatementParts:
    """The parts of a statement."""
    return _TokenReader(text).statement()


class _TokenReader:
    """Reads the tokens of one statement."""

    def __init__(self, text: bytes) -> None:
        self.text, self.tokens, self.at = text, list(tokens(text)), 0

    def statement(self) -> StatementParts:
        first = self.at
        self._group()
        subject, inner = self._span(first), self._inner(first)
        leaves = self._leaves(len(self.tokens))
        last = self.tokens[-1] if self.tokens else None
        return StatementParts(subject, inner, leaves, last is not None and last.text == b".")

    def _span(self, first: int) -> bytes:
        """The text of the tokens from ``first`` up to here."""
        return self.text[self.tokens[first].start : self.tokens[self.at - 1].end] if self.at > first else b""

    def _group(self) -> None:
        """Pass over one term, with what it has in brackets and its datatype or language."""
        depth = 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if depth == 0 and token.kind == "mark":
                return
            depth += (token.kind == "open") - (token.kind == "close" and depth > 0)
            self.at += 1
            follows = self.tokens[self.at].text[:1] if self.at < len(self.tokens) else b""
            if depth == 0 and token.text != b"^^" and follows not in (b"^", b"@"):
                return

    def _leaves(self, stop: int) -> tuple[Leaf, ...]:
        """The leaves up to the token ``stop``."""
        found: list[Leaf] = []
        while self.at < stop:
            if self.tokens[self.at].text in (b";", b".", b","):
                self.at += 1
                continue
            first = self.at
            self._group()
            verb, start = self._span(first), self.tokens[first].start
            found += self._objects(verb, start, stop)
        return tuple(found)

    def _objects(self, verb: bytes, start: int, stop: int) -> Iterator[Leaf]:
        """The objects of a verb."""
        if self.at >= stop or self.tokens[self.at].text in (b";", b"."):
            yield Leaf(verb, b"", start)
        while self.at < stop and self.tokens[self.at].text not in (b";", b"."):
            if self.tokens[self.at].text == b",":
                self.at += 1
                continue
            first = self.at
            while self.at < stop and self.tokens[self.at].kind != "mark":
                self._group()
            whole = self._span(first)
            single = self._is_single(first)
            inner = self._inner(first) if single else None
            yield Leaf(verb, whole, self.tokens[first].start, inner, single)

    def _is_single(self, first: int) -> bool:
        """Whether the tokens from ``first`` up to here are one term."""
        here, self.at = self.at, first
        self._group()
        single, self.at = self.at == here, here
        return single

    def _inner(self, first: int) -> tuple[Leaf, ...] | None:
        """The leaves within the brackets that the tokens from ``first`` up to here are, if they are."""
        here = self.at
        if here - first < 3 or self.tokens[first].text != b"[" or self.tokens[here - 1].text != b"]":
            return None
        self.at = first + 1
        leaves, self.at = self._leaves(here - 1), here
        return leaves
