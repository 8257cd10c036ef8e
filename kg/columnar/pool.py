"""String pools: one UTF-8 blob and the offsets into it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


class StringPool:
    """``n`` strings as ``blob`` uint8[bytes] and ``offsets`` unsigned[n + 1]; string ``i`` is ``blob[o[i]:o[i+1]]``.

    Works the same over arrays in memory and over memory-mapped files; reads only the strings it is asked for.
    """

    __slots__ = ("_at", "_bytes", "blob", "offsets")

    def __init__(self, blob: Bytes, offsets: NDArray[np.unsignedinteger]) -> None:
        self.blob, self.offsets = blob, offsets
        self._bytes, self._at = blob.data, offsets.data  # one string is read faster than through numpy

    @classmethod
    def of(cls, strings: Iterable[str]) -> StringPool:
        """A pool of ``strings`` in the order given."""
        encoded = [text.encode() for text in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), narrow_offsets(offsets))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def raw(self, index: int) -> bytes:
        """The UTF-8 bytes of string ``index``."""
        return self._bytes[self._at[index] : self._at[index + 1]].tobytes()

    def __getitem__(self, index: int) -> str:
        return self.raw(index).decode()

    def __iter__(self) -> Iterator[str]:
        return self.slice(0, len(self))

    def slice(self, start: int, stop: int) -> Iterator[str]:
        """Strings ``start .. stop-1``."""
        step = 65_536  # a chunk's bytes are read in one go; more would only cost memory
        for low in range(start, stop, step):
            offsets = self.offsets[low : min(low + step, stop) + 1].astype(np.int64).tolist()
            base = offsets[0]
            chunk = self.blob[base : offsets[-1]].tobytes()
            for left, right in pairwise(offsets):
                yield chunk[left - base : right - base].decode()

    def find(self, text: str, start: int = 0, stop: int | None = None) -> int | None:
        """The index of ``text`` within ``start .. stop-1``, which must be sorted by UTF-8 bytes; None if absent."""
        try:
            wanted = text.encode()
        except UnicodeEncodeError:  # a lone surrogate is in no graph
            return None
        low = self.lower_bound(wanted, start, stop)
        end = len(self) if stop is None else stop
        return low if low < end and self.raw(low) == wanted else None

    def lower_bound(self, wanted: bytes, start: int = 0, stop: int | None = None) -> int:
        """The first index within the sorted ``start .. stop-1`` whose string is not below ``wanted``."""
        low, high = start, len(self) if stop is None else stop
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def narrow_offsets(offsets: NDArray[np.int64]) -> NDArray[np.unsignedinteger]:
    """``offsets`` as uint32 where the blob is below 4 GiB, else uint64."""
    return offsets.astype(np.uint32 if offsets[-1] < 2**32 else np.uint64)
