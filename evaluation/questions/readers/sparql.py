"""Extracts the relation chain of a SPARQL query, if the query follows a single chain."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clew.kg.terms.vocabulary import RDF_TYPE

_PLAIN = {"SelectQuery", "Project", "Distinct", "Reduced", "BGP"}
"""The parts of a query whose answers are all ends of its pattern: no filter, union, order, limit or count."""
_WIKIDATA = "http://www.wikidata.org/"
_PREFIXES = {
    "wd": f"{_WIKIDATA}entity/",
    "wdt": f"{_WIKIDATA}prop/direct/",
    "p": f"{_WIKIDATA}prop/",
    "ps": f"{_WIKIDATA}prop/statement/",
    "pq": f"{_WIKIDATA}prop/qualifier/",
    "wikibase": "http://wikiba.se/ontology#",
    "bd": "http://www.bigdata.com/rdf#",
    "schema": "http://schema.org/",
    "dbo": "http://dbpedia.org/ontology/",
    "dbp": "http://dbpedia.org/property/",
    "dbr": "http://dbpedia.org/resource/",
    "res": "http://dbpedia.org/resource/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "yago": "http://dbpedia.org/class/yago/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""What QALD and LC-QuAD leave undeclared, because the endpoints that they were written for declare it."""

_DECLARED = re.compile(r"(?i)\bprefix\s+([\w-]+)\s*:\s*<[^>]*>")

Triple = tuple[Any, tuple[str, ...], Any]


@dataclass(frozen=True, slots=True)
class QueryShape:
    """A query's constants (IRIs, types apart), and the chain from its only one to what it selects.

    ``chain`` None: ``reason`` says why there is none.
    """

    topics: tuple[str, ...]
    chain: tuple[str, ...] | None
    reason: str = ""


def shape(query: str) -> QueryShape:
    """Return the shape of a query; one that cannot be parsed has no topics."""
    from rdflib.plugins.sparql import prepareQuery

    try:
        query, prefixes = _with_prefixes(query)
        algebra: Any = prepareQuery(query, initNs=prefixes).algebra
    except Exception as error:  # rdflib raises whatever its grammar and its translation happen to raise
        return QueryShape((), None, f"the query cannot be parsed ({type(error).__name__})")
    parts: set[str] = set()
    triples: list[Any] = []
    _collect(algebra, parts, triples)
    try:
        steps = [(s, _steps(p), o) for s, p, o in triples if str(p) != RDF_TYPE]
    except ValueError:
        steps = None
    topics = _topics(triples)
    if parts - _PLAIN:
        return QueryShape(topics, None, f"the query is not a chain (it contains {min(parts - _PLAIN)})")
    if steps is None:
        return QueryShape(topics, None, "not a chain (a variable or repeated relation in its query)")
    chosen = algebra.get("PV") or []
    chain = _chain(steps, topics[0], chosen[0]) if len(topics) == 1 and len(chosen) == 1 else None
    return QueryShape(topics, chain, "" if chain else "not a chain (its triples do not line up from one entity)")


def _with_prefixes(query: str) -> tuple[str, dict[str, str]]:
    """Return a query without the prefixes that it declares in vain, and the usual ones that it uses undeclared.

    rdflib keeps one prefix per namespace: any more would take away another that stands for the same one.
    """
    used = set(re.findall(r"(?<![\w<:/])([A-Za-z][\w-]*):(?=\w)", _DECLARED.sub("", query)))
    declared = {match[1] for match in _DECLARED.finditer(query)}
    kept = _DECLARED.sub(lambda match: match[0] if match[1] in used else "", query)
    return kept, {prefix: iri for prefix, iri in _PREFIXES.items() if prefix in used - declared}


def _collect(node: Any, parts: set[str], triples: list[Any]) -> None:
    """Gather the names of a query's parts and the triples of its patterns."""
    name = getattr(node, "name", None)
    if isinstance(node, dict) and name is not None:
        parts.add(str(name))
        triples += [triple for triple in node.get("triples") or [] if isinstance(triple, tuple) and len(triple) == 3]
        for key, value in node.items():
            if key not in ("triples", "_vars", "PV", "datasetClause"):
                _collect(value, parts, triples)
    elif isinstance(node, list | tuple) and not isinstance(node, str):
        for one in node:
            _collect(one, parts, triples)


def _steps(predicate: Any) -> tuple[str, ...]:
    """Return a predicate as steps, an inverse one with ``^``. Raises ``ValueError`` for one that is no fixed path."""
    from rdflib import URIRef
    from rdflib.paths import InvPath, SequencePath

    if isinstance(predicate, URIRef):
        return (str(predicate),)
    if isinstance(predicate, InvPath):
        return _turned(_steps(predicate.arg))
    if isinstance(predicate, SequencePath):
        return tuple(step for part in predicate.args for step in _steps(part))
    raise ValueError(str(predicate))


def _turned(steps: Iterable[str]) -> tuple[str, ...]:
    return tuple(step[1:] if step.startswith("^") else f"^{step}" for step in reversed(tuple(steps)))


def _topics(triples: list[Any]) -> tuple[str, ...]:
    """Return the constants in the places of nodes, in the order in which the query has them."""
    from rdflib import Literal, URIRef

    ends = [(p, end) for s, p, o in triples for end in (s, o)]
    return tuple(dict.fromkeys(str(end) for p, end in ends if isinstance(end, URIRef | Literal) and str(p) != RDF_TYPE))


def _chain(triples: list[Triple], start: str, goal: Any) -> tuple[str, ...] | None:
    """Walk from the constant to the selected variable, each triple once; None where that leaves one over."""
    left = list(triples)
    chain: list[str] = []
    at: Any = None
    while left:
        here = [(t, t[1], t[2]) for t in left if _is(t[0], at, start)]
        here += [(t, _turned(t[1]), t[0]) for t in left if _is(t[2], at, start)]
        if len(here) != 1:
            return None
        triple, steps, at = here[0]
        left.remove(triple)
        chain += steps
    return tuple(chain) if chain and at == goal else None


def _is(end: Any, at: Any, start: str) -> bool:
    """Whether a triple's end is where the walk stands (before the first step: the constant)."""
    from rdflib import Variable

    if at is None:
        return not isinstance(end, Variable) and str(end) == start
    return isinstance(end, Variable) and end == at
