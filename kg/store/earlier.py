"""What an update started from, for the indices that are made of it and of their earlier state."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import Delta


class Earlier:
    """The change that a graph's version was published as. Read once, when an index is first asked for; does not hold
    the graph."""

    def __init__(self, catalogue: Catalogue, graph: Graph) -> None:
        self._catalogue, self._name, self._version = catalogue, graph.name, graph.version

    def index(self, kind: str, fingerprint: str) -> Callable[[], tuple[Delta, Path] | None]:
        """What gives the change, and the folder of the base's index of a kind (``Catalogue.derived``); None where the
        version was published whole, or its change cannot be read any longer."""

        def found() -> tuple[Delta, Path] | None:
            delta = self._delta
            return None if delta is None else (delta, self._catalogue.derived(delta.base, kind, fingerprint))

        return found

    @cached_property
    def _delta(self) -> Delta | None:
        return self._catalogue.change(self._name, self._version)
