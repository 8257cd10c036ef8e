"""RDF literals: the value, its external key (N-Triples form) and its internal term (the form that is stored)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clew.kg.errors import BadInput
from clew.kg.terms.python_values import Value, value_in_python
from clew.kg.terms.typed.value import TypedValue, typed_value
from clew.kg.terms.vocabulary import RDF_DIRLANGSTRING, RDF_LANGSTRING, XSD, XSD_STRING

NUL = "\0"
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_TO_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\]')
_ESCAPED = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_UNESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--(?:ltr|rtl))?)|\^\^<([^<>]*)>)?', re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]+(-[a-z0-9]+)*(--(ltr|rtl))?")
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_SHORT_XSD = "^^xsd:"


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: ``lexical`` form, ``datatype`` IRI, ``language`` tag (lower case, empty unless a language string).

    A language (RDF 1.2: with an optional base direction, ``ar--rtl``) sets the datatype.
    """

    lexical: str
    datatype: str = XSD_STRING
    language: str = ""

    def __post_init__(self) -> None:
        if self.language:
            language = self.language.lower()
            if not _LANGUAGE.fullmatch(language):
                raise BadInput(f"{self.language!r} is not a language tag (such as en or pt-br)")
            object.__setattr__(self, "language", language)
            object.__setattr__(self, "datatype", RDF_DIRLANGSTRING if "--" in language else RDF_LANGSTRING)
        elif _NOT_IN_IRI.search(self.datatype) or not self.datatype:
            raise BadInput(f"{self.datatype!r} is not a datatype IRI")

    @property
    def key(self) -> str:
        """The external key: canonical N-Triples, e.g. ``"1990"^^<http://www.w3.org/2001/XMLSchema#gYear>``."""
        quoted = '"' + _TO_ESCAPE.sub(_escape, self.lexical) + '"'
        if self.language:
            return f"{quoted}@{self.language}"
        return quoted if self.datatype == XSD_STRING else f"{quoted}^^<{self.datatype}>"

    @property
    def typed(self) -> TypedValue | None:
        """What the literal is compared by, None where that is nothing: see ``clew.kg.terms.typed.value``."""
        return typed_value(self.lexical, self.datatype)

    @property
    def value(self) -> Value:
        """The value in Python's own types where one holds it, else as ``typed`` has it; of texts and of what its
        datatype does not allow, the lexical form."""
        return value_in_python(self.lexical, self.datatype)


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return _ESCAPES.get(char) or f"\\u{ord(char):04X}"


def _unescape(match: re.Match[str]) -> str:
    body = match.group(1)
    return chr(int(body[1:], 16)) if body[0] in "uU" and len(body) > 1 else _UNESCAPES[body]


def parse_key(key: str) -> Literal | None:
    """The literal of an external key, or None where ``key`` is not a literal's key."""
    match = _KEY.fullmatch(key) if key.startswith('"') else None
    if match is None:
        return None
    try:
        lexical = _ESCAPED.sub(_unescape, match.group(1))
        return Literal(lexical, match.group(3) or XSD_STRING, match.group(2) or "")
    except (KeyError, ValueError, OverflowError, BadInput):
        return None


def suffix(literal: Literal) -> str:
    """What follows the lexical form in storage: empty, ``@en``, ``^^xsd:gYear`` or ``^^<IRI>``."""
    if literal.language:
        return "@" + literal.language
    if literal.datatype == XSD_STRING:
        return ""
    if literal.datatype.startswith(XSD):
        return _SHORT_XSD + literal.datatype[len(XSD) :]
    return f"^^<{literal.datatype}>"


def from_suffix(lexical: str, tail: str) -> Literal:
    """The literal of a lexical form and a stored suffix (the inverse of ``suffix``)."""
    if not tail:
        return Literal(lexical)
    if tail.startswith("@"):
        return Literal(lexical, language=tail[1:])
    if tail.startswith(_SHORT_XSD):
        return Literal(lexical, XSD + tail[len(_SHORT_XSD) :])
    return Literal(lexical, tail[3:-1])


def to_term(literal: Literal) -> str:
    """The stored term: NUL, lexical form, NUL, suffix. No entity's key holds a NUL, so the two never collide."""
    return NUL + literal.lexical + NUL + suffix(literal)


def from_term(term: str) -> Literal:
    """The literal of a stored term."""
    lexical, tail = term[1:].rsplit(NUL, 1)
    return from_suffix(lexical, tail)
