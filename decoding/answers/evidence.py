"""Formats the triples of proof paths as evidence for prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from clew.decoding.text.text_writer import Evidence

if TYPE_CHECKING:  # the settings name a form before anything is loaded
    from clew.decoding.answers.gather import PathInstance
    from clew.kg.graph.graph import Graph

Tree = dict[str, "Tree"]


def write_evidence(graph: Graph, paths: Iterable[PathInstance], style: Evidence, most: int = 200) -> str:
    """Return the evidence of some paths, at most ``most`` lines; a cut is said in a last line."""
    lines = list(_triples(graph, paths) if style is Evidence.TRIPLES else _outline(graph, paths))
    if len(lines) > most:
        lines = [*lines[:most], f"... and {len(lines) - most} more lines"]
    return "\n".join(lines)


def _triples(graph: Graph, paths: Iterable[PathInstance]) -> Iterator[str]:
    seen: set[tuple[int, int, int]] = set()
    for path in paths:
        for start, relation, end in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
            inverse = relation >= graph.num_relations
            head, tail = (end, start) if inverse else (start, end)
            stated = (head, relation % graph.num_relations, tail)
            if stated not in seen:
                seen.add(stated)
                yield f"({graph.label(head)}, {graph.relation_label(stated[1])}, {graph.label(tail)})"


def _outline(graph: Graph, paths: Iterable[PathInstance]) -> Iterator[str]:
    root: Tree = {}
    for path in paths:
        at = root.setdefault(graph.label(path.nodes[0]), {})
        for relation, node in zip(path.relations, path.nodes[1:], strict=True):
            at = at.setdefault(graph.relation_label(relation), {}).setdefault(graph.label(node), {})
    return _points(root, 0)


def _points(tree: Tree, depth: int) -> Iterator[str]:
    for text, below in tree.items():
        yield f"{'  ' * depth}- {text}"
        yield from _points(below, depth + 1)
