"""Names that nodes have by their edges, such as titles, where no label statement gives them one.

A title stays an edge, so that it can be asked for; it is a name beside that. So are a given and a family name together,
the labels of SKOS-XL (nodes that hold the text), and label predicates whose value is a literal that is no string.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from clew.kg.graph.walks import EdgeRows, Nodes
from clew.kg.terms.labels import language_ranks
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import ALIASES, FAMILY_NAMES, FULL_NAMES, GIVEN_NAMES, XL_ALIASES, XL_FORM, XL_LABEL

Array = np.ndarray[Any, np.dtype[Any]]


class LiteralLookups(Protocol):
    """A graph, as ``GivenNames`` looks at it; see ``Graph`` for each member."""

    num_entities: int
    num_relations: int

    @property
    def out(self) -> EdgeRows:
        """The edges by head."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The label languages preferred, best first."""

    def find_relation(self, key: str) -> int | None:
        """The relation with this key, or None."""

    def neighbours(self, node: int, r: int) -> Nodes:
        """The nodes that a directed relation reaches from a node."""

    def expand(self, nodes: ArrayLike, r: int) -> Nodes:
        """The nodes that a directed relation reaches from any of some nodes."""

    def literal(self, node: int) -> Literal:
        """The literal of a literal node."""


class GivenNames:
    """The names of one graph's nodes by their edges. Looks at a node's own edges only; at all of them where it is asked
    for all nodes."""

    def __init__(self, graph: LiteralLookups) -> None:
        self._graph = graph
        self._full = [self._found(group) for group in FULL_NAMES]
        self._given, self._family = self._found(GIVEN_NAMES), self._found(FAMILY_NAMES)
        self._aliases, self._form = self._found(ALIASES), self._found([XL_FORM])
        self._labels, self._other_labels = self._found([XL_LABEL]), self._found(XL_ALIASES)
        groups = (*self._full, self._given, self._family, self._aliases, self._labels, self._other_labels)
        self._any = [relation for group in groups for relation in group]

    def name(self, node: int) -> str | None:
        """The name of a node, None where its edges give it none."""
        if not self._any:
            return None
        labels, *others = self._full
        found = self._texts(node, labels) or self._texts_of_labels(node, self._labels)
        for texts in (found, *(self._texts(node, group) for group in others)):
            if (best := self._best(texts)) is not None:
                return best
        parts = (self._best(self._texts(node, group)) for group in (self._given, self._family))
        return " ".join(part for part in parts if part) or None

    def aliases(self, node: int) -> list[str]:
        """The further names of a node, each once."""
        found = (*self._texts(node, self._aliases), *self._texts_of_labels(node, self._other_labels))
        return list(dict.fromkeys(text for literal in found if (text := literal.lexical.strip())))

    def named(self) -> Array:
        """The nodes that may have a name or an alias by their edges, int32, ascending."""
        graph = self._graph
        if not self._any:
            return np.empty(0, np.int32)
        wanted = np.zeros(graph.num_relations, np.bool_)
        wanted[self._any] = True
        edges = np.flatnonzero(wanted[graph.out.relation])
        found: Array = np.unique(np.searchsorted(graph.out.ptr, edges, side="right") - 1).astype(np.int32)
        return found

    def through(self, nodes: Array) -> Array:
        """The nodes that have names through some label nodes of SKOS-XL, int32."""
        inverse = [r + self._graph.num_relations for r in (*self._labels, *self._other_labels)]
        parts = [self._graph.expand(nodes, r) for r in inverse] if len(nodes) else []
        found: Array = np.concatenate([np.empty(0, np.int32), *parts])
        return found

    def _found(self, keys: Iterable[str]) -> list[int]:
        return [r for key in keys if (r := self._graph.find_relation(key)) is not None]

    def _texts(self, node: int, relations: Iterable[int]) -> list[Literal]:
        """The literals that a node has by some relations."""
        graph = self._graph
        nodes = (tail for r in relations for tail in graph.neighbours(node, r).tolist())
        return [graph.literal(tail) for tail in nodes if tail >= graph.num_entities]

    def _texts_of_labels(self, node: int, relations: Iterable[int]) -> list[Literal]:
        labels = [label for r in relations for label in self._graph.neighbours(node, r).tolist()]
        return [text for label in labels for text in self._texts(label, self._form)]

    def _best(self, texts: list[Literal]) -> str | None:
        """The first text of the best language."""
        texts = [literal for literal in texts if literal.lexical.strip()]
        if not texts:
            return None
        ranks = language_ranks([literal.language for literal in texts], self._graph.languages)
        return texts[int(np.argmin(ranks))].lexical.strip()
