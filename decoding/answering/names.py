"""GraphNames of a graph's entities, classes and relations, by key or by label, whatever their case."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

from rapidfuzz import process

from clew.decoding.answering.topics import Linker
from clew.kg import limits
from clew.kg.errors import UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import classes

LIKE = 60
"""How alike they must be, of 100."""


class GraphNames:
    """The names of one graph; those of entities are a linker's to resolve."""

    def __init__(self, graph: Graph, linker: Linker) -> None:
        self._graph, self._linker = graph, linker

    def relations(self, names: Collection[str]) -> list[str]:
        """Return the keys of relations, ``^`` before the inverse's (as before its name); ``UnknownRelation`` for a name
        that the graph does not have, with similar ones."""
        found: list[str] = []
        for name in names:
            inverse = name.startswith("^") and self._graph.find_relation(name) is None
            bare = name[1:] if inverse else name
            keys = [bare] if self._graph.find_relation(bare) is not None else self._relation_keys.get(bare.casefold())
            if not keys:
                raise UnknownRelation(
                    f"no relation of the graph has the key or label {bare!r}" + _near(bare, self._said)
                )
            found += [f"^{key}" if inverse else key for key in keys]
        return found

    def classes(self, names: Collection[str]) -> list[str]:
        """Return the keys of classes; ``UnknownNode`` for a name that no class has, with similar ones."""
        found: list[str] = []
        for name in names:
            keys = self._class_keys.get(name) or self._class_keys.get(name.casefold())
            if not keys:
                raise UnknownNode(f"no class of the graph has the key or label {name!r}" + _near(name, self._classes))
            found += keys
        return found

    def entities(self, names: Collection[str]) -> list[str]:
        """Return the keys of entities, all that share a label; ``UnknownNode`` for a name that none has, with similar
        ones."""
        mentions = [mention for name in names for mention in self._linker.link(name, [name]).mentions]
        return [self._graph.key(candidate.node) for mention in mentions for candidate in mention.candidates]

    @cached_property
    def _said(self) -> list[str]:
        """The relations' labels."""
        return [self._graph.relation_label(r) for r in range(self._graph.num_relations)]

    @cached_property
    def _relation_keys(self) -> dict[str, list[str]]:
        graph = self._graph
        named = (
            (name, graph.relation_key(r))
            for r in range(graph.num_relations)
            for name in (
                self._said[r],
                *(label.text for label in graph.relation_labels(r) if label.kind != "description"),
            )
        )
        return _by_name(named)

    @cached_property
    def _class_nodes(self) -> list[int]:
        """What anything has as its type."""
        return classes(self._graph)

    @cached_property
    def _classes(self) -> list[str]:
        """The classes' labels."""
        return [self._graph.label(node) for node in self._class_nodes]

    @cached_property
    def _class_keys(self) -> dict[str, list[str]]:
        graph = self._graph
        labelled = _by_name(
            (label, graph.key(node)) for node, label in zip(self._class_nodes, self._classes, strict=True)
        )
        return labelled | {graph.key(node): [graph.key(node)] for node in self._class_nodes}


def _by_name(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the keys of each name, whatever its case."""
    found: dict[str, list[str]] = {}
    for name, key in named:
        keys = found.setdefault(name.casefold(), [])
        if key not in keys:
            keys.append(key)
    return found


def _near(name: str, known: Sequence[str]) -> str:
    """Return the end of an error that offers the names most like an unknown one."""
    similar = process.extract(name, known, limit=limits.MAX_OFFERED_NAMES, score_cutoff=LIKE, processor=str.casefold)
    return f"; similar: {', '.join(repr(known) for known, *_ in similar)}" if similar else ""
