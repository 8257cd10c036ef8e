"""The fuzzy index built with a Python object per label: slow, and the oracle of the flat one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_TYPO_POSTINGS
from clew.retrieval.linking.index.fuzzy_index import MIN_COVERAGE, SHORT_WORDS
from clew.retrieval.linking.index.postings import SHORT
from clew.retrieval.linking.index.trigrams import BUCKETS
from clew.retrieval.linking.words import fold_words

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float32 = NDArray[np.float32]

FEW_TEXTS = 64
"""Texts that are hashed faster one by one than as arrays."""


def slow_entity_names(graph: Graph) -> Iterator[tuple[int, str]]:
    """Yield (entity, name): its preferred and alternative labels, or, where it has no preferred one, what is shown
    for it. Descriptions and literals are left out."""
    labelled = np.zeros(graph.num_entities, dtype=np.bool_)
    for node, label in graph.iter_labels():
        if node < graph.num_entities and label.kind != "description":
            labelled[node] |= label.kind == "preferred"
            yield node, label.text
    labelled[graph.nameless] = True
    for node in np.flatnonzero(~labelled).tolist():
        yield node, graph.label(node)


class SlowFuzzyIndex:
    """Distinct folded labels of entities, found by trigrams. Label ids are ``0 .. len(index)-1``, sorted by text."""

    def __init__(self, arrays: dict[str, NDArray[Any]], fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.arrays = arrays
        self._text_ptr, self._text = arrays["text_ptr"], arrays["text"]
        self._node_ptr, self._nodes = arrays["node_ptr"], arrays["nodes"]
        self._gram_ptr, self._grams, self._weight = arrays["gram_ptr"], arrays["grams"], arrays["weight"]
        self._near_keys, self._near_labels = arrays["near_keys"], arrays["near_labels"]
        self._words, self._word_ptr, self._word_labels = arrays["words"], arrays["word_ptr"], arrays["word_labels"]
        self._idf = _idf(np.diff(np.asarray(self._gram_ptr)), len(self))

    def __len__(self) -> int:
        return len(self._text_ptr) - 1

    @classmethod
    def build(cls, graph: Graph) -> SlowFuzzyIndex:
        """Index the preferred and alternative labels of the graph's entities."""
        return cls.of(slow_entity_names(graph), graph.content_hash)

    @classmethod
    def of(cls, labels: Iterable[tuple[int, str]], fingerprint: str) -> SlowFuzzyIndex:
        """Index (node, label) pairs."""
        wearers: dict[str, set[int]] = {}
        for node, label in labels:
            folded = fold_words(label)
            if folded:
                wearers.setdefault(folded, set()).add(node)
        texts = sorted(wearers)
        encoded = [text.encode() for text in texts]
        groups = [sorted(wearers[text]) for text in texts]
        arrays: dict[str, NDArray[Any]] = {
            "text_ptr": _offsets([len(one) for one in encoded]),
            "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "node_ptr": _offsets([len(group) for group in groups]),
            "nodes": np.fromiter((node for group in groups for node in group), dtype=np.int32),
        }
        arrays["gram_ptr"], arrays["grams"], arrays["weight"] = _gram_postings(texts)
        arrays["near_keys"], arrays["near_labels"] = _neighbourhoods(texts)
        arrays["words"], arrays["word_ptr"], arrays["word_labels"] = _word_postings(texts)
        return cls(arrays, fingerprint)

    def text(self, label: int) -> str:
        """Return a label's folded text."""
        return self._text[self._text_ptr[label] : self._text_ptr[label + 1]].tobytes().decode()

    def nodes(self, label: int) -> list[int]:
        """Return the nodes that wear a label, ascending."""
        found: list[int] = self._nodes[self._node_ptr[label] : self._node_ptr[label + 1]].tolist()
        return found

    def word_frequency(self, word: str) -> int:
        """Return in how many labels a folded word occurs."""
        at = self._word(word)
        return int(self._word_ptr[at + 1] - self._word_ptr[at]) if at >= 0 else 0

    def with_word(self, word: str) -> list[int]:
        """Return the labels in which a folded word occurs, ascending."""
        at = self._word(word)
        found: list[int] = self._word_labels[self._word_ptr[at] : self._word_ptr[at + 1]].tolist() if at >= 0 else []
        return found

    def _word(self, word: str) -> int:
        key = np.uint64(_hash(word))
        at = int(np.searchsorted(self._words, key))
        return at if at < len(self._words) and self._words[at] == key else -1

    def candidates(self, words: Sequence[str], limit: int) -> Int64:
        """Return at most about ``limit`` labels that the folded words of a question may misspell."""
        return np.union1d(self._by_trigrams(" ".join(words), limit), self._by_deletions(words))

    def _by_trigrams(self, text: str, limit: int) -> Int64:
        """Labels by the weight of the trigrams they share with the text, less what they miss."""
        none = np.zeros(0, dtype=np.int64)
        buckets = np.unique(_trigrams([text])[1])
        counts = self._gram_ptr[buckets + 1] - self._gram_ptr[buckets]
        order = np.argsort(counts, kind="stable")
        order = order[(counts[order] > 0) & (np.cumsum(counts[order]) <= MAX_TYPO_POSTINGS)]
        if not len(order):
            return none
        chosen = buckets[order]
        lists = [self._grams[self._gram_ptr[b] : self._gram_ptr[b + 1]] for b in chosen.tolist()]
        shared = np.bincount(
            np.concatenate(lists), weights=np.repeat(self._idf[chosen], counts[order]), minlength=len(self)
        )
        found = np.flatnonzero(shared >= MIN_COVERAGE * self._weight)
        net = 1.5 * shared[found] - 0.5 * self._weight[found]
        if len(found) > limit:
            found = found[np.argpartition(-net, limit - 1)[:limit]]
        return found

    def _by_deletions(self, words: Sequence[str]) -> Int64:
        """Short labels one edit away from some run of words."""
        runs = {
            " ".join(words[at : at + size]) for size in range(1, SHORT_WORDS + 2) for at in range(len(words) - size + 1)
        }
        probes = [near for run in runs if len(run) <= SHORT + 1 for near in _deletions(run)]
        if not probes:
            return np.zeros(0, dtype=np.int64)
        keys = np.unique(_hashes(probes))
        low, high = np.searchsorted(self._near_keys, keys), np.searchsorted(self._near_keys, keys, side="right")
        hits = [self._near_labels[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True) if b > a]
        return np.unique(np.concatenate(hits)).astype(np.int64) if hits else np.zeros(0, dtype=np.int64)


