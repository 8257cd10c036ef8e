"""Reads RDF lists and containers as their members: ``ex:p ex:author ( ex:a ex:b )`` gives two edges ``ex:author``.

Each of these edges has its place in the list as an attribute, so that nothing is lost. Only what is well formed is
folded: every cell a blank node (or a skolem IRI) with one ``rdf:first`` and one ``rdf:rest`` and no other statement but
its class, reached from one place, and ``rdf:nil`` at the end. Everything else stays as it was stated: cycles, shared
tails, lists in lists, lists that are subjects, cells with an IRI or a label of their own.

Time and memory are linear in the statements (times the logarithm of the number of cells), if there are any cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.interner import spans_of
from clew.kg.graph.builder import GraphBuilder
from clew.kg.terms.literal import Literal, to_term
from clew.kg.terms.names import is_nameless
from clew.kg.terms.vocabulary import LIST_POSITION, RDF, RDF_FIRST, RDF_LIST, RDF_NIL, RDF_REST, RDF_TYPE, XSD

Array = np.ndarray[Any, np.dtype[Any]]
_EDGE_COLUMNS = ("head", "relation", "tail", "source", "line")
_MEMBER = re.compile(re.escape(RDF) + r"_([1-9][0-9]{0,8})")
_BLANK = re.compile(r"_:[^\s<>]+")
_CONTAINERS = (f"{RDF}Bag", f"{RDF}Seq", f"{RDF}Alt")


@dataclass(frozen=True, slots=True)
class FoldedLists:
    """What was folded: how many ``lists`` (and containers), and how many of their ``members``."""

    lists: int = 0
    members: int = 0


def fold_lists(builder: GraphBuilder) -> FoldedLists:
    """Turn the lists and containers among what was added to a builder so far into edges to their members."""
    builder.flush()
    first, rest, one = builder.columns.relations.find_many([RDF_FIRST, RDF_REST, f"{RDF}_1"]).tolist()
    lists = (
        _fold(builder, _chains(_CollectedEdges(builder), first, rest)) if first >= 0 and rest >= 0 else FoldedLists()
    )
    containers = _fold(builder, _containers(_CollectedEdges(builder))) if one >= 0 else FoldedLists()
    return FoldedLists(lists.lists + containers.lists, lists.members + containers.members)


class _CollectedEdges:
    """The edges collected so far, and which nodes may be folded."""

    def __init__(self, builder: GraphBuilder) -> None:
        columns = builder.columns
        self.nodes, self.relations = columns.nodes, columns.relations
        self.head, self.relation, self.tail = (getattr(columns, name).values for name in _EDGE_COLUMNS[:3])
        self.count = len(self.nodes)
        self._taken = np.zeros(self.count, np.bool_)
        self._taken[builder.labels.subject.values] = True
        self._taken[self.tail[builder.attributes.edge.values]] = True
        self._taken[self.head[builder.attributes.edge.values]] = True
        self._type = int(self.relations.find_many([RDF_TYPE])[0])
        self._mentioned = self._in_triple_terms()

    def cells(self, members: Array, classes: Sequence[str], others: Array) -> Array:
        """Which nodes are the head of ``members`` (rows, bool) and of nothing else but ``others`` (rows, bool) and
        their class, are reached by one edge, and have no name of their own: bool[nodes]."""
        kinds = self.nodes.find_many(list(classes))
        told = (self.relation == self._type) & np.isin(self.tail, kinds[kinds >= 0])
        found = self._of(self.head[members]) & ~self._of(self.head[~(members | others | told)]) & ~self._taken
        found &= self._reached_once(found)
        texts = _texts_of(self.nodes, np.flatnonzero(found))
        kept = [key != RDF_NIL and is_nameless(key) and key not in self._mentioned for key in texts]
        found[np.flatnonzero(found)] = kept
        return found

    def once(self, rows: Array) -> Array:
        """Which nodes are the head of exactly one of these rows (bool), however often it was read, bool[nodes]."""
        places = np.flatnonzero(rows)
        heads, _ = _distinct(self.head[places], self.tail[places])
        found: Array = np.bincount(heads, minlength=self.count) == 1
        return found

    def into(self, cells: Array) -> tuple[Array, Array]:
        """The row that leads into each cell, int64[nodes] (-1: no cell), and all such rows, bool."""
        rows = cells[self.tail]
        entry = np.full(self.count, -1, np.int64)
        places = np.flatnonzero(rows)
        entry[self.tail[places]] = places
        return entry, rows

    def _reached_once(self, nodes: Array) -> Array:
        places = np.flatnonzero(nodes[self.tail])
        tails, _, _ = _distinct(self.tail[places], self.head[places], self.relation[places])
        found: Array = np.bincount(tails, minlength=self.count) == 1
        return found

    def holding(self, rows: Array) -> Array:
        """Which nodes are the head of any of these rows (bool), bool[nodes]."""
        return self._of(self.head[rows])

    def _of(self, ids: Array) -> Array:
        found = np.zeros(self.count, np.bool_)
        found[ids] = True
        return found

    def _in_triple_terms(self) -> set[str]:
        """The blank nodes that RDF 1.2 triple terms mention."""
        blob, starts, ends = self.nodes.spans()
        long = np.flatnonzero(ends - starts > 3)
        terms = long[(blob[starts[long]] == ord("<")) & (blob[starts[long] + 1] == ord("<"))]
        return {name for text in _texts_of(self.nodes, terms) for name in _BLANK.findall(text)}


@dataclass(frozen=True, slots=True)
class _Foldable:
    """Rows to turn into edges to members: ``rows`` int64[m], each with its ``entry`` (the row whose head and relation
    it gets), the first ``cell`` of its list, and its ``position`` from 1; ``gone``: rows to drop, bool."""

    rows: Array
    entry: Array
    cell: Array
    position: Array
    gone: Array


def _chains(all_: _CollectedEdges, first: int, rest: int) -> _Foldable:
    """The lists, found by pointer jumping: from each cell to the first of its list, in log(cells) rounds."""
    firsts, rests = all_.relation == first, all_.relation == rest
    cells = all_.cells(firsts, [RDF_LIST], rests) & all_.once(firsts) & all_.once(rests)
    entry, into = all_.into(cells)
    own = np.flatnonzero(cells)
    place = np.full(all_.count, -1, np.int64)
    place[own] = np.arange(len(own))
    by = all_.relation[entry[own]]
    inside = (by == rest) & cells[all_.head[entry[own]]]
    starts = (by != rest) & (by != first) & (_numbers(all_)[by] == 0)
    up = np.where(inside, place[all_.head[entry[own]]], np.arange(len(own)))
    depth = inside.astype(np.int64)
    for _ in range(len(own).bit_length()):
        depth += depth[up]
        up = up[up]
    ended = all_.head[np.flatnonzero(rests & (all_.tail == int(all_.nodes.find_many([RDF_NIL])[0])))]
    whole = np.zeros(len(own), np.bool_)
    whole[up[place[ended[cells[ended]]]]] = True
    nested = np.zeros(len(own), np.bool_)
    inner = all_.holding(firsts | rests | (_numbers(all_)[all_.relation] > 0))
    nested[up[place[all_.head[firsts & cells[all_.head] & inner[all_.tail]]]]] = True
    good = (whole & starts & ~nested)[up]
    folded = np.zeros(all_.count, np.bool_)
    folded[own[good]] = True
    rows = np.flatnonzero(firsts & folded[all_.head])
    at = place[all_.head[rows]]
    gone = (folded[all_.head] & ~firsts) | (into & folded[all_.tail])
    return _Foldable(rows, entry[own[up[at]]], own[up[at]], depth[at] + 1, gone)


def _containers(all_: _CollectedEdges) -> _Foldable:
    """The containers: bags, sequences and alternatives."""
    number = _numbers(all_)[all_.relation]
    members = number > 0
    first, rest = all_.relations.find_many([RDF_FIRST, RDF_REST]).tolist()
    inner = all_.holding(members | (all_.relation == first) | (all_.relation == rest))
    cells = all_.cells(members, _CONTAINERS, np.zeros(len(number), np.bool_))
    cells &= ~_repeats(all_, np.flatnonzero(members), number)
    cells &= ~all_.holding(members & inner[all_.tail])  # containers and lists in containers
    entry, into = all_.into(cells)
    by = all_.relation[entry]
    cells &= (_numbers(all_)[by] == 0) & (by != first) & (by != rest)
    rows = np.flatnonzero(members & cells[all_.head])
    gone = (cells[all_.head] & ~members) | (into & cells[all_.tail])
    heads = all_.head[rows]
    return _Foldable(rows, entry[heads], heads, number[rows], gone)


def _numbers(all_: _CollectedEdges) -> Array:
    """The number n of each relation ``rdf:_n``, 0 for all others, int64[relations]."""
    matches = map(_MEMBER.fullmatch, all_.relations.texts())
    return np.array([int(match[1]) if match else 0 for match in matches], np.int64)


def _repeats(all_: _CollectedEdges, places: Array, number: Array) -> Array:
    """Which nodes have two members of one number, bool[nodes]."""
    heads, numbers, _ = _distinct(all_.head[places], number[places], all_.tail[places])
    found = np.zeros(all_.count, np.bool_)
    found[heads[1:][(heads[1:] == heads[:-1]) & (numbers[1:] == numbers[:-1])]] = True
    return found


def _fold(builder: GraphBuilder, found: _Foldable) -> FoldedLists:
    """Rewrite the rows of members, say where each stood, and drop what held them together."""
    if not len(found.rows):
        return FoldedLists()
    columns, attributes = builder.columns, builder.attributes
    edges = {name: getattr(columns, name).take() for name in _EDGE_COLUMNS}
    for name in ("head", "relation"):
        edges[name][found.rows] = edges[name][found.entry]
    kept = ~found.gone
    for name, values in edges.items():
        getattr(columns, name).extend(values[kept])
    places = np.cumsum(kept) - 1
    attributes.edge.extend(places[attributes.edge.take()])
    values = _positions(builder, edges["head"][found.rows], edges["relation"][found.rows], found)
    names = spans_of([LIST_POSITION] * len(values))
    builder.add_attributes(places[found.rows], names, spans_of([to_term(value) for value in values]))
    return FoldedLists(len(np.unique(found.cell)), len(_distinct(found.cell, found.position)[0]))


def _positions(builder: GraphBuilder, head: Array, relation: Array, found: _Foldable) -> list[Literal]:
    """The place of each member: ``2``, and ``1.2`` where its head has several lists under one relation, which are
    numbered by the keys of their first cells."""
    cells, which = np.unique(found.cell, return_inverse=True)
    by_key = np.argsort(np.argsort(_texts_of(builder.columns.nodes, cells)))
    heads, relations, ranks = _distinct(head, relation, by_key[which])
    new = (np.diff(heads, prepend=-1) != 0) | (np.diff(relations, prepend=-1) != 0)
    number, many = np.empty(len(cells), np.int64), np.empty(len(cells), np.bool_)
    start = np.flatnonzero(new)[np.cumsum(new) - 1]
    number[ranks] = np.arange(len(ranks)) - start + 1
    many[ranks] = np.bincount(np.cumsum(new) - 1)[np.cumsum(new) - 1] > 1
    rank = by_key[which]
    return [
        Literal(f"{number}.{at}") if several else Literal(str(at), f"{XSD}integer")
        for number, several, at in zip(number[rank].tolist(), many[rank].tolist(), found.position.tolist(), strict=True)
    ]


def _distinct(*columns: Array) -> list[Array]:
    """The distinct rows of some columns, sorted by the first, then by the next."""
    order = np.lexsort(columns[::-1])
    ordered = [column[order] for column in columns]
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for column in ordered:
        new[1:] |= column[1:] != column[:-1]
    return [column[new] for column in ordered]


def _texts_of(nodes: Any, ids: Array) -> list[str]:
    blob, starts, ends = nodes.spans()
    return [
        blob[low:high].tobytes().decode() for low, high in zip(starts[ids].tolist(), ends[ids].tolist(), strict=True)
    ]
