"""What is derived from a graph as a whole, kept for as long as the graph is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from clew.kg.graph.graph import Graph

T = TypeVar("T")


class OncePerGraph(Generic[T]):
    """A function of a graph that is run once for each. Safe for threads: two that come first at a time may both run it,
    and one result is kept."""

    def __init__(self, derive: Callable[[Graph], T]) -> None:
        self._derive = derive
        self._known: WeakKeyDictionary[Graph, T] = WeakKeyDictionary()
        self.__doc__ = derive.__doc__

    def __call__(self, graph: Graph) -> T:
        """Return what is kept of the graph, else derive it."""
        found = self._known.get(graph)
        return self.keep(graph, self._derive(graph)) if found is None else found

    def keep(self, graph: Graph, value: T) -> T:
        """Keep a value for a graph, unless there is one already; return what is kept."""
        return self._known.setdefault(graph, value)
