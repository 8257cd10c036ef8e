"""How SPARQL compares the values of a column: numbers by its own order, ISO dates as texts, all else by a table."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

import numpy as np

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPARQL_VALUES
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.interval import Interval, Timeline
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, ValueKind, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.programs.values import AttributeValues

_EXACT = {XSD + kind for kind in ("integer", "decimal", "int", "long", "short", "byte", "nonNegativeInteger")}
_ISO = re.compile(r"(?!0000)\d{4}(-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?)?")
_FIRST, _LAST = "0000-01-01T00:00:00", "9999-12-31T24:00:00"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Scale:
    """SPARQL for the values of a column.

    bind: the pattern that binds, of a value's variable, where it begins and where it ends (two more variables).
    place: those two of a literal of the question, as SPARQL terms; None where it has none.
    """

    bind: Callable[[str, str, str], str]
    place: Callable[[Literal], tuple[str, str] | None]

    def condition(self, how: str, first: str, last: str, others: tuple[str, str]) -> str:
        """Return the filter that a value from ``first`` to ``last`` compares so with another."""
        low, high = others
        tests = {
            "<": f"{last} < {low}",
            "<=": f"{last} <= {high}",
            "=": f"{first} >= {low} && {last} <= {high}",
            ">=": f"{first} >= {low}",
            ">": f"{first} > {high}",
        }
        return f"FILTER({tests[how]})"


def scale_of(graph: Graph, values: AttributeValues, relation: int) -> Scale:
    """Return the scale of an attribute; ``BadInput`` where it needs a table of too many values."""
    ends = np.unique(graph.out.node[np.asarray(graph.out.relation) == relation])
    literals = ends[ends >= graph.num_entities]
    numbers = values.numbers(relation, literals)
    terms = [graph.literal(node) for node in literals[numbers >= 0].tolist()]
    if terms and all(literal.datatype in _EXACT for literal in terms):
        return Scale(lambda v, first, last: f"FILTER(isNumeric({v})) BIND({v} AS {first}) BIND({v} AS {last})", _number)
    others = {graph.literal(node).datatype for node in literals[numbers < 0].tolist()}
    kinds = {literal.datatype for literal in terms}
    if terms and not kinds & others and all(_is_iso(literal) for literal in terms):
        return Scale(_iso_binding(kinds), _iso)
    if len(terms) > MAX_SPARQL_VALUES:
        raise BadInput(f"{graph.relation_label(relation)} has {len(terms)} values that SPARQL compares otherwise")
    return _table(values, int(values.group[relation]), terms)


def _table(values: AttributeValues, group: int, terms: list[Literal]) -> Scale:
    """The scale that carries each literal of a column with its two places among the ends of all of them."""
    known = {literal: value for literal in terms if (value := values.read(literal, group)) is not None}
    points = sorted({end for value in known.values() for end in _ends(value)})

    def placed(value: TypedValue) -> tuple[str, str]:
        first, last = (2 * (bisect_left(points, end) + bisect_right(points, end)) for end in _ends(value))
        return str(first), str(last - isinstance(value, Interval))  # what begins where a time ends comes after it

    def place_of(literal: Literal) -> tuple[str, str] | None:
        value = values.read(literal, group)
        return None if value is None else placed(value)

    rows = " ".join(f"({literal.key} {' '.join(placed(value))})" for literal, value in known.items())
    return Scale(lambda v, first, last: f"VALUES ({v} {first} {last}) {{ {rows} }}", place_of)


def _ends(value: TypedValue) -> tuple[tuple[Exact, bool], tuple[Exact, bool]]:
    if isinstance(value, Interval):
        return (value.start, False), value.last
    amount = value.amount if isinstance(value, Quantity) else int(value)
    return (amount, False), (amount, False)


def _number(literal: Literal) -> tuple[str, str] | None:
    value = typed_value(literal.lexical, literal.datatype, ValueKind.NUMBER)
    if not isinstance(value, Quantity) or value.unit:
        return None
    with localcontext(prec=60):
        number = f'"{Decimal(value.amount.numerator) / Decimal(value.amount.denominator):f}"^^<{XSD}decimal>'
    return number, number


def _is_iso(literal: Literal) -> bool:
    kinds = (XSD + "gYear", XSD + "date", XSD + "dateTime")
    return literal.datatype in kinds and _ISO.fullmatch(literal.lexical) is not None


def _iso_binding(kinds: set[str]) -> Callable[[str, str, str], str]:
    """A time as text, filled up to the second: from its first to (with the hour 24) its last."""
    among = ", ".join(f"<{kind}>" for kind in sorted(kinds))

    def bind(v: str, first: str, last: str) -> str:
        filled = (
            f'BIND(CONCAT(STR({v}), SUBSTR("{fill}", STRLEN(STR({v})) + 1)) AS {end})'
            for fill, end in ((_FIRST, first), (_LAST, last))
        )
        return f"FILTER(datatype({v}) IN ({among})) " + " ".join(filled)

    return bind


def _iso(literal: Literal) -> tuple[str, str] | None:
    value = typed_value(literal.lexical, literal.datatype, ValueKind.TIME)
    if not isinstance(value, Interval) or value.timeline is not Timeline.TIME:
        return None
    first, end = (_EPOCH + timedelta(seconds=float(at)) for at in (value.start, value.end))
    last = _text(end) if value.start == value.end else _text(end - timedelta(days=1))[:10] + "T24:00:00"
    return f'"{_text(first)}"', f'"{last}"'


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
