"""The distinct values of a graph's literals, in exact order within each group of values that compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, ValueKind, kind_of
from clew.tries.columns.lexical import TIME, TRUTH
from clew.tries.columns.numbers import by_base, rank_numbers
from clew.tries.columns.ranking import DenseRanks, Int32, Int64, rank
from clew.tries.columns.reading import Readings
from clew.tries.columns.times import rank_ends, rank_times

NONE = -1


class ValueGroup(NamedTuple):
    """Values that compare with each other: of one ``kind``, and of units that convert to ``unit`` (empty: none)."""

    kind: ValueKind
    unit: str = ""


def group_of(value: TypedValue) -> ValueGroup:
    """Return the group of a value."""
    return ValueGroup(kind_of(value), value.base if isinstance(value, Quantity) else "")


@dataclass(frozen=True)
class DistinctValues:
    """V distinct values of L literals, numbered group by group in ascending order, times by (start, end).

    ``groups`` with ``ptr`` int64 ``[G + 1]``: the values of each. ``example`` int32 ``[V]``: the first literal with
    each value. ``by_end`` int32 ``[V]``: the values of each group in the order of their ends; ``end`` int32 ``[V]``:
    the dense rank of each one's end. ``value`` int32 ``[L]``: the value of each literal, ``NONE`` where it has none.
    ``twice`` int32: the plain texts that are numbers by ``value``, and times by ``twice_value`` int32.
    """

    groups: tuple[ValueGroup, ...]
    ptr: Int64
    example: Int32
    by_end: Int32
    end: Int32
    value: Int32
    twice: Int32
    twice_value: Int32


class _Ranked(NamedTuple):
    """A group with its literals by value, and of times the order of the values' ends."""

    group: ValueGroup
    ranks: DenseRanks
    ends: DenseRanks | None = None


def distinct_values(readings: Readings) -> DistinctValues:
    """Sort what was read. Time: O(L log L)."""
    kinds = list(ValueKind)
    found = sorted(_ranked(readings), key=lambda each: (kinds.index(each.group.kind), each.group.unit))
    value, time = np.full(len(readings.state), NONE, np.int32), np.full(len(readings.state), NONE, np.int32)
    ptr = np.cumsum([0, *(each.ranks.size for each in found)]).astype(np.int64)
    by_end, end = np.arange(ptr[-1], dtype=np.int32), np.empty(ptr[-1], np.int32)
    for each, low, high in zip(found, ptr[:-1].tolist(), ptr[1:].tolist(), strict=True):
        numbers, ids = each.ranks.ranks + np.int32(low), each.ranks.ids
        fresh = value[ids] == NONE
        value[ids[fresh]], time[ids[~fresh]] = numbers[fresh], numbers[~fresh]
        end[low:high] = np.arange(high - low)
        if each.ends is not None:
            by_end[low:high] = each.ends.ids + low
            end[low + each.ends.ids] = each.ends.ranks
    twice = np.flatnonzero(time != NONE)
    example = np.concatenate([np.empty(0, np.int64), *(each.ranks.first for each in found)])
    groups = tuple(each.group for each in found)
    return DistinctValues(
        groups, ptr, example.astype(np.int32), by_end, end, value, twice.astype(np.int32), time[twice]
    )


def _ranked(readings: Readings) -> list[_Ranked]:
    rest: dict[ValueGroup, list[tuple[TypedValue, int]]] = {}
    for i, values in readings.rest.items():
        for value in values:
            rest.setdefault(group_of(value), []).append((value, i))
    numbers = by_base(readings, [group.unit for group in rest if group.kind is ValueKind.NUMBER])
    times = np.flatnonzero(readings.state == TIME)
    if len(times) or len(readings.years):
        rest.setdefault(ValueGroup(ValueKind.TIME), [])
    return [
        *(
            _Ranked(group, rank_numbers(readings, group.unit, ids, rest.pop(group, [])))
            for group, ids in ((ValueGroup(ValueKind.NUMBER, base), ids) for base, ids in numbers.items())
        ),
        *_ranked_truths(readings, rest.pop(ValueGroup(ValueKind.TRUTH), [])),
        *(_ranked_times(readings, group, times, some) for group, some in rest.items()),
    ]


def _ranked_truths(readings: Readings, rest: list[tuple[TypedValue, int]]) -> list[_Ranked]:
    truths = np.flatnonzero(readings.state == TRUTH)
    ids = np.append(truths, [i for _, i in rest]).astype(np.int64)
    truth = np.append(readings.whole[truths], [value is True for value, _ in rest]).astype(np.int64)
    return [_Ranked(ValueGroup(ValueKind.TRUTH), rank(ids, [truth]))] if len(ids) else []


def _ranked_times(readings: Readings, group: ValueGroup, times: Int64, rest: list[tuple[TypedValue, int]]) -> _Ranked:
    usual = group.kind is ValueKind.TIME
    intervals = rank_times(readings, times if usual else times[:0], readings.years if usual else times[:0], rest)
    return _Ranked(group, intervals.ranks, rank_ends(intervals))


def is_of_kind(numbers: Int32, ptr: Int64, groups: tuple[ValueGroup, ...], kind: ValueKind) -> NDArray[np.bool_]:
    """Which of some values, by number, are of a kind; ``NONE`` is of none."""
    kinds = np.array([group.kind is kind for group in groups] + [False])
    found: NDArray[np.bool_] = kinds[np.searchsorted(ptr, numbers, side="right") - 1]
    return found
