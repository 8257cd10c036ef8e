"""An inverted index of character trigrams over the labels of a graph, to find candidates for misspelled names.

The index proposes candidates quickly; an edit distance then scores them. There are two sources of candidates:

* trigrams shared with the question, weighted by rarity (Zobel and Dart 1995, *Finding approximate matches in large
  lexicons*, compare such coarse searches);
* for short labels, in which one typo may break every trigram, the neighbourhood of deletions: two strings one edit
  apart (a transposition included) share a string that lacks at most one of their letters (Mor and Fraenkel 1982;
  as in W. Garbe's SymSpell).

Memory: four bytes per (label, trigram), twelve per letter of a short label; all arrays are memory-mapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import distinct
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_TYPO_POSTINGS
from clew.retrieval.linking.index.flat_words import WordFolder
from clew.retrieval.linking.index.postings import SHORT, neighbourhoods, word_postings
from clew.retrieval.linking.index.trigrams import Float32, buckets_of, covered, gram_postings, idf
from clew.tries.labels.flat_folding import TextFolder
from clew.tries.labels.hashing import text_hash
from clew.tries.labels.names import Names, node_names
from clew.tries.storage import read_array, read_index, write_index

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

FORMAT = 2
REBUILD = "clew ingest (of the same files, into the same graph name)"
SHORT_WORDS = 2
MIN_COVERAGE = 0.25
"""Share of a label's trigram weight that the question must hold for the label to be proposed."""
ARRAYS = (
    "text_ptr",
    "text",
    "node_ptr",
    "nodes",
    "gram_ptr",
    "grams",
    "weight",
    "near_keys",
    "near_labels",
    "words",
    "word_ptr",
    "word_labels",
)


