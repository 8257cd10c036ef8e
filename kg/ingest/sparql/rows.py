"""Rows in a response: SPARQL results in JSON, as statements, keys or a count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from clew.kg.ingest.sparql.bodies import RequestFailed
from clew.kg.ingest.sparql.endpoint import KEY
from clew.kg.ingest.sparql.requests import Reply, text_of
from clew.kg.ingest.sparql.statements import Statements, has_blank, spelled
from clew.kg.terms.vocabulary import XSD_STRING

_DIRECTIONS = {None: None, "ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}
ACCEPT = "application/sparql-results+json, application/json;q=0.5"

Row = Mapping[str, Mapping[str, Any]]
Key = tuple[str, ...]
"""The values of the variables of ``clew.kg.ingest.sparql.endpoint.KEY``."""


def read_rows(reply: Reply) -> tuple[Statements, list[Key]]:
    """Return the statements of rows of ``?s ?p ?o``, and the key of each that has no blank node, in their order.

    Raises ``RequestFailed`` for what is no such document, or is cut short.
    """
    found, keys = Statements(), []
    blanks: dict[str, Any] = {}
    for row in _bindings(reply):
        try:
            subject, predicate, value = (_term(row[name], blanks) for name in "spo")
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise RequestFailed(
                f"the endpoint returned a row that is no statement: {text_of(str(row).encode())}"
            ) from error
        blank = has_blank(subject) or has_blank(value)
        (found.blank if blank else found.ground)[spelled(subject, predicate, value)] = None
        if not blank:
            keys.append(tuple(str(row.get(name, {}).get("value", "")) for name in KEY))
    return found, keys


def read_count(reply: Reply) -> int:
    """Return the number in a response of one row. Raises ``RequestFailed`` for any other."""
    try:
        (row,) = _bindings(reply)
        (cell,) = row.values()
        return int(cell["value"])
    except (ValueError, KeyError, TypeError) as error:
        raise RequestFailed("the endpoint did not return a count") from error


def _bindings(reply: Reply) -> list[Row]:
    try:
        found = json.loads(reply.data)["results"]["bindings"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        reason = f"the endpoint returned {reply.kind or 'data'} that is cut short or no SPARQL results in JSON"
        raise RequestFailed(f"{reason}: {text_of(reply.data)}") from error
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise RequestFailed("the endpoint returned SPARQL results without rows")
    return found


def _term(cell: Mapping[str, Any], blanks: dict[str, Any]) -> Any:
    """Return a term; one that is not valid as its text, for the ingest to judge. Raises ``ValueError``."""
    kind, value = cell["type"], cell["value"]
    if kind == "triple":
        subject, predicate, inner = (_term(value[part], blanks) for part in ("subject", "predicate", "object"))
        return ox.Triple(subject, predicate, inner)
    if not isinstance(value, str):
        raise ValueError(f"a {kind} that is no text")
    if kind == "bnode":
        return blanks.setdefault(value, ox.BlankNode(f"b{len(blanks)}"))
    if kind == "uri":
        return _iri(value)
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"a term of the type {kind!r}")
    return _literal(value, cell.get("xml:lang"), cell.get("datatype", XSD_STRING), cell.get("its:dir"))


def _iri(value: str) -> Any:
    try:
        return ox.NamedNode(value)
    except ValueError:
        return f"<{value.replace('>', '%3E')}>"


def _literal(value: str, language: str | None, datatype: str, direction: str | None) -> Any:
    try:
        if language:
            return ox.Literal(value, language=language, direction=_DIRECTIONS[direction])
        return ox.Literal(value, datatype=ox.NamedNode(datatype))
    except ValueError:
        return str(ox.Literal(value)) + (f"@{language}" if language else f"^^<{datatype}>")
