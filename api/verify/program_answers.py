"""Checks values that a program gives: it is run again, and what is shown of it is what it leaves."""

from __future__ import annotations

import shlex
from collections import Counter
from fractions import Fraction

from clew.api.schema.ask_result import AskResult, OperatorStep
from clew.api.schema.certificate.form import program_claim
from clew.api.schema.certificate.model import Certificate
from clew.api.schema.program_results import COLUMNS, TOTALS, checked_columns, checked_rows, number_value, table_unit
from clew.api.verify.path_answers import check_members
from clew.api.verify.shown import ShownParts
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.made import Members
from clew.kg.proof.program import ProgramProof, ProgramStep
from clew.kg.proof.program_checker import run_program
from clew.kg.terms.literal import parse_key


class ProgramAnswers:
    """The value of one result. Raises ``VerificationFailed``."""

    def __init__(self, graph: Graph, result: AskResult, certificate: Certificate, parts: ShownParts) -> None:
        assert certificate.program is not None
        self._graph, self._result, self._certificate, self._parts = graph, result, certificate, parts
        self._named_rows = certificate.program.named_rows
        run = run_program(graph, program_claim(certificate.program, graph.version))
        self._proof, self._members = run.proof, run.members

    def check(self) -> None:
        """Check the value, then the operators as they are shown."""
        if self._result.paths or self._result.chains:
            raise VerificationFailed("there are paths where a program answers")
        self._check_value()
        shown = self._result.steps
        if len(shown) != len(self._proof.steps):
            raise VerificationFailed(f"{len(shown)} operators are shown, the program has {len(self._proof.steps)}")
        if self._result.program != " ".join(step.token for step in shown):
            raise VerificationFailed("the program is not that of the operators shown")
        for number, (step, operator, members) in enumerate(zip(shown, self._proof.steps, self._members, strict=True)):
            if not self._agrees(step, operator, members):
                raise VerificationFailed(f"operator {number + 1} is shown as {step.token!r}, and does something else")

    def _check_value(self) -> None:
        result, proof = self._result, self._proof
        last = proof.steps[-1]
        unit = last.reads.unit if last.reads else ""
        value: bool | int | float | None = None
        if proof.truth is not None:
            value, unit = proof.truth, ""
        elif proof.number:
            value = number_value(Fraction(proof.number))
        elif last.op in COLUMNS or last.op in TOTALS:
            self._check_table(table_unit(proof) if last.op in TOTALS else "")
            return
        else:
            self._check_set(proof)
            return
        if result.value != value or type(result.value) is not type(value) or result.unit != unit:
            raise VerificationFailed(f"the value is {value!r} {unit}".rstrip() + f", not {result.value!r}")
        self._check_nothing_else("answered", answers=True, rows=True)

    def _check_set(self, proof: ProgramProof) -> None:
        graph, result = self._graph, self._result
        nameless = frozenset(graph.nameless.tolist())
        members = frozenset(map(graph.node, proof.keys)) - nameless
        check_members(graph, members, self._parts.nodes(result.answers), self._certificate)
        if any(answer.paths for answer in result.answers):
            raise VerificationFailed("an answer of a program has no paths")
        self._check_nothing_else("answered" if proof.keys else "none_in_graph", value=True, rows=True)

    def _check_table(self, unit: str) -> None:
        result = self._result
        columns = checked_columns(self._graph, self._proof, self._named_rows)
        if result.columns != columns or result.unit != unit:
            raise VerificationFailed(f"the columns are {columns}, not {result.columns}")
        rows, whole = [tuple(row) for row in result.rows or []], self._certificate.whole
        stated = Counter(map(tuple, checked_rows(self._graph, self._proof, self._named_rows)))
        if not whole and rows and any(_begins(row, rows[-1]) for row in stated):
            rows.pop()  # the limit on values may have cut it
        given = Counter(rows)
        if extra := given - stated:
            raise VerificationFailed(f"not among the rows: {next(iter(extra))}")
        if whole and (missing := stated - given):
            raise VerificationFailed(f"{missing.total()} rows are missing: {next(iter(missing))}")
        if result.rows is None or len(result.rows) > self._certificate.settings.max_answers:
            raise VerificationFailed("the rows are not there, or more than max_answers")
        self._check_nothing_else("answered", value=True, answers=True)

    def _check_nothing_else(self, status: str, value: bool = False, answers: bool = False, rows: bool = False) -> None:
        result = self._result
        wanted = status if self._certificate.whole else "partial"
        if result.status != wanted:
            raise VerificationFailed(f"the status is {wanted!r}, not {result.status!r}")
        if (value and result.value is not None) or (answers and result.answers):
            raise VerificationFailed("there is another value than the program gives")
        if rows and (result.rows is not None or result.columns):
            raise VerificationFailed("there is a table that the program does not give")

    def _agrees(self, shown: OperatorStep, step: ProgramStep, members: Members | None) -> bool:
        number = number_value(Fraction(step.number)) if step.number else None
        known = {self._parts.node(node) for node in shown.members}
        return (
            _is_written(self._graph, shown.token, step)
            and tuple(shown.operands) == step.operands
            and (shown.count == step.count if members is not None else shown.count in (None, step.count))
            and shown.left_out == step.left_out
            and (shown.value, type(shown.value)) == (number, type(number))
            and (members is None or known <= members)
        )


def _begins(row: tuple[str, ...], cut: tuple[str, ...]) -> bool:
    """Return whether the cells of a row are those of another, or beginnings of them."""
    return len(row) == len(cut) and all(map(str.startswith, row, cut))


def _is_written(graph: Graph, token: str, step: ProgramStep) -> bool:
    """Return whether a token of the notation names what a step works with, by its key or its label."""
    try:
        words = shlex.split(token)
    except ValueError:
        return False
    names: set[str] = set()
    if step.relation:
        relation = graph.relation(step.relation)
        mark = "#" * step.op.endswith(" #") + "^" * step.inverse
        names = {mark + step.relation, mark + graph.relation_label(relation)}
    elif step.op == "LIT":
        literal = parse_key(step.key)
        names = set() if literal is None else {literal.lexical}
    elif step.key:
        names = {step.key, graph.label(graph.node(step.key))}
    expected = [step.op.split()[0], *([words[1]] if names & set(words[1:2]) else []), *([step.how] if step.how else [])]
    return words == expected and len(words) == 1 + bool(names) + bool(step.how)
