"""What each operator of a program makes of sets of nodes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import blake2b
from itertools import pairwise
from typing import TypeVar

import numpy as np

from clew.kg import limits
from clew.kg.columnar import kernels
from clew.kg.columnar.compiled import frozen
from clew.kg.columnar.kernels import ALL_LIVE, NO_NODE
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.comparison import compare
from clew.kg.terms.typed.value import TypedValue
from clew.kg.time_limit import look, looking
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.filters.validity import period_of
from clew.tries.programs.degrees import COMPARE, Degrees
from clew.tries.programs.hop_edges import EVER, HopEdges
from clew.tries.programs.outcome import Number, Table
from clew.tries.programs.scan import Side, ValueScan
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op, Token
from clew.tries.programs.values import AttributeValues, Measure, Stated, holds

T = TypeVar("T")
_NOTHING = np.empty(0, np.int32)


class Algebra:
    """The operators over one graph. Results are remembered, and equal sets are one object.

    A hop is a step of ``RelationAutomaton``: no instance steps back onto a topic, but by a self-loop in the first hop;
    a literal ends a path unless it is named. Sets larger than ``bound`` are cut to their lowest ids.

    Not safe for use by two threads at once: make one per question.
    """

    def __init__(self, graph: Graph, values: AttributeValues, bound: int = limits.MAX_FRONTIER_NODES) -> None:
        self.graph, self.values, self._bound = graph, values, bound
        self._sides = tuple(
            Side(frozen(a.ptr), frozen(a.relation), frozen(a.node), graph.num_relations) for a in (graph.out, graph.inc)
        )
        self._numbers = Degrees(graph, self._sides)
        self._scan = ValueScan(self._sides[0], graph.num_entities, values)
        self._seen = np.zeros(graph.num_nodes, np.bool_)
        self._sets: dict[tuple[bytes, bool, tuple[int, ...], bool], NodeSet] = {}
        self._known: dict[tuple[object, ...], object] = {}

    # --- named sets
    def entity(self, node: int) -> NodeSet:
        """Return the set of one node."""
        return self._once(("entity", node), lambda: self._interned(np.array([node], np.int32), False, (node,), True))

    def members(self, cls: int) -> NodeSet:
        """Return the entities with a class as their type."""
        return self._once(("members", cls), lambda: self._interned(self._members(cls), False, (), True))

    # --- of one set
    def relations(self, some: NodeSet, live: Bool = ALL_LIVE) -> Int32:
        """Return the directed relations that lead on from a set, ascending; with ``live``, those that lead to a node of
        this mask."""
        if len(live):
            return self._relations(some, live)
        return self._once(("relations", some), lambda: self._relations(some, self._mask_without(some)))

    def hop(self, some: NodeSet, directed: int) -> NodeSet:
        """Return what a directed relation reaches."""
        return self._once(("hop", some, directed), lambda: self._hop(some, directed))

    def closure(self, some: NodeSet, directed: int) -> NodeSet:
        """Return what one or more steps of a directed relation reach."""
        return self._once(("closure", some, directed), lambda: self._closure(some, directed))

    def typed(self, some: NodeSet, cls: int) -> NodeSet:
        """Return those that have a class as their type."""
        return self._once(("typed", some, cls), lambda: self._part(some, _common(some.nodes, self._members(cls))))

    def comparisons(self, some: NodeSet, literal: Stated) -> Int64:
        """Return int64 ``[R, 5]``: how many nodes ``compared`` would leave, by attribute and by ``COMPARISONS``."""
        return self._once(("comparisons", some, literal), lambda: self._comparisons(some, literal))

    def compared(self, some: NodeSet, attribute: int, how: str, literal: Stated) -> NodeSet:
        """Return those with a value of an attribute that compares so with a literal."""
        return self._once(
            ("compared", some, attribute, how, literal), lambda: self._compared(some, attribute, how, literal)
        )

    def comparable(self, some: NodeSet, literal: Stated) -> Bool:
        """Return bool[R]: the attributes of which some node has a value of the kind of a literal."""
        groups = [
            self.values.read(literal, group) is not None for group in (*range(len(self.values.columns.groups)), -1)
        ]
        found: Bool = (self.extremes(some)[1] > 0) & np.array(groups)[self.values.group]
        return found

    def is_time(self, literal: Literal) -> bool:
        """Return whether a literal states a time."""
        try:
            period_of(literal.lexical)
        except ValueError:
            return False
        return True

    def extremes(self, some: NodeSet) -> tuple[Bool, Int64]:
        """Return bool ``[R, 2]``: whether the nodes differ in their least (column 0) and in their greatest value of an
        attribute; and how many of them have one, int64 ``[R]``."""
        return self._once(("extremes", some), lambda: self._scan.extremes(some.nodes))

    def extreme(self, some: NodeSet, attribute: int, how: str, size: int = 1) -> NodeSet:
        """Return those with the greatest (``how`` is ``max``) or least value of an attribute: the first ``size``, and
        those that tie with the last of them."""
        return self._once(
            ("extreme", some, attribute, how, size),
            lambda: self._best(some, *self._best_values(some, attribute, how), how, size),
        )

    def degrees(self, some: NodeSet) -> tuple[Int64, Int64]:
        """Return, by directed relation, the fewest and the most neighbours of any of the nodes that has one."""
        return self._once(("degrees", some), lambda: self._numbers.bounds(some.nodes))

    def degree_comparisons(self, some: NodeSet, number: int) -> Int64:
        """Return int64 ``[2R, 5]``: how many nodes ``degree_compared`` would leave, by directed relation and by
        ``COMPARISONS``."""
        return self._once(("degree_comparisons", some, number), lambda: self._numbers.comparisons(some.nodes, number))

    def degree_compared(
        self, some: NodeSet, directed: int, how: str, number: int, within: NodeSet | None = None
    ) -> NodeSet:
        """Return those whose number of neighbours (``counts``) compares so with a number."""
        counts = self.counts(some, directed, within)
        return self._once(
            ("degree_compared", some, directed, how, number, within),
            lambda: self._part(some, some.nodes[COMPARE[how](counts, number)]),
        )

    def busiest(self, some: NodeSet, directed: int, how: str, size: int = 1, within: NodeSet | None = None) -> NodeSet:
        """Return those with the most (``max``) or fewest neighbours (``counts``), but at least one; ties as in
        ``extreme``."""
        return self._once(
            ("busiest", some, directed, how, size, within),
            lambda: self._best(some, *_counted(self.counts(some, directed, within)), how, size),
        )

    def counts(self, some: NodeSet, directed: int, within: NodeSet | None = None) -> Int64:
        """Return how many neighbours each node of a set has, which may be 0; only those ``within`` a set where a hop
        from that one came to this."""
        if within is None:
            return self._once(("counts", some, directed), lambda: self._numbers.of(some.nodes, directed))
        starts = self._onward(within)
        return self._once(("counts", some, directed, within), lambda: self._numbers.among(some.nodes, directed, starts))

    # --- of two sets
    def both(self, one: NodeSet, other: NodeSet) -> NodeSet:
        """Return the intersection."""
        return self._once(("both", one, other), lambda: self._joined(one, other, _common(one.nodes, other.nodes)))

    def either(self, one: NodeSet, other: NodeSet) -> NodeSet:
        """Return the union."""
        return self._once(("either", one, other), lambda: self._joined(one, other, np.union1d(one.nodes, other.nodes)))

    def without(self, one: NodeSet, other: NodeSet) -> NodeSet:
        """Return those of the first that are not in the second."""
        return self._once(("without", one, other), lambda: self._part(one, np.setdiff1d(one.nodes, other.nodes, True)))

    def ordered(self, one: NodeSet, other: NodeSet, attribute: int, how: str) -> bool | None:
        """Return whether the value of an attribute that the one node of a set has compares so with that of the one node
        of another; None where either has none or several."""
        mine, yours = self._only_value(one, attribute), self._only_value(other, attribute)
        return None if mine is None or yours is None else compare(mine, how, yours)

    # --- numbers
    def total(self, some: NodeSet, token: Token) -> Number:
        """Return a total of a set; ValueError where it has no values, but for a sum."""
        return self._once(("total", some, token), lambda: self._total(some, token))

    def _total(self, some: NodeSet, token: Token) -> Number:
        if token.op is Op.COUNT:
            return Number(Fraction(len(some)))
        numbers, times = np.unique(self.values_of(some, token.argument)[1], return_counts=True)
        if token.op is not Op.SUM and not len(numbers):
            raise ValueError(f"{token.op} of no values")
        if token.op in (Op.MIN, Op.MAX):
            found = int(numbers[0 if token.op is Op.MIN else -1])
            return Number(Fraction(self.values.amount(found)), self.values.group[token.argument].item())
        value = self._sum(numbers.tolist(), times.tolist())
        return Number(
            value / int(times.sum()) if token.op is Op.AVG else value, self.values.group[token.argument].item()
        )

    def _sum(self, numbers: list[int], times: list[int]) -> Fraction:
        """Return the exact sum of values, each so many times: those of one denominator as whole numbers first, since
        fractions are slow to add."""
        wholes: dict[int, int] = {}
        for number, count in looking(zip(numbers, times, strict=True)):
            amount = self.values.amount(number)
            wholes[amount.denominator] = wholes.get(amount.denominator, 0) + amount.numerator * count
        return sum((Fraction(whole, denominator) for denominator, whole in wholes.items()), Fraction())

    # --- tables
    def columns(self, table: Table) -> list[tuple[int, list[list[int] | int]]]:
        """Return the rows of a projection: each node, with the nodes that each column's relation reaches from it, or
        their number."""
        return self._once(("columns", table), lambda: self._columns(table))

    def totals(self, table: Table) -> list[Number]:
        """Return the totals of a set that is not grouped."""
        return [self.total(table.rows, total) for total in table.totals]

    def groups(self, table: Table) -> list[tuple[int, list[Number | None]]]:
        """Return the rows of a grouping, by ascending node: each node that the set is grouped by, and the totals of its
        group (None: it has no values); a group without any has no row."""
        return self._once(("groups", table), lambda: self._groups(table))

    # --- time
    def during(self, source: NodeSet, directed: int, some: NodeSet, time: Literal) -> NodeSet:
        """Return those of a set that a hop from ``source`` reaches by edges that hold at some moment of a time."""
        return self._once(("during", source, directed, some, time), lambda: self._during(source, directed, some, time))

    def is_dated(self, source: NodeSet, directed: int) -> bool:
        """Return whether any edge that a hop from ``source`` takes says when it holds."""
        return self._once(("is_dated", source, directed), lambda: len(self._ends_then(source, directed, *EVER)) > 0)

    def dated(self, source: NodeSet, directed: int, some: NodeSet) -> NodeSet:
        """Return those of a set that a hop from ``source`` reaches by edges that say when they hold."""
        return self._part(some, _common(some.nodes, self._ends_then(source, directed, *EVER)))

    # --- looking ahead
    def near(self, some: NodeSet, hops: int) -> Bool:
        """Return bool[num_nodes]: the nodes from which so many hops, or fewer, may come to the set."""
        return self._once(("near", some, hops), lambda: self._near(some, hops))

    def near_values(self, groups: tuple[int, ...], hops: int) -> Bool:
        """Return bool[num_nodes]: the nodes from which so many hops, or fewer, may come to a value of some groups."""
        return self._once(("near_values", groups, hops), lambda: self._near_values(groups, hops))

    # --- values
    def values_of(self, some: NodeSet, attribute: int) -> tuple[Int64, Int32]:
        """Return the values of an attribute: of which node of the set (its place in it), and the value's number."""
        owners, ends = self._targets(some, attribute)
        numbers = self.values.numbers(attribute, ends)
        held = numbers >= 0
        return owners[held], numbers[held]

    def reached_value(self, some: NodeSet, directed: int) -> Measure | None:
        """Return the value of the only node that a hop reached, as those of its relation are read; None where it
        reached none or several, was cut, or what it reached is no such value."""
        if some.cut or len(some) != 1 or directed >= self.graph.num_relations:
            return None
        return self._once(("reached", some, directed), lambda: self.values.measure(directed, int(some.nodes[0])))

    # --- insides
    def _once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]  # type: ignore[return-value]

    def _interned(self, nodes: Int32, cut: bool, topics: tuple[int, ...], bare: bool) -> NodeSet:
        cut = cut or len(nodes) > self._bound
        nodes = np.ascontiguousarray(nodes[: self._bound], np.int32)
        digest = blake2b(nodes.tobytes(), digest_size=16).digest()
        return self._sets.setdefault((digest, cut, topics, bare), NodeSet(nodes, cut, topics, bare))

    def _part(self, some: NodeSet, nodes: Int32) -> NodeSet:
        return self._interned(nodes, some.cut, some.topics, some.bare)

    def _joined(self, one: NodeSet, other: NodeSet, nodes: Int32) -> NodeSet:
        topics = tuple(sorted({*one.topics, *other.topics}))
        return self._interned(nodes, one.cut or other.cut, topics, one.bare and other.bare)

    def _members(self, cls: int) -> Int32:
        relation = self.graph.type_relation
        return _NOTHING if relation is None else self.graph.neighbours(cls, relation + self.graph.num_relations)

    def _onward(self, some: NodeSet) -> Int32:
        """Return the nodes of a set that a hop may start from."""
        if some.bare:
            return some.nodes
        entities = some.nodes[: np.searchsorted(some.nodes, self.graph.num_entities)]
        return _leaving_out(entities, some.topics)

    def _barred(self, some: NodeSet) -> tuple[int, ...]:
        """Return the nodes that a hop from a set does not come to."""
        return () if some.bare else some.topics

    def _mask_without(self, some: NodeSet) -> Bool:
        """Return the mask of what a hop may come to; empty: all, but for a single topic."""
        if len(self._barred(some)) < 2:
            return ALL_LIVE
        mask = np.ones(self.graph.num_nodes, np.bool_)
        mask[list(some.topics)] = False
        return mask

    def _relations(self, some: NodeSet, live: Bool) -> Int32:
        size = self.graph.num_relations
        marks, barred = np.zeros(2 * size, np.bool_), self._barred(some)
        excluded = barred[0] if len(barred) == 1 else NO_NODE
        if len(barred) > 1 and len(live):
            live = live.copy()
            live[list(barred)] = False
        live = frozen(live)
        for side, offset in zip(self._sides, (0, size), strict=True):
            kernels.mark_relations(
                side.ptr, side.relation, side.node, self._onward(some), excluded, live, marks, offset
            )
        return np.flatnonzero(marks).astype(np.int32)

    def _hop(self, some: NodeSet, directed: int) -> NodeSet:
        nodes = self._expanded(self._onward(some), directed)
        return self._interned(_leaving_out(nodes, self._barred(some)), some.cut, some.topics, False)

    def _expanded(self, starts: Int32, directed: int) -> Int32:
        back, relation = divmod(directed, self.graph.num_relations)
        side = self._sides[back]
        return kernels.expand_rows(side.ptr, side.relation, side.node, starts, relation, NO_NODE, ALL_LIVE, self._seen)

    def _closure(self, some: NodeSet, directed: int) -> NodeSet:
        reached, edge = _NOTHING, self._onward(some)
        while len(edge):
            look()
            edge = np.setdiff1d(self._expanded(edge, directed), reached, True)
            reached = np.union1d(reached, edge)
            edge = edge[: np.searchsorted(edge, self.graph.num_entities)]
        return self._interned(_leaving_out(reached, some.topics), some.cut, some.topics, False)

    def _comparisons(self, some: NodeSet, literal: Stated) -> Int64:
        return self._scan.comparisons(some.nodes, literal)

    def _compared(self, some: NodeSet, attribute: int, how: str, literal: Stated) -> NodeSet:
        owners, numbers = self.values_of(some, attribute)
        bounds = self.values.bounds(literal, how, int(self.values.group[attribute]))
        return self._part(some, some.nodes[np.unique(owners[holds(bounds, numbers, self.values.end)])])

    def _best_values(self, some: NodeSet, attribute: int, how: str) -> tuple[Int64, Int64]:
        """Return the places of the nodes of a set that have a value, ascending, and the best value of each."""
        owners, numbers = self.values_of(some, attribute)
        order = np.lexsort((numbers if how == "min" else -numbers, owners))
        places, first = np.unique(owners[order], return_index=True)
        return places, numbers[order][first].astype(np.int64)

    def _best(self, some: NodeSet, places: Int64, value: Int64, how: str, size: int) -> NodeSet:
        if size < 1:
            raise ValueError(f"the {size} greatest of a set")
        if len(places) > size:
            last = np.partition(value, size - 1)[size - 1] if how == "min" else np.partition(value, -size)[-size]
            places = places[value <= last if how == "min" else value >= last]
        return self._part(some, some.nodes[places])

    def _columns(self, table: Table) -> list[tuple[int, list[list[int] | int]]]:
        cells = list[list[list[int] | int]]()
        for column in table.columns:
            if column.counted:
                cells.append(self.counts(table.rows, column.directed, column.within).tolist())
                continue
            owners, ends = self._targets(table.rows, column.directed)
            bounds = np.searchsorted(owners, np.arange(len(table.rows) + 1)).tolist()
            cells.append([ends[low:high].tolist() for low, high in looking(pairwise(bounds))])
        return list(zip(table.rows.nodes.tolist(), map(list, zip(*cells, strict=True)), strict=True))

    def _groups(self, table: Table) -> list[tuple[int, list[Number | None]]]:
        owners, ends = self._targets(table.rows, table.grouped)
        owners, ends = owners[order := np.argsort(ends, kind="stable")], ends[order]
        grouped, first = np.unique(ends, return_index=True)
        rows = list[tuple[int, list[Number | None]]]()
        for node, (low, high) in looking(zip(grouped.tolist(), pairwise([*first.tolist(), len(ends)]), strict=True)):
            group = self._part(table.rows, table.rows.nodes[owners[low:high]])
            cells = [self.total(group, total) if self._has_values(group, total) else None for total in table.totals]
            if any(cell is not None for cell in cells):
                rows.append((node, cells))
        return rows

    def _has_values(self, some: NodeSet, total: Token) -> bool:
        return total.op is Op.COUNT or len(self.values_of(some, total.argument)[1]) > 0

    def _only_value(self, some: NodeSet, attribute: int) -> TypedValue | None:
        numbers = self.values_of(some, attribute)[1]
        return self.values.value(int(numbers[0])) if len(some) == len(numbers) == 1 else None

    def _during(self, source: NodeSet, directed: int, some: NodeSet, time: Literal) -> NodeSet:
        return self._part(some, _common(some.nodes, self._ends_then(source, directed, time.lexical)))

    def _ends_then(self, source: NodeSet, directed: int, first: str, last: str | None = None) -> Int32:
        """Return the nodes, ascending, at the ends of those edges of a hop that hold at some moment of a time."""
        edges = HopEdges.of(self.graph, self._onward(source), directed)
        found: Int32 = np.unique(edges.ends[edges.holding(first, last)])
        return found

    def _targets(self, some: NodeSet, directed: int) -> tuple[Int64, Int32]:
        """Return the edges of a directed relation from a set: the place of the node in the set, the node at the end."""
        edges = HopEdges.of(self.graph, some.nodes, directed)
        return edges.places, edges.ends

    def _near(self, some: NodeSet, hops: int) -> Bool:
        if not hops:
            mask = np.zeros(self.graph.num_nodes, np.bool_)
            mask[some.nodes] = True
            return mask
        return self._with_neighbours(self.near(some, hops - 1))

    def _near_values(self, groups: tuple[int, ...], hops: int) -> Bool:
        if hops:
            return self._with_neighbours(self.near_values(groups, hops - 1))
        mask = np.zeros(self.graph.num_nodes, np.bool_)
        ends = self._sides[0].node[np.isin(self.values.group, groups)[self._sides[0].relation]]
        mask[ends[ends >= self.graph.num_entities]] = True
        return mask

    def _with_neighbours(self, some: Bool) -> Bool:
        mask = some.copy()
        nodes = np.flatnonzero(mask).astype(np.int32)
        for side in self._sides:
            side.mark_neighbours(nodes, mask)
        return mask


def _counted(counts: Int64) -> tuple[Int64, Int64]:
    """Return the places of counts that are not 0, ascending, and these counts."""
    places = np.flatnonzero(counts)
    return places, counts[places]


def _leaving_out(nodes: Int32, few: tuple[int, ...]) -> Int32:
    """Return nodes without some few."""
    for node in few:
        nodes = nodes[nodes != node]
    return nodes


def _common(one: Int32, other: Int32) -> Int32:
    """Return the intersection of two ascending arrays: the shorter is looked up in the longer."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if not len(long):
        return _NOTHING
    at = np.minimum(np.searchsorted(long, short), len(long) - 1)
    found: Int32 = short[long[at] == short]
    return found
