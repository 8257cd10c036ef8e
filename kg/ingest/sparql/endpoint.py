"""A SPARQL endpoint, and the queries that read all of its statements."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pyoxigraph as ox

from clew.kg.errors import BadInput
from clew.kg.limits import SPARQL_PAGE

DEFAULT_PATTERN = "?s ?p ?o"
_KINDS = {"o_datatype": 'COALESCE(STR(DATATYPE(?o)), "")', "o_language": 'COALESCE(LANG(?o), "")'}
_KEYS = ("STR(?s)", "STR(?p)", "STR(?o)", *_KINDS.values())
KEY = ("s", "p", "o", *_KINDS)
"""The variables whose values, as text, put the statements without blank nodes into one order."""


class Share(StrEnum):
    """Which statements a query is about: all, or those without or with blank nodes."""

    ALL = ""
    GROUND = " FILTER(!isBlank(?s) && !isBlank(?o))"
    BLANK = " FILTER(isBlank(?s) || isBlank(?o))"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how to ask: the ``url``, the ``headers`` to send (``Authorization``) and the ``page`` size.

    ``pattern`` is the graph pattern whose ``?s ?p ?o`` are fetched, such as ``GRAPH <g> { ?s ?p ?o }``.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    pattern: str = DEFAULT_PATTERN
    page: int = SPARQL_PAGE

    def check(self) -> None:
        """Raise ``BadInput`` for an address that is not HTTP's, or that holds a password."""
        try:
            parts = urllib.parse.urlsplit(self.url)
            known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
        except ValueError:
            known = False
        if not known or any(char.isspace() or ord(char) < 33 for char in self.url):
            raise BadInput(f"not an HTTP URL: {self.url!r}")
        if parts.username is not None or parts.password is not None:
            raise BadInput(f"give the user of {self.name} with CLEW_SPARQL_USER, not in the URL")

    @property
    def name(self) -> str:
        """The address without what may be secret in it: the provenance of its statements."""
        parts = urllib.parse.urlsplit(self.url)
        return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    @property
    def asked(self) -> str:
        """What a fetch is bound to: the address and the pattern, whatever the page size."""
        return f"{self.url}\0{self.pattern}"

    def where(self, share: Share, condition: str = "") -> str:
        """Return the pattern of a share of the statements. Of a pattern of one's own, what is no statement is left
        out, as CONSTRUCT does: a count must, too."""
        if self.pattern == DEFAULT_PATTERN:
            return f"?s ?p ?o{share.value}{condition}"
        return f"{{ {self.pattern}\n}} FILTER(!isLiteral(?s) && isIRI(?p) && BOUND(?o)){share.value}{condition}"

    def page_at(self, share: Share, offset: int, size: int) -> str:
        """Return the query of ``size`` statements from ``offset``, as a graph."""
        order = f"ORDER BY ?s ?p ?o LIMIT {size} OFFSET {offset}"
        inner = f"SELECT DISTINCT ?s ?p ?o WHERE {{ {self.where(share)} }} {order}"
        return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {inner} }}"

    def whole(self, share: Share) -> str:
        """Return the query of a whole share of the statements, as a graph."""
        return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {self.where(share)} }}"

    def rows(self, share: Share, offset: int = 0) -> str:
        """Return the query of a whole share of the statements from ``offset``, as rows."""
        skip = f" OFFSET {offset}" if offset else ""
        return f"SELECT DISTINCT ?s ?p ?o WHERE {{ {self.where(share)} }}{skip}"

    def rows_after(self, key: Sequence[str] | None, size: int) -> str:
        """Return the query of the next ``size`` statements without blank nodes after that of a ``KEY``, as rows in its
        order."""
        wanted = " ".join(f"({expression} AS ?{name})" for name, expression in _KINDS.items())
        condition = f" FILTER({_after(_KEYS, key)})" if key else ""
        where = self.where(Share.GROUND, condition)
        return f"SELECT DISTINCT ?s ?p ?o {wanted} WHERE {{ {where} }} ORDER BY {' '.join(_KEYS)} LIMIT {size}"

    def count(self, share: Share) -> str:
        """Return the query of the number of statements."""
        return f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {{ {self.where(share)} }} }}"


def _after(expressions: Sequence[str], key: Sequence[str]) -> str:
    """Return the condition that expressions, compared from the first to the last, come after the texts of a key."""
    first, text = expressions[0], str(ox.Literal(key[0]))
    if len(expressions) == 1:
        return f"{first} > {text}"
    return f"{first} > {text} || ({first} = {text} && ({_after(expressions[1:], key[1:])}))"
