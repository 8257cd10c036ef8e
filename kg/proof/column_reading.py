"""How the values of a relation are to be read, told from its statements alone; what a certificate claims is checked.

The rule is that of ``docs/explanation/values.md``; nothing is shared with ``tries.columns``, which sorts the columns.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_VALUES_REREAD
from clew.kg.proof.program import ValuesRead
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TEXTS, TypedValue, ValueKind, kind_of, typed_value
from clew.kg.time_limit import look

Group = tuple[ValueKind, str]
_EDGES_AT_A_TIME = 1 << 22
_SHARE, _LEAST = Fraction(9, 10), 3
_CODE_DIGITS, _LEAST_CODES, _MOST_DIGITS = 8, 5, 100


class ColumnReadings:
    """The readings of a graph's relations that were checked."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._right: set[tuple[int, ValuesRead]] = set()

    def check(self, relation: int, reads: ValuesRead) -> None:
        """``VerificationFailed`` if the values of a relation are read otherwise.

        Of many values an even sample is read first; all of them only if it does not agree with what is claimed.
        """
        if (relation, reads) in self._right:
            return
        ends, edges = self._values(relation)
        step = -(-len(ends) // MAX_VALUES_REREAD)
        sampled = step > 1 and self._counts(ends[::step], edges[::step]).reading() == reads
        if not sampled and self._counts(ends, edges).reading() != reads:
            key = self.graph.relation_key(relation)
            raise VerificationFailed(f"the values of {key!r} are not to be read as {reads}")
        self._right.add((relation, reads))

    def _values(self, relation: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The literals that a relation leads to, ascending, and how many edges lead to each."""
        out, found = self.graph.out, [np.empty(0, np.int32)]
        for low in range(0, len(out.relation), _EDGES_AT_A_TIME):
            look()
            part = slice(low, low + _EDGES_AT_A_TIME)
            ends = np.asarray(out.node[part])[np.asarray(out.relation[part]) == relation]
            found.append(ends[ends >= self.graph.num_entities])
        return np.unique(np.concatenate(found), return_counts=True)

    def _counts(self, ends: NDArray[np.int64], edges: NDArray[np.int64]) -> _Counts:
        counts = _Counts()
        for end, times in zip(ends.tolist(), edges.tolist(), strict=True):
            look()
            counts.add(self.graph.literal(end), times)
        return counts


@dataclass
class _Counts:
    """What is counted of the edges to literals. ``typed``: by group, of those whose datatype says what they are;
    ``as_number``, ``as_time``: of the plain texts, read so; ``lengths``: of the plain texts of digits."""

    typed: Counter[Group] = field(default_factory=Counter)
    as_number: Counter[Group] = field(default_factory=Counter)
    as_time: Counter[Group] = field(default_factory=Counter)
    years: int = 0
    plain: int = 0
    codes: int = 0
    lengths: Counter[int] = field(default_factory=Counter)

    def add(self, literal: Literal, times: int) -> None:
        text = literal.lexical
        if literal.datatype not in TEXTS:
            _count(self.typed, typed_value(text, literal.datatype), times)
            return
        number, time = (typed_value(text, kind=kind) for kind in (ValueKind.NUMBER, ValueKind.TIME))
        _count(self.as_number, number, times)
        _count(self.as_time, time, times)
        self.plain += times
        self.years += times if number is not None and time is not None else 0
        if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS:
            self.codes += times if number is None else 0
            self.lengths[len(text)] += times

    def reading(self) -> ValuesRead:
        """How values are to be read: those of the largest group, of equally large ones the first."""
        texts = self._texts_kind()
        groups = Counter(self.typed)
        if texts is not None:
            groups.update(self.as_number if texts is ValueKind.NUMBER else self.as_time)
        kinds = list(ValueKind)
        ranked = sorted(groups, key=lambda group: (-groups[group], kinds.index(group[0]), group[1]))
        kind, unit = ranked[0] if ranked else (ValueKind.NUMBER, "")
        return ValuesRead(kind.value, unit, texts is kind)

    def _texts_kind(self) -> ValueKind | None:
        """What plain texts stand for."""
        numbers, times = sum(self.as_number.values()), sum(self.as_time.values())
        least = max(_SHARE * self.plain, Fraction(_LEAST))
        as_numbers = numbers >= least and not self.codes and not self._alike(numbers)
        dated = times - (self.years if self.codes else 0)
        if dated >= least and (not as_numbers or times > numbers):
            return ValueKind.TIME
        return ValueKind.NUMBER if as_numbers else None

    def _alike(self, numbers: int) -> bool:
        """Whether the texts are codes: all of so many digits."""
        length, count = min(self.lengths, default=0), sum(self.lengths.values())
        return len(self.lengths) == 1 and length >= _CODE_DIGITS and count == numbers and count >= _LEAST_CODES


def _count(groups: Counter[Group], value: TypedValue | None, times: int) -> None:
    if value is not None:
        groups[kind_of(value), value.base if isinstance(value, Quantity) else ""] += times
