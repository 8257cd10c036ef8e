"""Lenient reading: IRIs and language tags that are not valid, kept as they are.

Kept: blanks, quotes, braces, pipes, carets, backslashes, ``%`` without two digits, a second ``#``, relative IRIs;
underscores and long subtags in language tags. Never kept: control characters and angle brackets, which would end an IRI
early wherever it is written, the empty IRI, and one that begins as a blank node does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyoxigraph as ox

from clew.kg.ingest.readers.turtle.leaves import tokens
from clew.kg.terms.literal import NUL, Literal, suffix
from clew.kg.terms.names import from_iri

UNFIT = re.compile("[\x00-\x20<>\x7f]")
_UNFIT_IRI = re.compile("[\x00-\x1f<>\x7f]|^_:|^$")
_IRI = r"<([^<>\x00-\x1f\x7f]*)>"
_BLANK = r"(_:\w(?:[\w.\-:·]*[\w\-:·])?)"
_TEXT = r'"((?:[^"\\\n\r]|\\.)*)"'
_TAG = r"(?:@([A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*))"
_LINE = re.compile(
    rf"[ \t]*(?:{_IRI}|{_BLANK})[ \t]*{_IRI}[ \t]*(?:{_IRI}|{_BLANK}|{_TEXT}(?:{_TAG}|\^\^{_IRI})?)"
    rf"[ \t]*(?:{_IRI}|{_BLANK})?[ \t]*\.[ \t]*(?:#[^\n\r]*)?\r?"
)
_FIT = r"<(?!_:)[^<>\x00-\x1f\x7f]+>|_:[\w.-]+"
_SHAPE = re.compile(
    rf"(?:{_FIT}) <[^<>\x00-\x1f\x7f:]+(:)[^<>\x00-\x1f\x7f]*> "
    rf'(?:{_FIT}|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^<>\x00-\x1f\x7f]+>)?)( (?:{_FIT}))?'
)
"""How most quads of the library are written; a term that could be taken for several shows as a graph too many."""
_HEX = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_PLAIN = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_BACKSLASH = re.compile(rb"\\(?!u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")
_UNDERSCORE = b"-x5f5fx-"  # stands for an underscore in a language tag while the library reads it


NOT_KEPT = "an IRI is empty, or an IRI or a language tag holds a character that cannot be kept"


class Checked:
    """Quads of the library, without those whose IRIs or tags could be taken for more than one term when written.

    ``refused`` has those left out, by their places. ``defined``: left out without a word are those whose predicate is a
    mere word, which is what JSON-LD prescribes for terms that no context defines.
    """

    def __init__(
        self, quads: Iterator[Any], *, defined: bool = False, harmless: Callable[[], bool] = lambda: False
    ) -> None:
        """``harmless`` tells whether the source, as far as it was read, has no character that could do so."""
        self.quads, self.defined, self.harmless, self.count = quads, defined, harmless, 0
        self.refused: dict[int, str] = {}

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        while True:
            quad = next(self.quads)
            if self.harmless():
                if self.defined and ":" not in quad.predicate.value:
                    continue
                self.count += 1
                return quad
            shape = _SHAPE.fullmatch(str(quad))
            plain = shape is not None and (shape[2] is None) is (type(quad.graph_name) is ox.DefaultGraph)
            if self.defined and not plain and ":" not in quad.predicate.value:
                continue
            self.count += 1
            if plain or _is_fit(quad):
                return quad
            self.refused[self.count - 1] = f"{quad} ."


def _is_fit(term: Any) -> bool:
    if isinstance(term, ox.NamedNode):
        return _UNFIT_IRI.search(term.value) is None
    if isinstance(term, ox.Literal):
        if term.language is not None:
            return UNFIT.search(term.language) is None
        return _UNFIT_IRI.search(term.datatype.value) is None
    if isinstance(term, ox.Quad):
        return all(map(_is_fit, (term.subject, term.predicate, term.object, term.graph_name)))
    return not isinstance(term, ox.Triple) or all(map(_is_fit, (term.subject, term.predicate, term.object)))


def loosened(text: bytes) -> bytes:
    """Turtle with its IRIs and language tags written so that the library's lenient parser takes them.

    ``restored`` undoes it in what the library makes of it.
    """
    out, at = [], 0
    for token in tokens(text):
        if token.kind == "iri":
            out += [text[at : token.start], _BACKSLASH.sub(rb"\\u005C", token.text)]
            at = token.end
        elif token.kind == "tail" and token.text[:1] == b"@":
            out += [text[at : token.start], token.text.replace(b"_", _UNDERSCORE)]
            at = token.end
    return b"".join(out) + text[at:]


def restored(quads: bytes) -> bytes:
    """N-Quads of a ``loosened`` text with the tags as they were."""
    return quads.replace(_UNDERSCORE, b"_")


def terms_of(line: str, scope: str) -> tuple[list[str], int] | None:
    """The four terms of a line of N-Quads and the size of its object's suffix, as of ``terms.rows_of_terms``.

    Blank nodes get ``scope`` before their labels. None for a line that cannot be kept even so.
    """
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    iri1, blank1, verb, iri2, blank2, text, tag, datatype, iri3, blank3 = match.groups()
    try:
        keys = [_key(iri1, blank1, scope), _key(verb)]
        graph = _key(iri3, blank3, scope) if iri3 is not None or blank3 else ""
        if text is None:
            return [*keys, _key(iri2, blank2, scope), graph], -1
        literal = Literal(_text(text), language=tag.lower()) if tag else Literal(_text(text), *_datatype(datatype))
    except ValueError:
        return None
    tail = suffix(literal)
    return [*keys, NUL + literal.lexical + NUL + tail, graph], len(tail.encode())


def _datatype(iri: str | None) -> tuple[str, ...]:
    return () if iri is None else (_key(iri),)


def _key(iri: str | None, blank: str | None = None, scope: str = "") -> str:
    """The key of a resource; ``ValueError`` for an IRI that cannot be kept."""
    if iri is None:
        return f"_:{scope}{(blank or '')[2:]}"
    key = _HEX.sub(lambda match: _char(match[1] or match[2]), iri)
    if _UNFIT_IRI.search(key):
        raise ValueError("not an IRI that can be kept")
    return from_iri(key)


def _text(text: str) -> str:
    """The text of a literal; ``ValueError`` for a bad escape."""
    return _ESCAPE.sub(lambda match: _plain(match[3]) if match[3] else _char(match[1] or match[2]), text)


def _plain(char: str) -> str:
    if char not in _PLAIN:
        raise ValueError("a bad escape")
    return _PLAIN[char]


def _char(digits: str) -> str:
    point = int(digits, 16)
    if 0xD800 <= point < 0xE000 or point > 0x10FFFF:
        raise ValueError("no character")
    return chr(point)
