"""What an engine is made of, made on first use: nothing heavy is imported before a question is asked."""

from __future__ import annotations

from typing import Protocol

from api.topics import Linker
from decoding.reasoner import Reasoner
from kg.graph import Graph


class Parts(Protocol):
    """Makes the linker of a graph version, and the reasoner that all graphs share."""

    def linker(self, graph: Graph) -> Linker:
        """Return a linker over the graph's labels."""

    def reasoner(self) -> Reasoner:
        """Return the reasoner; ``prepare`` has not been called."""
