"""How SPARQL compares the values of a column: short numbers by their order, ISO dates as texts, others by a table."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from clew.kg.errors import BadInput
from clew.kg.graph.export import term_of
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPARQL_VALUES
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.interval import Interval, Timeline
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.typed.quantity import NUMBERS, Quantity
from clew.kg.terms.typed.value import TypedValue, ValueKind, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.kg.time_limit import looking
from clew.tries.programs.values import AttributeValues

_WHOLE = re.compile(r"[+-]?\d{1,18}")
_PLAIN = {XSD + kind: _WHOLE for kind in ("integer", "long")} | {
    XSD + "decimal": re.compile(r"[+-]?\d{1,18}(\.\d{1,12})?"),
    XSD + "nonNegativeInteger": re.compile(r"\d{1,18}"),
    XSD + "int": re.compile(r"[+-]?\d{1,9}"),
    XSD + "short": re.compile(r"[+-]?\d{1,4}"),
    XSD + "byte": re.compile(r"[+-]?\d{1,2}"),
}
"""What every engine reads as the number that it is: integers of 64 bits, decimals of few digits, all within range."""
_LARGEST, _DIGITS = 10**18, 12
_LARGEST_TOTAL = 10**16
"""With 12 digits after the point: rdflib keeps 28."""

_DAY_FORM = r"-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_ISO = {
    XSD + "gYear": re.compile(r"(?!0000)\d{4}"),
    XSD + "date": re.compile(rf"(?!0000)\d{{4}}({_DAY_FORM})?"),
    XSD + "dateTime": re.compile(
        rf"(?!0000)\d{{4}}({_DAY_FORM}(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{0,5}}[1-9])?)?)?"
    ),
}
"""What sorts as a text as it does as a time: no zone, no sign, nothing that says more than its datatype."""
_FIRST, _LAST = "0000-01-01T00:00:00", "9999-12-31T24:00:00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000
_BEFORE_ALL, _AFTER_ALL, _JUST_BEFORE = "0", ":", "~"


@dataclass(frozen=True)
class Marks:
    """The variables of a value: where it begins and where it ends on its scale, its rank among those that are sorted,
    and how much it is (of a number)."""

    first: str
    last: str
    rank: str
    amount: str

    @property
    def all(self) -> str:
        """The four, as in a query."""
        return f"{self.first} {self.last} {self.rank} {self.amount}"


@dataclass(frozen=True)
class Scale:
    """SPARQL for the values of a column.

    bind: the pattern that binds a value's places to the variable of its term.
    place: where a literal of the question begins and ends, as SPARQL terms; None where it has none.
    """

    bind: Callable[[str, Marks], str]
    place: Callable[[Literal], tuple[str, str] | None]

    def condition(self, how: str, value: Marks, others: tuple[str, str]) -> str:
        """Return the filter that a value compares so with another, which lies from ``others[0]`` to ``others[1]``."""
        first, last, (low, high) = value.first, value.last, others
        tests = {
            "<": f"{last} < {low}",
            "<=": f"{last} <= {high}",
            "=": f"{first} >= {low} && {last} <= {high}",
            ">=": f"{first} >= {low}",
            ">": f"{first} > {high}",
        }
        return f"FILTER({tests[how]})"


def scales_of(graph: Graph, values: AttributeValues, relations: Sequence[int], whole: bool = False) -> list[Scale]:
    """Return the scales of attributes whose values compare with each other: places on one are places on all of them.

    ``whole``: sums of amounts, and their products with the number of those summed, must be exact in every engine.

    Raises:
        BadInput: an attribute needs a table of too many values; its amounts are too great, or of too many digits.
    """
    columns = [_Attribute.of(graph, values, relation) for relation in relations]
    if all(column.is_plain for column in columns):
        if whole:
            _check_exact(columns, [column.greatest for column in columns], Fraction(1))
        return [Scale(_number_binding, _number) for _ in columns]
    if all(column.is_iso for column in columns):
        return [Scale(_iso_binding(column.kinds), _iso) for column in columns]
    for column in columns:
        if len(column.terms) > MAX_SPARQL_VALUES:
            raise BadInput(f"{column.name} has {len(column.terms)} values that SPARQL compares otherwise")
    return _tables(values, int(values.group[relations[0]]), columns, whole)


@dataclass(frozen=True)
class _Attribute:
    """The values of an attribute: the literals that are such, the datatypes of those that are none, and its edges."""

    name: str
    terms: list[Literal]
    others: set[str]
    edges: int

    @classmethod
    def of(cls, graph: Graph, values: AttributeValues, relation: int) -> _Attribute:
        ends = graph.out.node[np.asarray(graph.out.relation) == relation]
        literals = np.unique(ends[ends >= graph.num_entities])
        numbers = values.numbers(relation, literals)
        terms = [graph.literal(node) for node in looking(literals[numbers >= 0].tolist())]
        others = {graph.literal(node).datatype for node in looking(literals[numbers < 0].tolist())}
        return cls(graph.relation_label(relation), terms, others, len(ends))

    @property
    def kinds(self) -> set[str]:
        """The datatypes of the values."""
        return {literal.datatype for literal in self.terms}

    @property
    def greatest(self) -> Fraction:
        """The greatest amount, without its sign, of values that are plain numbers."""
        return max(abs(Fraction(literal.lexical)) for literal in looking(self.terms))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every engine reads the values as the numbers that they are, and nothing else as a number."""
        return bool(self.terms) and not self.others & NUMBERS and self._all_fit(_PLAIN)

    @cached_property
    def is_iso(self) -> bool:
        """Whether the values sort as texts as they do as times."""
        return bool(self.terms) and not self.kinds & self.others and self._all_fit(_ISO)

    def _all_fit(self, forms: dict[str, re.Pattern[str]]) -> bool:
        return all(_fits(forms, literal) for literal in looking(self.terms))


