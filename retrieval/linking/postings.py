"""What the fuzzy index looks labels up by, in compiled code: trigrams, words, and short labels less one letter.

A text is given as the range of UTF-8 bytes that holds it; all counting is over characters.
"""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, inlined, kernel
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.utf8 import character
from clew.tries.labels.hashing import OFFSET, with_character

Array = np.ndarray[Any, np.dtype[Any]]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]
Float32 = NDArray[np.float32]

BUCKETS = 1 << 18
"""Trigrams are hashed into this many lists (2 MB of offsets); a clash only adds a candidate."""
SHORT = 9
"""Longest label, in letters, with a deletion neighbourhood."""
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
    ptr = _offsets(df)
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


def word_postings(texts: StringPool) -> tuple[UInt64, Int64, Int32]:
    """Return the hashes of all words of labels, ascending, and the labels of each (CSR)."""
    blob, offsets = frozen(texts.blob), frozen(texts.offsets)
    occurrences = int(_count_words(blob, offsets))
    words, keys, counts = _number_words(blob, offsets, occurrences, np.uint64(secrets.randbits(64) | 1))
    order = np.argsort(keys)
    ptr = _offsets(counts[order])
    place = np.empty(len(keys), np.int64)
    place[order] = ptr[:-1]
    labels = np.empty(int(ptr[-1]), np.int32)
    _fill_words(blob, offsets, words, place, labels)
    return keys[order], ptr, labels


def neighbourhoods(texts: StringPool) -> tuple[UInt64, Int32]:
    """Return the hashes of short labels and of those without one of their letters, ascending, and the label of each."""
    blob, offsets = frozen(texts.blob), frozen(texts.offsets)
    size = int(_count_near(blob, offsets))
    keys, labels = np.empty(size, np.uint64), np.empty(size, np.int32)
    used = _fill_near(blob, offsets, keys, labels)
    keys, labels = keys[:used], labels[:used]
    order = np.argsort(keys, kind="stable")
    return keys[order], labels[order]


def _offsets(lengths: Int64) -> Int64:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int64)


@inlined
def _bucket(first: Any, second: Any, third: Any) -> Any:
    mixed = (uint64(first) * uint64(0x9E3779B1) + uint64(second)) * uint64(0x9E3779B97F4A7C15) + uint64(third)
    return np.int64((mixed * uint64(0xC2B2AE3D27D4EB4F)) >> uint64(_SHIFT))


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


@kernel
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
        start, end = np.int64(offsets[labels[i]]), np.int64(offsets[labels[i] + 1])
        for bucket in _buckets(blob, start, end):
            weight[i] += frequency[bucket]


@kernel
def _covered(
    ptr: Array, grams: Array, chosen: Array, frequency: Array, weight: Array, share: Any, shared: Array
) -> Array:
    size = 0
    for i in range(len(chosen)):
        for at in range(ptr[chosen[i]], ptr[chosen[i] + 1]):
            if shared[grams[at]] == 0:
                size += 1
            shared[grams[at]] += frequency[i]
    found, taken = np.empty(size, np.int64), 0
    seen = np.zeros((len(shared) >> 3) + 1, np.uint8)
    for bucket in chosen:
        for at in range(ptr[bucket], ptr[bucket + 1]):
            label = grams[at]
            bit = np.uint8(1 << (label & 7))
            if not seen[label >> 3] & bit:
                seen[label >> 3] |= bit
                if shared[label] >= share * weight[label]:
                    found[taken] = label
                    taken += 1
    return found[:taken].copy()


@kernel
def _count_words(blob: Array, offsets: Array) -> int:
    """Words of all texts, repeated ones included; texts are words joined by one space, and none is empty."""
    count = len(offsets) - 1
    for byte in blob[: np.int64(offsets[-1])]:
        count += byte == _SPACE
    return count


