"""The names of a graph's nodes as spans of its own string pools, in batches: no Python object per name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.interner import spans_of
from clew.kg.columnar.pool import StringPool
from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.terms.labels import KINDS

Array = np.ndarray[Any, np.dtype[Any]]
Index = int | np.int64

BATCH = 1 << 17
"""Names in one batch: some megabytes."""
_PREFERRED, _ALTERNATIVE, _DESCRIPTION = (KINDS.index(kind) for kind in ("preferred", "alternative", "description"))
_IN_LABELS, _IN_KEYS, _ELSEWHERE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Names:
    """n names: ``blob[starts[i]:ends[i]]`` (int64[n]) names ``node[i]`` (int32[n]), as an ``alternative[i]`` or not."""

    blob: Array
    starts: Array
    ends: Array
    node: Array
    alternative: Array

    @classmethod
    def of(cls, names: Iterable[tuple[int, str, bool]]) -> Self:
        """Names given as (node, name, whether alternative)."""
        rows = list(names)
        blob, starts, ends = spans_of([text for _, text, _ in rows])
        node = np.array([node for node, _, _ in rows], np.int32)
        return cls(blob, starts, ends, node, np.array([alternative for _, _, alternative in rows], np.bool_))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        """(node, name) of each."""
        for node, low, high in zip(self.node.tolist(), self.starts.tolist(), self.ends.tolist(), strict=True):
            yield node, self.blob[low:high].tobytes().decode()


def node_names(graph: Graph, count: int, chosen: Array | None = None) -> Iterator[Names]:
    """The names of the nodes below ``count``, or of those of them in ``chosen`` (ascending, no node twice).

    They are a node's preferred and alternative labels, and, where it has no preferred one, what is shown for it.
    Descriptions are left out, and so are nodes without a name.
    """
    chosen = None if chosen is None else chosen[: np.searchsorted(chosen, count)]
    named = np.zeros(count, np.bool_)
    arrays, texts = graph.arrays, pool(graph.arrays, "label")
    for rows in _label_rows(graph, count, chosen):
        kind = arrays["predicate_kind"][arrays["label_predicate"][rows]]
        subject = arrays["label_subject"][rows]
        named[subject[kind == _PREFERRED]] = True
        kept = kind != _DESCRIPTION
        yield _from_pool(texts, rows[kept], subject[kept], kind[kept] == _ALTERNATIVE)
    unnamed = np.flatnonzero(~named) if chosen is None else chosen[~named[chosen]]
    by_edges, given = graph.named(graph.given_names.named()), graph.given_names
    by_edges = by_edges[by_edges < count] if chosen is None else np.intersect1d(by_edges, chosen)
    aliases = ((node, text, True) for node in by_edges.tolist() for text in given.aliases(node))
    yield Names.of(aliases)
    titled = by_edges[np.isin(by_edges, unnamed) & (arrays["chosen_label"][by_edges] < 0)]
    yield Names.of((node, graph.label(node), False) for node in titled.tolist())
    unnamed = graph.named(np.setdiff1d(unnamed, titled, assume_unique=True))
    for low in range(0, len(unnamed), BATCH):
        yield from _shown(graph, unnamed[low : low + BATCH])


def _label_rows(graph: Graph, count: int, chosen: Array | None) -> Iterator[Array]:
    """The label rows of all nodes below ``count``, or of the chosen ones."""
    subject = graph.arrays["label_subject"]
    if chosen is None:
        stop = int(np.searchsorted(subject, np.int32(count)))
        yield from (np.arange(low, min(low + BATCH, stop)) for low in range(0, stop, BATCH))
        return
    low, high = (np.searchsorted(subject, chosen.astype(np.int32), side) for side in ("left", "right"))
    pieces = [np.arange(first, last) for first, last in zip(low.tolist(), high.tolist(), strict=True) if last > first]
    if pieces:
        yield np.concatenate(pieces)


def _from_pool(strings: StringPool, rows: Array, node: Array, alternative: Array) -> Names:
    starts, ends = (strings.offsets[at].astype(np.int64) for at in (rows, rows + 1))
    return Names(strings.blob, starts, ends, node, alternative)


def _shown(graph: Graph, nodes: Array) -> Iterator[Names]:
    """What is shown for nodes (``Graph.label``): most of it is part of a label or of a key as it stands."""
    texts, keys = pool(graph.arrays, "label"), graph.node_keys
    place = np.empty(len(nodes), np.int8)
    starts, ends = np.empty(len(nodes), np.int64), np.empty(len(nodes), np.int64)
    _places(
        nodes, graph.num_entities, frozen(graph.arrays["chosen_label"]), frozen(texts.blob), frozen(texts.offsets),
        frozen(keys.blob), frozen(keys.offsets), place, starts, ends,
    )  # fmt: skip
    for where, strings in ((_IN_LABELS, texts), (_IN_KEYS, keys)):
        at = np.flatnonzero(place == where)
        if len(at):
            found = nodes[at].astype(np.int32)
            yield Names(strings.blob, starts[at], ends[at], found, np.zeros(len(at), np.bool_))
    rest = nodes[place == _ELSEWHERE].tolist()
    if rest:
        yield Names.of((node, graph.label(node), False) for node in rest)


@kernel
def _places(
    nodes: Array, entities: int, chosen: Array, texts: Array, text_offsets: Array, keys: Array, key_offsets: Array,
    place: Array, starts: Array, ends: Array,
) -> None:  # fmt: skip
    """Where what is shown for each node stands: in the labels, in the keys, or elsewhere (it must be made)."""
    for i in range(len(nodes)):
        node = nodes[i]
        row = chosen[node]
        if row >= 0:
            start, end = _bounds(text_offsets, row)
            where = _IN_LABELS if _visible(texts, start, end) else _ELSEWHERE
        else:
            where = _IN_KEYS
            start, end = _bounds(key_offsets, node)
            if node >= entities:
                start, end = _lexical(keys, start, end)
            elif not _is_plain(keys, start, end):
                start, end = _simple_local_name(keys, start, end)
                if start == end:
                    where = _ELSEWHERE
        place[i], starts[i], ends[i] = where, start, end


@kernel
def _bounds(offsets: Array, index: Index) -> tuple[Index, Index]:
    return np.int64(offsets[index]), np.int64(offsets[index + 1])


@kernel
def _visible(blob: Array, start: Index, end: Index) -> bool:
    """Whether a text surely has something beside white space."""
    visible = False
    for i in range(start, end):
        visible |= 0x20 < blob[i] < 0x7F
    return visible


@kernel
def _lexical(blob: Array, start: Index, end: Index) -> tuple[Index, Index]:
    """The lexical form within a literal's term (``clew.kg.terms.literal.to_term``)."""
    stop = end - 1
    while stop > start and blob[stop] != 0:
        stop -= 1
    return start + 1, stop


