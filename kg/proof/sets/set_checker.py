"""The independent checker of answer sets: every relation path is walked again, over the stored statements and in plain
Python. It shares no code with what gathers answers (``decoding.answers``) nor with compiled kernels.

A path does not come back to its topic (unless ``revisit``) but by an edge from the topic to itself, as its only hop. It
does not go on from a literal, and does not end at a node without a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import ProofEdge
from clew.kg.proof.sets.path_set import DirectedKey, PathSet, RelationWalk
from clew.kg.proof.sets.stated_conditions import StatedConditions
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.time_limit import looking

Fronts = tuple[frozenset[int], ...]
"""The nodes that a path may be at after 0, 1, ... hops."""


class CheckedSet:
    """A ``PathSet`` walked again. Time: of each relation path, linear in the edges at the nodes that it comes to.

    Raises ``VerificationFailed`` if it is of another version, names what the graph does not have, takes a relation that
    its conditions forbid, or if its alternatives lead to different nodes.
    """

    def __init__(self, graph: Graph, claim: PathSet) -> None:
        if claim.version != graph.version:
            raise VerificationFailed(f"the proof is of version {claim.version!r}, the graph is {graph.version!r}")
        if not claim.alternatives or not all(claim.alternatives):
            raise VerificationFailed("no relation path leads to the answers")
        self._graph, self._claim = graph, claim
        self._rows, self._conditions = StatedRows(graph), StatedConditions(graph, claim.conditions)
        self._topic = self._rows.node(claim.topic)
        self._nameless = frozenset(graph.nameless.tolist())
        self._fronts = {walk: self._walked(walk) for walks in claim.alternatives for walk in walks}
        self.ends = self._agreed()

    def check_path(self, edges: Sequence[ProofEdge]) -> None:
        """``VerificationFailed`` unless a path is one of these relation paths, from the topic on and under the
        conditions. That its edges are in the graph is for ``checker.verify`` to say."""
        relations = tuple((edge.relation, edge.inverse) for edge in edges)
        nodes = [self._rows.node(key) for key in (edges[0].start, *(edge.end for edge in edges))]
        for walk, fronts in self._fronts.items():
            if walk.relations == relations and all(node in front for node, front in zip(nodes, fronts, strict=True)):
                break
        else:
            raise VerificationFailed(f"no relation path of the proof leads over {[edge.end for edge in edges]}")
        for (start, end), (relation, inverse) in zip(pairwise(nodes), relations, strict=True):
            if not self._admits(start, relation, end, inverse):
                raise VerificationFailed(f"the conditions do not allow the edge of {relation!r}")

    def _agreed(self) -> frozenset[int]:
        first, *others = (
            frozenset().union(*(self._fronts[walk][-1] for walk in walks)) for walks in self._claim.alternatives
        )
        if any(other != first for other in others):
            raise VerificationFailed("the relation paths of the proof lead to different nodes")
        return first

    def _walked(self, walk: RelationWalk) -> Fronts:
        if not 0 <= walk.behind < len(walk.relations):
            raise VerificationFailed("a relation path without relations")
        fronts = [frozenset([self._topic])]
        for position, relation in enumerate(walk.relations, 1):
            if not self._conditions.allows(relation):
                raise VerificationFailed(f"the conditions do not allow {relation[0]!r}")
            fronts.append(self._front(fronts[-1], relation, position, walk))
        return tuple(fronts)

    def _front(
        self, before: frozenset[int], relation: DirectedKey, position: int, walk: RelationWalk
    ) -> frozenset[int]:
        left = len(walk.relations) - position
        return frozenset(
            end
            for start in looking(before)
            for end in self._rows.targets(start, *relation)
            if self._conditions.visits(end, position)
            and (end != self._topic or self._claim.revisit or len(walk.relations) == 1)
            and (self._ends(end) if not left else self._goes_on(end, nameless=left <= walk.behind))
            and self._admits(start, relation[0], end, relation[1])
        )

    def _ends(self, node: int) -> bool:
        return node not in self._nameless and self._conditions.ends(node)

    def _goes_on(self, node: int, nameless: bool) -> bool:
        return not self._graph.is_literal(node) and (not nameless or node in self._nameless)

    def _admits(self, start: int, relation: str, end: int, inverse: bool) -> bool:
        return self._conditions.admits(*((end, relation, start) if inverse else (start, relation, end)))
