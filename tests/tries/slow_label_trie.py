"""The linking trie over marisa tries and a Python object per label: slow, and the oracle of the flat one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import marisa_trie
import numpy as np

from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.tries.labels.folding import fold, fold_with_offsets
from clew.tries.labels.label_trie import KINDS, Match, _maximal, _word_edges


class SlowLabelTrie:
    """Labels to nodes, by look-up and by scanning."""

    def __init__(
        self,
        folded: Any,
        exact: Any,
        ptr: np.ndarray,
        node: np.ndarray,
        exact_id: np.ndarray,
        alternative: np.ndarray,
        content_hash: str,
    ) -> None:
        self._folded, self._exact = folded, exact
        self._ptr, self._node, self._exact_id, self._alternative = ptr, node, exact_id, alternative
        self.content_hash = content_hash

    @classmethod
    def build(cls, graph: Graph) -> SlowLabelTrie:
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
    labelled[graph.nameless] = True
    for node in np.flatnonzero(~labelled).tolist():
        yield node, _written(graph.label(node)), False


def _written(text: str) -> str:
    """Return a label as written, but for white space and NUL (which a marisa key cannot hold)."""
    return " ".join(text.replace("\0", "").split())
