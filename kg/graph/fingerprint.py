"""The content hash: SHA-256 over the sorted statements, as a tree, so that a change costs what it touches.

The statements of a graph are three sorted sequences of rows (edges, label statements, attributes), each row a few
strings (keys and terms, never ids). A sequence is cut into chunks where the rows themselves say so (content-defined
chunking, Muthitacharoen et al. 2001, "A low-bandwidth network file system"): a row begins a chunk if a hash of it ends
in zeros. A chunk's digest is the SHA-256 of its rows; the content hash is the SHA-256 of all digests (a Merkle tree of
two levels, Merkle 1987). Where the same rows come in the same order the cuts, the digests and the hash are the same,
whichever way they came together; where a row changes, only its chunk does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.interner import Spans, hash_bytes
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.prefetch import ahead
from clew.kg.columnar.strings import gather
from clew.kg.graph.arrays import Arrays, NewArrays, pool

Array = np.ndarray[Any, np.dtype[Any]]

SECTIONS = ("edge", "label", "attribute")
CHUNK = 128
"""Rows of a chunk on average, a power of two: 32 bytes of digest for some 10 kB of rows, some 10 kB hashed a change."""
_BLOCK = 1 << 14  # rows spelled at a time: one or two megabytes
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Chunks:
    """The chunks of a sequence: ``starts`` int64[c], ascending from 0, and ``digests`` uint8[c, 32]."""

    starts: Array
    digests: Array


def fingerprint(arrays: Arrays) -> tuple[str, NewArrays]:
    """The content hash (hex) of a graph's ``arrays``, and the arrays that keep its chunks."""
    found = {section: chunks_of(arrays, section) for section in SECTIONS}
    kept: NewArrays = {}
    for section, chunks in found.items():
        kept[f"{section}_chunk"], kept[f"{section}_digest"] = chunks.starts, chunks.digests.reshape(-1)
    return root({section: chunks.digests for section, chunks in found.items()}), kept


def stored_chunks(arrays: Arrays, section: str) -> Chunks:
    """The chunks that ``fingerprint`` kept."""
    return Chunks(arrays[f"{section}_chunk"], arrays[f"{section}_digest"].reshape(-1, _DIGEST))


def root(digests: Mapping[str, Array]) -> str:
    """The content hash, hex, of the chunk digests uint8[c, 32] of every section."""
    total = hashlib.sha256(b"clew-graph-2")
    for section in SECTIONS:
        array = np.ascontiguousarray(digests[section])
        total.update(f"\n{section} {len(array)}\n".encode())
        total.update(array.reshape(-1).data if len(array) else b"")
    return total.hexdigest()


def chunks_of(arrays: Arrays, section: str) -> Chunks:
    """Cut and hash a whole section, some thousand rows at a time."""
    order = section_order(arrays, section)
    hasher = Chunker()
    spelled = (spell(arrays, section, order[low : low + _BLOCK]) for low in range(0, len(order), _BLOCK))
    for blob, bounds in ahead(spelled) if len(order) > _BLOCK else spelled:
        hasher.feed(blob, bounds)
    return hasher.finish()


def section_order(arrays: Arrays, section: str) -> Array | range:
    """The rows of a section's arrays in the order in which they are hashed: by their keys.

    Only the labels of relations, which lie behind those of nodes, are moved to their place between them.
    """
    if section == "edge":
        return range(len(arrays["out_node"]))
    if section == "attribute":
        return range(len(arrays["attribute_edge"]))
    subject, nodes = arrays["label_subject"], len(arrays["node_offsets"]) - 1
    first = int(np.searchsorted(subject, np.int32(nodes)))
    if first == len(subject):
        return range(first)
    keys, relations = pool(arrays, "node"), pool(arrays, "relation")
    own, counts = np.unique(subject[first:], return_counts=True)
    entities = _first_literal(arrays)
    before = [keys.lower_bound(relations.raw(int(r) - nodes), 0, entities) for r in own]
    places = np.searchsorted(subject[:first], np.array(before, np.int32))
    return np.insert(np.arange(first), np.repeat(places, counts), np.arange(first, len(subject)))


def _first_literal(arrays: Arrays) -> int:
    """The first literal node: its term, unlike a key, starts with NUL."""
    offsets, blob = arrays["node_offsets"], arrays["node_blob"]
    low, high = 0, len(offsets) - 1
    while low < high:
        middle = (low + high) // 2
        if blob[offsets[middle]] == 0:
            high = middle
        else:
            low = middle + 1
    return low


def spell(arrays: Arrays, section: str, rows: Array | range) -> tuple[Array, Array]:
    """Some rows as bytes: a blob uint8[.] and the bounds int64[n + 1] of each row, every string after its length."""
    parts = list(_parts(arrays, section, np.asarray(rows, np.int64)))
    bounds = np.zeros(len(rows) + 1, np.int64)
    for _, starts, ends in parts:
        bounds[1:] += ends - starts + 4
    np.cumsum(bounds, out=bounds)
    blob = np.empty(int(bounds[-1]), np.uint8)
    at = bounds[:-1].copy()
    for source, starts, ends in parts:
        _append(frozen(source), starts, ends, blob, at)
    return blob, bounds


