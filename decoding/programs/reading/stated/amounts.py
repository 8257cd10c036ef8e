"""Amounts: numerals with their units, currencies and ages ("5 km", "$3 million", "20 years old")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from clew.decoding.programs.reading.stated.forms import (
    is_decimal,
    may_be_year,
    number_literal,
    quantity_literal,
    year_literal,
)
from clew.decoding.programs.reading.stated.numerals import TIMES, Numeral, numeral_at
from clew.decoding.programs.reading.tagged import LiteralKind, TaggedLiteral
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.number import Exact, whole_or_fraction
from clew.kg.terms.typed.units import Unit, find_unit
from clew.kg.terms.vocabulary import XSD_STRING

_CURRENCY = re.compile(r"(?:([A-Z]{0,2}[$¥€£₹₽₩₿₺₫฿₪₴])|([A-Z]{3}))\s?(?=[\d.])")
_UNIT = re.compile(r"(\s|-)?((?:[^\W\d_]|[%‰°℃℉$€£¥₹µ/])[^\W\d_²³^/°]*(?:[²³/^][\w²³/]{0,8})?(?:\s[^\W\d_]+){0,3})")
_AGE = re.compile(r"[\s-]?(?:years?|yrs?)[\s-]?(?:old|of\sage)s?\b", re.IGNORECASE)
_NO_SYMBOLS = frozenset((
    "in", "a", "A", "au", "B", "d", "N", "J", "V", "W", "t", "ac", "bar", "bit", "cal", "rad", "won", "dong", "real",
    "degree", "degrees",
))  # fmt: skip
"""Symbols and names of units that are words or letters as well, where a space stands before them ("2 degree
programs")."""
_OTHER_READINGS = {"pound": "GBP", "pounds": "GBP"}
_SECOND_CURRENCY_SCALES = {"m": 10**6, "b": 10**9, "B": 10**9, "T": 10**12}
_JUXTAPOSED = re.compile(r",?\s(?:and\s)?(?=\d|[a-z])|(?<=')(?=\d)")
_BETWEEN = re.compile(r"\b(?:between|from)\s\Z", re.IGNORECASE)
_TO = re.compile(r"\s?[-–—]\s?(?=[\d$€£])|\s(?:to|and|or)\s(?=[\w$€£.])", re.IGNORECASE)
_PARTS = frozenset(("m", "s", "kg"))
"""Base units of what is stated in parts: "5 ft 10 in", "2 h 30 min"."""
_TIME_WORD = re.compile(
    r"(?:^|\b)(?:in|since|before|after|until|till|by|from|during|to|of|year|years|circa|around|about|and|c\.)\s\Z"
    r"|\b(?:pre|post|mid|early|late)-\Z",
    re.IGNORECASE,
)
_ONE_COUNTS = re.compile(
    r"\b(?:than|least|most|exactly|only|just|precisely|over|under|above|below|top|equal\sto|up\sto)\s\Z", re.IGNORECASE
)
_ONE_OR_MORE = re.compile(r"\s?(?:or\s(?:more|fewer|less)\b|\+)", re.IGNORECASE)
_SIZE_WORD = re.compile(
    r"\b(?:(?<!later )(?<!older )(?<!newer )(?<!earlier )than|at\s(?:least|most)|over|under|above|below|exactly|up\sto"
    r"|top)\s\Z",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\s(?:people|men|women|children|inhabitants|residents|members|employees|students|seats)\b")
_PLURAL = re.compile(r"\s[a-z]+s\b")
_PARTS_OF_ONE = re.compile(r"[\s-](?:thirds|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths|halves)\b")
_OLDEST_YEAR_ALONE, _LATEST_YEAR_ALONE = 100, 2_199


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that ``text[start:end]`` states, in units (their symbols; none: a plain number), the likeliest first."""

    start: int
    end: int
    numeral: Numeral
    value: Exact
    units: tuple[str, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether it is a number with neither scale nor unit."""
        return not self.units and not self.numeral.scaled


def amount_at(text: str, start: int) -> Amount | None:
    """Return the amount that begins at ``start``, None where none does."""
    currency = _CURRENCY.match(text, start)
    money = find_unit(currency[1] or currency[2]) if currency else None
    if currency is not None and (money is None or not money.currency):
        return None
    numeral = numeral_at(text, currency.end() if currency else start)
    if numeral is None:
        return None
    if money is not None:
        return _of_money(text, start, numeral, money)
    found = _with_unit(text, start, numeral)
    return None if found is None or _is_pronoun(text, found) else _in_parts(text, found)


def _is_pronoun(text: str, amount: Amount) -> bool:
    """Whether "one" is no number: "no one", "which one", "one of the"; nor "twice" in "twice as long"."""
    word = text[amount.start : amount.end].lower()
    if not amount.bare or (word != "one" and word not in TIMES):
        return False
    if word in TIMES and text[amount.end : amount.end + 4].lower() == " as ":
        return True
    counts = _ONE_COUNTS.search(text, max(amount.start - 12, 0), amount.start)
    return counts is None and _ONE_OR_MORE.match(text, amount.end) is None


def amount_tags(text: str, amount: Amount) -> Iterator[TaggedLiteral]:
    """Give the readings of an amount: in its units, then as a plain number; a small first end of a range also in the
    scale and the unit of the last ("between 5 and 10 million")."""
    for literal in dict.fromkeys((*_shared(text, amount), *_literals(text, amount))):
        if literal.typed is not None:  # a text with a unit is no value where it is too long
            yield TaggedLiteral(amount.start, amount.end, literal, _kind(text, amount, literal))


def _literals(text: str, amount: Amount) -> Iterator[Literal]:
    yield from (quantity_literal(amount.value, unit) for unit in amount.units)
    if amount.numeral.digits and not amount.units and may_be_year(amount.value):
        yield year_literal(int(amount.value))
        return
    yield number_literal(amount.value)
    early = amount.bare and amount.numeral.digits and _OLDEST_YEAR_ALONE <= amount.value < 1_000
    if (
        early
        and not _PLURAL.match(text, amount.end)
        and _TIME_WORD.search(text, max(amount.start - 12, 0), amount.start)
    ):
        yield year_literal(int(amount.value))


def _kind(text: str, amount: Amount, literal: Literal) -> LiteralKind:
    """What a plain number is: a year unless it is counted ("1500 people") or behind a size ("more than 1500")."""
    if literal.datatype.endswith("#gYear"):
        return LiteralKind.TIME
    if not literal.lexical.isdigit() or literal.datatype != XSD_STRING:
        return LiteralKind.NUMBER
    if _TIME_WORD.search(text, max(amount.start - 12, 0), amount.start):
        return LiteralKind.TIME
    counted = _COUNTED.match(text, amount.end) or _SIZE_WORD.search(text, max(amount.start - 16, 0), amount.start)
    return LiteralKind.NUMBER if counted or amount.value > _LATEST_YEAR_ALONE else LiteralKind.TIME


def _shared(text: str, amount: Amount) -> Iterator[Literal]:
    """What the first number of a range is where the last one's scale and unit are meant for both."""
    to = _TO.match(text, amount.end) if amount.bare else None
    ranges = to is not None and (
        to.group().strip() in ("-", "–", "—", "to") or _BETWEEN.search(text[: amount.start][-9:])
    )
    last = amount_at(text, to.end()) if to is not None and ranges else None
    if last is None or last.bare or not last.numeral.value:
        return
    scaled = whole_or_fraction(Fraction(amount.value) * _scale_of(last))
    value = scaled if last.value > scaled else amount.value
    units = last.units or ("",)
    yield from (quantity_literal(value, unit) if unit else number_literal(value) for unit in units)
    if last.units:
        yield number_literal(value)


def _scale_of(amount: Amount) -> int:
    """The power of a thousand in a scaled number: "10 million" has two."""
    scale = 1
    while amount.numeral.scaled and Fraction(amount.value, scale * 1000) >= 1:
        scale *= 1000
    return scale


# --- units
def _of_money(text: str, start: int, numeral: Numeral, money: Unit) -> Amount | None:
    letter = text[numeral.end : numeral.end + 1]
    if (
        letter in _SECOND_CURRENCY_SCALES
        and not text[numeral.end + 1 : numeral.end + 2].isalnum()
        and not numeral.scaled
    ):
        value = whole_or_fraction(Fraction(numeral.value) * _SECOND_CURRENCY_SCALES[letter])
        return Amount(start, numeral.end + 1, replace(numeral, scaled=True), value, (money.symbol,))
    named = _with_unit(text, start, numeral)
    if named is not None and named.units[:1] == (money.symbol,):  # "US$ 5 dollars"
        return named
    return Amount(start, numeral.end, numeral, numeral.value, (money.symbol,)) if _ends(text, numeral.end) else None


def _with_unit(text: str, start: int, numeral: Numeral, inches: bool = False) -> Amount | None:
    age = _AGE.match(text, numeral.end)
    if age is not None:
        return Amount(start, age.end(), replace(numeral, scaled=True), numeral.value)
    match = _UNIT.match(text, numeral.end)
    found = _longest_unit(match[2], match[1] is not None and not inches) if match else None
    if match is None or found is None:
        return Amount(start, numeral.end, numeral, numeral.value) if _ends(text, numeral.end) else None
    name, unit = found
    end = match.start(2) + len(name)
    units = (unit.symbol, *(other for word, other in _OTHER_READINGS.items() if word == name.lower()))
    return Amount(start, end, numeral, numeral.value, units) if _ends(text, end, unit=True) else None


def _longest_unit(phrase: str, spaced: bool) -> tuple[str, Unit] | None:
    words = phrase.split(" ")
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        unit = (
            None
            if spaced and name in _NO_SYMBOLS
            else find_unit(name) or (find_unit(name.lower()) if len(name) > 1 else None)
        )
        if unit is not None and unit.symbol:
            return name, unit
    return None


def _ends(text: str, end: int, unit: bool = False) -> bool:
    """Whether a number may end there: what follows makes it no code, version, date or ratio."""
    following, second = text[end : end + 1], text[end + 1 : end + 2]
    if following.isalnum() or following == "_" or _PARTS_OF_ONE.match(text, end):
        return False
    if following in (".", ":", "/", "’", "'"):
        return not second.isdigit()
    if following != "-":
        return True
    letter = second.isalpha() and not text[end + 2 : end + 3].isalnum()  # "3-D"
    return not (second.isupper() or letter or (unit and second.isdigit()))


# --- amounts in parts
def _in_parts(text: str, first: Amount) -> Amount:
    """The sum of an amount and the smaller parts that follow it: "2 hours and 30 minutes"."""
    joint = _JUXTAPOSED.match(text, first.end) if first.units and _unit(first).base in _PARTS else None
    if joint is None or ("and" in joint.group() and _BETWEEN.search(text[: first.start][-9:])):
        return first
    numeral = numeral_at(text, joint.end())
    second = None if numeral is None else _with_unit(text, joint.end(), numeral, first.units[0] == "ft")
    if second is None or not second.units or second.value < 0:
        return first
    large, small = _unit(first), _unit(second)
    if small.base != large.base or second.value * small.size >= large.size:
        return first
    value = whole_or_fraction(Fraction(first.value) * large.size / small.size + Fraction(second.value))
    if not is_decimal(value):  # "3 km 5 inches"
        return first
    return _in_parts(text, Amount(first.start, second.end, first.numeral, value, second.units[:1]))


def _unit(amount: Amount) -> Unit:
    unit = find_unit(amount.units[0])
    assert unit is not None
    return unit
