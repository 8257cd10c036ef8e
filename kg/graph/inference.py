"""Infers statements from a schema while a graph is loaded: RDFS, and of OWL what joins two statements.

``rdfs``: subclasses and subproperties (transitive, and inherited by instances and edges), domains and ranges (RDF 1.1
Semantics, section 9.2, rules rdfs2, 3, 5, 7, 9 and 11; not the axiomatic triples). ``owl``: that, and inverse,
symmetric and transitive properties, equivalent classes and properties (OWL 2 RL rules prp-inv1 and 2, prp-symp,
prp-trp, scm-eqc1, scm-eqp1).

Works on columns of ids, one join per rule, round by round until nothing new follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.interner import spans_of
from clew.kg.errors import LimitReached
from clew.kg.graph.builder import GraphBuilder
from clew.kg.limits import MAX_INFERRED
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import (
    OWL_INVERSE_OF,
    OWL_SAME_CLASS,
    OWL_SAME_PROPERTY,
    OWL_SYMMETRIC,
    OWL_TRANSITIVE,
    RDF_TYPE,
    RDFS_DOMAIN,
    RDFS_RANGE,
    RDFS_SUBCLASS,
    RDFS_SUBPROPERTY,
    Inference,
)

Array = np.ndarray[Any, np.dtype[Any]]
Edges = tuple[Array, Array, Array]
"""Heads, relations and tails."""
Pairs = tuple[Array, Array]


def infer(builder: GraphBuilder, rules: Inference) -> int:
    """Add to a builder what follows from what it has, as read from ``inferred (RULES)``; how many statements.

    ``LimitReached`` for more than ``MAX_INFERRED``.
    """
    builder.flush()
    columns = builder.columns
    known = _KnownEdges((columns.head.values, columns.relation.values, columns.tail.values))
    stated, new = len(known.edges[0]), known.edges
    while len(new[0]):
        new = known.add(_SchemaRules(builder, known.edges, rules).consequences())
        if len(known.edges[0]) - stated > MAX_INFERRED:
            raise LimitReached(f"more than {MAX_INFERRED:,} statements are inferred ({rules})")
    inferred = [column[stated:] for column in known.edges]
    count = len(inferred[0])
    for name, values in zip(("head", "relation", "tail"), inferred, strict=True):
        getattr(columns, name).extend(values)
    columns.source.extend(builder.source_id(Source(f"inferred ({rules})")), count)
    columns.line.extend(0, count)
    return count


class _KnownEdges:
    """Distinct edges, those stated first."""

    def __init__(self, edges: Edges) -> None:
        self.edges = _distinct(edges)

    def add(self, edges: Edges) -> Edges:
        """Add those that are new, and return them."""
        count = len(self.edges[0])
        both = [np.concatenate(pair).astype(np.int64) for pair in zip(self.edges, edges, strict=True)]
        order = np.lexsort((np.arange(len(both[0])), *both[::-1]))
        first = _first(*(column[order] for column in both))
        fresh = np.sort(order[first & (order >= count)])
        head, relation, tail = (column[fresh] for column in both)
        self.edges = tuple(np.concatenate((old, column[fresh])) for old, column in zip(self.edges, both, strict=True))  # type: ignore[assignment]
        return head, relation, tail


class _SchemaRules:
    """What the edges known so far say of classes and properties."""

    def __init__(self, builder: GraphBuilder, edges: Edges, rules: Inference) -> None:
        self._columns, self.edges, self._owl = builder.columns, edges, rules == "owl"
        self._type = self._relation(RDF_TYPE)

    def consequences(self) -> Edges:
        """What follows in one step (and, of what is transitive, in all)."""
        found = [*self._of_properties(), *self._of_classes(), *(self._of_owl() if self._owl else ())]
        head, relation, tail = zip(*found, strict=True)
        return np.concatenate(head), np.concatenate(relation), np.concatenate(tail)

    def _of_properties(self) -> list[Edges]:
        head, relation, tail = self.edges
        subclass_like = self._hierarchy(RDFS_SUBPROPERTY, OWL_SAME_PROPERTY)
        above = self._as_relations(subclass_like)
        row, pair = _join(relation, above[0])
        found = [(head[row], above[1][pair], tail[row]), self._stated(subclass_like, RDFS_SUBPROPERTY)]
        for key, end in ((RDFS_DOMAIN, head), (RDFS_RANGE, tail)):
            of, cls = self._pairs(key)
            relations, places = self._relations_of(of)
            row, pair = _join(relation, relations)
            things = ~self._literal(end[row])
            found.append(self._typed(end[row][things], cls[places[pair]][things]))
        return found

    def _of_classes(self) -> list[Edges]:
        head, relation, tail = self.edges
        above = self._hierarchy(RDFS_SUBCLASS, OWL_SAME_CLASS)
        typed = np.flatnonzero(relation == self._type)
        row, pair = _join(tail[typed], above[0])
        return [self._typed(head[typed[row]], above[1][pair]), self._stated(above, RDFS_SUBCLASS)]

    def _of_owl(self) -> list[Edges]:
        head, relation, tail = self.edges
        one, other = self._as_relations(self._pairs(OWL_INVERSE_OF))
        row, pair = _join(relation, np.concatenate((one, other)))
        back = np.concatenate((other, one))[pair]
        things = ~self._literal(tail[row])
        found = [(tail[row][things], back[things], head[row][things])]
        mirrored = np.isin(relation, self._of_class(OWL_SYMMETRIC)) & ~self._literal(tail)
        found.append((tail[mirrored], relation[mirrored], head[mirrored]))
        for r in self._of_class(OWL_TRANSITIVE).tolist():
            own = relation == r
            start, end = _closure((head[own], tail[own]))
            found.append((start, np.full(len(start), r), end))
        return found

    def _hierarchy(self, below: str, same: str) -> Pairs:
        """What is below what, all the way up."""
        lower, upper = self._pairs(below)
        if self._owl:
            one, other = self._pairs(same)
            lower, upper = np.concatenate((lower, one, other)), np.concatenate((upper, other, one))
        lower, upper = _closure((lower, upper))
        return lower[lower != upper], upper[lower != upper]

    def _pairs(self, key: str) -> Pairs:
        head, relation, tail = self.edges
        rows = relation == self._relation(key)
        return head[rows], tail[rows]

    def _of_class(self, key: str) -> Array:
        """The relations that are of a class of properties."""
        head, relation, tail = self.edges
        cls = int(self._columns.nodes.find_many([key])[0])
        return self._relations_of(head[(relation == self._type) & (tail == cls)])[0]

    def _typed(self, nodes: Array, classes: Array) -> Edges:
        return nodes, np.full(len(nodes), self._need(RDF_TYPE) if len(nodes) else 0), classes

    def _stated(self, pairs: Pairs, key: str) -> Edges:
        return pairs[0], np.full(len(pairs[0]), self._need(key) if len(pairs[0]) else 0), pairs[1]

    def _as_relations(self, pairs: Pairs) -> Pairs:
        """Pairs of nodes that are properties as relations; one that no edge had gets its number."""
        one, other = (self._relation_ids(nodes) for nodes in pairs)
        good = (one >= 0) & (other >= 0)
        return one[good], other[good]

    def _relations_of(self, nodes: Array) -> tuple[Array, Array]:
        """The relations of nodes that are properties, and the place of each among the nodes."""
        ids = self._relation_ids(nodes)
        return ids[ids >= 0], np.flatnonzero(ids >= 0)

    def _relation_ids(self, nodes: Array) -> Array:
        blob, starts, ends = self._columns.nodes.spans()
        ids = self._columns.relations.add_spans(blob, starts[nodes], ends[nodes]).astype(np.int64)
        return np.where(self._literal(nodes) | (blob[starts[nodes]] == ord("_")), -1, ids) if len(nodes) else ids

    def _literal(self, nodes: Array) -> Array:
        blob, starts, _ = self._columns.nodes.spans()
        literal: Array = blob[starts[nodes]] == 0 if len(nodes) else np.zeros(0, np.bool_)
        return literal

    def _relation(self, key: str) -> int:
        return int(self._columns.relations.find_many([key])[0])

    def _need(self, key: str) -> int:
        return int(self._columns.relations.add_spans(*spans_of([key]))[0])


def _join(values: Array, keys: Array) -> Pairs:
    """Every pair of places at which a value is a key."""
    order = np.argsort(keys, kind="stable")
    low, high = (np.searchsorted(keys[order], values, side) for side in _SIDES)
    counts = high - low
    if counts.sum() > MAX_INFERRED:
        raise LimitReached(f"more than {MAX_INFERRED:,} statements are inferred")
    row = np.repeat(np.arange(len(values)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return row, order[low[row] + within]


_SIDES: tuple[Any, Any] = ("left", "right")


def _closure(pairs: Pairs) -> Pairs:
    """The transitive closure: paths of twice the length in each round."""
    one, other = _distinct(pairs)
    while True:
        left, right = _join(other, one)
        longer = _distinct((np.concatenate((one, one[left])), np.concatenate((other, other[right]))))
        if len(longer[0]) == len(one):
            return one, other
        one, other = longer


def _distinct(columns: Any) -> Any:
    """The distinct rows, each at its first place."""
    wide = [np.asarray(column, np.int64) for column in columns]
    order = np.lexsort((np.arange(len(wide[0])), *wide[::-1]))
    kept = np.sort(order[_first(*(column[order] for column in wide))])
    return tuple(column[kept] for column in wide)


def _first(*columns: Array) -> Array:
    """Which rows of sorted columns differ from the one before, bool."""
    new = np.zeros(len(columns[0]), np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new
