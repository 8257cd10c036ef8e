"""Conditions on paths in terms of the graph: keys, files, languages, times. Resolves them to a ``PathFilter``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from clew.kg.errors import BadInput
from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_NAMED_SOURCES
from clew.kg.terms.provenance import without_folder
from clew.tries.constraint import Bool, Int32
from clew.tries.filters.path_filter import Nodes, PathFilter, nodes_of_languages, nodes_of_types
from clew.tries.filters.validity import Validity


@dataclass(frozen=True)
class Conditions:
    """What every path must satisfy; all of those given must hold. None: no condition.

    relations, forbidden: keys of relations that a path may, or may not, take; ``^`` before a key is its inverse only,
        a key without it both directions.
    types_at: position (1 .. max_hops) to the keys of classes, any of which a node there must have.
    types: keys of classes, any of which the node that a path ends at must have.
    ends: keys of the nodes a path may end at.
    sources: files (a path, or the last part of one) or named graphs, any of which an edge must come from.
    languages: literals in other languages are not gone through or ended at; those without a language are.
    valid: when the edges must hold.
    """

    relations: Collection[str] | None = None
    forbidden: Collection[str] = ()
    types_at: Mapping[int, Collection[str]] = field(default_factory=dict)
    types: Collection[str] | None = None
    ends: Collection[str] | None = None
    sources: Collection[str] | None = None
    languages: Collection[str] | None = None
    valid: Validity | None = None

    def on(self, graph: Graph) -> PathFilter:
        """Return the filter over a graph's ids.

        Raises:
            UnknownNode, UnknownRelation: a key that the graph does not have.
            BadInput: a source that no edge comes from, types in a graph without ``rdf:type``, or times that cannot be
                read (see ``Validity``).
        """
        if (self.types_at or self.types is not None) and graph.type_relation is None:
            raise BadInput("the graph has no types (rdf:type)")
        edges = None if self.valid is None else self.valid.edges(graph)
        if self.sources is not None:
            kept = edges_from(graph, self.sources)
            edges = kept if edges is None else edges & kept
        return PathFilter(
            relations=None if self.relations is None else _directed(graph, self.relations),
            forbidden=_directed(graph, self.forbidden),
            ends=self._ends(graph),
            nodes_at={position: _of_types(graph, keys) for position, keys in self.types_at.items()},
            nodes=None if self.languages is None else nodes_of_languages(graph, self.languages),
            edges=edges,
        )

    def _ends(self, graph: Graph) -> Nodes | None:
        named = None if self.ends is None else [graph.node(key) for key in self.ends]
        if self.types is None:
            return named
        typed = _of_types(graph, self.types)
        return typed if named is None else np.intersect1d(typed, np.array(named, np.int32))


def edges_from(graph: Graph, sources: Collection[str]) -> Bool:
    """Return bool[num_edges]: whether each edge was first read from one of these files or named graphs.

    Raises:
        BadInput: a source that no edge comes from.
    """
    arrays = graph.arrays
    known = np.unique(arrays["edge_source"])
    read = [(pool(arrays, "file")[i], pool(arrays, "graph")[i]) for i in known.tolist()]
    names = [(file, PurePath(file).name, graph_name) for file, graph_name in read]
    absent = set(sources) - {name for each in names for name in each}
    if absent:
        some = sorted({name for file, _, graph_name in names for name in (without_folder(file), graph_name)} - {""})
        more = f" and {len(some) - MAX_NAMED_SOURCES} more" if len(some) > MAX_NAMED_SOURCES else ""
        hint = f"; edges come from {', '.join(map(repr, some[:MAX_NAMED_SOURCES]))}{more}" if some else ""
        raise BadInput(f"no edge of the graph comes from {sorted(absent)[0]!r}{hint}")
    kept = np.array([not set(sources).isdisjoint(each) for each in names], np.bool_)
    found: Bool = kept[np.searchsorted(known, arrays["edge_source"])]
    return found


def _directed(graph: Graph, keys: Collection[str]) -> list[int]:
    found: list[int] = []
    for key in keys:
        inverse = key.startswith("^") and graph.find_relation(key) is None
        r = graph.relation(key[1:] if inverse else key)
        found += [r + graph.num_relations] if inverse else [r, r + graph.num_relations]
    return found


def _of_types(graph: Graph, keys: Collection[str]) -> Int32:
    return nodes_of_types(graph, [graph.node(key) for key in keys])
