"""What is derived from a graph as a whole, kept for as long as the graph is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from clew.kg.graph.graph import Graph

T = TypeVar("T")


class OncePerGraph(Generic[T]):
    """A function of a graph that is run once for each. Safe for threads: two that come first at a time may both run it,
    and one result is kept.

    It is kept by the graph. It had better not hold the graph, though it may: both then go together, as garbage.
    """

    def __init__(self, derive: Callable[[Graph], T]) -> None:
        self._derive = derive
        self.__doc__ = derive.__doc__

    def __call__(self, graph: Graph) -> T:
        """Return what is kept of the graph, else derive it."""
        found = graph.derived.get(self)
        return self.keep(graph, self._derive(graph)) if found is None else cast(T, found)

    def keep(self, graph: Graph, value: T) -> T:
        """Keep a value for a graph, unless there is one already; return what is kept."""
        return cast(T, graph.derived.setdefault(self, value))
