"""Resolves the conditions of a question: names to keys, keys to a filtered view of the graph."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from clew.decoding.answering.names import GraphNames
from clew.decoding.answering.topics import Linker
from clew.decoding.answers.class_edges import END
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.tries.filters.conditions import Conditions
    from clew.tries.filters.filtered_graph import Walkable


class Conditioned:
    """One graph under the conditions of questions. Safe for threads; the last few sets of conditions are kept."""

    def __init__(self, graph: Graph, linker: Linker) -> None:
        self._graph, self._names = graph, GraphNames(graph, linker)
        self._views: OrderedDict[Hashable, Walkable] = OrderedDict()
        self._lock = threading.Lock()

    def graph_view(self, conditions: Conditions) -> Walkable:
        """Return what the conditions, given in names, leave of the graph. Time: linear in the edges, once per set of
        conditions.

        Raises:
            UnknownRelation, UnknownNode: a name that the graph does not have; the message offers similar ones.
            BadInput: a source that no edge comes from, types in a graph that gives none, or times that cannot be read.
        """
        from clew.tries.filters.filtered_graph import Walkable

        key = _key(conditions)
        with self._lock:
            if key not in self._views:
                self._views[key] = Walkable(self._graph, self.in_keys(conditions).on(self._graph))
                while len(self._views) > limits.MAX_CONDITIONS_KEPT:
                    self._views.popitem(last=False)
            self._views.move_to_end(key)
            return self._views[key]

    def demands(self, conditions: Conditions) -> dict[int, list[int]]:
        """Return the classes that the conditions, given in names, demand by position; raises as ``graph_view``."""
        known = self.in_keys(conditions)
        found = {position: list(map(self._graph.node, keys)) for position, keys in known.types_at.items()}
        return found if known.types is None else found | {END: list(map(self._graph.node, known.types))}

    def in_keys(self, conditions: Conditions) -> Conditions:
        """Return conditions given in names (keys or labels) in the graph's keys."""
        if (conditions.types is not None or conditions.types_at) and self._graph.type_relation is None:
            raise BadInput("the graph has no types (rdf:type)")
        return replace(
            conditions,
            relations=None if conditions.relations is None else self._names.relations(conditions.relations),
            forbidden=self._names.relations(conditions.forbidden),
            types_at={position: self._names.classes(names) for position, names in conditions.types_at.items()},
            types=None if conditions.types is None else self._names.classes(conditions.types),
            ends=None if conditions.ends is None else self._names.entities(conditions.ends),
        )


def _key(conditions: Conditions) -> Hashable:
    """Return what tells conditions apart."""
    c = conditions
    types_at = tuple((position, tuple(names)) for position, names in c.types_at.items())
    lists = (c.relations, c.forbidden, c.types, c.ends, c.sources, c.languages)
    return (*(None if names is None else tuple(names) for names in lists), types_at, c.valid)
