"""The linking trie: every label of a graph, preferred and alternative, found in running text.

The folded labels are kept sorted (``sorted_labels``), with the nodes of each; a hash of each label as written tells an
exact match from a folded one. All of it is flat arrays, built without a Python object per label and memory-mapped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from clew.kg import limits
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import distinct
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Int32, Int64
from clew.tries.labels.flat_folding import TextFolder, written
from clew.tries.labels.folding import Folded, fold, fold_with_offsets
from clew.tries.labels.hashing import text_hash
from clew.tries.labels.names import Names, node_names
from clew.tries.labels.sorted_labels import Found, SearchedText, prefixes
from clew.tries.storage import read_array, read_index, write_index

UInt64 = NDArray[np.uint64]
Bools = NDArray[np.bool_]
Span = tuple[int, int]

FORMAT = 3
REBUILD = "clew ingest (of the same files, into the same graph name)"
KINDS = ("exact", "alternative", "case")
"""As written, a preferred label; as written, an alternative label; only after folding case and accents."""
ARRAYS = ("text", "text_ptr", "ptr", "node", "spelling", "alternative")


@dataclass(frozen=True, slots=True)
class Match:
    """A span of the text that spells a label: ``text[start:end]``, the nodes of that label, and how it matched."""

    start: int
    end: int
    text: str
    nodes: tuple[int, ...]
    kind: str


class LabelTrie:
    """Labels to nodes, by look-up and by scanning; immutable, safe to share between threads.

    Memory is mapped, not read: per label its folded bytes and some 30 more.
    """

    def __init__(
        self, texts: StringPool, ptr: Int64, node: Int32, spelling: UInt64, alternative: Bools, content_hash: str
    ) -> None:
        self._texts = texts
        self._ptr, self._node, self._spelling, self._alternative = ptr, node, spelling, alternative
        self.content_hash = content_hash

    @classmethod
    def build(cls, graph: Graph) -> Self:
        """Index every label of the graph up to ``limits.MAX_MENTION_CHARS`` characters; descriptions are left out."""
        return cls.of(node_names(graph, graph.num_nodes), graph.content_hash)

    @classmethod
    def of(cls, batches: Iterable[Names], content_hash: str) -> Self:
        """Index names, in batches: linear but for the sort, with the folded labels in memory once."""
        texts, ids, columns = _folded(batches)
        place = (ids.astype(np.uint64) << np.uint64(32)) | (columns.alternative.astype(np.uint64) << np.uint64(31))
        place |= columns.node.astype(np.uint64)
        order = np.lexsort((columns.spelling, place))
        same = (np.diff(place[order]) == 0) & (np.diff(columns.spelling[order]) == 0)
        order = order[np.append(True, ~same)[: len(order)]]
        ptr = np.zeros(len(texts) + 1, np.int64)
        np.cumsum(np.bincount(ids[order], minlength=len(texts)), out=ptr[1:])
        return cls(texts, ptr, columns.node[order], columns.spelling[order], columns.alternative[order], content_hash)

    def save(self, path: Path) -> None:
        """Write the trie as a folder at ``path``, replacing what is there."""
        columns = (self._texts.blob, self._texts.offsets, self._ptr, self._node, self._spelling, self._alternative)
        write_index(
            path,
            {"format": FORMAT, "kind": "label-trie", "content_hash": self.content_hash},
            dict(zip(ARRAYS, columns, strict=True)),
        )

    @classmethod
    def load(cls, path: Path, content_hash: str) -> Self:
        """Map a saved trie.

        Raises:
            StaleIndex: there is none, or it is of another format or another graph's ``content_hash``.
        """
        read_index(path, {"format": FORMAT, "kind": "label-trie", "content_hash": content_hash}, REBUILD)
        text, text_ptr, ptr, node, spelling, alternative = (read_array(path, name, REBUILD) for name in ARRAYS)
        return cls(StringPool(text, text_ptr), ptr, node, spelling, alternative, content_hash)

    def lookup(self, text: str) -> list[Match]:
        """Return the matches of a whole text, one per kind, best kind first; none when no label folds to it."""
        return self._matches(text, 0, len(text), fold(text)) if text else []

    def scan(self, text: str, nested: bool = False) -> list[Match]:
        """Find the labels that a text mentions, at word boundaries, in order of their start.

        Args:
            text: the question, as typed; the offsets of every match refer to it.
            nested: also give matches that lie within a longer one.

        Returns:
            One match per span and kind (best kind first). Overlapping spans are all given unless one contains the
            other: which to believe is the linker's decision.
        """
        folded = fold_with_offsets(text)
        spans = self._spans(folded)
        if not nested:
            spans = _maximal(next(group) for _, group in itertools.groupby(spans, key=lambda span: span[0]))
        found = []
        for begin, end in spans:
            start, stop = folded.span(begin, end)
            found += self._matches(text, start, stop, folded.text[begin:end])
        return found

    def _spans(self, folded: Folded) -> list[Span]:
        """Where labels stand in a folded text, at word edges, by begin, the longest of each begin first."""
        edges = [at for at, is_edge in enumerate(_word_edges(folded.text)) if is_edge]
        begins = [at for at in edges if at < len(folded.text) and folded.text[at] != " "]
        last = [min(at + limits.MAX_MENTION_CHARS, len(folded.text)) for at in begins]
        encoded, place = _encoded(folded.text)
        query = SearchedText(encoded, *([place[at] for at in places] for places in (begins, edges, last)))
        char = {byte: at for at, byte in enumerate(place)}
        spans = {(char[begin], char[end]) for begin, end, _ in self.standing(query).tolist()}
        return sorted(spans, key=lambda span: (span[0], -span[1]))

    def standing(self, query: SearchedText) -> Found:
        """Which labels stand where in a query: (begin, end, key of the label), places in bytes, in any order."""
        return prefixes(self._texts, query)

    def entries(self, folded: str) -> tuple[Int32, UInt64, Bools]:
        """Return who wears a folded label: the node, the hash of the label as written, whether it is an alternative."""
        key = self._texts.find(folded)
        return self.row(key) if key is not None else (self._node[:0], self._spelling[:0], self._alternative[:0])

    def row(self, key: int) -> tuple[Int32, UInt64, Bools]:
        """The ``entries`` of a label given by its key."""
        row = slice(int(self._ptr[key]), int(self._ptr[key + 1]))
        return self._node[row], self._spelling[row], self._alternative[row]

    def _matches(self, text: str, start: int, end: int, folded: str) -> list[Match]:
        nodes, spellings, alternative = self.entries(folded)
        spelled = np.uint64(text_hash(written(text[start:end])))
        kinds: dict[int, int] = {}
        for node, kind in zip(nodes.tolist(), np.where(spellings == spelled, alternative, 2).tolist(), strict=True):
            kinds[node] = min(kind, kinds.get(node, kind))
        by_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
        for node, kind in kinds.items():
            by_kind[KINDS[kind]].append(node)
        return [
            Match(start, end, text[start:end], tuple(sorted(nodes)), kind) for kind, nodes in by_kind.items() if nodes
        ]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Of each name that is kept: the node, the hash of the name as written, whether it is an alternative one."""

    node: Int32
    spelling: UInt64
    alternative: Bools


