"""Proofs: the evidence for an answer, in keys, so that it can be checked independently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """How a derivation's edges join to give the answer."""

    CHAIN = "chain"
    """Each edge starts where the one before it ended."""
    GROWN = "grown"
    """Each edge starts at a source or at a node of an edge before it, so that edges branch and join: a directed acyclic
    graph of edges, in which each rests on those before it and all on the sources. No edge occurs twice; the last ends
    at the answer."""


@dataclass(frozen=True, slots=True)
class ProofEdge:
    """One edge as the graph states it, ``head -relation-> tail`` (external keys), and the way it is walked."""

    head: str
    relation: str
    tail: str
    inverse: bool = False

    @property
    def start(self) -> str:
        """The key where the walk enters the edge."""
        return self.tail if self.inverse else self.head

    @property
    def end(self) -> str:
        """The key where the walk leaves the edge."""
        return self.head if self.inverse else self.tail


@dataclass(frozen=True, slots=True)
class Derivation:
    """One reason for the answer: ``edges``, at least one, joined by ``operator``. ``sources`` are the keys of the nodes
    that a grown derivation starts from; a chain starts where its first edge does. ``classes``: the statements of
    classes that decide it, each of a node of the edges or of a class stated before it."""

    edges: tuple[ProofEdge, ...]
    operator: Operator = Operator.CHAIN
    sources: tuple[str, ...] = ()
    classes: tuple[ProofEdge, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """Why ``answer`` (a node's key) follows from version ``version`` of a graph: any one of the ``alternatives``."""

    version: str
    answer: str
    alternatives: tuple[Derivation, ...]
