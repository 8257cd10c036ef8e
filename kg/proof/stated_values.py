"""The values of a node's statements, as a certificate says that they are read, and its column bears out."""

from __future__ import annotations

from fractions import Fraction

from clew.kg.errors import VerificationFailed
from clew.kg.proof.column_reading import ColumnReadings
from clew.kg.proof.program import ProgramStep, ValuesRead
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.terms.literal import parse_key
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TEXTS, TypedValue, ValueKind, typed_value


class StatedValues:
    """The values of the attributes of one graph."""

    def __init__(self, rows: StatedRows) -> None:
        self._rows, self._readings = rows, ColumnReadings(rows.graph)

    def of(self, node: int, step: ProgramStep) -> list[TypedValue]:
        """Return the values that a node has of a step's attribute; ``VerificationFailed`` where they are not to be read
        as it says."""
        reads = self._checked(step)
        found = (self._value(end, reads) for end in self._rows.targets(node, step.relation, False))
        return [value for value in found if value is not None]

    def stated(self, key: str, step: ProgramStep) -> TypedValue:
        """Return the value of a literal of the question, by its key, as those of a step's attribute are read."""
        reads, literal = self._checked(step), parse_key(key)
        value = None if literal is None else typed_value(literal.lexical, literal.datatype, ValueKind(reads.kind))
        if value is None:
            raise VerificationFailed(f"{key!r} is no value of that kind")
        return value

    def _checked(self, step: ProgramStep) -> ValuesRead:
        if step.reads is None:
            raise VerificationFailed(f"it is not said how values of {step.relation!r} are read")
        self._readings.check(self._rows.relation(step.relation), step.reads)
        return step.reads

    def _value(self, node: int, reads: ValuesRead) -> TypedValue | None:
        graph = self._rows.graph
        if not graph.is_literal(node):
            return None
        literal = graph.literal(node)
        if literal.datatype in TEXTS and not reads.texts:
            return None
        value = typed_value(literal.lexical, literal.datatype, ValueKind(reads.kind))
        return None if isinstance(value, Quantity) and value.base != reads.unit else value


def order_of(value: TypedValue) -> tuple[Fraction, ...]:
    """Return where a value lies on the scale of its kind: a time by its start, then by its end."""
    if isinstance(value, Interval):
        return Fraction(value.start), Fraction(value.end)
    return (Fraction(value.amount if isinstance(value, Quantity) else int(value)),)


def check_left_out(step: ProgramStep, count: int) -> None:
    """``VerificationFailed`` unless a step says that so many members have no value."""
    if count != step.left_out:
        of = f"{step.op} {step.relation!r}" if step.relation else step.op
        raise VerificationFailed(f"{count} members have no value for {of}, not {step.left_out}")


def check_size(step: ProgramStep, literal: str = '"1"') -> None:
    """``VerificationFailed`` unless a superlative is of as many as the literal says, by its key."""
    if whole_number(literal) != step.size:
        raise VerificationFailed(f"the {step.size} {step.how} of a set, where {literal} are asked for")


def whole_number(literal: str) -> int:
    """Return the number that a literal states in digits, by its key; ``VerificationFailed`` if it states none."""
    stated = parse_key(literal)
    if stated is None or not (stated.lexical.isascii() and stated.lexical.isdigit()):
        raise VerificationFailed(f"{literal} is no whole number")
    return int(stated.lexical)
