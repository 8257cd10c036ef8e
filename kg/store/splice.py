"""Sequences with some rows taken out and others put in, as updates change the arrays of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.pool import StringPool
from clew.kg.store import pieces
from clew.kg.store.pieces import PiecewiseArray, fewer

Array = np.ndarray[Any, np.dtype[Any]]

_NONE = np.empty(0, np.int64)
_BUCKETS = 13  # bits of the number of buckets of ``Moves``: their table stays in the processor's cache


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

    def of(self, rows: Array, new: Array, change: Callable[[Array], Array] | None = None) -> PiecewiseArray:
        """``rows`` with the change made, the ``new`` ones given; of the type of ``rows``, or of ``new`` if wider.

        ``change`` is made to the rows that stay; it keeps their type.
        """
        dtype = np.promote_types(rows.dtype, new.dtype) if len(new) else rows.dtype

        def make() -> Iterator[Array]:
            for block in self._blocks():
                part = rows[block.low : block.high]
                yield block.spliced((part if change is None else change(part)).astype(dtype, copy=False), new)

        return PiecewiseArray(dtype, len(self), make)

    def bounds(self, bounds: Array, new: Array, less: Array = _NONE, more: Array = _NONE) -> PiecewiseArray:
        """The bounds int64[rows + 1] of rows with the change made, given those before (any integers, from 0 on) and the
        lengths of the ``new`` rows.

        Rows ``less`` (ascending, numbered as before) are one shorter for each time they occur, rows ``more``
        (ascending, numbered as afterwards) one longer.
        """

        def make() -> Iterator[Array]:
            yield np.zeros(1, np.int64)
            total = first = 0
            for block in self._blocks():
                old = bounds[block.low : block.high + 1].astype(np.int64)
                shorter, longer = _within(less, block.low, block.high), _within(more, first, first + len(block))
                if block.changes or len(shorter) or len(longer):
                    lengths = np.diff(old)
                    np.subtract.at(lengths, shorter, 1)
                    lengths = block.spliced(lengths, new)
                    np.add.at(lengths, longer, 1)
                    found = np.cumsum(lengths) + total
                else:
                    found = old[1:] + (total - old[0])
                total, first = int(found[-1]) if len(found) else total, first + len(block)
                yield found

        return PiecewiseArray(np.dtype(np.int64), len(self) + 1, make)

    def of_strings(self, strings: StringPool, new: StringPool) -> tuple[PiecewiseArray, PiecewiseArray]:
        """The blob and the offsets of a pool with the change made."""
        offsets, lengths = strings.offsets, np.diff(new.offsets.astype(np.int64))
        less = int((offsets[1:][self.gone].astype(np.int64) - offsets[:-1][self.gone]).sum())
        size = int(offsets[-1]) - less + int(lengths.sum())

        def parts() -> Iterator[Array]:
            taken = 0
            for low, high, count in self._runs():
                yield _bytes_of(strings, low, high)
                yield _bytes_of(new, taken, taken + count)
                taken += count

        found = self.bounds(offsets, lengths)
        narrow = np.dtype(np.uint32 if size < 2**32 else np.uint64)
        return PiecewiseArray(np.dtype(np.uint8), size, lambda: fewer(parts())), PiecewiseArray(
            narrow, found.size, found.make
        )

    def _blocks(self) -> Iterator[_Block]:
        """All rows, some at a time, each with what goes and comes there; at least one block."""
        for low in range(0, max(self.size, 1), pieces.PIECE):
            high = min(low + pieces.PIECE, self.size)
            gone = _within(self.gone, low, high)
            start = int(np.searchsorted(self.at, low))
            stop = int(np.searchsorted(self.at, high)) if high < self.size else len(self.at)
            yield _Block(low, high, gone, self.at[start:stop] - low, slice(start, stop))

    def _runs(self) -> Iterator[tuple[int, int, int]]:
        """Rows ``low .. high-1`` that stay, and how many new ones come behind them; in order, up to the end."""
        stops = np.concatenate((self.gone, self.at, [self.size]))
        kinds = np.repeat((1, 0, 2), (len(self.gone), len(self.at), 1))  # what comes stands before a row that goes
        order = np.lexsort((kinds, stops))
        low = 0
        for stop, kind in zip(stops[order].tolist(), kinds[order].tolist(), strict=True):
            yield low, max(low, stop), int(kind == 0)
            low = max(low, stop) + int(kind == 1)


@dataclass(frozen=True, slots=True)
class _Block:
    """Rows ``low .. high-1``; which of them go, and before which new ones come (both counted from ``low``); ``new``:
    which of all new rows these are."""

    low: int
    high: int
    gone: Array
    at: Array
    new: slice

    def __len__(self) -> int:
        return self.high - self.low - len(self.gone) + len(self.at)

    @property
    def changes(self) -> bool:
        return bool(len(self.gone) or len(self.at))

    def spliced(self, rows: Array, new: Array) -> Array:
        """The block's ``rows`` with the change made; ``new``: all new rows."""
        if len(self.gone):
            rows = np.delete(rows, self.gone)
        return np.insert(rows, self.at - np.searchsorted(self.gone, self.at), new[self.new]) if len(self.at) else rows


class Moves:
    """Where rows are after a splice: as ``Splice.kept``, for millions of rows in any order.

    Between two changes all rows move equally far. A table says for each bucket of rows which of these runs lie in it:
    in most buckets it is one.
    """

    def __init__(self, splice: Splice, size: int) -> None:
        """``size``: rows from ``splice.size`` up to this one lie behind all others."""
        stops = np.concatenate((splice.at, splice.gone + 1))
        steps = np.repeat((1, -1), (len(splice.at), len(splice.gone)))
        order = np.argsort(stops, kind="stable")
        self._bits = max(0, size.bit_length() - _BUCKETS)
        starts = np.concatenate(([0], stops[order]))
        buckets = np.arange((size >> self._bits) + 2) << self._bits
        self._starts, self._steps = frozen(starts), frozen(np.concatenate(([0], np.cumsum(steps[order]))))
        self._runs = frozen(np.searchsorted(starts, buckets, side="right") - 1)

    def of(self, rows: Array) -> Array:
        """The places afterwards of ``rows``, of their type; that of a row that goes means nothing."""
        found = np.empty_like(rows)
        _move(frozen(rows), self._starts, self._steps, self._runs, self._bits, found)
        return found


def _within(rows: Array, low: int, high: int) -> Array:
    """Those of ascending ``rows`` from ``low`` to ``high - 1``, counted from ``low``."""
    start, stop = np.searchsorted(rows, (low, high)).tolist()
    return rows[start:stop] - low


def _bytes_of(strings: StringPool, low: int, high: int) -> Array:
    return strings.blob[int(strings.offsets[low]) : int(strings.offsets[high])]


@kernel
def _move(rows: Array, starts: Array, steps: Array, runs: Array, bits: int, found: Array) -> None:
    for i in range(len(rows)):
        row = np.int64(rows[i])
        low, high = runs[row >> bits], runs[(row >> bits) + 1]
        while low < high:
            middle = (low + high + 1) >> 1
            if starts[middle] <= row:
                low = middle
            else:
                high = middle - 1
        found[i] = row + steps[low]
