"""Brute force: every path of a toy graph, and the language it spells, without any of the code under test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clew.tries.constraint import SpelledPath
from clew.tries.tokens.spelling import Spelling
from tests.laws.constraint_laws import Language
from tests.tries.toy import ToyGraph

Spell = Callable[[ToyGraph, SpelledPath], tuple[int, ...]]
Accept = Callable[[SpelledPath], bool]


Encode = Callable[[str], list[int]]


def tokens_after_head(encode: Encode, spelling: Spelling, labels: Iterable[str]) -> tuple[int, ...]:
    """The tokens of some labels behind a head: their whole text tokenised at once, the head's tokens dropped."""
    head = "head"
    text = head + "".join(f" {spelling.separator} {spelling.escape(label)}".rstrip() for label in labels)
    return tuple(encode(text)[len(encode(head)) :])


def all_paths(graph: ToyGraph, head: int, max_hops: int, inverse: bool = True) -> Iterator[SpelledPath]:
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


def language(
    graph: ToyGraph, head: int, spell: Spell, max_hops: int, accept: Accept = lambda path: True, inverse: bool = True
) -> Language:
    """The strings of all paths that ``accept`` admits, each with its paths."""
    strings: Language = {}
    for path in all_paths(graph, head, max_hops, inverse):
        if accept(path):
            strings.setdefault(spell(graph, path), set()).add(path)
    return strings
