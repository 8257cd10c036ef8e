"""Conditions on paths, looked up in the stored statements; ``tries.filters``, which runs them, shares nothing."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePath

from clew.kg.errors import VerificationFailed
from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.proof.sets.path_set import DirectedKey, PathConditions
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.proof.stated_times import Moment, StatedTimes, moments_of


class StatedConditions:
    """Which steps of a path the conditions allow. Raises ``VerificationFailed`` for a name that the graph has not."""

    def __init__(self, graph: Graph, conditions: PathConditions) -> None:
        self._graph, self._asked = graph, conditions
        self._rows = StatedRows(graph)
        self._times = StatedTimes(self._rows)
        self._period = None if conditions.at is None else _period(conditions.at, conditions.until)

    def allows(self, relation: DirectedKey) -> bool:
        """Return whether a path may take a relation in this direction."""
        asked = self._asked
        return (asked.relations is None or relation in asked.relations) and relation not in asked.forbidden

    def admits(self, head: int, relation: str, tail: int) -> bool:
        """Return whether a path may walk a statement, in either direction: by its source and its time."""
        return self._comes_from(head, relation, tail) and self._holds(head, relation, tail)

    def visits(self, node: int, position: int) -> bool:
        """Return whether a path may be at a node after so many hops: by its language and its class."""
        asked = self._asked
        if asked.languages is not None and self._graph.is_literal(node):
            language = self._graph.literal(node).language
            if language and language not in asked.languages:
                return False
        return position not in asked.types_at or node in self._classes_at[position]

    def ends(self, node: int) -> bool:
        """Return whether a path may end at a node."""
        return (self._asked.types is None or node in self._classes) and (
            self._asked.ends is None or self._graph.key(node) in self._asked.ends
        )

    def _comes_from(self, head: int, relation: str, tail: int) -> bool:
        if self._asked.sources is None:
            return True
        place = int(self._graph.arrays["edge_source"][self._rows.edge(head, relation, tail)])
        file, graph = pool(self._graph.arrays, "file")[place], pool(self._graph.arrays, "graph")[place]
        return not self._asked.sources.isdisjoint((file, PurePath(file).name, graph))

    def _holds(self, head: int, relation: str, tail: int) -> bool:
        if self._period is None:
            return True
        stated = self._times.of(head, relation, tail)
        if stated is None:
            return self._asked.undated
        return stated.holds(*self._period, throughout=self._asked.throughout)

    @cached_property
    def _classes_at(self) -> dict[int, frozenset[int]]:
        return {position: self._members(keys) for position, keys in self._asked.types_at.items()}

    @cached_property
    def _classes(self) -> frozenset[int]:
        return self._members(self._asked.types or ())

    def _members(self, keys: tuple[str, ...]) -> frozenset[int]:
        return frozenset().union(*(self._rows.members(key) for key in keys))


def _period(at: str, until: str | None) -> tuple[Moment, Moment]:
    """Return where a period begins and the first moment after it."""
    first, last = moments_of(at)[0], moments_of(at if until is None else until)[1]
    if last <= first:
        raise VerificationFailed(f"the period ends ({until}) before it begins ({at})")
    return first, last