def _folded(batches: Iterable[Names]) -> tuple[StringPool, Int32, _Columns]:
    """Return the distinct folded names, sorted, and of each name its index among them and its columns."""
    folder = TextFolder()
    blobs, lengths = [np.zeros(0, np.uint8)], [np.zeros(0, np.int64)]
    columns = [_Columns(np.zeros(0, np.int32), np.zeros(0, np.uint64), np.zeros(0, np.bool_))]
    for names in batches:
        folded = folder.fold(names.blob, names.starts, names.ends)
        size = np.diff(folded.bounds)
        kept = (size > 0) & (folded.length <= limits.MAX_MENTION_CHARS)
        blobs.append(folded.blob if kept.all() else folded.blob[np.repeat(kept, size)])
        lengths.append(size[kept])
        columns.append(_Columns(names.node[kept], folded.spelling[kept], names.alternative[kept]))
    bounds = np.append(0, np.cumsum(np.concatenate(lengths)))
    texts, ids = distinct(np.concatenate(blobs), bounds[:-1], bounds[1:])
    nodes = np.concatenate([one.node for one in columns])
    spellings = np.concatenate([one.spelling for one in columns])
    return texts, ids, _Columns(nodes, spellings, np.concatenate([one.alternative for one in columns]))


def _encoded(text: str) -> tuple[bytes, list[int]]:
    """Return a text as UTF-8 and the byte place of every character, and of the end."""
    if text.isascii():
        return text.encode(), list(range(len(text) + 1))
    encoded = [char.encode("utf-8", "surrogatepass") for char in text]  # a lone surrogate is in no label
    return b"".join(encoded), list(itertools.accumulate(map(len, encoded), initial=0))


def _word_edges(text: str) -> list[bool]:
    """Return, per position 0 .. len(text), whether a word may begin or end there."""
    joins = [(char.isalnum() or category(char)[0] == "M") and not _is_unspaced(char) for char in text]
    inner = [not (left and right) for left, right in itertools.pairwise(joins)]
    return [True, *inner, True] if text else [True]


def _is_unspaced(char: str) -> bool:
    """Return whether a character belongs to a script written without spaces, where any position may end a word."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x30FF  # CJK radicals, punctuation, kana
        or 0x3400 <= code <= 0x9FFF  # CJK ideographs
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
        or 0x0E00 <= code <= 0x0EFF  # Thai, Lao
        or 0x1000 <= code <= 0x109F  # Myanmar
        or 0x1780 <= code <= 0x17FF  # Khmer
    )


def _maximal(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans (ascending by start, one per start) that lie within no other."""
    kept: list[tuple[int, int]] = []
    for span in spans:
        if not kept or span[1] > kept[-1][1]:
            kept.append(span)
    return kept