@kernel
def _number_words(blob: Array, offsets: Array, occurrences: int, seed: Any) -> tuple[Array, Array, Array]:
    """Number the words by first use: the number of each occurrence, the hash of each, in how many texts it is.

    The table's places are seeded at random, so that no labels can be written to make all words collide.
    """
    words = np.empty(occurrences, np.int32)
    bits = 10
    slots = np.full(1 << bits, -1, np.int32)
    keys, counts, last = np.empty(512, np.uint64), np.empty(512, np.int64), np.empty(512, np.int32)
    known, at = 0, 0
    for text in range(len(offsets) - 1):
        position, end = np.int64(offsets[text]), np.int64(offsets[text + 1])
        value = uint64(OFFSET)
        while position <= end:
            code, position = character(blob, position, end) if position < end else (_SPACE, position + 1)
            if code != _SPACE:
                value = with_character(value, code)
                continue
            slot = np.int64((value * seed) >> uint64(64 - bits))
            while slots[slot] >= 0 and keys[slots[slot]] != value:
                slot = (slot + 1) & (len(slots) - 1)
            word = slots[slot]
            if word < 0:
                word = known
                slots[slot], keys[word], counts[word], last[word] = word, value, 0, -1
                known += 1
                if known == len(keys):  # half of the slots are taken
                    bits += 1
                    slots, keys, counts, last = _grown(slots, keys, counts, last, known, bits, seed)
            words[at] = word
            at += 1
            if last[word] != text:
                last[word] = text
                counts[word] += 1
            value = uint64(OFFSET)
    return words, keys[:known].copy(), counts[:known].copy()


@kernel
def _grown(
    slots: Array, keys: Array, counts: Array, last: Array, known: int, bits: int, seed: Any
) -> tuple[Array, Array, Array, Array]:
    """The table with twice as many slots."""
    size, half = 1 << bits, 1 << (bits - 1)
    slots = np.full(size, -1, np.int32)
    more_keys, more_counts, more_last = np.empty(half, np.uint64), np.empty(half, np.int64), np.empty(half, np.int32)
    more_keys[:known], more_counts[:known], more_last[:known] = keys[:known], counts[:known], last[:known]
    for word in range(known):
        slot = np.int64((keys[word] * seed) >> uint64(64 - bits))
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = word
    return slots, more_keys, more_counts, more_last


@kernel
def _fill_words(blob: Array, offsets: Array, words: Array, place: Array, labels: Array) -> None:
    last = np.full(len(place), -1, np.int32)
    at = 0
    for text in range(len(offsets) - 1):
        start, end = np.int64(offsets[text]), np.int64(offsets[text + 1])
        count = 1
        for byte in blob[start:end]:
            count += byte == _SPACE
        for word in words[at : at + count]:
            if last[word] != text:
                last[word] = text
                labels[place[word]] = text
                place[word] += 1
        at += count


@kernel
def _letters(blob: Array, start: Any, end: Any, codes: Array) -> int:
    """Write the characters of a text, as many as there is room for; return how many."""
    count = 0
    while start < end and count < len(codes):
        codes[count], start = character(blob, start, end)
        count += 1
    return count


@kernel
def _count_near(blob: Array, offsets: Array) -> int:
    codes, count = np.empty(SHORT + 1, np.int64), 0
    for text in range(len(offsets) - 1):
        letters = _letters(blob, np.int64(offsets[text]), np.int64(offsets[text + 1]), codes)
        count += letters + 1 if letters <= SHORT else 0
    return count


@kernel
def _fill_near(blob: Array, offsets: Array, keys: Array, labels: Array) -> int:
    """Of equal letters side by side it makes no difference which goes, so only the first one does."""
    codes, used = np.empty(SHORT + 1, np.int64), 0
    for text in range(len(offsets) - 1):
        letters = _letters(blob, np.int64(offsets[text]), np.int64(offsets[text + 1]), codes)
        if letters > SHORT:
            continue
        for gone in range(-1, letters):
            if gone > 0 and codes[gone] == codes[gone - 1]:
                continue
            value = uint64(OFFSET)
            for at in range(letters):
                if at != gone:
                    value = with_character(value, codes[at])
            keys[used], labels[used] = value, text
            used += 1
    return used
