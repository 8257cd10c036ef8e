"""The values of a node's statements, as a certificate says that they are read, and its column bears out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from clew.kg.errors import VerificationFailed
from clew.kg.proof.column_reading import ColumnReadings
from clew.kg.proof.made import Made
from clew.kg.proof.program import ProgramStep, ValuesRead
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.terms.literal import parse_key
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TEXTS, TypedValue, ValueKind, kind_of, typed_value


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

    def compared_with(self, made: Made, step: ProgramStep) -> TypedValue:
        """Return what the values of a step's attribute are compared with: a literal of the question, read as they are,
        or what an operand made, if it is of their kind and unit; else ``VerificationFailed``."""
        if made.value is None:
            return self._stated(made.literal, self._checked(step))
        unit = made.value.base if isinstance(made.value, Quantity) else ""
        if (reads := self._checked(step)) != replace(reads, kind=kind_of(made.value).value, unit=unit):
            raise VerificationFailed(f"{made.value} does not compare with the values of {step.relation!r}")
        return made.value

    def _stated(self, key: str, reads: ValuesRead) -> TypedValue:
        literal = parse_key(key)
        value = None if literal is None else typed_value(literal.lexical, literal.datatype, ValueKind(reads.kind))
        if value is None:
            raise VerificationFailed(f"{key!r} is no value of that kind")
        return value

    def only(self, nodes: frozenset[int], step: ProgramStep) -> TypedValue:
        """Return the value of the one node that a hop reaches, as the values of its relation are read;
        ``VerificationFailed`` if there are others, or if it has no such value."""
        reads = self._checked(step)
        values = [self._value(node, reads) for node in nodes]
        if step.inverse or len(values) != 1 or values[0] is None:
            raise VerificationFailed(f"{step.relation!r} does not lead to one value")
        return values[0]

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
