"""The proleptic Gregorian calendar, for years of any size: 0 is the year before 1 (XML Schema 1.1)."""

from __future__ import annotations

DAY = 86_400
"""Seconds."""
_ERA_YEARS, _ERA_DAYS = 400, 146_097
_EPOCH = 719_468
"""Days from 0000-03-01 to 1970-01-01."""
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else _MONTH_DAYS[month - 1]


def days_before(year: int, month: int = 1, day: int = 1) -> int:
    """Return the days from 1970-01-01 to a date, negative before it. ``month`` may lie outside of 1 .. 12, and counts
    on into other years.

    Years begin in March, so that the leap day is the last (Hinnant, "chrono-compatible low-level date algorithms").
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    year -= month <= 2
    era, year_of_era = divmod(year, _ERA_YEARS)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA_DAYS + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - _EPOCH
