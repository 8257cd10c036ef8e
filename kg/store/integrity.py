"""Checks the integrity of a snapshot: the checksums of every file, and the consistency of their contents."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from clew.kg.columnar.pool import StringPool
from clew.kg.errors import CorruptSnapshot
from clew.kg.graph.fingerprint import SECTIONS, fingerprint, stored_chunks
from clew.kg.graph.graph import Adjacency, Graph
from clew.kg.store.delta_files import BASE, WHOLE, built, is_delta
from clew.kg.store.snapshot import open_snapshot, read_manifest, verify_files


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked: ``files`` and their ``bytes``, and the ``statements`` of the ``version``."""

    version: str
    files: int
    bytes: int
    statements: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self)


def verify_snapshot(directory: Path, name: str) -> Verified:
    """Check a snapshot, or a change with its base and the snapshot built of it (if there is one). Linear time.

    Every file's checksums are the manifest's, the content hash recomputed is too, and the graph's invariants hold;
    ``CorruptSnapshot`` names the first fault.
    """
    verify_files(directory)
    if not is_delta(directory):
        return _verify_graph(directory, open_snapshot(directory, name))
    verify_snapshot(directory / BASE, name)
    change = _verify_graph(directory, built(directory, name))
    if not (directory / WHOLE).exists():
        return change
    whole = verify_snapshot(directory / WHOLE, name)
    _check_same_graph(directory)
    return Verified(change.version, change.files + whole.files, change.bytes + whole.bytes, change.statements)


def _verify_graph(directory: Path, graph: Graph) -> Verified:
    """Check the graph that a folder holds against the folder's manifest."""
    manifest = read_manifest(directory)
    check_invariants(graph)
    counts = manifest.get("counts")
    found = {
        "nodes": graph.num_nodes,
        "relations": graph.num_relations,
        "edges": graph.num_edges,
        "statements": graph.num_statements,
    }
    _require(counts == found, graph, f"the manifest counts {counts}, the graph has {found}")
    _require(manifest["num_entities"] == graph.num_entities, graph, "the number of entities differs from the manifest")
    sizes = [facts["bytes"] for facts in manifest["files"].values()]
    return Verified(graph.version, len(sizes), sum(sizes), graph.num_statements)


def _check_same_graph(directory: Path) -> None:
    """``CorruptSnapshot`` unless the manifests of a change and of the snapshot built of it describe one graph."""
    change, whole = read_manifest(directory), read_manifest(directory / WHOLE)
    for fact in ("content_hash", "num_entities", "languages", "counts"):
        if change.get(fact) != whole.get(fact):
            raise CorruptSnapshot(f"{directory / WHOLE}: its {fact} is not that of the change it was built of")


def check_invariants(graph: Graph) -> None:
    """``CorruptSnapshot`` unless everything that readers rely on holds: order, ranges, both adjacencies, the hash."""
    _check_order(graph, "entities", graph.node_keys, 0, graph.num_entities)
    _check_order(graph, "literals", graph.node_keys, graph.num_entities, graph.num_nodes)
    _check_order(graph, "relations", graph.relation_keys, 0, graph.num_relations)
    for side in ("out", "inc"):
        _check_adjacency(graph, side, getattr(graph, side))
    order = graph.inc.edge
    _require(bool((np.sort(order) == np.arange(graph.num_edges)).all()), graph, "inc_edge is not a permutation")
    heads = graph.edge_heads()
    same = (heads[order] == graph.inc.node) & (graph.out.relation[order] == graph.inc.relation)
    _require(bool(same.all()), graph, "the two adjacencies contain different edges")
    _check_labels(graph)
    content_hash, chunks = fingerprint(graph.arrays)
    _require(content_hash == graph.content_hash, graph, "the content hash does not match the statements")
    for section in SECTIONS:
        stored = stored_chunks(graph.arrays, section)
        same_chunks = np.array_equal(stored.starts, chunks[f"{section}_chunk"])
        same_digests = np.array_equal(stored.digests.reshape(-1), chunks[f"{section}_digest"])
        _require(same_chunks and same_digests, graph, f"the chunks of {section}s do not match the statements")


def _check_order(graph: Graph, what: str, strings: StringPool, low: int, high: int) -> None:
    texts = (text.encode() for text in strings.slice(low, high))
    _require(all(left < right for left, right in pairwise(texts)), graph, f"the {what} are not in order")


def _check_adjacency(graph: Graph, name: str, side: Adjacency) -> None:
    ptr = side.ptr
    sound = len(ptr) == graph.num_nodes + 1 and ptr[0] == 0 and ptr[-1] == graph.num_edges
    _require(bool(sound and (np.diff(ptr) >= 0).all()), graph, f"{name}_ptr does not divide the edges into rows")
    if graph.num_edges == 0:
        return
    for column, size in ((side.relation, graph.num_relations), (side.node, graph.num_nodes)):
        _require(bool(column.min() >= 0 and column.max() < size), graph, f"{name} contains ids that do not exist")
    rows = np.repeat(np.arange(graph.num_nodes), np.diff(ptr))
    relation, node = side.relation.astype(np.int64), side.node.astype(np.int64)
    key = relation * graph.num_nodes + node
    rising = (rows[1:] != rows[:-1]) | (key[1:] > key[:-1])
    _require(bool(rising.all()), graph, f"the rows of {name} are not in order")
    if name == "out":
        _require(int(rows[-1]) < graph.num_entities, graph, "a literal has outgoing edges")


def _check_labels(graph: Graph) -> None:
    subject = graph.arrays["label_subject"]
    if len(subject):
        most = graph.num_nodes + graph.num_relations
        _require(
            bool(subject.min() >= 0 and subject.max() < most), graph, "a label belongs to a node that does not exist"
        )
        _require(bool((np.diff(subject) >= 0).all()), graph, "the labels are not in order")
    counts = np.bincount(graph.out.relation, minlength=graph.num_relations)
    _require(np.array_equal(counts, graph.arrays["relation_count"]), graph, "relation_count does not match the edges")
    attributes = graph.arrays["attribute_edge"]
    if len(attributes):
        sound = bool((np.diff(attributes.astype(np.int64)) >= 0).all()) and int(attributes.max()) < graph.num_edges
        _require(sound, graph, "the attributes are not in order")


def _require(holds: bool, graph: Graph, reason: str) -> None:
    if not holds:
        raise CorruptSnapshot(f"graph {graph.name!r} {graph.version}: {reason}")
