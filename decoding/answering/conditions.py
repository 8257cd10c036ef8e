"""Resolves the conditions of a question: names to keys, keys to a filtered view of the graph."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from rapidfuzz import process

from clew.decoding.answering.topics import Linker
from clew.decoding.answers.class_edges import END
from clew.kg import limits
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import classes

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.tries.filters.conditions import Conditions
    from clew.tries.filters.filtered_graph import Walkable

LIKE = 60
"""How alike they must be, of 100."""


class Conditioned:
    """One graph under the conditions of questions. Safe for threads; the last few sets of conditions are kept."""

    def __init__(self, graph: Graph, linker: Linker) -> None:
        self._graph, self._linker = graph, linker
        self._views: OrderedDict[Hashable, Walkable] = OrderedDict()
        self._lock = threading.Lock()

    def graph_view(self, conditions: Conditions) -> Walkable:
        """Return what the conditions, given in names, leave of the graph. Time: linear in the edges, once per set of
        conditions.

        Raises:
            UnknownRelation, UnknownNode: a name that the graph does not have; the message offers similar ones.
            BadInput: a source that no edge comes from, types in a graph that gives none, or times that cannot be read.
        """
        from clew.tries.filters.filtered_graph import Walkable

        key = _key(conditions)
        with self._lock:
            if key not in self._views:
                self._views[key] = Walkable(self._graph, self.in_keys(conditions).on(self._graph))
                while len(self._views) > limits.MAX_CONDITIONS_KEPT:
                    self._views.popitem(last=False)
            self._views.move_to_end(key)
            return self._views[key]

    def demands(self, conditions: Conditions) -> dict[int, list[int]]:
        """Return the classes that the conditions, given in names, demand by position; raises as ``graph_view``."""
        known = self.in_keys(conditions)
        found = {position: list(map(self._graph.node, keys)) for position, keys in known.types_at.items()}
        return found if known.types is None else found | {END: list(map(self._graph.node, known.types))}

    def in_keys(self, conditions: Conditions) -> Conditions:
        """Return conditions given in names (keys or labels) in the graph's keys."""
        if (conditions.types is not None or conditions.types_at) and self._graph.type_relation is None:
            raise BadInput("the graph has no types (rdf:type)")
        return replace(
            conditions,
            relations=None if conditions.relations is None else self._relations(conditions.relations),
            forbidden=self._relations(conditions.forbidden),
            types_at={position: self._types(names) for position, names in conditions.types_at.items()},
            types=None if conditions.types is None else self._types(conditions.types),
            ends=None if conditions.ends is None else self._nodes(conditions.ends),
        )

    def _relations(self, names: Collection[str]) -> list[str]:
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

    def _types(self, names: Collection[str]) -> list[str]:
        found: list[str] = []
        for name in names:
            keys = self._class_keys.get(name) or self._class_keys.get(name.casefold())
            if not keys:
                raise UnknownNode(f"no class of the graph has the key or label {name!r}" + _near(name, self._classes))
            found += keys
        return found

    def _nodes(self, names: Collection[str]) -> list[str]:
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


def _key(conditions: Conditions) -> Hashable:
    """Return what tells conditions apart."""
    c = conditions
    types_at = tuple((position, tuple(names)) for position, names in c.types_at.items())
    lists = (c.relations, c.forbidden, c.types, c.ends, c.sources, c.languages)
    return (*(None if names is None else tuple(names) for names in lists), types_at, c.valid)