class FuzzyIndex:
    """Distinct folded labels of entities, found by trigrams. Label ids are ``0 .. len(index)-1``, sorted by text."""

    def __init__(self, arrays: dict[str, NDArray[Any]], fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.arrays = arrays
        self.texts = StringPool(arrays["text"], arrays["text_ptr"])

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def build(cls, graph: Graph) -> FuzzyIndex:
        """Index the preferred and alternative labels of the graph's entities."""
        return cls.of(node_names(graph, graph.num_entities), graph.content_hash)

    @classmethod
    def of(cls, batches: Iterable[Names], fingerprint: str) -> FuzzyIndex:
        """Index names, in batches: linear but for the sort, with the folded labels in memory once."""
        texts, pairs = _folded(batches)
        ids, nodes = (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int32)
        arrays: dict[str, NDArray[Any]] = {
            "text_ptr": texts.offsets,
            "text": texts.blob,
            "node_ptr": np.searchsorted(ids, np.arange(len(texts) + 1)),
            "nodes": nodes,
        }
        arrays["gram_ptr"], arrays["grams"], arrays["weight"] = gram_postings(texts)
        arrays["near_keys"], arrays["near_labels"] = neighbourhoods(texts)
        arrays["words"], arrays["word_ptr"], arrays["word_labels"] = word_postings(texts)
        return cls(arrays, fingerprint)

    def text(self, label: int) -> str:
        """Return a label's folded text."""
        return self.texts[label]

    def nodes(self, label: int) -> list[int]:
        """Return the nodes that wear a label, ascending."""
        ptr = self.arrays["node_ptr"]
        found: list[int] = self.arrays["nodes"][ptr[label] : ptr[label + 1]].tolist()
        return found

    def word_frequency(self, word: str) -> int:
        """Return in how many labels a folded word occurs."""
        return len(self.labels_with(word))

    def with_word(self, word: str) -> list[int]:
        """Return the labels in which a folded word occurs, ascending."""
        found: list[int] = self.labels_with(word).tolist()
        return found

    def labels_with(self, word: str) -> Int32:
        """The labels in which a folded word occurs, ascending, as an array: not copied, however many they are."""
        words, ptr = self.arrays["words"], self.arrays["word_ptr"]
        key = np.uint64(text_hash(word))
        at = int(np.searchsorted(words, key))
        known = at < len(words) and words[at] == key
        found: Int32 = self.arrays["word_labels"][int(ptr[at]) : int(ptr[at + 1])] if known else np.zeros(0, np.int32)
        return found

    def candidates(self, words: Sequence[str], limit: int) -> Int64:
        """Return at most about ``limit`` labels that the folded words of a question may misspell."""
        return np.union1d(self._by_trigrams(" ".join(words), limit), self.near(_probes(words)))

    def _by_trigrams(self, text: str, limit: int) -> Int64:
        """Labels by the weight of the trigrams they share with the text, less what they miss."""
        buckets = buckets_of(text)
        counts = self.gram_counts(buckets)
        order = np.argsort(counts, kind="stable")
        order = order[(counts[order] > 0) & (np.cumsum(counts[order]) <= MAX_TYPO_POSTINGS)]
        found, shared, weight = self.sharing(buckets[order], idf(counts[order], len(self)))
        net = 1.5 * shared - 0.5 * weight
        if len(found) > limit:
            found = found[np.argpartition(-net, limit - 1)[:limit]]
        return found

    def gram_counts(self, buckets: Int64) -> Int64:
        """How many labels have a trigram of each bucket."""
        ptr = self.arrays["gram_ptr"]
        counts: Int64 = ptr[buckets + 1] - ptr[buckets]
        return counts

    def sharing(self, buckets: Int64, frequency: Float32) -> tuple[Int64, Float64, Float32]:
        """The labels, ascending, of which ``MIN_COVERAGE`` lies in these buckets of such inverse frequencies; the
        weight that does; their whole weight."""
        ptr, grams, weight = (self.arrays[name] for name in ("gram_ptr", "grams", "weight"))
        found, shared = covered(ptr, grams, buckets, frequency, weight, MIN_COVERAGE)
        return found, shared, weight[found]

    def near(self, keys: NDArray[np.uint64]) -> Int64:
        """The short labels, ascending, that have one of these hashes among those of their neighbourhoods."""
        known = self.arrays["near_keys"]
        low, high = (np.searchsorted(known, keys, side) for side in ("left", "right"))
        hits = [self.arrays["near_labels"][a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True) if b > a]
        return np.unique(np.concatenate(hits)).astype(np.int64) if hits else np.zeros(0, dtype=np.int64)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, replacing what was there."""
        write_index(folder, {"format": FORMAT, "kind": "fuzzy", "fingerprint": self.fingerprint}, self.arrays)

    @classmethod
    def load(cls, folder: Path, fingerprint: str) -> FuzzyIndex:
        """Open a stored index, memory-mapped; ``StaleIndex`` when missing, damaged or of another graph version."""
        read_index(folder, {"format": FORMAT, "kind": "fuzzy", "fingerprint": fingerprint}, REBUILD)
        return cls({name: read_array(folder, name, REBUILD) for name in ARRAYS}, fingerprint)


def _folded(batches: Iterable[Names]) -> tuple[StringPool, NDArray[np.uint64]]:
    """Return the distinct folded labels, sorted, and the pairs ``label << 32 | node``, ascending, each once."""
    folder, words = TextFolder(), WordFolder()
    blobs, lengths, nodes = [np.zeros(0, np.uint8)], [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for names in batches:
        blob, bounds = words.fold(folder.fold(names.blob, names.starts, names.ends))
        size = np.diff(bounds)
        blobs.append(blob)
        lengths.append(size[size > 0])
        nodes.append(names.node[size > 0])
    bounds = np.append(0, np.cumsum(np.concatenate(lengths)))
    texts, ids = distinct(np.concatenate(blobs), bounds[:-1], bounds[1:])
    pairs = np.sort((ids.astype(np.uint64) << np.uint64(32)) | np.concatenate(nodes).astype(np.uint64))
    return texts, pairs[np.append(True, np.diff(pairs) != 0)[: len(pairs)]]


def _probes(words: Sequence[str]) -> NDArray[np.uint64]:
    """The hashes of the short runs of words, and of those without one of their letters, ascending, each once."""
    runs = {
        " ".join(words[at : at + size]) for size in range(1, SHORT_WORDS + 2) for at in range(len(words) - size + 1)
    }
    near = {text for run in runs if len(run) <= SHORT + 1 for text in _deletions(run)}
    return np.unique(np.array([text_hash(text) for text in near], dtype=np.uint64))


def _deletions(text: str) -> list[str]:
    """The text, and the text without any one of its letters."""
    return [text, *{text[:at] + text[at + 1 :] for at in range(len(text))}]
