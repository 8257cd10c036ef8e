"""Which SPARQL queries are evaluated: those that read this graph and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clew.kg.errors import BadInput
from clew.kg.terms.names import BASE
from clew.kg.terms.vocabulary import RDF, RDFS, XSD

PREFIXES = {"": BASE, "rdf": RDF, "rdfs": RDFS, "xsd": XSD}
"""Prefixes that a query need not declare. The empty one is that of keys that are no IRIs, as those of tables."""

_TOKEN = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n\r]|\\.)*"'''
    r"""|'''(?:[^'\\]|\\.|'(?!''))*'''|'(?:[^'\\\n\r]|\\.)*'"""
    r"""|<[^<>"{}|^`\x00-\x20]*>"""  # an IRI
    r"|\#[^\n\r]*"  # a comment
    r"|[?$]\w*|@[A-Za-z]+(?:-[A-Za-z0-9]+)*"  # a variable, a language tag
    r"|(?P<prefix>[\w.-]*):(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*"
    r"|(?P<word>[A-Za-z_]\w*)",
    re.DOTALL,
)
"""The tokens of SPARQL that may hold letters; only a ``word`` can be a keyword, or a ``prefix`` that runs into one."""


def refuse_service(text: str) -> None:
    """Raise ``BadInput`` where the keyword SERVICE may stand, by itself or run together with its neighbours: whatever
    a parser makes of it."""
    for match in _TOKEN.finditer(text):
        if "SERVICE" in (match["word"] or match["prefix"] or "").upper():
            raise BadInput("SERVICE, and prefixes with this name, are not allowed; a query reads only this graph")


def checked_form(text: str) -> str:
    """Return the form of a query: ``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``.

    Raises ``BadInput`` for what is no query of SPARQL 1.1 (updates: LOAD, INSERT, ...), and, as its algebra has it, for
    one that reads anything else: SERVICE, FROM.
    """
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parsed = parseQuery(text)
        algebra = translateQuery(parsed, initNs=PREFIXES).algebra
    except RecursionError:
        raise BadInput("the query is nested too deeply") from None
    except Exception as error:  # the parser's own, and whatever the translation stumbles over
        raise BadInput(f"this is no SPARQL 1.1 query (updates are not possible): {error}") from error
    for part in _parts(algebra):
        if part.name == "ServiceGraphPattern":
            raise BadInput("SERVICE is not allowed; a query reads only this graph")
        if dict.get(part, "datasetClause"):  # its own ``get`` evaluates
            raise BadInput("FROM and FROM NAMED are not allowed; a query reads only this graph")
    refuse_service(text)
    form: str = algebra.name.removesuffix("Query").upper()
    return form


def _parts(value: Any) -> Iterator[Any]:
    """Yield every node of an algebra."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if hasattr(one, "name"):
                yield one
            waiting += one.values()
        elif isinstance(one, Iterable) and not isinstance(one, str | bytes):
            waiting += one
