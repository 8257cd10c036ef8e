"""Ranks of quantities: those in the commonest unit as they were read, others converted to it exactly."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import Unit, find_unit
from clew.kg.terms.typed.value import TypedValue
from clew.tries.columns.lexical import NUMBER
from clew.tries.columns.ranking import DenseRanks, Int64, exact_number, in_parts, rank
from clew.tries.columns.reading import Readings


def by_base(readings: Readings, others: Iterable[str]) -> dict[str, Int64]:
    """Return the literals that were read as numbers, by base unit; of ``others``, none where there are none."""
    found = dict.fromkeys(others, np.empty(0, np.int64))
    ids = np.flatnonzero(readings.state == NUMBER)
    base_of = [_unit(symbol).base for symbol in readings.units]
    units = readings.unit[ids]
    for base in set(base_of):
        same = [i for i, other in enumerate(base_of) if other == base]
        own = ids if len(same) == len(base_of) else ids[np.isin(units, same)]
        found |= {base: own} if len(own) else {}
    return found


def rank_numbers(readings: Readings, base: str, ids: Int64, rest: list[tuple[TypedValue, int]]) -> DenseRanks:
    """Rank quantities that convert to ``base``: the literals ``ids`` and the ``rest``."""
    units = readings.unit[ids]
    commonest = int(np.bincount(units).argmax()) if len(ids) else 0
    own = units == commonest
    unit = _unit(readings.units[commonest] if len(ids) else base)
    quantities = [*_quantities(readings, ids[~own]), *((q, i) for q, i in rest if isinstance(q, Quantity))]
    converted = [(_converted(quantity, unit), i) for quantity, i in quantities]
    usual = [(*parts, i) for number, i in converted if (parts := in_parts(number))]
    more = np.array(usual, np.int64).reshape(-1, 3)
    ids = ids[own]
    whole, part = np.append(readings.whole[ids], more[:, 0]), np.append(readings.part[ids], more[:, 1])
    odd = [(number, i) for number, i in converted if in_parts(number) is None]
    return rank(np.append(ids, more[:, 2]), [whole, part], lambda i: exact_number(whole[i], part[i]), odd)


def _quantities(readings: Readings, ids: Int64) -> list[tuple[Quantity, int]]:
    return [
        (Quantity(exact_number(readings.whole[i], readings.part[i]), readings.units[readings.unit[i]]), i)
        for i in ids.tolist()
    ]


def _converted(quantity: Quantity, unit: Unit) -> Fraction:
    return Fraction(quantity.amount - unit.offset) / unit.size


def _unit(symbol: str) -> Unit:
    found = find_unit(symbol)
    assert found is not None
    return found
