"""``Interval``: a stretch of a timeline. Every time is one, so that a year holds its days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.kg.terms.typed.calendar import DAY, days_before
from clew.kg.terms.typed.number import Exact


class Timeline(StrEnum):
    """What an interval lies on: all of time (seconds since 1970-01-01T00:00:00Z), or what comes again: the day (seconds
    since midnight), the year (since the first of January of a leap year), the month (since its first)."""

    TIME = "time"
    DAY = "time of day"
    YEAR = "day of the year"
    MONTH = "day of the month"


@dataclass(frozen=True, slots=True)
class Interval:
    """The stretch ``[start, end)`` of a timeline in exact seconds; an instant where ``start == end``."""

    start: Exact
    end: Exact
    timeline: Timeline = Timeline.TIME

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"{self.end} lies before {self.start}")

    @property
    def last(self) -> tuple[Exact, bool]:
        """Where it ends, in the order of ends: an instant ends just after it begins, so (``end``, True)."""
        return self.end, self.end == self.start

    def before(self, other: Interval) -> bool:
        """Whether all of it lies before all of the other."""
        return self.last <= (other.start, False)

    def ends_by(self, other: Interval) -> bool:
        """Whether it ends when the other does, or earlier."""
        return self.last <= other.last

    def within(self, other: Interval) -> bool:
        """Whether all of it lies within the other."""
        return other.start <= self.start and self.ends_by(other)

    def meets(self, other: Interval) -> bool:
        """Whether they have an instant in common."""
        return not self.before(other) and not other.before(self)

    @property
    def year(self) -> int | None:
        """The year that it is, to be compared with years written as plain numbers; None where it is no whole year."""
        near = 1970 + self.start // DAY * 400 // 146_097  # the mean year: off by one at most
        return next((year for year in (near - 1, near, near + 1) if self == years(year)), None)


def years(first: int, count: int = 1) -> Interval:
    """Return ``count`` years from ``first`` on: ``years(1980, 10)`` are the 1980s."""
    return Interval(days_before(first) * DAY, days_before(first + count) * DAY)


def months(year: int, month: int, count: int = 1) -> Interval:
    """Return ``count`` months from a month on."""
    return Interval(days_before(year, month) * DAY, days_before(year, month + count) * DAY)


def days(year: int, month: int, day: int, count: int = 1) -> Interval:
    """Return ``count`` days from a date on."""
    start = days_before(year, month, day)
    return Interval(start * DAY, (start + count) * DAY)
