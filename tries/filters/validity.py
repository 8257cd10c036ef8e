"""The time at which an edge holds, from its attributes, and the edges that hold at a given time.

Times are read as ISO 8601 and XML Schema write them (``1999``, ``1999-05``, ``1999-05-17``, ``1999-05-17T12:00:00Z``;
``clew.kg.terms.typed.moment``) and each is the whole period that it names: an edge that ends in 2012 holds to the end
of that year, and "at 1999" is at some time of that year. Without a time zone, UTC is meant.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import edge_attributes
from clew.kg.limits import MAX_NAMED_EDGES
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import is_iri, local_name
from clew.kg.terms.typed.interval import Timeline
from clew.kg.terms.typed.moment import TIMES, time_of
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.vocabulary import RDF_REIFIES, TIME_ENDS, TIME_INSTANTS, TIME_STARTS, XSD
from clew.kg.time_limit import looking
from clew.tries.constraint import Bool, Int64

Moment = tuple[Exact, bool]
"""Seconds since 1970 in UTC, and whether just after that instant (``Interval.last``); they compare as they follow one
another."""
Period = tuple[Moment, Moment]
"""Where it begins, and the first moment after it."""
_MOMENT = XSD + "dateTime"
ALWAYS: Period = ((-(10**40), False), (10**40, False))
"""Longer than ``MAX_YEAR_DIGITS`` lets a time be."""


@dataclass(frozen=True)
class Validity:
    """The edges that hold at a time, or at some time of a period.

    at, until: the time, or the first and last time of the period.
    throughout: whether an edge must hold all through the period, in one stretch.
    undated: whether an edge that says nothing of time holds always (else never).
    starts, ends, instants: names of attributes; case, spaces, hyphens and what comes before an IRI's last part do not
        matter.
    skip_unreadable: whether an edge whose times cannot be read is taken not to hold; else it is an error.
    """

    at: str
    until: str | None = None
    throughout: bool = False
    undated: bool = True
    starts: Collection[str] = TIME_STARTS
    ends: Collection[str] = TIME_ENDS
    instants: Collection[str] = TIME_INSTANTS
    skip_unreadable: bool = False

    def edges(self, graph: Graph) -> Bool:
        """Return bool[num_edges]: which edges hold then. Time: linear in the attributes.

        Raises:
            BadInput: a time asked for that is none, a period that ends before it begins, or (unless
                ``skip_unreadable``) edges whose times cannot be read or contradict one another; the message names some.
        """
        asked = self.asked()
        holds = np.full(graph.num_edges, self.undated)
        for edge, periods in self.stretches(graph):
            holds[edge] = any(self._covers(period, asked) for period in periods)
        return holds

    def among(self, graph: Graph, edges: Int64) -> Bool:
        """Return bool[len(edges)]: which of some edges hold then. Time: linear in their attributes. Raises as
        ``edges``."""
        asked, said = self.asked(), dict(self.stretches(graph, edges))
        holding = [edge for edge, periods in said.items() if any(self._covers(period, asked) for period in periods)]
        found: Bool = np.isin(edges, holding)
        return found | ~np.isin(edges, list(said)) if self.undated else found

    def stretches(self, graph: Graph, among: Int64 | None = None) -> Iterator[tuple[int, list[Period]]]:
        """Yield each edge (of some, or of all) that says something of time, with the stretches in which it holds: none
        if its times cannot be read. Raises ``BadInput`` after the last, as ``edges`` does."""
        names = tuple(frozenset(map(_plain, group)) for group in (self.starts, self.ends, self.instants))
        unreadable = []
        for edge in looking(_with_attributes(graph, among)):
            try:
                periods = _periods(edge_attributes(graph, edge), names)
            except ValueError as error:
                unreadable.append(f"{_where(graph, edge)}: {error}")
                periods = []
            if periods is not None:
                yield edge, periods
        if unreadable and not self.skip_unreadable:
            more = " ..." if len(unreadable) > MAX_NAMED_EDGES else ""
            raise BadInput(f"{len(unreadable)} edges have invalid times: {unreadable[:MAX_NAMED_EDGES]}{more}")

    def asked(self) -> Period:
        """Return the time asked for; ``BadInput`` if it is none, or a period that ends before it begins."""
        try:
            begin, last = period_of(self.at)[0], period_of(self.at if self.until is None else self.until)[1]
        except ValueError as error:
            raise BadInput(str(error)) from None
        if last <= begin:
            raise BadInput(f"the period ends ({self.until}) before it begins ({self.at})")
        return begin, last

    def _covers(self, period: Period, asked: Period) -> bool:
        if self.throughout:
            return period[0] <= asked[0] and asked[1] <= period[1]
        return period[0] < asked[1] and asked[0] < period[1]


@functools.lru_cache(65_536)
def period_of(text: str, datatype: str = _MOMENT) -> Period:
    """Return the period that a time covers; ValueError where it is none. A text or a number is read as a time."""
    found = time_of(text.strip(), datatype if datatype in TIMES else _MOMENT)
    if found is None or found.timeline is not Timeline.TIME:
        raise ValueError(f"{text!r} is not a time; use 1999, 1999-05, 1999-05-17 or 1999-05-17T12:00:00Z")
    return (found.start, False), found.last


def _plain(name: str) -> str:
    name = local_name(name) if is_iri(name) else name
    return "".join(char for char in name.casefold() if char.isalnum())


def _with_attributes(graph: Graph, among: Int64 | None) -> Sequence[int]:
    """Return the edges (of some, or of all) that may have attributes, ascending."""
    reified = graph.find_relation(RDF_REIFIES) is not None
    attributed = graph.arrays["attribute_edge"]
    if reified and among is None:
        return range(graph.num_edges)
    chosen = attributed if among is None else among if reified else among[_are_in(attributed, among)]
    found: list[int] = np.unique(chosen).tolist()
    return found


def _are_in(ascending: NDArray[np.integer[Any]], numbers: Int64) -> Bool:
    """Return which numbers are in an ascending array, which may be longer by far."""
    if not len(ascending):
        return np.zeros(len(numbers), np.bool_)
    at = np.searchsorted(ascending, numbers.astype(ascending.dtype))
    found: Bool = ascending[np.minimum(at, len(ascending) - 1)] == numbers
    return found


def _where(graph: Graph, edge: int) -> str:
    source = graph.edge_source(edge)
    head, r, tail = graph.edge_triple(edge)
    place = f"{source.file}:{source.line}: " if source.file else ""
    return f"{place}{graph.label(head)} - {graph.relation_label(r)} - {graph.label(tail)}"


def _periods(attributes: Sequence[tuple[str, Literal]], names: Sequence[frozenset[str]]) -> list[Period] | None:
    """Return when an edge holds; None where it says nothing of time.

    ValueError where a time cannot be read or an edge ends before it begins.
    """
    groups: list[list[Period]] = [[], [], []]
    for name, value in attributes:
        for group, wanted in zip(groups, names, strict=True):
            if _plain(name) in wanted:
                group.append(period_of(value.lexical, value.datatype))
    starts, ends, instants = groups
    if not any(groups):
        return None
    return instants + (_stretches([s[0] for s in starts], [e[1] for e in ends]) if starts or ends else [])


def _stretches(begins: Sequence[Moment], lasts: Sequence[Moment]) -> list[Period]:
    """Return the stretches between begins and ends, as brackets match: an end without a begin is open to the past, a
    begin without an end to the future. An edge that several rows give has the times of all of them."""
    events = sorted([(moment, 1) for moment in begins] + [(moment, 0) for moment in lasts])
    depth = lowest = 0
    for _, kind in events:
        depth += 1 if kind == 1 else -1
        lowest = min(lowest, depth)
    if lowest < 0 and len(begins) == len(lasts):
        raise ValueError("the period ends before it begins")
    depth, begin, found = -lowest, ALWAYS[0], []
    for moment, kind in events:
        if kind == 1:
            begin = moment if depth == 0 else begin
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                found.append((begin, moment))
    return [*found, (begin, ALWAYS[1])] if depth else found
