"""The trigrams of labels, in compiled code: which labels have one, how rare it is, what labels share with a text.

A text is given as the range of UTF-8 bytes that holds it; trigrams are of characters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, inlined, kernel, kernel_of
from clew.kg.columnar.kernels import steps_around
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.utf8 import character

Array = np.ndarray[Any, np.dtype[Any]]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Float32 = NDArray[np.float32]

BUCKETS = 1 << 18
"""Trigrams are hashed into this many lists (2 MB of offsets); a clash only adds a candidate."""
_SHIFT = 64 - BUCKETS.bit_length() + 1
_SPACE = 0x20


def idf(df: Int64, n: int) -> Float32:
    """Inverse document frequency of trigrams that ``df`` of ``n`` labels have."""
    return np.log((n + 1) / (df + 0.5)).astype(np.float32)


def buckets_of(text: str) -> Int64:
    """Return the hash buckets of the trigrams of " text ", one space at each end, ascending, each once."""
    encoded = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    found: Int64 = _buckets(frozen(encoded), 0, len(encoded))
    return found


def gram_counts(texts: StringPool) -> Int64:
    """Return how many texts have a trigram of each bucket, int64[BUCKETS]."""
    df = np.zeros(BUCKETS, np.int64)
    _count_grams(frozen(texts.blob), frozen(texts.offsets), df)
    return df


def gram_postings(texts: StringPool) -> tuple[Int64, Int32, Float32]:
    """Return bucket -> labels (CSR), labels ascending, and each label's whole trigram weight."""
    blob, offsets, df = frozen(texts.blob), frozen(texts.offsets), gram_counts(texts)
    ptr = np.append(0, np.cumsum(df))
    grams = np.empty(int(ptr[-1]), np.int32)
    _fill_grams(blob, offsets, ptr[:-1].copy(), grams)
    weight = np.zeros(len(texts), np.float64)
    _add_weights(ptr, grams, idf(df, len(texts)), weight)
    return ptr, grams, weight.astype(np.float32)


def weights_of(texts: StringPool, labels: Int64, frequency: Float32) -> Float32:
    """Return the trigram weight of some labels, given that of every bucket."""
    weight = np.zeros(len(labels), np.float64)
    _weights_of(frozen(texts.blob), frozen(texts.offsets), labels, frequency, weight)
    return weight.astype(np.float32)


def covered(
    ptr: Int64, grams: Int32, chosen: Int64, frequency: Float32, weight: Float32, share: float
) -> tuple[Int64, NDArray[np.float64]]:
    """Return the labels, ascending, of which the ``chosen`` buckets hold at least ``share`` of the weight, and how much
    weight they hold. Linear in the postings read."""
    shared = np.zeros(len(weight), np.float64)  # its pages come into being as they are touched
    found: Int64 = _covered(frozen(ptr), frozen(grams), chosen, frequency, frozen(weight), np.float32(share), shared)
    found.sort()
    return found, shared[found]


@inlined
def _bucket(first: Any, second: Any, third: Any) -> Any:
    mixed = np.uint64(first) * np.uint64(0x9E3779B1) + np.uint64(second)
    mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(third)
    return np.int64((mixed * np.uint64(0xC2B2AE3D27D4EB4F)) >> np.uint64(_SHIFT))


@kernel
def _grams_of(blob: Array, start: Any, end: Any, buckets: Array) -> int:
    """Write the buckets of a text's trigrams, in order of place; return how many."""
    count, before, last, position = 0, -1, _SPACE, start
    while position < end:
        code, position = character(blob, position, end)
        if before >= 0:
            buckets[count] = _bucket(before, last, code)
            count += 1
        before, last = last, code
    if before >= 0:
        buckets[count] = _bucket(before, last, _SPACE)
        count += 1
    return count


@kernel_of(lambda blob, start, end: 10 * (end - start))
def _buckets(blob: Array, start: Any, end: Any) -> Array:
    buckets = np.empty(end - start + 1, np.int64)
    return np.unique(buckets[: _grams_of(blob, start, end, buckets)])


@kernel
def _longest(offsets: Array) -> Any:
    longest = np.int64(0)
    for text in range(len(offsets) - 1):
        longest = max(longest, np.int64(offsets[text + 1]) - np.int64(offsets[text]))
    return longest


@kernel
def _count_grams(blob: Array, offsets: Array, df: Array) -> None:
    buckets, last = np.empty(_longest(offsets) + 1, np.int64), np.full(len(df), -1, np.int32)
    for text in range(len(offsets) - 1):
        for i in range(_grams_of(blob, np.int64(offsets[text]), np.int64(offsets[text + 1]), buckets)):
            if last[buckets[i]] != text:
                last[buckets[i]] = text
                df[buckets[i]] += 1


@kernel
def _fill_grams(blob: Array, offsets: Array, place: Array, grams: Array) -> None:
    buckets, last = np.empty(_longest(offsets) + 1, np.int64), np.full(len(place), -1, np.int32)
    for text in range(len(offsets) - 1):
        for i in range(_grams_of(blob, np.int64(offsets[text]), np.int64(offsets[text + 1]), buckets)):
            bucket = buckets[i]
            if last[bucket] != text:
                last[bucket] = text
                grams[place[bucket]] = text
                place[bucket] += 1


@kernel
def _add_weights(ptr: Array, grams: Array, frequency: Array, weight: Array) -> None:
    for bucket in range(len(ptr) - 1):
        for i in range(ptr[bucket], ptr[bucket + 1]):
            weight[grams[i]] += frequency[bucket]


@kernel
def _weights_of(blob: Array, offsets: Array, labels: Array, frequency: Array, weight: Array) -> None:
    """Added up by ascending bucket, as in ``_add_weights``, so that the sums are the same to the last bit."""
    for i in range(len(labels)):
        start, end = np.int64(offsets[labels[i]]), min(np.int64(offsets[labels[i] + 1]), np.int64(len(blob)))
        for bucket in _buckets(blob, start, end):
            weight[i] += frequency[bucket]


@kernel_of(lambda ptr, grams, chosen, *_: 2 * steps_around(ptr, chosen))
def _covered(
    ptr: Array, grams: Array, chosen: Array, frequency: Array, weight: Array, share: Any, shared: Array
) -> Array:
    size = 0
    for i in range(len(chosen)):
        for label in grams[ptr[chosen[i]] : ptr[chosen[i] + 1]]:
            if 0 <= label < len(shared):  # a damaged file must not lead out of the array
                size += shared[label] == 0
                shared[label] += frequency[i]
    found, taken = np.empty(size, np.int64), 0
    seen = np.zeros((len(shared) >> 3) + 1, np.uint8)
    for bucket in chosen:
        for label in grams[ptr[bucket] : ptr[bucket + 1]]:
            if not 0 <= label < len(shared):
                continue
            bit = np.uint8(1 << (label & 7))
            if not seen[label >> 3] & bit:
                seen[label >> 3] |= bit
                if shared[label] >= share * weight[label]:
                    found[taken] = label
                    taken += 1
    return found[:taken].copy()
