"""``Survey``: what one look at all edges of a graph tells, made once per version and stored beside it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.memo import OncePerGraph
from clew.kg.limits import MAX_KINDRED, MAX_SAMPLED_TARGETS
from clew.tries.storage import read_array, read_index, write_index
from clew.tries.survey.inverses import judging_ranks, redundant_inverses
from clew.tries.survey.picks import Picks, pick, pick_each, spread, strides

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

FORMAT = 2
KIND = "survey"
"""The name under which the catalogue keeps surveys."""
REBUILD = "clew compact"


@dataclass(frozen=True)
class Survey:
    """Facts about a graph of N nodes, R relations and C classes.

    ``classes`` int32 ``[C]``: the types of nodes, those with a name, ascending; ``instances`` int64 ``[C]``: of how
    many. Of up to ``MAX_SAMPLED_TARGETS`` nodes that each directed relation reaches, spread over its edges: ``reached``
    int64 ``[2R, 3]`` (how many they are, how many of them are entities, how many have a class), and the classes that
    they have, with the number of those nodes: ``class_ptr`` int64 ``[2R + 1]`` into ``class_id`` int32 (ascending) and
    ``class_count`` int64. ``edge_ptr`` int64 ``[R + 1]`` into ``edge`` int64: some edges of each relation, evenly
    spread, ``MAX_KINDRED`` or more where there are as many. ``redundant`` int32: see ``redundant_inverses``.
    """

    classes: Int32
    instances: Int64
    reached: Int64
    class_ptr: Int64
    class_id: Int32
    class_count: Int64
    edge_ptr: Int64
    edge: Int64
    redundant: Int32

    @classmethod
    def of(cls, graph: Graph) -> Survey:
        """Look at all edges of a graph a few times. Time: linear in nodes and edges; memory: a byte per node."""
        every = np.ones(graph.num_relations, np.bool_)
        look, redundant = look_at(graph, every, every)
        return cls(*classes_of(graph), **look, redundant=redundant)

    @classmethod
    def load(cls, folder: Path, graph: Graph) -> Survey:
        """Open what ``save`` stored. Raises ``StaleIndex`` where it is missing, damaged or of another version."""
        read_index(folder, _manifest(graph), REBUILD)
        found = cls(**{field.name: read_array(folder, field.name, REBUILD) for field in fields(cls)})
        if not found._fits(graph):
            raise StaleIndex(f"the index at {folder} is damaged; rebuild it with: {REBUILD}")
        return found

    def save(self, folder: Path, graph: Graph) -> None:
        """Store the survey of a graph in a folder."""
        write_index(folder, _manifest(graph), {field.name: getattr(self, field.name) for field in fields(self)})

    def classes_reached(self, directed: int) -> tuple[Int32, Int64]:
        """The classes that a directed relation reaches, and how many of the nodes looked at have each."""
        some = slice(self.class_ptr[directed], self.class_ptr[directed + 1])
        return self.class_id[some], self.class_count[some]

    def edges(self, relation: int) -> Int64:
        """Some edges of a relation, evenly spread."""
        return self.edge[self.edge_ptr[relation] : self.edge_ptr[relation + 1]]

    @cached_property
    def instances_of(self) -> dict[int, int]:
        """How many nodes each class is the type of."""
        return dict(zip(self.classes.tolist(), self.instances.tolist(), strict=True))

    def _fits(self, graph: Graph) -> bool:
        """Whether the arrays fit each other and the graph."""
        relations, count = graph.num_relations, len(self.classes)
        shapes = {
            "classes": ("int32", (count,)),
            "instances": ("int64", (count,)),
            "reached": ("int64", (2 * relations, 3)),
            "class_ptr": ("int64", (2 * relations + 1,)),
            "class_id": ("int32", self.class_count.shape),
            "class_count": ("int64", self.class_id.shape),
            "edge_ptr": ("int64", (relations + 1,)),
            "edge": ("int64", (len(self.edge),)),
            "redundant": ("int32", (len(self.redundant),)),
        }
        if any((getattr(self, n).dtype.name, getattr(self, n).shape) != told for n, told in shapes.items()):
            return False
        bounded = (
            (self.classes, graph.num_nodes),
            (self.class_id, graph.num_nodes),
            (self.edge, graph.num_edges),
            (self.redundant, 2 * relations),
        )
        return (
            _is_ptr(self.class_ptr, len(self.class_id))
            and _is_ptr(self.edge_ptr, len(self.edge))
            and all(_within(array, size) for array, size in bounded)
        )


survey_of = OncePerGraph(Survey.of)
"""The survey of a graph: the one that ``stored.open_survey`` opened, else made at the first call."""


def _manifest(graph: Graph) -> dict[str, Any]:
    return {"format": FORMAT, "kind": KIND, "graph": graph.content_hash}


class RelationFacts(TypedDict):
    """What is told relation by relation: fields of ``Survey``."""

    reached: Int64
    class_ptr: Int64
    class_id: Int32
    class_count: Int64
    edge_ptr: Int64
    edge: Int64


def look_at(graph: Graph, relations: Bools, judged: Bools) -> tuple[RelationFacts, Int32]:
    """What is told of some ``relations`` bool[R] (nothing of the others), and which of those ``judged`` bool[R] are
    redundant, as directed relations."""
    sizes = np.where(relations, np.asarray(graph.arrays["relation_count"]), 0).tolist()
    samples = [spread(size, MAX_SAMPLED_TARGETS) for size in sizes]
    kindred = [strides(size, MAX_KINDRED) for size in sizes]
    heads, edges, pairs = pick_each(graph.out, (samples, kindred, judging_ranks(graph, judged)))
    reached, class_ptr, class_id, class_count = _reached(graph, pick(graph.inc, samples), heads)
    look = RelationFacts(
        reached=reached,
        class_ptr=class_ptr,
        class_id=class_id,
        class_count=class_count,
        edge_ptr=edges.ptr,
        edge=edges.position,
    )
    return look, np.array(sorted(redundant_inverses(graph, pairs)), np.int32)


def classes_of(graph: Graph) -> tuple[Int32, Int64]:
    """The fields ``classes`` and ``instances`` of a graph's survey."""
    kind = graph.type_relation
    if kind is None:
        return _NO_CLASSES
    found = np.zeros(graph.num_nodes, np.bool_)
    found[graph.out.node[np.asarray(graph.out.relation) == kind]] = True
    classes = graph.named(np.flatnonzero(found).astype(np.int32))
    first, last = graph.runs(classes, kind + graph.num_relations)
    return classes, last - first


