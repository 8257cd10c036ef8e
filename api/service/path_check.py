"""Checks whether a path that somebody claims is in a graph. Asks no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.api.schema.graph_paths import ClaimedRelation, ClaimedStep, PathCheck, PathCheckRequest, Unfound
from clew.api.schema.nodes import triple_of
from clew.api.service.requests import check_texts
from clew.decoding.answering.names import GraphNames
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.answers.proof_writer import ProofWriter
from clew.kg import limits
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.proof.proof import Derivation, Proof


def check_path(pipeline: Pipeline, request: PathCheckRequest) -> PathCheck:
    """Return which steps of a path the graph states. Raises ``BadInput`` for a request that is no path, and
    ``VerificationFailed`` rather than call a path found that the independent checker does not find."""
    if len(request.relations) != len(request.nodes) - 1:
        raise BadInput(f"{len(request.nodes)} nodes need {len(request.nodes) - 1} relations: one between each two")
    check_texts([*request.nodes, *(relation.key for relation in request.relations)])
    claim = _Claim(pipeline, request)
    walked = [claim.step(at) for at in range(len(request.relations))]
    missing = [at for at, step in enumerate(walked) if step.edges is None]
    edges: Sequence[Edge | None] = [None] * len(walked)
    if not missing:
        edges = _joined([step.edges or {} for step in walked])
        _verify(pipeline.graph, edges)
    steps = [_told(pipeline.graph, step, edge) for step, edge in zip(walked, edges, strict=True)]
    version = pipeline.graph.version
    return PathCheck(graph=pipeline.graph.name, version=version, found=not missing, missing=missing, steps=steps)


Edge = tuple[int, int, int]
"""Node, directed relation, node."""


@dataclass(frozen=True, slots=True)
class _Walked:
    """What came of a step: for each node reached an edge that leads there; None, and why, where there is none."""

    edges: dict[int, Edge] | None
    reason: Unfound | None = None
    detail: str | None = None


class _Claim:
    """A path as it is claimed, step by step. Where a name means several nodes, any of them that are connected will do;
    after a step that is not there the path goes on from every node of the name."""

    def __init__(self, pipeline: Pipeline, request: PathCheckRequest) -> None:
        self._graph, self._request = pipeline.graph, request
        self._names = GraphNames(pipeline.graph, pipeline.linker)
        self._at: list[int] | None = None

    def step(self, number: int) -> _Walked:
        """Walk a step."""
        found = self._walked(number)
        self._at = None if found.edges is None else list(found.edges)
        return found

    def _walked(self, number: int) -> _Walked:
        name, after = self._request.nodes[number : number + 2]
        try:
            relations = self._relations(self._request.relations[number])
            starts = self._nodes(name) if self._at is None else self._at
            edges = self._edges(starts, relations, after)
        except UnknownNode as error:
            return _Walked(None, "unknown-node", str(error))
        except UnknownRelation as error:
            return _Walked(None, "unknown-relation", str(error))
        if edges:
            return _Walked(edges)
        size = self._graph.num_relations
        turned = self._edges(starts, [(r + size) % (2 * size) for r in relations], after)
        return _Walked(None, "not-stated", "the graph states this in the other direction" if turned else _NOT_STATED)

    def _edges(self, starts: Sequence[int], relations: Sequence[int], name: str) -> dict[int, Edge]:
        """Return, for each node of a name that is reached, an edge that leads there."""
        graph = self._graph
        texts = self._of_text(starts, relations, name)
        nodes = texts or self._nodes(name)
        directed = [(r, r % graph.num_relations, r >= graph.num_relations) for r in relations]
        return {
            node: (start, r, node)
            for node in nodes
            for start in starts
            for r, stored, inverse in directed
            if graph.edge(*((node, stored, start) if inverse else (start, stored, node))) is not None
        }

    def _of_text(self, starts: Sequence[int], relations: Sequence[int], text: str) -> list[int]:
        """Return the literals of this text, among the first that are reached: they have no names to be found by."""
        graph, found = self._graph, []
        for start in starts:
            for r in relations:
                reached = graph.neighbours(start, r)
                for node in reached[reached >= graph.num_entities][: limits.MAX_SAME_NAME].tolist():
                    if graph.literal(node).lexical == text:
                        found.append(node)
        return found

    def _nodes(self, name: str) -> list[int]:
        known = self._graph.find_node(name)
        if known is not None:
            return [known]
        return [self._graph.node(key) for key in self._names.entities([name])[: limits.MAX_SAME_NAME]]

    def _relations(self, claimed: ClaimedRelation) -> list[int]:
        """Return the directed relations of a name; ``^`` before it turns them round, as in conditions."""
        graph, inverse = self._graph, claimed.direction == "inverse"
        found: list[int] = []
        for key in self._names.relations([claimed.key]):
            stored = graph.find_relation(key)
            turned = stored is None
            r = graph.relation(key[1:]) if stored is None else stored
            found.append(r + graph.num_relations if inverse != turned else r)
        return found


_NOT_STATED = "the graph does not state this"


def _joined(steps: Sequence[dict[int, Edge]]) -> list[Edge]:
    """Return one path through the edges of all steps: back from any node that the last one reaches."""
    node, found = next(iter(steps[-1])), []
    for edges in reversed(steps):
        found.append(edges[node])
        node = edges[node][0]
    return found[::-1]


def _verify(graph: Graph, edges: Sequence[Edge]) -> None:
    writer = ProofWriter(graph)
    derivation = Derivation(tuple(writer.edge(*edge) for edge in edges))
    checker.verify(graph, Proof(graph.version, graph.key(edges[-1][2]), (derivation,)))


def _told(graph: Graph, step: _Walked, edge: Edge | None) -> ClaimedStep:
    if step.edges is None:
        return ClaimedStep(found=False, triple=None, reason=step.reason, detail=step.detail)
    shown = edge or next(iter(step.edges.values()))
    return ClaimedStep(found=True, triple=triple_of(graph, *shown), reason=None, detail=None)
