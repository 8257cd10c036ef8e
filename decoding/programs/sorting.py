"""The order in which a question wants its answers."""

from __future__ import annotations

from dataclasses import dataclass

from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.comparison import sort_key
from clew.tries.constraint import Int32


@dataclass(frozen=True, slots=True)
class Sorting:
    """By the values of an attribute (a forward relation), or by name (None)."""

    attribute: int | None
    descending: bool = False

    def of(self, graph: Graph, nodes: Int32) -> list[int]:
        """Return nodes in this order, those without a value last; equal ones by name."""
        named = sorted(nodes.tolist(), key=lambda node: (graph.label(node).casefold(), node))
        if self.attribute is None:
            return named[::-1] if self.descending else named
        values = {node: self._value(graph, node) for node in named}
        known = [node for node in named if values[node] is not None]
        known.sort(key=lambda node: values[node], reverse=self.descending)  # type: ignore[arg-type,return-value]
        return [*known, *(node for node in named if values[node] is None)]

    def _value(self, graph: Graph, node: int) -> tuple[object, ...] | None:
        """Return what a node is sorted by: its least or its greatest value, a text where that is none."""
        assert self.attribute is not None
        ends = graph.neighbours(node, self.attribute).tolist()
        typed = [graph.literal(end).typed if graph.is_literal(end) else None for end in ends]
        keys: list[tuple[object, ...]] = [
            ("~", graph.label(end).casefold()) if value is None else sort_key(value)
            for end, value in zip(ends, typed, strict=True)
        ]
        return (max if self.descending else min)(keys) if keys else None  # type: ignore[type-var]