_NO_CLASSES = np.empty(0, np.int32), np.empty(0, np.int64)


def _reached(graph: Graph, tails: Picks, heads: Picks) -> tuple[Int64, Int64, Int32, Int64]:
    """What each directed relation reaches: the fields of ``Survey``."""
    size = graph.num_relations
    reached = np.zeros((2 * size, 3), np.int64)
    counted: list[tuple[Int32, Int64]] = []
    for directed in range(2 * size):
        owners = (tails if directed < size else heads).owners(directed % size)
        if not len(owners):
            counted.append(_NO_CLASSES)
            continue
        nodes = owners[np.diff(owners, prepend=-1) > 0]
        things = nodes[nodes < graph.num_entities]
        typed, classes, counts = _types(graph, things)
        reached[directed] = len(nodes), len(things), typed
        counted.append((classes, counts))
    lengths = [len(classes) for classes, _ in counted]
    class_ptr = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)
    class_id = np.concatenate([np.empty(0, np.int32), *(classes for classes, _ in counted)])
    class_count = np.concatenate([np.empty(0, np.int64), *(counts for _, counts in counted)])
    return reached, class_ptr, class_id, class_count


def _types(graph: Graph, nodes: Int32) -> tuple[int, Int32, Int64]:
    """How many of some nodes have a class, their classes, ascending, and how many have each."""
    if graph.type_relation is None:
        return 0, np.empty(0, np.int32), np.empty(0, np.int64)
    first, last = graph.runs(nodes, graph.type_relation)
    counts = last - first
    places = np.repeat(last - np.cumsum(counts), counts) + np.arange(counts.sum())
    classes, of_each = np.unique(graph.out.node[places], return_counts=True)
    return int((counts > 0).sum()), classes.astype(np.int32), of_each.astype(np.int64)


def _is_ptr(ptr: Int64, size: int) -> bool:
    return bool(ptr[0] == 0 and ptr[-1] == size and (np.diff(ptr) >= 0).all())


def _within(array: NDArray[Any], size: int) -> bool:
    return not len(array) or bool(array.min() >= 0 and array.max() < size)
