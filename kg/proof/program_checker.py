"""The independent checker of programs: every operator is done again, over the stored statements and in plain Python.

It shares no code with what runs programs (``tries.programs``): no compiled kernel, no ranks of values. Values are read
and compared by ``kg.terms.typed``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.made import Made, MadeColumn, Members
from clew.kg.proof.program import ProgramProof, ProgramStep, Row, digest_of
from clew.kg.proof.program_form import check_form
from clew.kg.proof.stated_rows import StatedRows
from clew.kg.proof.stated_times import StatedTimes, time_stated
from clew.kg.proof.stated_values import StatedValues, check_left_out, check_size, order_of, whole_number
from clew.kg.terms.typed.comparison import compare
from clew.kg.terms.typed.number import whole_or_fraction
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.time_limit import looking

_TOTALS = ("COUNT", "SUM", "AVG", "MIN", "MAX")
_COMPARED = ("SUM", "AVG")
_COLUMNS = ("PROJ", "PROJ #")


def verify_program(graph: Graph, proof: ProgramProof) -> None:
    """Do a program again; ``VerificationFailed`` at the first step that leaves something else, or if the value is
    another one."""
    found = run_program(graph, proof).proof
    if found != proof:
        at = len(proof.steps)
        raise VerificationFailed(f"step {at} of the program, {proof.steps[-1].op}, gives another value than the answer")


@dataclass(frozen=True)
class ProgramRun:
    """A program that was done again: its steps with the value that they give, and the members of the set that each step
    leaves (None: no set)."""

    proof: ProgramProof
    members: tuple[Members | None, ...]


def run_program(graph: Graph, proof: ProgramProof) -> ProgramRun:
    """Do the steps of a program again, whatever value it claims; ``VerificationFailed`` at the first step that leaves
    something else than it states."""
    if proof.version != graph.version:
        raise VerificationFailed(f"the proof is of version {proof.version!r}, the graph is {graph.version!r}")
    check_form(proof)
    checker = _Checker(graph, proof)
    try:
        value = checker.check()
    except (ValueError, TypeError) as error:  # a comparison, a kind or an operand that there is not
        raise VerificationFailed(f"a step of the program makes no sense: {error}") from None
    sets = [
        made.nodes if _leaves_set(made, step) else None for made, step in zip(checker.made, proof.steps, strict=False)
    ]
    return ProgramRun(value, (*sets, *[None] * (len(proof.steps) - len(sets))))


def _leaves_set(made: Made, step: ProgramStep) -> bool:
    return not (made.literal or made.columns or made.grouped is not None or step.op in _TOTALS)


@dataclass
class _Checker:
    graph: Graph
    proof: ProgramProof
    made: list[Made] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows = StatedRows(self.graph)
        self.values, self.times = StatedValues(self.rows), StatedTimes(self.rows)

    def check(self) -> ProgramProof:
        value: ProgramProof | None = None
        for at, step in enumerate(self.proof.steps):
            last = at == len(self.proof.steps) - 1
            if any(not 0 <= operand < at or operand in self.used for operand in step.operands):
                raise self._failed(at, "works on what is not there")
            self.used.update(step.operands)
            self._check_operands(at, step)
            if step.relation:
                self.rows.relation(step.relation)  # it is there, also where there is nothing to walk from
            end = _ENDS.get(step.op)
            follows = not last and self._is_followed(at)
            if end is not None and not follows and (last or step.op not in _COMPARED):
                if not last:
                    raise self._failed(at, "ends the program, and is not its last")
                value = end(self, at, step)
                break
            self.made.append(self._one_of_several(at, step) if follows else self._made(at, step))
        found = self._set_value(len(self.proof.steps) - 1) if value is None else value
        if self.used != set(range(len(self.proof.steps) - 1)):
            raise VerificationFailed("some steps of the program lead nowhere")
        return found

    def _is_followed(self, at: int) -> bool:
        """Return whether a step is a total, and the next one another of the same."""
        after = self.proof.steps[at + 1]
        return self.proof.steps[at].op in _TOTALS and after.op in _TOTALS and after.operands == (at,)

    def _one_of_several(self, at: int, step: ProgramStep) -> Made:
        some = self.made[step.operands[0]]
        if step.number:
            raise self._failed(at, "states a number that nothing is compared with")
        return replace(some, totals=(*some.totals, step))

    def _failed(self, at: int, what: str) -> VerificationFailed:
        return VerificationFailed(f"step {at + 1} of the program, {self.proof.steps[at].op}, {what}")

    def _check_operands(self, at: int, step: ProgramStep) -> None:
        """A literal is for comparisons and superlatives, another value for comparisons of values, a table for more
        columns, groups are for totals."""
        for place, operand in enumerate(self.made[operand] for operand in step.operands):
            valued = place == 1 and step.op == "CMP" and operand.value is not None
            literal_fits = place == 1 and step.op in ("CMP", "CMP #", "AT", "ARG", "ARG #") and not valued
            if bool(operand.literal) != literal_fits or (operand.value is not None) != valued:
                raise self._failed(at, "has an operand of another sort")
            if (operand.columns and step.op not in _COLUMNS) or (operand.grouped and step.op not in _TOTALS):
                raise self._failed(at, "works on a table")

    # --- steps that leave a set
    def _made(self, at: int, step: ProgramStep) -> Made:
        make = _SETS.get(step.op)
        if make is None:
            raise self._failed(at, "is no operator")
        made = make(self, step, *(self.made[operand] for operand in step.operands))
        if not _leaves_set(made, step):
            return made
        keys = self._keys(made.nodes)
        if len(keys) != step.count or digest_of(keys) != step.digest:
            raise self._failed(at, f"leaves {len(keys)} others than the {step.count} stated")
        return made

    def _entity(self, step: ProgramStep) -> Made:
        node = self.rows.node(step.key)
        return Made(frozenset([node]), frozenset([node]), True)

    def _class(self, step: ProgramStep) -> Made:
        return Made(self.rows.members(step.key), frozenset(), True)

    def _literal(self, step: ProgramStep) -> Made:
        return Made(literal=step.key)

    def _hop(self, step: ProgramStep, some: Made) -> Made:
        starts = self._starts(some)
        ends = {end for node in starts for end in self.rows.targets(node, step.relation, step.inverse)}
        reached = frozenset(ends if some.bare else ends - some.topics)
        value = None if step.reads is None else self.values.only(reached, step)
        walked = (starts, step.relation, step.inverse)
        origin = None if some.bare and some.topics else walked
        return Made(reached, some.topics, walked=walked, origin=origin, value=value)

    def _close(self, step: ProgramStep, some: Made) -> Made:
        found: set[int] = set()
        edge = set(self._starts(some))
        while edge:
            edge = {end for node in edge for end in self.rows.targets(node, step.relation, step.inverse)} - found
            found |= edge
            edge = {node for node in edge if not self.graph.is_literal(node)}
        return Made(frozenset(found - some.topics), some.topics)

    def _type(self, step: ProgramStep, some: Made) -> Made:
        return self._filtered(some, some.nodes & self.rows.members(step.key))

    def _and(self, step: ProgramStep, one: Made, other: Made) -> Made:
        return Made(one.nodes & other.nodes, one.topics | other.topics, one.bare and other.bare)

    def _or(self, step: ProgramStep, one: Made, other: Made) -> Made:
        return Made(one.nodes | other.nodes, one.topics | other.topics, one.bare and other.bare)

    def _proj(self, step: ProgramStep, some: Made) -> Made:
        return replace(some, columns=(*some.columns, MadeColumn(step.relation, step.inverse)))

    def _counted_column(self, step: ProgramStep, some: Made) -> Made:
        column = MadeColumn(step.relation, step.inverse, True, self._among(step, some))
        return replace(some, columns=(*some.columns, column))

    def _group(self, step: ProgramStep, some: Made) -> Made:
        return replace(some, grouped=(step.relation, step.inverse))

    def _not(self, step: ProgramStep, one: Made, other: Made) -> Made:
        return self._part(one, one.nodes - other.nodes)

    def _total_value(self, step: ProgramStep, some: Made) -> Made:
        """A sum or an average that is compared with."""
        number = None if some.grouped is not None or some.totals else self._number(some.nodes, step)
        if number is None or step.reads is None or str(number) != step.number:
            raise VerificationFailed(f"{step.op} {step.relation!r} is {number}, not {step.number!r}")
        return Made(value=Quantity(whole_or_fraction(number), step.reads.unit))

    def _cmp(self, step: ProgramStep, some: Made, other: Made) -> Made:
        wanted = self.values.compared_with(other, step)
        values = {node: self.values.of(node, step) for node in some.nodes}
        check_left_out(step, sum(not found for found in values.values()))
        fits = {node for node, found in values.items() if any(compare(value, step.how, wanted) for value in found)}
        return self._filtered(some, frozenset(fits))

    def _at(self, step: ProgramStep, some: Made, literal: Made) -> Made:
        if some.walked is None:
            raise VerificationFailed("AT works on what no hop reaches")
        starts, relation, inverse = some.walked
        asked, holding = time_stated(literal.literal), dict.fromkeys(some.nodes, False)
        dated: set[int] = set()
        for node in starts:
            for end in self.rows.targets(node, relation, inverse):
                stated = self.times.of(*((end, relation, node) if inverse else (node, relation, end)))
                if end in holding and stated is not None:
                    dated.add(end)
                    holding[end] |= stated.meets(asked)
        check_left_out(step, len(some.nodes) - len(dated))
        return self._part(some, frozenset(node for node, holds in holding.items() if holds))

    def _cmp_degree(self, step: ProgramStep, some: Made, literal: Made) -> Made:
        wanted = Quantity(whole_number(literal.literal))
        counts = self._counts(step, some)
        fits = {node for node, count in counts.items() if compare(Quantity(count), step.how, wanted)}
        return self._filtered(some, frozenset(fits))

    def _counts(self, step: ProgramStep, some: Made) -> dict[int, int]:
        """Return how many neighbours each member has; of those alone from which the last hop came here, if so stated,
        and so it must be where they are counted by the way back."""
        among = self._among(step, some)
        targets = {node: self.rows.targets(node, step.relation, step.inverse) for node in some.nodes}
        return {node: sum(among is None or end in among for end in ends) for node, ends in targets.items()}

    def _among(self, step: ProgramStep, some: Made) -> Members | None:
        back = some.origin is not None and some.origin[1:] == (step.relation, not step.inverse)
        if step.within != back:
            raise VerificationFailed(f"{step.op} {step.relation!r} does not say among what it counts")
        return some.origin[0] if back and some.origin else None

    def _arg(self, step: ProgramStep, some: Made, *size: Made) -> Made:
        check_size(step, *(literal.literal for literal in size))
        scores: dict[int, tuple[Fraction, ...]] = {}
        for node in some.nodes:
            found = [order_of(value) for value in self.values.of(node, step)]
            if found:
                scores[node] = min(found) if step.how == "min" else max(found)
        return self._best(step, some, scores)

    def _degree(self, step: ProgramStep, some: Made, *size: Made) -> Made:
        check_size(step, *(literal.literal for literal in size))
        counts = self._counts(step, some)
        return self._best(step, some, {node: (Fraction(count),) for node, count in counts.items() if count})

    def _best(self, step: ProgramStep, some: Made, scores: dict[int, tuple[Fraction, ...]]) -> Made:
        check_left_out(step, len(some.nodes) - len(scores))
        if step.size < 1:
            raise VerificationFailed(f"the {step.size} {step.how} of a set")
        ranked = sorted(scores.values(), reverse=step.how == "max")
        last = ranked[min(step.size, len(ranked)) - 1] if ranked else ()
        fits = {node for node, score in scores.items() if (score <= last if step.how == "min" else score >= last)}
        best = self._part(some, frozenset(fits))
        return replace(best, origin=some.origin) if step.size > 1 else best

    # --- steps that end a program
    def _set_value(self, at: int) -> ProgramProof:
        last = self.made[-1]
        if last.literal or last.value is not None or last.grouped is not None:
            raise self._failed(at, "is no end of a program")
        if last.columns:
            return self._value(rows=self._table(last))
        return self._value(keys=tuple(self._keys(last.nodes)))

    def _table(self, some: Made) -> tuple[Row, ...]:
        rows = [
            ((self.graph.key(node),), *(self._cell(node, column) for column in some.columns))
            for node in looking(some.nodes)
        ]
        return tuple(sorted(rows))

    def _cell(self, node: int, column: MadeColumn) -> tuple[str, ...]:
        ends = self.rows.targets(node, column.relation, column.inverse)
        if column.counted:
            return (str(sum(column.among is None or end in column.among for end in ends)),)
        return tuple(self._keys(ends))

    def _total(self, at: int, step: ProgramStep) -> ProgramProof:
        some = self.made[step.operands[0]]
        if step.number:
            raise self._failed(at, "states a number that nothing is compared with")
        totals = (*some.totals, step)
        if some.grouped is not None:
            return self._value(rows=self._groups(some, *some.grouped, totals))
        cells = self._totals(some.nodes, totals)
        if () in cells:
            raise self._failed(at, "has no values to work on")
        return self._value(rows=(((), *cells),)) if some.totals else self._value(number=cells[0][0])

    def _groups(self, some: Made, relation: str, inverse: bool, totals: tuple[ProgramStep, ...]) -> tuple[Row, ...]:
        groups: dict[int, set[int]] = {}
        for node in some.nodes:
            for end in self.rows.targets(node, relation, inverse):
                groups.setdefault(end, set()).add(node)
        rows = {end: self._totals(frozenset(nodes), totals) for end, nodes in groups.items()}
        return tuple(sorted(((self.graph.key(end),), *cells) for end, cells in rows.items() if any(cells)))

    def _totals(self, nodes: Members, totals: tuple[ProgramStep, ...]) -> Row:
        numbers = [self._number(nodes, step) for step in totals]
        return tuple(() if number is None else (str(number),) for number in numbers)

    def _number(self, nodes: Members, step: ProgramStep) -> Fraction | None:
        """A total of a set; None where there are no values."""
        if step.op == "COUNT":
            return Fraction(len(nodes))
        values = [value for node in nodes for value in self.values.of(node, step)]
        amounts = [Fraction(value.amount) for value in values if isinstance(value, Quantity)]
        if not amounts:
            return None
        if step.op in ("MIN", "MAX"):
            return min(amounts) if step.op == "MIN" else max(amounts)
        total = sum(amounts, Fraction())
        return total / len(amounts) if step.op == "AVG" else total

    def _ask(self, at: int, step: ProgramStep) -> ProgramProof:
        sets = [self.made[operand].nodes for operand in step.operands]
        return self._value(truth=bool(sets[0]) if len(sets) == 1 else sets[0] <= sets[1])

    def _ask_cmp(self, at: int, step: ProgramStep) -> ProgramProof:
        sets = [self.made[operand].nodes for operand in step.operands]
        values = [[value for node in nodes for value in self.values.of(node, step)] for nodes in sets]
        if [len(found) for found in values] != [1, 1]:
            raise self._failed(at, "does not compare two values")
        return self._value(truth=compare(values[0][0], step.how, values[1][0]))

    def _value(
        self,
        keys: tuple[str, ...] = (),
        number: str = "",
        truth: bool | None = None,
        rows: tuple[Row, ...] = (),
    ) -> ProgramProof:
        return ProgramProof(self.proof.version, self.proof.steps, keys, number, truth, rows)

    # --- the graph
    def _keys(self, nodes: Iterable[int]) -> list[str]:
        return sorted(self.graph.key(node) for node in looking(nodes))

    def _part(self, some: Made, nodes: Members) -> Made:
        return Made(nodes, some.topics, some.bare)

    def _filtered(self, some: Made, nodes: Members) -> Made:
        """A part of a set that a hop still leads to."""
        return replace(self._part(some, nodes), origin=some.origin)

    def _starts(self, some: Made) -> Members:
        if some.bare:
            return some.nodes
        return frozenset(node for node in some.nodes - some.topics if not self.graph.is_literal(node))


_SETS: dict[str, Callable[..., Made]] = {
    "ENT": _Checker._entity, "CLS": _Checker._class, "LIT": _Checker._literal, "HOP": _Checker._hop,
    "CLOSE": _Checker._close, "TYPE": _Checker._type, "AND": _Checker._and, "OR": _Checker._or, "NOT": _Checker._not,
    "PROJ": _Checker._proj, "PROJ #": _Checker._counted_column, "GROUP": _Checker._group,
    "SUM": _Checker._total_value, "AVG": _Checker._total_value,
    "CMP": _Checker._cmp, "CMP #": _Checker._cmp_degree, "AT": _Checker._at,
    "ARG": _Checker._arg, "ARG #": _Checker._degree,
}  # fmt: skip
_ENDS: dict[str, Callable[[_Checker, int, ProgramStep], ProgramProof]] = {
    "COUNT": _Checker._total, "SUM": _Checker._total, "AVG": _Checker._total, "MIN": _Checker._total,
    "MAX": _Checker._total, "ASK": _Checker._ask, "ASK CMP": _Checker._ask_cmp,
}  # fmt: skip