def _parts(arrays: Arrays, section: str, rows: Array) -> Iterator[Spans]:
    """The strings of some rows, column by column."""
    if section == "label":
        nodes, relations = pool(arrays, "node"), pool(arrays, "relation")
        subject = arrays["label_subject"][rows]
        yield _either(nodes, relations, subject)
        yield _of(pool(arrays, "predicate"), arrays["label_predicate"][rows])
        yield _of(pool(arrays, "suffix"), arrays["label_suffix"][rows])
        yield _of(pool(arrays, "label"), rows)
        return
    edges = rows if section == "edge" else arrays["attribute_edge"][rows].astype(np.int64)
    nodes = pool(arrays, "node")
    yield _of(nodes, heads_of(frozen(arrays["out_ptr"]), edges))
    yield _of(pool(arrays, "relation"), arrays["out_relation"][edges])
    yield _of(nodes, arrays["out_node"][edges])
    if section == "attribute":
        yield _of(pool(arrays, "attribute_name"), arrays["attribute_name"][rows])
        yield _of(pool(arrays, "attribute"), rows)


def _of(strings: StringPool, ids: Array) -> Spans:
    return strings.blob, strings.offsets[ids].astype(np.int64), strings.offsets[1:][ids].astype(np.int64)


def _either(nodes: StringPool, relations: StringPool, subject: Array) -> Spans:
    """The keys of label subjects: nodes, and relations numbered behind them."""
    beyond = subject >= len(nodes)
    if not beyond.any():
        return _of(nodes, subject)
    own, others = np.flatnonzero(~beyond), np.flatnonzero(beyond)
    names = [gather(*_of(nodes, subject[own]), np.arange(len(own))),
             gather(*_of(relations, subject[others] - len(nodes)), np.arange(len(others)))]  # fmt: skip
    starts, ends = np.empty(len(subject), np.int64), np.empty(len(subject), np.int64)
    base = 0
    for rows, part in zip((own, others), names, strict=True):
        bounds = part.offsets.astype(np.int64) + base
        starts[rows], ends[rows] = bounds[:-1], bounds[1:]
        base += len(part.blob)
    return np.concatenate([part.blob for part in names]), starts, ends


class Chunker:
    """Takes spelled rows in order and hashes them chunk by chunk."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.digests: list[bytes] = []
        self.open: Any = None
        self.count = 0

    def feed(self, blob: Array, bounds: Array, forced: Array | Sequence[int] = ()) -> None:
        """Take further rows; ``forced`` ones begin a chunk whatever they hold."""
        begins = _begins(blob, bounds, CHUNK - 1)
        begins[np.asarray(forced, np.int64)] = True
        begins[0] |= self.open is None
        cuts = np.flatnonzero(begins)
        self.starts += (cuts + self.count).tolist()
        places = bounds[cuts].tolist()
        data = blob.data
        edges = [0, *places, len(blob)]
        for number, (low, high) in enumerate(pairwise(edges)):
            if number:
                self._close()
                self.open = hashlib.sha256()
            if high > low:
                self.open.update(data[low:high])
        self.count += len(bounds) - 1

    def finish(self) -> Chunks:
        """The chunks of all rows taken."""
        self._close()
        digests = np.frombuffer(b"".join(self.digests), np.uint8).reshape(-1, _DIGEST)
        return Chunks(np.array(self.starts, np.int64), digests)

    def _close(self) -> None:
        if self.open is not None:
            self.digests.append(self.open.digest())
        self.open = None


@kernel
def heads_of(ptr: Array, edges: Array) -> Array:
    """The head of each of some ascending edges, int64[n]."""
    found = np.empty(len(edges), np.int64)
    head = 0
    for i in range(len(edges)):
        edge = edges[i]
        steps = 0
        while ptr[head + 1] <= edge and steps < 8:
            head += 1
            steps += 1
        if ptr[head + 1] <= edge:
            low, high = head + 1, len(ptr) - 1
            while low < high:
                middle = (low + high) // 2
                if ptr[middle + 1] <= edge:
                    low = middle + 1
                else:
                    high = middle
            head = low
        found[i] = head
    return found


@kernel
def _append(source: Array, starts: Array, ends: Array, blob: Array, at: Array) -> None:
    """Write one string of each row, after its length in four bytes, at the row's place ``at``, which moves on."""
    for i in range(len(starts)):
        start, length, place = starts[i], ends[i] - starts[i], at[i]
        for shift in range(4):
            blob[place + shift] = (length >> (8 * shift)) & 255
        here, there = np.uint64(start), np.uint64(place + 4)  # unsigned: no check for negative indices
        for _ in range(length):
            blob[there] = source[here]
            here += np.uint64(1)
            there += np.uint64(1)
        at[i] = place + 4 + length


@kernel
def _begins(blob: Array, bounds: Array, mask: int) -> Array:
    found = np.empty(len(bounds) - 1, np.bool_)
    for i in range(len(found)):
        found[i] = hash_bytes(blob, bounds[i], bounds[i + 1], 0) & mask == 0
    return found
