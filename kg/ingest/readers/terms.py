"""Converts terms of the parser library to rows, and its errors to reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyoxigraph as ox

from clew.kg.columnar.interner import spans_of
from clew.kg.ingest.readers import scan
from clew.kg.terms.literal import NUL, Literal, suffix
from clew.kg.terms.names import from_iri

Array = np.ndarray[Any, np.dtype[Any]]

_POSITION = re.compile(r"^(Parser error at |On |at )?line \d+[^:]*: ", re.IGNORECASE)
_KINDS = (
    (re.compile("language (sub)?tag|^a subtag|language code", re.IGNORECASE), "language tag"),
    (re.compile("invalid IRI|absolute IRI|IRI code point", re.IGNORECASE), "IRI"),
    (re.compile("UTF-?8", re.IGNORECASE), "encoding"),
    (re.compile("unexpected end|end of file|EOF|not finished|not closed", re.IGNORECASE), "truncated"),
)
SYNTAX = "syntax"
_NO_BASE = "; a relative IRI needs a base in the file (Turtle: @base <http://...> .)"


def rows_of(quads: Sequence[Any], scope: str, line: int) -> tuple[Array, Array]:
    """Quads as a blob of normalised terms and rows over it (as of ``clew.kg.ingest.readers.scan``), all at ``line``."""
    terms = []
    for quad in quads:
        value = quad.object
        tail = suffix(literal_of(value)) if isinstance(value, ox.Literal) else ""
        obj = NUL + value.value + NUL + tail if isinstance(value, ox.Literal) else node_key(value, scope)
        graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else node_key(quad.graph_name, scope)
        size = len(tail.encode()) if isinstance(value, ox.Literal) else -1
        terms.append(([node_key(quad.subject, scope), from_iri(quad.predicate.value), obj, graph], size))
    return rows_of_terms(terms, line)


def rows_of_terms(terms: Sequence[tuple[list[str], int]], line: int) -> tuple[Array, Array]:
    """The same of the four terms of each statement and the size of its object's suffix (-1: no literal)."""
    texts = [text for four, _ in terms for text in four]
    tails = [size for _, size in terms]
    blob, starts, ends = spans_of(texts)
    rows = np.empty((len(terms), scan.WIDTH), np.int64)
    parts = starts.reshape(-1, 4)
    rows[:, scan.SUBJECT], rows[:, scan.PREDICATE] = parts[:, 0], parts[:, 1]
    rows[:, scan.OBJECT], rows[:, scan.GRAPH] = parts[:, 2], parts[:, 3]
    rows[:, scan.END] = ends.reshape(-1, 4)[:, 3]
    sizes = np.asarray(tails, np.int64)
    rows[:, scan.SUFFIX] = np.where(sizes < 0, -1, parts[:, 3] - sizes)
    rows[:, scan.LINE] = line
    return blob, rows


def node_key(term: Any, scope: str) -> str:
    """The key of a resource; an RDF 1.2 triple term is a node whose key is its N-Triples form."""
    if isinstance(term, ox.NamedNode):
        return from_iri(str(term.value))
    if isinstance(term, ox.BlankNode):
        return f"_:{scope}{term.value}"
    return f"<<( {_spelled(term.subject, scope)} {term.predicate} {_spelled(term.object, scope)} )>>"


def _spelled(term: Any, scope: str) -> str:
    """A term within a triple term, in N-Triples."""
    if isinstance(term, ox.BlankNode | ox.Triple):
        return node_key(term, scope)
    return str(term)


def literal_of(value: Any) -> Literal:
    """The literal of the library's."""
    if value.language:
        direction = getattr(value, "direction", None)
        return Literal(value.value, language=value.language + (f"--{direction.value}" if direction else ""))
    return Literal(value.value, value.datatype.value)


def reason_of(error: SyntaxError) -> tuple[str, str]:
    """The kind of a parser's error, and its message without the position."""
    message = _POSITION.sub("", str(error.msg or error))
    kind = next((kind for pattern, kind in _KINDS if pattern.search(message)), SYNTAX)
    return kind, message + _NO_BASE if message.startswith("No scheme found") else message
