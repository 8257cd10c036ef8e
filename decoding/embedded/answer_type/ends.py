"""Answer-type check on the actual end nodes of a path, for relations with mixed ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.answer_type.lexical import AskedKind, asked_kind
from clew.decoding.embedded.answer_type.relations import TOLD, AnswerKinds
from clew.decoding.embedded.vocabulary.vocabulary import class_names
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_INSTANCES, MAX_TYPED_ENDS
from clew.tries.survey.survey import survey_of

Bool = NDArray[np.bool_]
Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class EndKind:
    """What one question asks for: ``instances`` are the nodes of each class that it names, ascending."""

    asked: AskedKind
    instances: tuple[Int32, ...]
    kinds: EndKinds

    def of(self, ends: Sequence[Int32]) -> Float64:
        """Return, per path's ends, how far they are from the kind asked for: 0 down to -1, as ``AnswerKinds.of``."""
        return np.array(list(map(self.of_ends, ends)))

    def of_ends(self, ends: Int32) -> float:
        """Return how far one path's ends are from the kind asked for."""
        nodes = _spread(ends)
        literal = nodes >= self.kinds.num_entities
        fits = literal if self.asked.literal else np.zeros(len(nodes), np.bool_)
        for some in self.instances:
            fits = fits | _within(nodes, some)
        known = 1.0 if self.asked.literal else float((self.kinds.typed(nodes) | literal).mean())
        return 0.0 if known < TOLD else self.asked.sure * (float(fits.mean()) - 1)


class EndKinds:
    """Finds what nodes a question's kind names in one graph."""

    def __init__(self, graph: Graph, kinds: AnswerKinds) -> None:
        self._graph, self._kinds = graph, kinds
        self.num_entities = graph.num_entities
        self._all_classes = survey_of(graph).classes
        self._classes: dict[str, list[int]] = {}
        for name, cls in class_names(graph):
            self._classes.setdefault(name, []).append(cls)

    def typed(self, nodes: Int32) -> Bool:
        """Return, per node, whether the graph tells its class, or that it is one."""
        if self._graph.type_relation is None:
            return np.zeros(len(nodes), np.bool_)
        first, last = self._graph.runs(nodes, self._graph.type_relation)
        return (last > first) | _within(nodes, self._all_classes)  # a class is known to be no instance

    def asked(self, text: str) -> EndKind | None:
        """Return the kind that a masked question asks for; None where nothing is asked or told."""
        if not self._kinds.of_text(text).any():
            return None
        asked = asked_kind(text)
        found = [self._instances(cls) for name in self._kinds.meant(asked) for cls in self._classes.get(name, ())]
        if sum(map(len, found)) > MAX_INSTANCES:
            return None
        return EndKind(asked, tuple(found), self)

    def _instances(self, cls: int) -> Int32:
        kind = self._graph.type_relation
        return self._graph.neighbours(cls, (kind or 0) + self._graph.num_relations)


def _spread(nodes: Int32) -> Int32:
    if len(nodes) <= MAX_TYPED_ENDS:
        return nodes
    return nodes[np.linspace(0, len(nodes) - 1, MAX_TYPED_ENDS).astype(np.int64)]


def _within(nodes: Int32, ascending: Int32) -> Bool:
    """Return which nodes are among some, ascending."""
    if not len(ascending):
        return np.zeros(len(nodes), np.bool_)
    place = np.minimum(np.searchsorted(ascending, nodes), len(ascending) - 1)
    found: Bool = ascending[place] == nodes
    return found
