"""What the fuzzy index looks labels up by beside trigrams, in compiled code: words, and short labels less one letter.

A text is given as the range of UTF-8 bytes that holds it; all counting is over characters.
"""

from __future__ import annotations

import secrets
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.utf8 import character
from clew.tries.labels.hashing import OFFSET, with_character

Array = np.ndarray[Any, np.dtype[Any]]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
UInt64 = NDArray[np.uint64]

SHORT = 9
"""Longest label, in letters, with a deletion neighbourhood."""
_SPACE = 0x20


def word_postings(texts: StringPool) -> tuple[UInt64, Int64, Int32]:
    """Return the hashes of all words of labels, ascending, and the labels of each (CSR)."""
    blob, offsets = frozen(texts.blob), frozen(texts.offsets)
    occurrences = int(_count_words(blob, offsets))
    words, keys, counts = _number_words(blob, offsets, occurrences, np.uint64(secrets.randbits(64) | 1))
    order = np.argsort(keys)
    ptr = np.append(0, np.cumsum(counts[order]))
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
        value = np.uint64(OFFSET)
        while position <= end:
            code, position = character(blob, position, end) if position < end else (_SPACE, position + 1)
            if code != _SPACE:
                value = with_character(value, code)
                continue
            slot = np.int64((value * seed) >> np.uint64(64 - bits))
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
            value = np.uint64(OFFSET)
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
        slot = np.int64((keys[word] * seed) >> np.uint64(64 - bits))
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
            value = np.uint64(OFFSET)
            for at in range(letters):
                if at != gone:
                    value = with_character(value, codes[at])
            keys[used], labels[used] = value, text
            used += 1
    return used
