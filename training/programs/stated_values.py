"""The literals that questions state, and the words that state them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from clew.kg.terms.literal import Literal
from clew.training.programs.attribute_values import number_text
from clew.training.programs.attributes import AttributeWords

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Stated:
    """A literal, and the words of a question that state it."""

    literal: Literal
    words: str


def stated_near(rng: random.Random, words: AttributeWords, text: str, exact: bool) -> Stated:
    """Return a value of an attribute near one of its values; ``exact``: that value, or a time that holds it."""
    if words.time:
        return _time(rng, text, exact)
    match = _NUMBER.match(text)
    assert match is not None
    unit = text[match.end() :]
    number = float(match.group()) if exact else _round(rng, float(match.group()), words.decimals)
    return _number(rng, number_text(number, words.decimals), unit)


def decade_of(text: str) -> Stated:
    """Return the decade of a year or date; its words follow "the"."""
    literal = f"{text[:3]}0s"
    return Stated(Literal(literal), literal)


def year_stated(rng: random.Random) -> Stated:
    """Return a year of those that edges hold in."""
    year = str(rng.randint(1950, 2020))
    return Stated(Literal(year), year)


def stated_size(rng: random.Random, size: int) -> Stated:
    """Return a number of things, mostly in words."""
    return Stated(Literal(str(size)), _SMALL[size] if rng.random() < 0.6 else str(size))


def _time(rng: random.Random, text: str, exact: bool) -> Stated:
    if len(text) == 10 and rng.random() < 0.35:
        return _date(rng, text)
    year = int(text[:4]) if exact else int(text[:4]) + rng.choice((-2, -1, 0, 1, 2))
    year = year if exact or rng.random() < 0.6 else year // 5 * 5
    return Stated(Literal(str(year)), str(year))


def _date(rng: random.Random, text: str) -> Stated:
    year, month, day = (int(part) for part in text.split("-"))
    name = _MONTHS[month - 1]
    if rng.random() < 0.4:
        return Stated(Literal(text[:7]), f"{name} {year}")
    return Stated(Literal(text), rng.choice((text, f"{day} {name} {year}", f"{name} {day}, {year}")))


def _round(rng: random.Random, number: float, decimals: int) -> float:
    """Return a number as people would say it: a round one, above or below."""
    moved = number * rng.uniform(0.8, 1.2)
    digits = 1 if abs(moved) >= 10 else 2
    rounded = float(f"{moved:.{digits}g}")
    return rounded if decimals else float(round(rounded))


def _number(rng: random.Random, text: str, unit: str) -> Stated:
    literal, whole = Literal(text + unit), "." not in text and not text.startswith("-")
    if unit or not whole:
        return Stated(literal, text + unit)
    number = int(text)
    if number <= 12 and rng.random() < 0.5:
        return Stated(literal, _SMALL[number])
    if number >= 1_000_000 and number % 100_000 == 0 and rng.random() < 0.6:
        return Stated(literal, f"{number_text(number / 1_000_000, 1)} million")
    return Stated(literal, f"{number:,}" if number > 999 and rng.random() < 0.5 else text)
