"""The results of a query by pyoxigraph and by rdflib, as plain sets of terms."""

from __future__ import annotations

from fractions import Fraction

import pyoxigraph as ox
import rdflib
from rdflib.util import from_n3

from clew.kg.graph.export import quads
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import to_rdflib

Rows = set[tuple[object, ...]]


class Engines:
    """Two engines over the export of a graph."""

    def __init__(self, graph: Graph) -> None:
        self._store = ox.Store()
        self._store.extend(quads(graph))
        self._graph = to_rdflib(graph)

    def results(self, query: str) -> tuple[bool | Rows, bool | Rows]:
        return self.oxigraph(query), self._rdflib(query)

    def oxigraph(self, query: str) -> bool | Rows:
        found = self._store.query(query)
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        names = [variable.value for variable in found.variables]
        return {tuple(term(row[name]) for name in names) for row in found}

    def _rdflib(self, query: str) -> bool | Rows:
        found = self._graph.query(query)
        if found.type == "ASK":
            return bool(found.askAnswer)
        return {tuple(None if value is None else term(value.n3()) for value in row) for row in found}


def term(value: object) -> object:
    """A term, numbers as fractions."""
    if value is None:
        return None
    found = from_n3(str(value))
    if isinstance(found, rdflib.Literal) and found.datatype in (rdflib.XSD.integer, rdflib.XSD.decimal):
        return Fraction(str(found))
    return found