def _fits(forms: dict[str, re.Pattern[str]], literal: Literal) -> bool:
    form = forms.get(literal.datatype)
    return form is not None and form.fullmatch(literal.lexical) is not None


def _tables(values: AttributeValues, group: int, columns: list[_Attribute], whole: bool) -> list[Scale]:
    """The scales that carry each literal of some columns with its two places among the ends of all of them, its rank
    and its amount (``whole``: in so small a unit that all are whole numbers)."""
    read = {literal: values.read(literal, group) for column in columns for literal in column.terms}
    known = {literal: value for literal, value in read.items() if value is not None}
    points = sorted({end for value in known.values() for end in _ends(value)})
    ranks = {ends: rank for rank, ends in enumerate(sorted({_ends(value) for value in known.values()}))}
    amounts = [Fraction(value.amount) for value in known.values() if isinstance(value, Quantity)]
    unit = Fraction(1, lcm(*(amount.denominator for amount in amounts))) if whole else Fraction(1)
    if whole:
        _check_exact(columns, amounts, unit)

    def placed(value: TypedValue) -> tuple[str, str]:
        first, last = (2 * (bisect_left(points, end) + bisect_right(points, end)) for end in _ends(value))
        return str(first), str(last - isinstance(value, Interval))  # what begins where a time ends comes after it

    def place_of(literal: Literal) -> tuple[str, str] | None:
        value = values.read(literal, group)
        return None if value is None else placed(value)

    def row(literal: Literal, value: TypedValue) -> str:
        return f"({term_of(literal.key)} {' '.join(placed(value))} {ranks[_ends(value)]} {_amount(value, unit)})"

    def scale(column: _Attribute) -> Scale:
        rows = " ".join(row(literal, known[literal]) for literal in column.terms if literal in known)
        return Scale(lambda v, at: f"VALUES ({v} {at.all}) {{ {rows} }}", place_of)

    return [scale(column) for column in columns]


def _check_exact(columns: list[_Attribute], amounts: list[Fraction], unit: Fraction) -> None:
    """``BadInput`` if a sum or a product of amounts may have more digits than engines keep."""
    greatest = max(map(abs, amounts), default=Fraction()) / unit
    if greatest * max(column.edges for column in columns) >= _LARGEST_TOTAL:
        raise BadInput(f"totals of {columns[-1].name} have more digits than engines keep")


