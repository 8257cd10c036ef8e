"""``NodeSet``: what the operators of a program work on."""

from __future__ import annotations

from dataclasses import dataclass

from clew.tries.constraint import Int32


@dataclass(frozen=True, slots=True, eq=False)
class NodeSet:
    """A set of nodes, and what hops from it leave out.

    nodes: int32, ascending and distinct. cut: whether some are missing, for want of room. topics: the entities that the
    question names on the way here, ascending: an answer is none of them. bare: whether the set is named, not reached;
    the hops of a named set may come to a topic.
    """

    nodes: Int32
    cut: bool = False
    topics: tuple[int, ...] = ()
    bare: bool = False

    def __len__(self) -> int:
        return len(self.nodes)
