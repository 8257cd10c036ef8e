"""Strings to dense ids, without a Python object per string: a compiled open-addressing table over one blob."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.column import grown
from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.errors import BadInput, LimitReached
from clew.kg.limits import MAX_STRINGS

Array = np.ndarray[Any, np.dtype[Any]]
Spans = tuple[Array, Array, Array]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_EIGHT = np.uint64(8)
_SHIFT = np.uint64(29)


class Interner:
    """Gives every distinct byte string the next id, from 0. Memory: the bytes, 12 bytes a string and the table.

    The hash is seeded at random, so a file cannot be written to make every string collide.
    """

    __slots__ = ("_blob", "_count", "_ends", "_hashes", "_seed", "_slots", "_used")

    def __init__(self) -> None:
        self._seed = np.uint64(secrets.randbits(64))
        self._blob: Array = np.empty(1 << 12, np.uint8)
        self._ends: Array = np.zeros(1 << 8, np.int64)
        self._hashes: Array = np.empty(1 << 8, np.uint32)
        self._slots: Array = np.full(1 << 9, -1, np.int32)
        self._count = 0
        self._used = 0

    def __len__(self) -> int:
        return self._count

    def add_spans(self, blob: Array, starts: Array, ends: Array) -> NDArray[np.int32]:
        """The ids int32[n] of the strings ``blob[starts[i]:ends[i]]``; new ones are copied in.

        Raises ``LimitReached`` beyond ``MAX_STRINGS`` distinct strings.
        """
        ids, source = np.empty(len(starts), np.int32), frozen(blob)
        done = 0
        while done < len(starts):
            self._reserve(min(len(starts) - done, 65_536), blob, starts, ends, done)
            done, self._count, self._used = _intern(
                source, starts, ends, done, min(done + 65_536, len(starts)), ids,
                self._blob, self._ends, self._hashes, self._slots, self._count, self._used, self._seed,
            )  # fmt: skip
        return ids

    def add_many(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """The ids int32[n] of ``texts``."""
        return self.add_spans(*spans_of(texts))

    def add(self, text: str) -> int:
        """The id of ``text``."""
        return int(self.add_many([text])[0])

    def find_many(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """The ids of ``texts``, -1 for those never added; adds nothing."""
        return self.find_spans(*spans_of(texts))

    def find_spans(self, blob: Array, starts: Array, ends: Array) -> NDArray[np.int32]:
        """The ids of the strings ``blob[starts[i]:ends[i]]``, -1 for those never added; adds nothing."""
        ids: NDArray[np.int32] = _find(
            frozen(blob), starts, ends, self._blob, self._ends, self._hashes, self._slots, self._seed
        )
        return ids

    def spans(self) -> Spans:
        """``blob``, ``starts`` and ``ends`` of all strings, by id (views: valid until the next addition)."""
        ends = self._ends[: self._count + 1]
        return self._blob[: self._used], ends[:-1], ends[1:]

    def freeze(self) -> None:
        """Free the table: from now on only ``spans`` and ``texts`` work."""
        self._slots = self._hashes = np.empty(0, np.int32)

    def texts(self) -> list[str]:
        """All strings, by id."""
        blob, starts, ends = self.spans()
        return [blob[low:high].tobytes().decode() for low, high in zip(starts.tolist(), ends.tolist(), strict=True)]

    def _reserve(self, more: int, blob: Array, starts: Array, ends: Array, done: int) -> None:
        """Make room for ``more`` strings, so that the compiled loop never has to grow anything."""
        if self._count + more > MAX_STRINGS:
            raise LimitReached(f"more than {MAX_STRINGS:,} distinct strings in one graph")
        size = int((ends[done : done + more] - starts[done : done + more]).sum())
        self._blob = grown(self._blob, self._used + size)
        self._ends = grown(self._ends, self._count + more + 1)
        self._hashes = grown(self._hashes, self._count + more)
        if (self._count + more) * 2 > len(self._slots):
            slots = 1 << int((self._count + more) * 2).bit_length()
            self._slots = _rehash(self._hashes, self._count, slots)


def spans_of(texts: Sequence[str]) -> Spans:
    """``texts`` as one UTF-8 blob with starts and ends, int64[n] each; ``BadInput`` on a lone surrogate."""
    try:
        encoded = [text.encode() for text in texts]
    except UnicodeEncodeError as error:
        raise BadInput(f"not valid Unicode text: {error.object!r}") from error
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=bounds[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), bounds[:-1], bounds[1:]


@kernel
def hash_bytes(blob: Array, start: int, end: int, seed: int | np.uint64) -> Any:
    """A 32-bit hash of ``blob[start:end]``; part of the snapshot format, with seed 0 (``clew.kg.graph.fingerprint``).

    Indices are unsigned: without the check for negative ones, the compiler loads eight bytes at once.
    """
    value = np.uint64(seed) ^ (np.uint64(end - start) * _MULTIPLIER)
    position, stop = np.uint64(start), np.uint64(end)
    while position + _EIGHT <= stop:
        value = (value ^ _word(blob, position)) * _MULTIPLIER
        value ^= value >> _SHIFT
        position += _EIGHT
    word = np.uint64(0)
    shift = np.uint64(0)
    while position < stop:
        word |= np.uint64(blob[position]) << shift
        shift += _EIGHT
        position += np.uint64(1)
    value = (value ^ word) * _MULTIPLIER
    value ^= value >> _SHIFT
    value *= _MULTIPLIER
    return np.uint32(value >> np.uint64(32))


@kernel
def _word(blob: Array, position: Any) -> Any:
    """Eight bytes as a little-endian number."""
    word = np.uint64(0)
    for i in range(8):
        word |= np.uint64(blob[position + np.uint64(i)]) << np.uint64(8 * i)
    return word


@kernel
def same_bytes(left: Array, start: int, right: Array, other: int, length: int) -> bool:
    """Whether ``left[start:start + length]`` and ``right[other:other + length]`` are the same."""
    one, two, rest = np.uint64(start), np.uint64(other), np.uint64(length)
    while rest >= _EIGHT:
        if _word(left, one) != _word(right, two):
            return False
        one += _EIGHT
        two += _EIGHT
        rest -= _EIGHT
    while rest > np.uint64(0):
        if left[one] != right[two]:
            return False
        one += np.uint64(1)
        two += np.uint64(1)
        rest -= np.uint64(1)
    return True


@kernel
def _slot_of(
    source: Array, start: int, end: int, digest: int, blob: Array, ends: Array, hashes: Array, slots: Array
) -> int:
    """The slot that holds the string, or the free slot where it belongs."""
    mask = len(slots) - 1
    slot = digest & mask
    while slots[slot] >= 0:
        known = slots[slot]
        if (
            hashes[known] == digest
            and ends[known + 1] - ends[known] == end - start
            and same_bytes(source, start, blob, ends[known], end - start)
        ):
            return slot
        slot = (slot + 1) & mask
    return slot


@kernel
def _intern(
    source: Array, starts: Array, stops: Array, done: int, until: int, ids: Array,
    blob: Array, ends: Array, hashes: Array, slots: Array, count: int, used: int, seed: int | np.uint64,
) -> tuple[int, int, int]:  # fmt: skip
    for i in range(done, until):
        start, end = starts[i], stops[i]
        if i > done:  # statements of one subject, or of one relation, mostly come together
            last = ids[i - 1]
            if ends[last + 1] - ends[last] == end - start and same_bytes(source, start, blob, ends[last], end - start):
                ids[i] = last
                continue
        digest = hash_bytes(source, start, end, seed)
        slot = _slot_of(source, start, end, digest, blob, ends, hashes, slots)
        if slots[slot] < 0:
            target = np.uint64(used)
            for position in range(np.uint64(start), np.uint64(end)):
                blob[target] = source[position]
                target += np.uint64(1)
            used += end - start
            hashes[count] = digest
            slots[slot] = count
            count += 1
            ends[count] = used
        ids[i] = slots[slot]
    return until, count, used


@kernel
def _find(
    source: Array, starts: Array, stops: Array,
    blob: Array, ends: Array, hashes: Array, slots: Array, seed: int | np.uint64,
) -> Array:  # fmt: skip
    ids = np.empty(len(starts), np.int32)
    for i in range(len(starts)):
        digest = hash_bytes(source, starts[i], stops[i], seed)
        ids[i] = slots[_slot_of(source, starts[i], stops[i], digest, blob, ends, hashes, slots)]
    return ids


@kernel
def _rehash(hashes: Array, count: int, size: int) -> Array:
    slots = np.full(size, -1, np.int32)
    mask = size - 1
    for known in range(count):
        slot = hashes[known] & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = known
    return slots
