"""Lists every path of a small graph, and the token strings of these paths, by brute force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from clew.kg.graph.graph import Graph
from clew.tries.constraint import SpelledPath
from clew.tries.laws.constraint import Language
from clew.tries.tokens.spelling import Spelling

Accept = Callable[[SpelledPath], bool]
Encode = Callable[[str], list[int]]


class Stepped(Protocol):
    """A graph as brute force reads it."""

    @property
    def num_relations(self) -> int:
        """The number R of relations; ``r + R`` walks r backwards."""

    def is_literal(self, node: int) -> bool:
        """Return whether a node is a literal."""

    def steps(self, node: int) -> Iterable[tuple[int, int]]:
        """Return the distinct pairs of a directed relation and the node that it reaches."""


G = TypeVar("G", bound=Stepped)


class GraphSteps:
    """A ``Graph`` as brute force reads it: its edges, copied into a dictionary once."""

    def __init__(self, graph: Graph) -> None:
        self.num_relations, self._num_entities = graph.num_relations, graph.num_entities
        self._steps: dict[int, set[tuple[int, int]]] = {}
        for head in range(graph.num_nodes):
            for at in range(int(graph.out.ptr[head]), int(graph.out.ptr[head + 1])):
                relation, tail = int(graph.out.relation[at]), int(graph.out.node[at])
                self._steps.setdefault(head, set()).add((relation, tail))
                self._steps.setdefault(tail, set()).add((relation + graph.num_relations, head))

    def is_literal(self, node: int) -> bool:
        """Return whether a node is a literal."""
        return node >= self._num_entities

    def steps(self, node: int) -> set[tuple[int, int]]:
        """Return the directed relations of a node, each with a node that it reaches."""
        return self._steps.get(node, set())


def all_paths(graph: Stepped, head: int, max_hops: int, inverse: bool = True) -> Iterator[SpelledPath]:
    """Every walk of 1 to max_hops hops; a literal ends it unless it is the head."""
    walks = [SpelledPath((head,), ())]
    for hop in range(max_hops):
        longer = []
        for walk in walks:
            node = walk.nodes[-1]
            if hop and graph.is_literal(node):
                continue
            for r, reached in graph.steps(node):
                if inverse or r < graph.num_relations:
                    longer.append(SpelledPath((*walk.nodes, reached), (*walk.relations, r)))
        yield from longer
        walks = longer


def every_path(path: SpelledPath) -> bool:
    """Admit any path."""
    return True


def language(
    graph: G,
    head: int,
    spell: Callable[[G, SpelledPath], tuple[int, ...]],
    max_hops: int,
    accept: Accept = every_path,
    inverse: bool = True,
) -> Language:
    """The strings of all paths that ``accept`` admits, each with its paths. ``spell`` gives the tokens of a path, the
    end token left out."""
    strings: Language = {}
    for path in all_paths(graph, head, max_hops, inverse):
        if accept(path):
            strings.setdefault(spell(graph, path), set()).add(path)
    return strings


def tokens_after_head(encode: Encode, spelling: Spelling, labels: Iterable[str]) -> tuple[int, ...]:
    """The tokens of some labels behind a head: their whole text tokenised at once, the head's tokens dropped."""
    head = "head"
    text = head + "".join(f" {spelling.separator} {spelling.escape(label)}".rstrip() for label in labels)
    return tuple(encode(text)[len(encode(head)) :])
