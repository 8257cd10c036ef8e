"""What the names of nodes are made of: the part of ``Graph`` that its own helpers read."""

from __future__ import annotations

from typing import Protocol

from clew.kg.columnar.pool import StringPool
from clew.kg.graph.arrays import Arrays
from clew.kg.graph.given_names import GivenNames
from clew.kg.graph.walks import EdgeRows, Nodes


class NameLookups(Protocol):
    """A graph, as ``clew.kg.graph.nameless`` looks at it; see ``Graph`` for each member."""

    arrays: Arrays
    node_keys: StringPool
    num_entities: int

    @property
    def inc(self) -> EdgeRows:
        """The edges by tail."""

    @property
    def given_names(self) -> GivenNames:
        """The names that nodes have by their edges."""

    def key(self, node: int) -> str:
        """The external key of a node."""

    def label(self, node: int) -> str:
        """The text to show for a node."""

    def label_of(self, node: int) -> str | None:
        """The same, but None for a node without a name."""

    def relation_label(self, r: int) -> str:
        """The name of a directed relation."""

    def types(self, node: int) -> Nodes:
        """The classes of a node."""
