"""Nodes that only link others: rows of a table between tables, events and other n-ary facts ("CVT" of Freebase)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from clew.kg.graph.graph import Graph
from clew.retrieval.linking.words import fold_words
from clew.tries.survey.survey import survey_of

SOME = 8
"""Instances of a class that are looked at."""
ENDS = 2
"""Entities that a link has at least."""


class Links:
    """The classes of one graph whose instances have no name of their own and link others, and what leads to these and
    from them. Immutable."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @cached_property
    def classes(self) -> frozenset[int]:
        """The classes whose instances are links."""
        graph, relation = self._graph, self._graph.type_relation
        if relation is None:
            return frozenset()
        return frozenset(
            cls
            for cls in survey_of(graph).classes.tolist()
            if self._links(cls, graph.neighbours(cls, relation + graph.num_relations)[:SOME].tolist())
        )

    @cached_property
    def leading(self) -> frozenset[int]:
        """The directed relations that lead to links."""
        return frozenset(r for r in range(2 * self._graph.num_relations) if self._reached(r) in self.classes)

    @cached_property
    def leaving(self) -> frozenset[int]:
        """The directed relations that links have."""
        size = self._graph.num_relations
        return frozenset(r + size if r < size else r - size for r in self.leading)

    def ends(self, directed: int) -> list[int]:
        """Return the other relations of the links that a relation leads to: what they link."""
        size, cls = self._graph.num_relations, self._reached(directed)
        if cls not in self.classes:
            return []
        back = directed + size if directed < size else directed - size
        return [r for r in sorted(self.leaving) if r < size and r != back and self._reached(r + size) == cls]

    def _reached(self, directed: int) -> int:
        classes, counts = survey_of(self._graph).classes_reached(directed)
        return int(classes[counts.argmax()]) if len(classes) else -1

    def _links(self, cls: int, some: list[int]) -> bool:
        return bool(some) and all(
            self._is_unnamed(node, [cls]) and self._ends(node) >= ENDS and self._is_left_alone(node) for node in some
        )

    def _is_left_alone(self, node: int) -> bool:
        """Return whether nothing that has a name leads to a node: an address is no link."""
        graph = self._graph
        heads = graph.inc.node[int(graph.inc.ptr[node]) : int(graph.inc.ptr[node + 1])][:SOME].tolist()
        return all(self._is_unnamed(head, graph.types(head).tolist()) for head in heads)

    def _is_unnamed(self, node: int, classes: Sequence[int]) -> bool:
        """Return whether a node has no name, or its class's with a number: "order line 7"."""
        label = self._graph.label_of(node)
        if label is None:
            return True
        words = [word for word in fold_words(label).split() if not word.isdigit()]
        return any(words == fold_words(self._graph.label(cls)).split() for cls in classes)

    def _ends(self, node: int) -> int:
        graph = self._graph
        relations, ends = graph.out.relation, graph.out.node
        own = slice(int(graph.out.ptr[node]), int(graph.out.ptr[node + 1]))
        return sum(
            1
            for relation, end in zip(relations[own].tolist(), ends[own].tolist(), strict=True)
            if relation != graph.type_relation and not graph.is_literal(end)
        )
