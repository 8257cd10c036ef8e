"""A trie of token sequences in two arrays (compressed sparse rows), built at once from sorted sequences.

Nodes are numbered level by level, so that the children of a node are consecutive and edge e leads to node e + 1: eight
bytes per node, no pointers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.tries.constraint import Int32, Int64

ROOT = 0
NOWHERE = -1


def pack(tokens: Sequence[int] | Int32) -> bytes:
    """Return a token sequence as bytes that compare as the sequence does."""
    return np.asarray(tokens, dtype=">u4").tobytes()


def unpack(key: bytes) -> Int32:
    """Return the token sequence of ``pack``'s bytes."""
    return np.frombuffer(key, dtype=">u4").astype(np.int32)


class TokenTrie:
    """The trie of some packed sequences.

    token: int32[M], the token of the edge into node e + 1; ptr: int32[M + 2], the edges out of node k are
    ``ptr[k]:ptr[k + 1]``, tokens ascending; leaf: int64[number of keys], the node at which each key ends.

    Args:
        keys: distinct packed sequences, none empty, ascending.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        flat = np.frombuffer(b"".join(keys), dtype=">u4").astype(np.int32)
        ends = np.zeros(len(keys) + 1, np.int64)
        np.cumsum([len(key) // 4 for key in keys], out=ends[1:])
        self.token, self.ptr, self.leaf = _levels(flat, ends)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays that decoding uses."""
        return int(self.token.nbytes + self.ptr.nbytes)

    def allowed(self, nodes: Int64) -> tuple[Int64, Int32]:
        """Return (row_ptr, tokens) of the edges out of each node; none out of ``NOWHERE``."""
        row_ptr, tokens = _edges(nodes, self.token, self.ptr)
        return row_ptr, tokens

    def advance(self, nodes: Int64, tokens: Int32) -> Int64:
        """Return each node's child by its token, ``NOWHERE`` where it has none."""
        moved: Int64 = _children(nodes, tokens, self.token, self.ptr)
        return moved


@kernel
def _levels(flat: Int32, ends: Int64) -> Any:
    """Return (token, ptr, leaf) of sorted distinct sequences, level by level."""
    count = len(ends) - 1
    common = np.zeros(count, np.int64)
    for i in range(1, count):
        a, b = ends[i - 1], ends[i]
        bound = min(ends[i] - a, ends[i + 1] - b)
        while common[i] < bound and flat[a + common[i]] == flat[b + common[i]]:
            common[i] += 1
    size = 0
    for i in range(count):
        size += ends[i + 1] - ends[i] - common[i]
    token = np.empty(size, np.int32)
    children = np.zeros(size + 2, np.int32)
    at = np.zeros(count, np.int64)
    here = np.arange(count)
    node, depth = 0, 0
    while len(here):
        kept = 0
        for j in range(len(here)):
            i = here[j]
            if ends[i] + depth == ends[i + 1]:
                continue
            parent = at[i]
            # shared with the row before: the rows between them are gone, so the shortest common prefix decides
            if j == 0 or _between(common, here[j - 1], i) <= depth:
                token[node] = flat[ends[i] + depth]
                node += 1
                children[parent + 1] += 1
            at[i] = node
            here[kept] = i
            kept += 1
        here = here[:kept]
        depth += 1
    ptr = np.cumsum(children).astype(np.int32)
    return token, ptr, at


@kernel
def _between(common: Int64, left: int, right: int) -> int:
    """Return the length of the common prefix of two sorted sequences."""
    shortest = common[left + 1]
    for i in range(left + 2, right + 1):
        shortest = min(shortest, common[i])
    return int(shortest)


@kernel
def _edges(nodes: Int64, token: Int32, ptr: Int32) -> Any:
    row_ptr = np.zeros(len(nodes) + 1, np.int64)
    for b in range(len(nodes)):
        row_ptr[b + 1] = row_ptr[b] + (ptr[nodes[b] + 1] - ptr[nodes[b]] if nodes[b] >= 0 else 0)
    out = np.empty(row_ptr[-1], np.int32)
    for b in range(len(nodes)):
        if nodes[b] >= 0:
            out[row_ptr[b] : row_ptr[b + 1]] = token[ptr[nodes[b]] : ptr[nodes[b] + 1]]
    return row_ptr, out


@kernel
def _children(nodes: Int64, tokens: Int32, token: Int32, ptr: Int32) -> Int64:
    out = np.full(len(nodes), NOWHERE, np.int64)
    for b in range(len(nodes)):
        if nodes[b] < 0:
            continue
        lo, hi = ptr[nodes[b]], ptr[nodes[b] + 1]
        end = hi
        while lo < hi:
            middle = (lo + hi) >> 1
            if token[middle] < tokens[b]:
                lo = middle + 1
            else:
                hi = middle
        if lo < end and token[lo] == tokens[b]:
            out[b] = lo + 1
    return out
