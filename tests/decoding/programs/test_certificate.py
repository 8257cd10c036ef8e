"""Certificates of programs are checked by code of their own, and no certificate that was changed is accepted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction

import pytest

from clew.decoding.programs.certificate import certificate
from clew.kg.errors import VerificationFailed
from clew.kg.proof.program import ProgramProof, ProgramStep, ValuesRead
from clew.kg.proof.program_checker import verify_program
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.tokens import Op
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.test_sparql import random_program


@pytest.mark.parametrize("seed", range(4))
def test_right_ones_hold_and_changed_ones_do_not(seed: int) -> None:
    rng = random.Random(seed)
    right: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for _ in range(graphs_per_seed(160, 4)):
        graph = random_graph(rng)
        anchors, values = random_anchors(rng, graph), values_of(graph)
        every, empty, absent = frozenset(range(2 * graph.num_relations)), rng.random() < 0.3, rng.random() < 0.3
        bounds = ProgramBounds(tokens=7, empty=empty, absent=absent, transitive=every, operand_values=True)
        automaton = ProgramAutomaton(algebra := Algebra(graph, values), anchors, bounds)
        for _ in range(8):
            root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
            if (found := random_program(rng, automaton, root)) is None:
                continue
            proof = certificate(algebra, anchors, found[0])
            verify_program(graph, proof)
            right.update({step.op for step in proof.steps})
            for what, changed in tampered(rng, proof):
                with pytest.raises(VerificationFailed):
                    verify_program(graph, changed)
                refused[what] += 1
    assert len(right) >= 18  # of 24; AT: test_at.py
    assert min(refused[what] for what in ("version", "keys", "number", "truth", "rows", "count", "digest", "op")) > 5


def tampered(rng: random.Random, proof: ProgramProof) -> Iterator[tuple[str, ProgramProof]]:
    """The proof with one thing changed, each so that it says something else."""
    yield "version", replace(proof, version=proof.version[::-1] + "0")
    if proof.keys:
        yield "keys", replace(proof, keys=proof.keys[1:])
        yield "keys", replace(proof, keys=(*proof.keys, "nobody"))
    if proof.number:
        yield "number", replace(proof, number=str(Fraction(proof.number) + 1))
        yield "number", replace(proof, number="many")
    if proof.truth is not None:
        yield "truth", replace(proof, truth=not proof.truth)
    if proof.rows:
        yield "rows", replace(proof, rows=proof.rows[1:])
        yield "rows", replace(proof, rows=tuple((*row[:-1], (*row[-1], "1")) for row in proof.rows))
    if proof.steps[-1].digest not in {step.digest for step in proof.steps[:-1]}:  # else a shorter program says the same
        yield "steps", replace(proof, steps=proof.steps[:-1])
    at = rng.randrange(len(proof.steps))
    for what, step in changed_steps(proof.steps[at]):
        yield what, replace(proof, steps=(*proof.steps[:at], step, *proof.steps[at + 1 :]))


IDLE: dict[str, tuple[tuple[str, ...], object]] = {
    "key": (("ENT", "CLS", "LIT", "TYPE"), "nobody"),
    "relation": ((), "nothing"),
    "inverse": (("HOP", "CLOSE", "CMP #", "ARG #", "PROJ", "PROJ #", "GROUP"), True),
    "how": (("CMP", "CMP #", "ARG", "ARG #", "ASK CMP"), "max"),
    "size": ((), 2),
    "reads": ((), ValuesRead("number")),
    "left_out": ((), 1),
    "within": (("CMP #", "ARG #", "PROJ #"), True),
    "digest": ((), "0"),
    "number": ((), "1"),
}
"""Values that fields may not have, but in steps of some operators."""


def changed_steps(step: ProgramStep) -> Iterator[tuple[str, ProgramStep]]:
    yield "op", replace(step, op="DROP TABLE")
    yield "operands", replace(step, operands=(*step.operands, 10**6))
    if step.digest:
        yield "count", replace(step, count=step.count + 1)
        yield "digest", replace(step, digest="0" * 32)
    if step.op in ("CMP", "AT", "ARG", "ARG #"):
        yield "left_out", replace(step, left_out=step.left_out + 1)
    if step.op in ("CMP #", "ARG #", "PROJ #"):
        yield "within", replace(step, within=not step.within)
    if step.how:
        yield "how", replace(step, how="like")
    if step.key and step.op != "LIT":
        yield "key", replace(step, key="nobody")
    if step.relation:
        yield "relation", replace(step, relation="nothing")
    if step.number:
        yield "number of a step", replace(step, number=str(Fraction(step.number) + 1))
    if step.size > 1:
        yield "size", replace(step, size=step.size - 1)
    if step.reads is not None:
        yield "reads", replace(step, reads=ValuesRead("colour"))
        yield "reads", replace(step, reads=replace(step.reads, unit="m"))
        yield "reads", replace(step, reads=replace(step.reads, texts=not step.reads.texts))
        other = {"number": "time"}.get(step.reads.kind, "number")
        yield "reads", replace(step, reads=replace(step.reads, kind=other))
        yield "reads", replace(step, reads=None)
    for field in fields(ProgramStep):
        idle = getattr(step, field.name) == field.default
        if idle and field.name in IDLE and step.op not in IDLE[field.name][0]:
            yield "idle", replace(step, **{field.name: IDLE[field.name][1]})
    yield "type", replace(step, left_out=None)
    yield "type", replace(step, operands=list(step.operands))


def test_every_field_is_changed_somewhere() -> None:
    """A field that comes later is tried too."""
    step = ProgramStep("ARG #", (0,), "k", "r", False, "max", 1, ValuesRead("number"), 1, "0", 0)
    tried = {what for what, _ in changed_steps(step)}
    assert {field.name for field in fields(ProgramStep)} - tried <= {"inverse", "size", "number"}