def _ends(value: TypedValue) -> tuple[tuple[Exact, bool], tuple[Exact, bool]]:
    if isinstance(value, Interval):
        return (value.start, False), value.last
    amount = value.amount if isinstance(value, Quantity) else int(value)
    return (amount, False), (amount, False)


# --- numbers
def _amount(value: TypedValue, unit: Fraction) -> str:
    """How much a value is, in so many base units of its column; what is no amount has none."""
    return _decimal(value.amount / unit) if isinstance(value, Quantity) else "UNDEF"


def _decimal(amount: Fraction) -> str:
    """A number as a decimal; rounded to 18 digits after the point, as the engines do."""
    whole, part = divmod(round(abs(amount) * 10**18), 10**18)
    digits = f"{part:018}".rstrip("0")
    return f'"{"-" * (amount < 0)}{whole}{"." * bool(digits)}{digits}"^^<{XSD}decimal>'


def _number_binding(v: str, at: Marks) -> str:
    return f"FILTER(isNumeric({v})) " + " ".join(f"BIND({v} AS {x})" for x in at.all.split())


def _number(literal: Literal) -> tuple[str, str] | None:
    value = typed_value(literal.lexical, literal.datatype, ValueKind.NUMBER)
    if not isinstance(value, Quantity) or value.unit:
        return None
    number = _decimal(_between(Fraction(value.amount)))
    return number, number


def _between(amount: Fraction) -> Fraction:
    """A number of few digits that lies among short numbers as another does."""
    if abs(amount) > _LARGEST:
        return Fraction(_LARGEST if amount > 0 else -_LARGEST)
    steps, rest = divmod(amount * 10**_DIGITS, 1)
    return Fraction(2 * steps + bool(rest), 2 * 10**_DIGITS)


# --- times
def _iso_binding(kinds: set[str]) -> Callable[[str, Marks], str]:
    """A time as text, filled up to the second: from its first to (with the hour 24) its last."""
    among = ", ".join(f"<{kind}>" for kind in sorted(kinds))

    def bind(v: str, at: Marks) -> str:
        filled = (
            f'BIND(CONCAT(STR({v}), SUBSTR("{fill}", STRLEN(STR({v})) + 1)) AS {end})'
            for fill, end in ((_FIRST, at.first), (_LAST, at.last))
        )
        rank = f'BIND(CONCAT({at.first}, " ", {at.last}) AS {at.rank})'
        return f"FILTER(datatype({v}) IN ({among})) {' '.join(filled)} {rank}"

    return bind


def _iso(literal: Literal) -> tuple[str, str] | None:
    value = typed_value(literal.lexical, literal.datatype, ValueKind.TIME)
    if not isinstance(value, Interval) or value.timeline is not Timeline.TIME:
        return None
    first = _text(value.start)
    return f'"{first}"', f'"{first if value.start == value.end else _before(value.end)}"'


def _text(at: Exact) -> str:
    """A moment as a text that sorts among the years 1 to 9999 as the moment does."""
    seconds, part = divmod(Fraction(at), 1)
    try:
        moment = _EPOCH + timedelta(seconds=int(seconds))
    except OverflowError:
        return _BEFORE_ALL if at < 0 else _AFTER_ALL
    steps, rest = divmod(part * _MICROSECONDS, 1)
    digits = f".{int(steps):06}".rstrip("0").rstrip(".") if not rest else f".{int(steps):06}5"
    return moment.replace(tzinfo=None).isoformat() + digits


def _before(end: Exact) -> str:
    """The text after those of all times that lie before a moment; a day's end is the hour 24."""
    day = _text(end - 86_400)
    if day[10:] == "T00:00:00":
        return day[:10] + "T24:00:00"
    second = _text(end - Fraction(1, _MICROSECONDS))
    return second + _JUST_BEFORE if "-" in second else second
