"""Ranks of intervals by where they start, and by where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from clew.kg.terms.typed.calendar import DAY
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.typed.value import TypedValue
from clew.tries.columns.ranking import DenseRanks, Int64, exact_number, in_parts, rank
from clew.tries.columns.reading import Readings


@dataclass(frozen=True)
class RankedIntervals:
    """Intervals of literals, ranked by (start, end): ``start`` and ``end`` int64, of instants the same, with the
    ``part`` of the start, and the literal ``ids`` that have them; ``odd``: those that fit in no such array."""

    ranks: DenseRanks
    ids: Int64
    start: Int64
    part: Int64
    end: Int64
    odd: dict[int, Interval]


def rank_times(readings: Readings, times: Int64, years: Int64, rest: list[tuple[TypedValue, int]]) -> RankedIntervals:
    """Rank the literals ``times``, which were read as such, the ``years``, read as numbers, and the ``rest``."""
    found = [(cast(Interval, interval), i) for interval, i in rest]
    usual = [(*parts, i) for interval, i in found if (parts := _parts(interval))]
    odd = {i: interval for interval, i in found if _parts(interval) is None}
    more = np.array(usual, np.int64).reshape(-1, 4)
    first, after = year_seconds(readings.whole[years])
    start = np.concatenate((readings.whole[times], first, more[:, 0]))
    part = np.concatenate((readings.part[times], np.zeros(len(years), np.int64), more[:, 1]))
    end = np.concatenate((readings.end[times], after, more[:, 2]))
    ids = np.concatenate((times, years, more[:, 3]))

    def exact(i: int) -> tuple[Exact, Exact]:
        begin = exact_number(start[i], part[i])
        return begin, begin if start[i] == end[i] else int(end[i])

    strange = [((interval.start, interval.end), i) for i, interval in odd.items()]
    return RankedIntervals(rank(ids, [start, part, end], exact, strange), ids, start, part, end, odd)


def rank_ends(intervals: RankedIntervals) -> DenseRanks:
    """Rank the distinct intervals, by their ranks, by where they end (``Interval.last``)."""
    first = intervals.ranks.first
    row = np.full(int(first.max(initial=-1)) + 1, -1, np.int64)
    known = intervals.ids < len(row)
    row[intervals.ids[known]] = np.flatnonzero(known)
    usual = np.flatnonzero(row[first] >= 0)
    at = row[first[usual]]
    instant = intervals.start[at] == intervals.end[at]
    end, part = intervals.end[at], np.where(instant, intervals.part[at], 0)

    def exact(i: int) -> tuple[Exact, bool]:
        return exact_number(end[i], part[i]), bool(instant[i])

    odd = [(intervals.odd[int(first[i])].last, i) for i in np.flatnonzero(row[first] < 0).tolist()]
    return rank(usual, [end, part, instant.astype(np.int64)], exact, odd)


def year_seconds(year: Int64) -> tuple[Int64, Int64]:
    """Return where years begin and end, in seconds since 1970."""
    return (365 * (year - 1970) + _leap_days(year)) * DAY, (365 * (year - 1969) + _leap_days(year + 1)) * DAY


def _leap_days(year: Int64) -> Int64:
    """The leap days from 1970 to the start of a year."""
    return (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400 - 477


def _parts(interval: Interval) -> tuple[int, int, int] | None:
    """Start, part of the start, and end; None where these do not fit."""
    start, end = in_parts(interval.start), in_parts(interval.end)
    if start is None or end is None or (end[1] and start != end):
        return None
    return (*start, end[0]) if start == end or start[0] != end[0] else None
