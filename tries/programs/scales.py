"""How SPARQL compares the values of a column: numbers by its own order, ISO dates as texts, all else by a table."""

from __future__ import annotations

import re
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
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.programs.values import Values

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


def scale_of(graph: Graph, values: Values, relation: int) -> Scale:
    """Return the scale of an attribute; ``BadInput`` where it needs a table of too many values."""
    ends = np.unique(graph.out.node[np.asarray(graph.out.relation) == relation])
    literals = ends[ends >= graph.num_entities] - graph.num_entities
    held = literals[values.kind[literals] == values.relation_kind[relation]]
    terms = [graph.literal(graph.num_entities + int(literal)) for literal in held.tolist()]
    if terms and all(literal.datatype in _EXACT for literal in terms):
        return Scale(lambda v, first, last: f"FILTER(isNumeric({v})) BIND({v} AS {first}) BIND({v} AS {last})", _number)
    others = {graph.literal(graph.num_entities + int(literal)).datatype for literal in np.setdiff1d(literals, held)}
    kinds = {literal.datatype for literal in terms}
    if terms and not kinds & others and all(_is_iso(literal) for literal in terms):
        return Scale(_iso_binding(kinds), _iso)
    if len(terms) > MAX_SPARQL_VALUES:
        raise BadInput(f"{graph.relation_label(relation)} has {len(terms)} values that SPARQL compares otherwise")
    rows = " ".join(
        f"({literal.key} {values.first[i]} {values.last[i]})" for literal, i in zip(terms, held.tolist(), strict=True)
    )
    return Scale(lambda v, first, last: f"VALUES ({v} {first} {last}) {{ {rows} }}", _placing(values))


def _placing(values: Values) -> Callable[[Literal], tuple[str, str] | None]:
    def place_of(literal: Literal) -> tuple[str, str] | None:
        place = values.place(literal)
        return None if place is None else (str(place.first), str(place.last))

    return place_of


def _number(literal: Literal) -> tuple[str, str] | None:
    value = typed_value(literal.lexical, literal.datatype)
    if not isinstance(value, Quantity):
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
    value = typed_value(literal.lexical, literal.datatype)
    if not isinstance(value, Interval) or value.timeline is not Timeline.TIME:
        return None
    first, end = (_EPOCH + timedelta(seconds=float(at)) for at in (value.start, value.end))
    last = _text(end) if value.start == value.end else _text(end - timedelta(days=1))[:10] + "T24:00:00"
    return f'"{_text(first)}"', f'"{last}"'


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")
