"""The fuzzy index of an updated graph: that of the version before, and a small one of the names that may have changed.

Labels have the ids, and candidates the weights, that an index built anew would give them. A trigram's weight depends on
how many labels have it, so an update changes the weight of every label: weights are computed for the labels that may
be proposed, at the question. Those are found by a lower bound, the label's weight before times the least factor by
which that of any trigram changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather
from clew.kg.store.lookup import find_sorted
from clew.kg.store.merge import spans_of_pool
from clew.retrieval.linking.index.fuzzy_index import MIN_COVERAGE, Float64, FuzzyIndex, Int32, Int64
from clew.retrieval.linking.index.trigrams import Float32, covered, gram_counts, idf, weights_of
from clew.tries.labels.node_change import NodeChange
from clew.tries.labels.renumbering import Renumbering, among, without

LEAST = np.float32(MIN_COVERAGE)
SLACK = 1e-4
"""What rounding may add to the factors of weights, which are sums of float32, and far more."""


@dataclass(frozen=True, slots=True)
class LabelChange:
    """How ids of labels changed, and the new id of each label of the index of added names, int64, ascending."""

    labels: Renumbering
    added: Int64

    @classmethod
    def of(cls, base: FuzzyIndex, added: FuzzyIndex, nodes: NodeChange) -> Self:
        """A label goes when no node wears it any longer; one comes when nodes wear it that was not there."""
        found = find_sorted(base.texts, 0, len(base), spans_of_pool(added.texts))
        gone = without(_emptied(base, nodes.void), found.at[found.found])
        new = np.flatnonzero(~found.found)
        come = found.at[new] - np.searchsorted(gone, found.at[new]) + np.arange(len(new))
        labels = Renumbering(gone, come)
        ids = labels.forward(found.at)
        ids[new] = come
        return cls(labels, ids)


def _emptied(base: FuzzyIndex, void: Int64) -> Int64:
    """The labels that only void nodes wear, ascending."""
    ptr, nodes = base.arrays["node_ptr"], base.arrays["nodes"]
    is_void = np.zeros(int(max(nodes.max(initial=-1), void.max(initial=-1))) + 1, np.bool_)
    is_void[void] = True
    wearing = np.flatnonzero(is_void[nodes])
    labels, lost = np.unique(np.searchsorted(ptr, wearing, side="right") - 1, return_counts=True)
    emptied: Int64 = labels[ptr[labels + 1] - ptr[labels] == lost]
    return emptied


class UpdatedFuzzyIndex(FuzzyIndex):
    """Answers as an index built anew. ``added`` holds the names of the nodes ``change.fresh``."""

    def __init__(self, base: FuzzyIndex, added: FuzzyIndex, nodes: NodeChange, change: LabelChange) -> None:
        self._base, self._added, self._change = base, added, nodes
        self._labels, self._ids = change.labels, change.added
        self._is_new = among(change.added, change.labels.come)

    def __len__(self) -> int:
        return self._labels.size(len(self._base))

    def text(self, label: int) -> str:
        """See ``FuzzyIndex``."""
        at = self._at(label)
        return self._base.text(self._before(label)) if at is None else self._added.text(at)

    def nodes(self, label: int) -> list[int]:
        """See ``FuzzyIndex``."""
        at = self._at(label)
        found = [] if at is None else self._added.nodes(at)
        if at is None or not self._is_new[at]:
            old = without(np.array(self._base.nodes(self._before(label)), np.int64), self._change.void)
            found += self._change.nodes.forward(old).tolist()
        return sorted(found)

    def word_frequency(self, word: str) -> int:
        """See ``FuzzyIndex``."""
        old, new = self._base.labels_with(word), self._added.labels_with(word)
        return len(old) - int(among(self._labels.gone, old).sum()) + int(self._is_new[new].sum())

    def labels_with(self, word: str) -> Int32:
        """See ``FuzzyIndex``; copied."""
        return self._together(self._base.labels_with(word), self._added.labels_with(word)).astype(np.int32)

    def gram_counts(self, buckets: Int64) -> Int64:
        """See ``FuzzyIndex``."""
        return self._counts[buckets]

    def sharing(self, buckets: Int64, frequency: Float32) -> tuple[Int64, Float64, Float32]:
        """See ``FuzzyIndex``."""
        old, old_shared = self._covered(self._base, buckets, frequency, self._least_factor)
        new, new_shared = self._covered(self._added, buckets, frequency, 0.0)
        stays, is_new = ~among(old, self._labels.gone), self._is_new[new]
        old, old_shared, new, new_shared = old[stays], old_shared[stays], new[is_new], new_shared[is_new]
        labels = np.concatenate((self._labels.forward(old), self._ids[new]))
        shared = np.concatenate((old_shared, new_shared))
        pairs = ((self._base, old), (self._added, new))
        weight = np.concatenate([weights_of(index.texts, found, self._frequency) for index, found in pairs])
        order = np.argsort(labels)
        order = order[shared[order] >= LEAST * weight[order]]
        return labels[order], shared[order], weight[order]

    def near(self, keys: NDArray[np.uint64]) -> Int64:
        """See ``FuzzyIndex``."""
        return self._together(self._base.near(keys), self._added.near(keys))

    # --- labels by their old and new ids
    def _before(self, label: int) -> int:
        """The id in the base of a label that was there."""
        return int(self._labels.backward(np.array([label]))[0])

    def _at(self, label: int) -> int | None:
        """The id of a label in the index of added names, None if it is not there."""
        at = int(np.searchsorted(self._ids, label))
        return at if at < len(self._ids) and self._ids[at] == label else None

    def _together(self, old: NDArray[Any], new: NDArray[Any]) -> Int64:
        """Labels of the base and labels of added names, the latter where they are new, ascending."""
        stay = self._labels.forward(without(old, self._labels.gone))
        return np.sort(np.concatenate((stay, self._ids[new[self._is_new[new]]])))

    # --- weights of trigrams
    @cached_property
    def _counts(self) -> Int64:
        """How many labels have a trigram of each bucket."""
        gone = _some(self._base.texts, self._labels.gone)
        new = _some(self._added.texts, np.flatnonzero(self._is_new))
        return np.diff(self._base.arrays["gram_ptr"]) - gram_counts(gone) + gram_counts(new)

    @cached_property
    def _frequency(self) -> Float32:
        return idf(self._counts, len(self))

    @cached_property
    def _least_factor(self) -> float:
        """A lower bound of the factors by which the weights of labels changed."""
        before = np.diff(self._base.arrays["gram_ptr"])
        used = before > 0
        factors = self._frequency[used] / idf(before[used], len(self._base))
        return float(factors.min(initial=1.0)) * (1 - SLACK)

    def _covered(self, index: FuzzyIndex, buckets: Int64, frequency: Float32, factor: float) -> tuple[Int64, Float64]:
        """The labels of an index of which the buckets may hold ``MIN_COVERAGE``: of their weight there times
        ``factor`` they do."""
        ptr, grams, weight = (index.arrays[name] for name in ("gram_ptr", "grams", "weight"))
        return covered(ptr, grams, buckets, frequency, weight, MIN_COVERAGE * factor)


def _some(texts: StringPool, chosen: Int64) -> StringPool:
    offsets = texts.offsets
    starts, ends = offsets[chosen].astype(np.int64), offsets[chosen + 1].astype(np.int64)
    return gather(texts.blob, starts, ends, np.arange(len(chosen)))
