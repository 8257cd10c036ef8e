"""Units of measurement, by symbol and by name, with their exact size in the base unit of what they measure.

Sizes are those of the SI brochure (2019), of the international yard and pound (1959) and of US customary fluids. A
year and a month are the calendar's mean (``duration.MONTH``). Currencies and unknown units measure only themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from clew.kg.terms.typed.calendar import DAY
from clew.kg.terms.typed.duration import MONTH

SECOND = "s"
"""The base unit of durations."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its ``symbol``, the ``base`` unit that it converts to, by ``number * size + offset``; whether it is a
    currency."""

    symbol: str
    base: str
    size: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    currency: bool = False


def find_unit(name: str) -> Unit | None:
    """Return the unit of a symbol (``km``, ``m²``, ``US$``; case matters) or of a name, in any usual spelling
    (``kilometres``, ``squareKilometer``, ``US dollars``); None where it is not known."""
    exact = _BY_SYMBOL.get(name)
    return _BY_NAME.get(_plain(name)) if exact is None else exact


_PREFIXES = (
    ("n", "nano", "0.000000001"), ("µ", "micro", "0.000001"), ("m", "milli", "0.001"), ("c", "centi", "0.01"),
    ("d", "deci", "0.1"), ("h", "hecto", "100"), ("k", "kilo", "1000"), ("M", "mega", "1000000"),
    ("G", "giga", "1000000000"), ("T", "tera", "1000000000000"),
)  # fmt: skip

_PREFIXED = (  # symbol, name, base, size, the prefixes that are in use
    ("m", "metre", "m", "1", "nµmcdhk"),
    ("g", "gram", "kg", "0.001", "nµmk"),
    ("s", "second", "s", "1", "nµm"),
    ("l", "litre", "m³", "0.001", "µmcdh"),
    ("W", "watt", "W", "1", "mkMGT"),
    ("J", "joule", "J", "1", "mkMGT"),
    ("Wh", "watt hour", "J", "3600", "kMGT"),
    ("eV", "electronvolt", "eV", "1", "kMGT"),
    ("V", "volt", "V", "1", "mkM"),
    ("A", "ampere", "A", "1", "µmk"),
    ("N", "newton", "N", "1", "mkM"),
    ("Pa", "pascal", "Pa", "1", "hkMG"),
    ("bar", "bar", "Pa", "100000", "m"),
    ("Hz", "hertz", "Hz", "1", "kMGT"),
    ("B", "byte", "B", "1", "kMGT"),
    ("bit", "bit", "bit", "1", "kMGT"),
)

_OTHERS = (  # symbols, names, base, size
    ("in", "inch|inches", "m", "0.0254"),
    ("ft", "foot|feet", "m", "0.3048"),
    ("yd", "yard", "m", "0.9144"),
    ("mi", "mile", "m", "1609.344"),
    ("nmi", "nautical mile", "m", "1852"),
    ("AU|au", "astronomical unit", "m", "149597870700"),
    ("ly", "light year|lightyear", "m", "9460730472580800"),
    ("m²|m2|m^2|sqm", "square metre", "m²", "1"),
    ("mm²|mm2|mm^2", "square millimetre", "m²", "0.000001"),
    ("cm²|cm2|cm^2", "square centimetre", "m²", "0.0001"),
    ("km²|km2|km^2|sqkm", "square kilometre|sq km", "m²", "1000000"),
    ("ha", "hectare", "m²", "10000"),
    ("ac", "acre", "m²", "4046.8564224"),
    ("ft²|ft2|ft^2|sqft", "square foot|square feet|sq ft", "m²", "0.09290304"),
    ("mi²|mi2|mi^2|sqmi", "square mile|sq mi", "m²", "2589988.110336"),
    ("m³|m3|m^3", "cubic metre", "m³", "1"),
    ("cm³|cm3|cm^3|cc", "cubic centimetre", "m³", "0.000001"),
    ("km³|km3|km^3", "cubic kilometre", "m³", "1000000000"),
    ("L", "liter", "m³", "0.001"),
    ("mL", "", "m³", "0.000001"),
    ("gal", "gallon|us gallon", "m³", "0.003785411784"),
    ("t", "tonne|metric ton|metric tonne", "kg", "1000"),
    ("lb|lbs", "pound", "kg", "0.45359237"),
    ("oz", "ounce", "kg", "0.028349523125"),
    ("min", "minute", "s", "60"),
    ("h|hr|hrs", "hour", "s", "3600"),
    ("d", "day", "s", str(DAY)),
    ("wk", "week", "s", str(7 * DAY)),
    ("mo", "month", "s", str(MONTH)),
    ("yr|yrs|a", "year", "s", str(12 * MONTH)),
    ("sec|secs", "", "s", "1"),
    ("m/s", "metre per second", "m/s", "1"),
    ("km/h|kph|kmh", "kilometre per hour", "m/s", "1/3.6"),
    ("km/s", "kilometre per second", "m/s", "1000"),
    ("mph", "mile per hour|miles per hour", "m/s", "0.44704"),
    ("kn|kt", "knot", "m/s", "1852/3600"),
    ("/m²|/m2", "per square metre", "/m²", "1"),
    ("/km²|/km2", "inhabitants per square kilometre|per square kilometre", "/m²", "0.000001"),
    ("/mi²|/sqmi", "inhabitants per square mile|per square mile", "/m²", "1/2589988.110336"),
    ("kg/m³|kg/m3", "kilogram per cubic metre", "kg/m³", "1"),
    ("g/cm³|g/cm3", "gram per cubic centimetre", "kg/m³", "1000"),
    ("hp", "horsepower", "W", "745.69987158227022"),
    ("cal", "calorie", "J", "4.184"),
    ("kcal", "kilocalorie", "J", "4184"),
    ("atm", "atmosphere", "Pa", "101325"),
    ("psi", "pound per square inch", "Pa", "44482216152605/6451600000"),
    ("KiB", "kibibyte", "B", "1024"),
    ("MiB", "mebibyte", "B", "1048576"),
    ("GiB", "gibibyte", "B", "1073741824"),
    ("KB", "", "B", "1000"),
    ("rpm", "revolution per minute|revolutions per minute", "Hz", "1/60"),
    ("°|deg", "degree", "°", "1"),
    ("rad", "radian", "rad", "1"),
    ("%", "percent|per cent|percentage", "%", "1"),
    ("‰", "permille|per mille", "%", "0.1"),
    ("K", "kelvin", "K", "1"),
    ("", "inhabitant|people|person", "", "1"),
)  # fmt: skip

_SHIFTED = (  # symbols, names, base, size, offset
    ("°C|℃", "degree celsius|degrees celsius|celsius", "K", "1", "273.15"),
    ("°F|℉", "degree fahrenheit|degrees fahrenheit|fahrenheit", "K", "5/9", "45967/180"),
)

_CURRENCIES = (
    ("USD|$|US$", "dollar|us dollar"), ("EUR|€", "euro"), ("GBP|£", "pound sterling|british pound"),
    ("JPY|¥|JP¥", "yen|japanese yen"), ("CNY|CN¥|RMB", "yuan|renminbi|chinese yuan"), ("INR|₹", "rupee|indian rupee"),
    ("RUB|₽", "ruble|rouble|russian rouble"), ("KRW|₩", "won|south korean won"), ("CHF", "swiss franc"),
    ("AUD|A$|AU$", "australian dollar"), ("CAD|C$|CA$", "canadian dollar"), ("NZD|NZ$", "new zealand dollar"),
    ("HKD|HK$", "hong kong dollar"), ("SGD|S$", "singapore dollar"), ("SEK", "swedish krona"),
    ("NOK", "norwegian krone"), ("DKK", "danish krone"), ("PLN|zł", "zloty|polish zloty"), ("CZK|Kč", "czech koruna"),
    ("HUF", "forint|hungarian forint"), ("TRY|₺", "turkish lira"), ("BRL|R$", "brazilian real"),
    ("MXN|MX$", "mexican peso"), ("ZAR", "south african rand"), ("ILS|₪", "shekel"), ("THB|฿", "baht|thai baht"),
    ("UAH|₴", "hryvnia"), ("VND|₫", "dong"), ("BTC|₿", "bitcoin"), ("AED", "dirham"), ("SAR", "saudi riyal"),
)  # fmt: skip

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _plain(name: str) -> str:
    """A name in lower case, in words, in British spelling, without the plural."""
    words = re.split(r"[\s_.-]+", _CAMEL.sub(" ", name).lower().strip())
    spelled = [word[:-5] + "metre" if word.endswith("meter") else word for word in map(_singular, words)]
    return " ".join(word[:-5] + "litre" if word.endswith("liter") else word for word in spelled)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


def _number(text: str) -> Fraction:
    over, _, under = text.partition("/")
    return Fraction(over) / Fraction(under or 1)


def _rows() -> Iterator[tuple[str, str, Unit]]:
    """Symbols, names and the unit itself of all units."""
    for symbol, name, base, size, prefixes in _PREFIXED:
        yield symbol, name, Unit(symbol, base, _number(size))
        for short, long, factor in _PREFIXES:
            if short in prefixes:
                yield short + symbol, long + name, Unit(short + symbol, base, _number(size) * _number(factor))
    for symbols, names, base, size in _OTHERS:
        yield symbols, names, Unit(symbols.split("|")[0], base, _number(size))
    for symbols, names, base, size, offset in _SHIFTED:
        yield symbols, names, Unit(symbols.split("|")[0], base, _number(size), _number(offset))
    for symbols, names in _CURRENCIES:
        yield symbols, names, Unit(symbols[:3], symbols[:3], currency=True)


def _tables() -> tuple[dict[str, Unit], dict[str, Unit]]:
    by_symbol: dict[str, Unit] = {}
    by_name: dict[str, Unit] = {}
    for symbols, names, unit in _rows():
        by_symbol.update(dict.fromkeys(symbols.split("|"), unit))
        by_name.update(dict.fromkeys(map(_plain, names.split("|")), unit) if names else {})
    return by_symbol, by_name


_BY_SYMBOL, _BY_NAME = _tables()
