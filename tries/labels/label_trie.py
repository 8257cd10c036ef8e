"""The linking trie: every label of a graph, preferred and alternative, found in running text.

Two marisa tries (Yata 2011, "Prefix/Patricia trie dictionary compression by nesting prefix/Patricia tries"), one of
folded labels for finding and one of the labels as written for telling an exact match from a folded one; both are
memory-mapped. Beside them, arrays give the nodes of each label.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from unicodedata import category

import marisa_trie
import numpy as np
from numpy.typing import NDArray

from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Int32, Int64
from clew.tries.labels.folding import fold, fold_with_offsets
from clew.tries.storage import load_trie, read_array, read_index, write_index

FORMAT = 1
REBUILD = "clew ingest (of the same files, into the same graph name)"
KINDS = ("exact", "alternative", "case")
"""As written, a preferred label; as written, an alternative label; only after folding case and accents."""


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

    Memory is mapped, not read: some 7 bytes per label for the tries and 9 for the arrays.
    """

    def __init__(
        self,
        folded: Any,
        exact: Any,
        ptr: Int64,
        node: Int32,
        exact_id: Int32,
        alternative: NDArray[np.bool_],
        content_hash: str,
    ) -> None:
        self._folded, self._exact = folded, exact
        self._ptr, self._node, self._exact_id, self._alternative = ptr, node, exact_id, alternative
        self.content_hash = content_hash

    def __len__(self) -> int:
        """Return the number of distinct folded labels."""
        return len(self._folded)

    @classmethod
    def build(cls, graph: Graph) -> Self:
        """Index every label of the graph up to ``limits.MAX_MENTION_CHARS`` characters; descriptions are left out."""
        rows = [
            (folded, text, node, alternative)
            for node, text, alternative in _label_rows(graph)
            if (folded := fold(text)) and len(folded) <= limits.MAX_MENTION_CHARS
        ]
        folded_trie = marisa_trie.Trie(row[0] for row in rows)
        exact_trie = marisa_trie.Trie(row[1] for row in rows)
        columns = np.array(
            [(folded_trie[f], alternative, node, exact_trie[text]) for f, text, node, alternative in rows],
            dtype=np.int64,
        ).reshape(-1, 4)
        columns = np.unique(columns, axis=0)
        ptr = np.searchsorted(columns[:, 0], np.arange(len(folded_trie) + 1)).astype(np.int64)
        node, exact_id = columns[:, 2].astype(np.int32), columns[:, 3].astype(np.int32)
        return cls(folded_trie, exact_trie, ptr, node, exact_id, columns[:, 1].astype(np.bool_), graph.content_hash)

    def save(self, path: Path) -> None:
        """Write the trie as a folder at ``path``, replacing what is there."""
        write_index(
            path,
            {"format": FORMAT, "kind": "label-trie", "content_hash": self.content_hash},
            {"ptr": self._ptr, "node": self._node, "exact": self._exact_id, "alternative": self._alternative},
            {"folded.marisa": self._folded.save, "exact.marisa": self._exact.save},
        )

    @classmethod
    def load(cls, path: Path, content_hash: str | None = None) -> Self:
        """Map a saved trie.

        Raises:
            StaleIndex: there is none, or it is of another format or (where given) another graph's ``content_hash``.
        """
        expected: dict[str, Any] = {"format": FORMAT, "kind": "label-trie"}
        if content_hash is not None:
            expected["content_hash"] = content_hash
        manifest = read_index(path, expected, REBUILD)
        folded, exact = marisa_trie.Trie(), marisa_trie.Trie()
        load_trie(folded, path, "folded", REBUILD)
        load_trie(exact, path, "exact", REBUILD)
        names = ("ptr", "node", "exact", "alternative")
        ptr, node, exact_id, alternative = (read_array(path, name, REBUILD) for name in names)
        return cls(folded, exact, ptr, node, exact_id, alternative, manifest["content_hash"])

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
        edges = _word_edges(folded.text)
        spans: list[tuple[int, int]] = []
        for begin in itertools.compress(range(len(folded.text)), edges):
            if folded.text[begin] == " ":
                continue
            window = folded.text[begin : begin + limits.MAX_MENTION_CHARS]
            ends = sorted((begin + len(key) for key in self._folded.prefixes(window)), reverse=True)
            spans += [(begin, end) for end in ends if edges[end]][: None if nested else 1]
        if not nested:
            spans = _maximal(spans)
        found = []
        for begin, end in spans:
            start, stop = folded.span(begin, end)
            found += self._matches(text, start, stop, folded.text[begin:end])
        return found

    def _matches(self, text: str, start: int, end: int, folded: str) -> list[Match]:
        key = self._folded.get(folded)
        if key is None:
            return []
        written = self._exact.get(_written(text[start:end]), -1)
        by_kind: dict[str, list[int]] = {kind: [] for kind in KINDS}
        kinds: dict[int, int] = {}
        for i in range(int(self._ptr[key]), int(self._ptr[key + 1])):
            kind = 2 if self._exact_id[i] != written else int(self._alternative[i])
            node = int(self._node[i])
            kinds[node] = min(kind, kinds.get(node, kind))
        for node, kind in kinds.items():
            by_kind[KINDS[kind]].append(node)
        return [
            Match(start, end, text[start:end], tuple(sorted(nodes)), kind) for kind, nodes in by_kind.items() if nodes
        ]


def _label_rows(graph: Graph) -> Iterator[tuple[int, str, bool]]:
    """Yield (node, label as written, whether alternative); nodes without a label statement by their display label."""
    labelled = np.zeros(graph.num_nodes, dtype=np.bool_)
    for node, label in graph.iter_labels():
        if label.kind in ("preferred", "alternative"):
            labelled[node] |= label.kind == "preferred"
            yield node, _written(label.text), label.kind == "alternative"
    for node in np.flatnonzero(~labelled).tolist():
        yield node, _written(graph.label(node)), False


def _written(text: str) -> str:
    """Return a label as written, but for white space and NUL (which a marisa key cannot hold)."""
    return " ".join(text.replace("\0", "").split())


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
