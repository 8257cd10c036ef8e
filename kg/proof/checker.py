"""The independent checker: is every edge of a proof in the graph?

It looks each edge up by key in the stored statements, checks the blocks of files that hold it once more, and shares
no code with what finds answers (``tries``, ``retrieval``, ``decoding``), nor with the compiled kernels that those walk
the graph with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from clew.kg.errors import VerificationFailed
from clew.kg.graph.arrays import Blocks
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import Derivation, Operator, Proof, ProofEdge
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_SUBCLASS


@dataclass(frozen=True, slots=True)
class CheckedEdge:
    """An edge found in the graph, and where it was read."""

    edge: ProofEdge
    source: Source


@dataclass(frozen=True, slots=True)
class Report:
    """A proof that holds: the graph and version it was checked against and its edges, alternative by alternative, those
    that state classes last."""

    graph: str
    version: str
    alternatives: tuple[tuple[CheckedEdge, ...], ...]


@dataclass(slots=True)
class Seen:
    """What was looked up in one graph while several of its proofs are checked: they share most edges and keys.

    An entry per key and edge: whoever keeps one bounds it.
    """

    nodes: dict[str, int | None] = field(default_factory=dict)
    relations: dict[str, int | None] = field(default_factory=dict)
    edges: dict[ProofEdge, Source] = field(default_factory=dict)
    blocks: Blocks = field(default_factory=set)


def verify(graph: Graph, proof: Proof, seen: Seen | None = None) -> Report:
    """Check a proof edge by edge; raise ``VerificationFailed`` at the first thing that does not hold.

    ``seen``: what other proofs over the same graph needed; it is added to.

    Holds means: made for this graph version, at least one alternative, and in each alternative every edge is in the
    graph, the edges join as its operator says, the last one ends at the answer, and every class that is stated is one
    of a node of the edges.
    """
    if proof.version != graph.version:
        raise VerificationFailed(f"the proof is of version {proof.version!r}, the graph is {graph.version!r}")
    if not proof.alternatives:
        raise VerificationFailed(f"no derivation of {proof.answer!r}")
    known = Seen() if seen is None else seen
    checked = tuple(_check_derivation(graph, derivation, proof.answer, known) for derivation in proof.alternatives)
    return Report(graph.name, graph.version, checked)


def _check_derivation(graph: Graph, derivation: Derivation, answer: str, seen: Seen) -> tuple[CheckedEdge, ...]:
    if not derivation.edges:
        raise VerificationFailed(f"a derivation without edges for {answer!r}")
    match derivation.operator:
        case Operator.CHAIN:
            _check_chain(derivation.edges)
        case Operator.GROWN:
            _check_grown(derivation)
        case other:
            raise VerificationFailed(f"unknown operator {other!r}")
    if derivation.edges[-1].end != answer:
        raise VerificationFailed(f"the derivation ends at {derivation.edges[-1].end!r}, not at {answer!r}")
    _check_classes(derivation)
    return tuple(CheckedEdge(edge, check_edge(graph, edge, seen)) for edge in (*derivation.edges, *derivation.classes))


def _check_classes(derivation: Derivation) -> None:
    held = {key for edge in derivation.edges for key in (edge.head, edge.tail)}
    for edge in derivation.classes:
        if edge.inverse or edge.relation not in (RDF_TYPE, RDFS_SUBCLASS):
            raise VerificationFailed(f"no statement of a class: {edge}")
        if edge.head not in held:
            raise VerificationFailed(f"the class of {edge.head!r} has nothing to do with the derivation")
        held.add(edge.tail)


def _check_chain(edges: tuple[ProofEdge, ...]) -> None:
    for before, after in pairwise(edges):
        if before.end != after.start:
            raise VerificationFailed(f"the chain breaks between {before.end!r} and {after.start!r}")


def _check_grown(derivation: Derivation) -> None:
    held, stated = set(derivation.sources), set()
    for edge in derivation.edges:
        if edge.start not in held:
            raise VerificationFailed(f"an edge grows from {edge.start!r}, which no source and no edge before it holds")
        statement = (edge.head, edge.relation, edge.tail)
        if statement in stated:
            raise VerificationFailed(f"an edge occurs twice: {edge}")
        stated.add(statement)
        held.add(edge.end)
    if unused := set(derivation.sources) - {key for edge in derivation.edges for key in (edge.head, edge.tail)}:
        raise VerificationFailed(f"nothing grows from the sources {sorted(unused)}")


def check_edge(graph: Graph, edge: ProofEdge, seen: Seen | None = None) -> Source:
    """Where the edge was read; ``VerificationFailed`` if the graph does not hold it."""
    known = Seen() if seen is None else seen
    source = known.edges.get(edge)
    if source is not None:
        return source
    head, tail = _node(graph, edge.head, known), _node(graph, edge.tail, known)
    if edge.relation not in known.relations:
        known.relations[edge.relation] = graph.find_relation(edge.relation)
    relation = known.relations[edge.relation]
    if head is None or tail is None or relation is None:
        raise VerificationFailed(f"unknown key in {edge}")
    found = _position(graph, head, relation, tail)
    if found is None:
        raise VerificationFailed(f"not in the graph: {edge}")
    _check_files(graph, (head, relation, tail), found, known)
    known.edges[edge] = source = graph.edge_source(found)
    return source


def _check_files(graph: Graph, edge: tuple[int, int, int], place: int, seen: Seen) -> None:
    """``CorruptSnapshot`` unless the blocks of files that say that the edge lies at ``place`` are right still."""
    if graph.stored is None:
        return
    head, relation, tail = edge
    parts = [("out_ptr", head, head + 2), ("out_relation", place, place + 1), ("out_node", place, place + 1)]
    for name, key in (("node", head), ("relation", relation), ("node", tail)):
        low, high = graph.arrays[f"{name}_offsets"][key : key + 2].tolist()
        parts += [(f"{name}_offsets", key, key + 2), (f"{name}_blob", low, high)]
    for name, start, stop in parts:
        graph.stored.check(name, start, stop, seen.blocks)


def _node(graph: Graph, key: str, seen: Seen) -> int | None:
    if key not in seen.nodes:
        seen.nodes[key] = graph.find_node(key)
    return seen.nodes[key]


def _position(graph: Graph, head: int, relation: int, tail: int) -> int | None:
    """The edge's place in the (head, relation, tail) order of the statements: two binary searches in the head's row."""
    low, high = int(graph.out.ptr[head]), int(graph.out.ptr[head + 1])
    bounds = np.array((relation, relation + 1), np.int32)
    first, last = (low + np.searchsorted(graph.out.relation[low:high], bounds)).tolist()
    position = first + int(np.searchsorted(graph.out.node[first:last], np.int32(tail)))
    return position if position < last and int(graph.out.node[position]) == tail else None
