"""The profile of a graph: counts, degrees, hubs, labels and relations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_PROFILED
from clew.kg.terms.labels import KINDS
from clew.kg.terms.literal import from_term
from clew.kg.terms.vocabulary import LIST_POSITION

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class CountedName:
    """Something with a key and a label, and how often it occurs."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class RelationProfile:
    """A relation: its edges, its distinct heads and tails, and the types seen at either end, most frequent first."""

    key: str
    label: str
    edges: int
    heads: int
    tails: int
    domain: tuple[CountedName, ...]
    range: tuple[CountedName, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile of one graph version.

    ``list_members``: edges that were read from lists. ``degrees``: (least degree, nodes) of each power of two.
    ``labelled``: entities with a preferred label by language
    (empty: none given), and ``unlabelled`` those without any. ``shared_labels``: shown labels that several entities
    have (the most shared first), in all ``num_shared_labels`` by ``num_sharing_entities``. ``literals``: count by
    datatype IRI, or ``@language``.
    """

    name: str
    version: str
    statements: int
    edges: int
    entities: int
    literal_nodes: int
    relations: int
    attributes: int
    list_members: int
    degrees: tuple[tuple[int, int], ...]
    hubs: tuple[CountedName, ...]
    labelled: dict[str, int]
    unlabelled: int
    num_shared_labels: int
    num_sharing_entities: int
    shared_labels: tuple[CountedName, ...]
    relation_profiles: tuple[RelationProfile, ...]
    literals: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The profile as plain values."""
        return asdict(self)


def profile(graph: Graph) -> Profile:
    """Read the whole graph once and say what is in it: linear time, but for sorting the shown labels."""
    degrees = np.diff(graph.out.ptr) + np.diff(graph.inc.ptr)
    labelled, unlabelled = _label_coverage(graph)
    shared = _shared_labels(graph)
    return Profile(
        name=graph.name,
        version=graph.version,
        statements=graph.num_statements,
        edges=graph.num_edges,
        entities=graph.num_entities,
        literal_nodes=graph.num_nodes - graph.num_entities,
        relations=graph.num_relations,
        attributes=len(graph.arrays["attribute_edge"]),
        list_members=_list_members(graph),
        degrees=_histogram(degrees),
        hubs=tuple(_named(graph, node, int(degrees[node])) for node in _largest(degrees)),
        labelled=labelled,
        unlabelled=unlabelled,
        num_shared_labels=len(shared),
        num_sharing_entities=sum(named.count for named in shared),
        shared_labels=tuple(shared[:MAX_PROFILED]),
        relation_profiles=_relations(graph),
        literals=_literal_kinds(graph),
    )


def _list_members(graph: Graph) -> int:
    """How many places in lists the edges have."""
    name = pool(graph.arrays, "attribute_name").find(LIST_POSITION)
    return 0 if name is None else int((graph.arrays["attribute_name"] == name).sum())


def _named(graph: Graph, node: int, count: int) -> CountedName:
    return CountedName(graph.key(node), graph.label(node), count)


def _largest(counts: Array) -> list[int]:
    """The places of the largest counts, largest first, none of zero."""
    order = np.argsort(-counts, kind="stable")[:MAX_PROFILED]
    return [int(place) for place in order if counts[place] > 0]


def _histogram(degrees: Array) -> tuple[tuple[int, int], ...]:
    """(least degree, nodes) for degrees 0, 1, 2-3, 4-7, ..."""
    buckets = np.bincount(np.where(degrees > 0, np.log2(np.maximum(degrees, 1)).astype(np.int64) + 1, 0))
    return tuple((0 if i == 0 else 1 << (i - 1), int(count)) for i, count in enumerate(buckets) if count)


def _label_coverage(graph: Graph) -> tuple[dict[str, int], int]:
    arrays = graph.arrays
    subject = arrays["label_subject"]
    preferred = arrays["predicate_kind"][arrays["label_predicate"]] == KINDS.index("preferred")
    chosen = preferred & (subject < graph.num_entities)
    coverage = {}
    for i, suffix in enumerate(pool(arrays, "suffix")):
        count = len(np.unique(subject[chosen & (arrays["label_suffix"] == i)]))
        if count:
            coverage[suffix.removeprefix("@")] = count
    unlabelled = int((arrays["chosen_label"][: graph.num_entities] < 0).sum())
    return dict(sorted(coverage.items(), key=lambda item: -item[1])), unlabelled


def _shared_labels(graph: Graph) -> list[CountedName]:
    """Labels shown for several entities, most shared first; the key is that of the first of them."""
    seen: dict[str, list[int]] = {}
    for node in range(graph.num_entities):
        label = graph.label_of(node)
        if label is not None:
            seen.setdefault(label, []).append(node)
    shared = [CountedName(graph.key(nodes[0]), label, len(nodes)) for label, nodes in seen.items() if len(nodes) > 1]
    return sorted(shared, key=lambda named: (-named.count, named.label))


def _relations(graph: Graph) -> tuple[RelationProfile, ...]:
    """Every relation, the most frequent first."""
    heads, types = graph.edge_heads(), _type_of(graph)
    counts = np.bincount(graph.out.relation, minlength=graph.num_relations)
    by_relation = np.argsort(graph.out.relation, kind="stable")
    starts = np.concatenate(([0], np.cumsum(counts)))
    found = []
    for r in np.argsort(-counts, kind="stable").tolist():
        edges = by_relation[starts[r] : starts[r + 1]]
        start, end = np.unique(heads[edges]), np.unique(graph.out.node[edges])
        found.append(
            RelationProfile(
                graph.relation_key(r),
                graph.relation_label(r),
                int(counts[r]),
                len(start),
                len(end),
                _classes(graph, types[start]),
                _classes(graph, types[end]),
            )
        )
    return tuple(found)


def _type_of(graph: Graph) -> Array:
    """The first class of every node, -1 for none, int32[num_nodes]."""
    types = np.full(graph.num_nodes, -1, np.int32)
    if graph.type_relation is not None:
        edges = np.flatnonzero(graph.out.relation == graph.type_relation)[::-1]
        types[graph.edge_heads()[edges]] = graph.out.node[edges]
    return types


def _classes(graph: Graph, types: Array) -> tuple[CountedName, ...]:
    """The most frequent of some nodes' classes; literals and untyped nodes are left out."""
    found, counts = np.unique(types[types >= 0], return_counts=True)
    return tuple(_named(graph, int(found[i]), int(counts[i])) for i in _largest(counts))


def _literal_kinds(graph: Graph) -> dict[str, int]:
    counts: dict[str, int] = {}
    for term in graph.node_keys.slice(graph.num_entities, graph.num_nodes):
        literal = from_term(term)
        kind = f"@{literal.language}" if literal.language else literal.datatype
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