def _offsets(lengths: Sequence[int]) -> Int64:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)


def _idf(df: Int64, n: int) -> Float32:
    return np.log((n + 1) / (df + 0.5)).astype(np.float32)


def _trigrams(texts: Sequence[str]) -> tuple[Int64, Int64]:
    """Return (text number, hash bucket) of every trigram of " text ", one space at each end."""
    padded = [f" {text} " for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < 3:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    owner = np.repeat(np.arange(len(padded)), [len(text) for text in padded])
    mixed = (codes[:-2] * np.uint64(0x9E3779B1) + codes[1:-1]) * np.uint64(0x9E3779B97F4A7C15) + codes[2:]
    mixed = (mixed * np.uint64(0xC2B2AE3D27D4EB4F)) >> np.uint64(64 - BUCKETS.bit_length() + 1)
    inside = owner[:-2] == owner[2:]
    return owner[:-2][inside].astype(np.int64), mixed[inside].astype(np.int64)


def _gram_postings(texts: Sequence[str]) -> tuple[Int64, Int32, Float32]:
    """Return bucket -> labels (CSR) and each label's whole trigram weight."""
    owner, bucket = _trigrams(texts)
    pairs = np.sort((bucket << 32) | owner)  # np.unique would hash instead, which is slower here
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    bucket, owner = pairs >> 32, pairs & 0xFFFFFFFF
    df = np.bincount(bucket, minlength=BUCKETS)
    weight = np.bincount(owner, weights=_idf(df, len(texts))[bucket], minlength=len(texts))
    return _offsets(df.tolist()), owner.astype(np.int32), weight.astype(np.float32)


def _hash(text: str) -> int:
    """Return one text's hash, see ``_hashes``: for few texts, whose arrays would cost more than they save."""
    value = 0xCBF29CE484222325
    for code in map(ord, text):
        mixed = ((value ^ code) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        value = mixed ^ (mixed >> 29)
    return value


def _hashes(texts: Sequence[str]) -> UInt64:
    """Return a 64-bit FNV-1a style hash of each text over its code points, the same in every process."""
    if len(texts) <= FEW_TEXTS:
        return np.array([_hash(text) for text in texts], dtype=np.uint64)
    lengths = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    width = int(lengths.max(initial=0))
    codes = np.frombuffer("".join(t.ljust(width, "\0") for t in texts).encode("utf-32-le"), dtype=np.uint32)
    codes = codes.reshape(len(texts), width).astype(np.uint64)
    value = np.full(len(texts), 0xCBF29CE484222325, dtype=np.uint64)
    for column in range(width):
        mixed = (value ^ codes[:, column]) * np.uint64(0x100000001B3)
        value = np.where(column < lengths, mixed ^ (mixed >> np.uint64(29)), value)
    return value


def _deletions(text: str) -> list[str]:
    """The text, and the text without any one of its letters."""
    return [text, *{text[:at] + text[at + 1 :] for at in range(len(text))}]


def _neighbourhoods(texts: Sequence[str]) -> tuple[UInt64, Int32]:
    """Return hashed deletions of the short labels, sorted, and the label of each."""
    short = [(i, near) for i, text in enumerate(texts) if len(text) <= SHORT for near in _deletions(text)]
    keys = _hashes([near for _, near in short])
    labels = np.fromiter((i for i, _ in short), dtype=np.int32, count=len(short))
    order = np.argsort(keys, kind="stable")
    return keys[order], labels[order]


def _word_postings(texts: Sequence[str]) -> tuple[UInt64, Int64, Int32]:
    """Return the hashes of all words of labels, sorted, and the labels of each (CSR)."""
    postings: dict[str, list[int]] = {}
    for label, text in enumerate(texts):
        for word in set(text.split()):
            postings.setdefault(word, []).append(label)
    keys = _hashes(list(postings))
    lists = list(postings.values())
    order = np.argsort(keys).tolist()
    labels = np.fromiter((label for at in order for label in lists[at]), dtype=np.int32)
    return keys[order], _offsets([len(lists[at]) for at in order]), labels
