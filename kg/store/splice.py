"""Sequences with some rows taken out and others put in, as updates change the arrays of a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.columnar.pool import StringPool, narrow_offsets

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Splice:
    """How ``size`` rows change: those ``gone`` (int64, ascending) go; new row ``j`` comes before row ``at[j]`` (int64,
    ascending; rows at the same place stay in their order)."""

    size: int
    gone: Array
    at: Array

    def __len__(self) -> int:
        """The number of rows afterwards."""
        return self.size - len(self.gone) + len(self.at)

    @property
    def changes(self) -> bool:
        """Whether anything goes or comes."""
        return bool(len(self.gone) or len(self.at))

    def kept(self, rows: Array) -> Array:
        """The places int64[n] afterwards of rows that stay."""
        rows = np.asarray(rows, np.int64)
        return rows - np.searchsorted(self.gone, rows) + np.searchsorted(self.at, rows, side="right")

    def before(self, row: int) -> int:
        """How many rows there are afterwards before row ``row`` and what comes in there."""
        return row - int(np.searchsorted(self.gone, row)) + int(np.searchsorted(self.at, row))

    def come(self) -> Array:
        """The places int64[n] of the new rows."""
        return self.at - np.searchsorted(self.gone, self.at) + np.arange(len(self.at))

    def places(self) -> Array:
        """The place int32[size] of every row afterwards; that of a row that goes means nothing."""
        found = np.empty(self.size, np.int32 if len(self) < 2**31 else np.int64)
        place = 0
        for low, high, new in self._pieces():
            found[low:high] = np.arange(place, place + high - low)
            place += high - low + new
        return found

    def of(self, rows: Array, new: Array) -> Array:
        """``rows`` with the change made, the ``new`` ones given; of the type of ``rows``, or of ``new`` if wider."""
        dtype = np.promote_types(rows.dtype, new.dtype) if len(new) else rows.dtype
        parts, taken = [rows[:0].astype(dtype, copy=False)], 0
        for low, high, count in self._pieces():
            parts += [rows[low:high], new[taken : taken + count]]
            taken += count
        return np.concatenate(parts).astype(dtype, copy=False)

    def of_strings(self, strings: StringPool, new: StringPool) -> StringPool:
        """A pool with the change made."""
        parts, taken = [strings.blob[:0]], 0
        for low, high, count in self._pieces():
            parts += [_bytes_of(strings, low, high), _bytes_of(new, taken, taken + count)]
            taken += count
        lengths = self.of(np.diff(strings.offsets.astype(np.int64)), np.diff(new.offsets.astype(np.int64)))
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return StringPool(np.concatenate(parts), narrow_offsets(offsets))

    def _pieces(self) -> Iterator[tuple[int, int, int]]:
        """Rows ``low .. high-1`` that stay, and how many new ones come behind them; in order, up to the end."""
        stops = np.concatenate((self.gone, self.at, [self.size]))
        kinds = np.repeat((1, 0, 2), (len(self.gone), len(self.at), 1))  # what comes stands before a row that goes
        order = np.lexsort((kinds, stops))
        low = 0
        for stop, kind in zip(stops[order].tolist(), kinds[order].tolist(), strict=True):
            yield low, max(low, stop), int(kind == 0)
            low = max(low, stop) + int(kind == 1)


def _bytes_of(strings: StringPool, low: int, high: int) -> Array:
    return strings.blob[int(strings.offsets[low]) : int(strings.offsets[high])]


@kernel
def take_places(places: Array, ids: Array) -> Array:
    """``places[ids]``, of the type of ``ids``."""
    found = np.empty_like(ids)
    for i in range(len(ids)):
        found[i] = places[ids[i]]
    return found