@kernel
def _is_plain(blob: Array, start: Index, end: Index) -> bool:
    """Whether a key is surely no IRI, which would need a letter first and a colon: it is then shown as it is."""
    if start == end or not (0x41 <= (blob[start] & 0xDF) <= 0x5A):
        return True
    plain = True
    for i in range(start, end):
        plain &= blob[i] != 0x3A
    return plain


@kernel
def _simple_local_name(blob: Array, start: Index, end: Index) -> tuple[Index, Index]:
    """The local name (``clew.kg.terms.names``) of an http IRI that needs no decoding; empty where in doubt."""
    prefix = b"http"
    if end - start < 8:
        return start, start
    for i in range(4):
        if blob[start + i] != prefix[i]:
            return start, start
    colon = start + 4 + (blob[start + 4] == 0x73)
    if blob[colon] != 0x3A or blob[colon + 1] != 0x2F or blob[colon + 2] != 0x2F:
        return start, start
    for i in range(start, end):
        if blob[i] <= 0x20 or blob[i] >= 0x7F or blob[i] == 0x25 or blob[i] == 0x5F:  # "%" and "_"
            return start, start
    while end > start and (blob[end - 1] == 0x2F or blob[end - 1] == 0x23):
        end -= 1
    slash = hash_mark = start
    for i in range(colon + 1, end):
        if blob[i] == 0x2F:
            slash = i + 1
        elif blob[i] == 0x23:
            hash_mark = i + 1
    first = hash_mark if hash_mark > start else slash
    return (first, end) if first > start else (start, start)
