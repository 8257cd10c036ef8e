"""Read-only SPARQL queries on an RDF copy of a graph in memory."""

from __future__ import annotations

import re
from typing import Any

import pyoxigraph as ox

from clew.kg.errors import BadInput
from clew.kg.graph.export import quads
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import BASE, from_iri
from clew.kg.terms.python_values import Value
from clew.kg.terms.vocabulary import RDF, RDFS, XSD

Row = dict[str, Value | None]
"""One solution: each variable of the query and its value, None where the solution leaves it open."""

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


class SparqlView:
    """A graph's statements, edges and labels alike, as a SPARQL data set. Made once: seconds for a million triples."""

    def __init__(self, graph: Graph) -> None:
        self._store = ox.Store()
        self._store.bulk_extend(quads(graph))

    def query(self, text: str) -> list[Row] | bool:
        """Return the rows of a SELECT query, or the truth of an ASK query.

        An entity is given by its key, a literal by its value in Python's types. The triples of named graphs are seen
        without naming them, too. Raises ``BadInput`` for what is no such query: an update, CONSTRUCT, DESCRIBE,
        one that would ask another server (SERVICE), one with a mistake.
        """
        _refuse_service(text)
        try:
            found = self._store.query(text, prefixes=PREFIXES, use_default_graph_as_union=True)
            if isinstance(found, ox.QueryBoolean):
                return bool(found)
            if not isinstance(found, ox.QuerySolutions):
                raise BadInput("only SELECT and ASK queries are supported")
            names = [variable.value for variable in found.variables]
            return [{name: _value(solution[name]) for name in names} for solution in found]
        except (SyntaxError, ValueError, RuntimeError, OSError) as error:
            raise BadInput(f"the query cannot be answered: {error}") from error


def _refuse_service(text: str) -> None:
    """Raise ``BadInput`` where the keyword SERVICE may stand, by itself or run together with its neighbours."""
    for match in _TOKEN.finditer(text):
        if "SERVICE" in (match["word"] or match["prefix"] or "").upper():
            raise BadInput("SERVICE, and prefixes with this name, are not allowed; a query reads only this graph")


def _value(term: Any) -> Value | None:
    """Return a term as Python has it."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return from_iri(term.value)
    if isinstance(term, ox.Literal):
        return term.value if term.language else Literal(term.value, term.datatype.value).value
    return str(term)
