"""Read-only SPARQL queries on an RDF copy of a graph in memory."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from clew.api.sparql.checked import PREFIXES, refuse_service
from clew.kg.errors import BadInput
from clew.kg.graph.export import quads
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import from_iri
from clew.kg.terms.python_values import Value

Row = dict[str, Value | None]
"""One solution: each variable of the query and its value, None where the solution leaves it open."""


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
        refuse_service(text)
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


def _value(term: Any) -> Value | None:
    """Return a term as Python has it."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return from_iri(term.value)
    if isinstance(term, ox.Literal):
        return term.value if term.language else Literal(term.value, term.datatype.value).value
    return str(term)
