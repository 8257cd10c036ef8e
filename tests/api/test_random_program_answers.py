"""Whatever a program gives: its result fits the published schema, says what the proof says, and can be printed."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from clew.api.rest.app import create_app
from clew.api.schema.models import AskResult
from clew.api.schema.program_evidence import evidence_of
from clew.api.schema.program_results import number_value, program_fields
from clew.api.schema.program_text import tree_lines, value_lines
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.programs.answering import ProgramAnswer
from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import Program
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.graph.graph import Graph
from clew.kg.proof.program_checker import verify_program
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.tokens import Op
from tests.api.json_schema import Schemas
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.test_sparql import random_program

NOTHING: dict[str, Any] = {
    "question": "q", "graph": "g", "version": "v", "status": "answered", "linked": [], "answers": [], "paths": [],
    "confidence": 0.9, "reason": None, "suggestions": [], "alternatives": [], "model": "m", "timings": {},
}  # fmt: skip


def random_answer(rng: random.Random, graph: Graph) -> ProgramAnswer | None:
    anchors = tuple(random_anchors(rng, graph))
    algebra = Algebra(graph, values_of(graph))
    bounds = ProgramBounds(tokens=7, transitive=frozenset(range(2 * graph.num_relations)), empty=rng.random() < 0.3)
    root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
    found = random_program(rng, ProgramAutomaton(algebra, anchors, bounds), root)
    if found is None:
        return None
    proof = certificate(algebra, anchors, found[0])
    verify_program(graph, proof)
    program = Program(anchors, tuple(found[0]))
    execution = execute(algebra, UniqueNames(graph, EntityLinker.build(graph)), program)
    return ProgramAnswer(program, execution, 0.9, "", named_rows=rng.random() < 0.5, proof=proof)


@pytest.mark.parametrize("seed", range(2))
def test_results(seed: int, tmp_path: Path) -> None:
    rng, kinds = random.Random(seed), Counter[str]()
    schemas = Schemas(create_app(Service(Settings(home=tmp_path))).openapi())
    for _ in range(graphs_per_seed(120, 2)):
        graph = random_graph(rng)
        answer = random_answer(rng, graph)
        if answer is None:
            continue
        found = program_fields(graph, "q", 100, answer)
        result = AskResult(**NOTHING | found.fields)
        written = result.model_dump_json()
        assert schemas.fits({"$ref": "#/components/schemas/AskResult"}, json.loads(written)), written
        assert AskResult.model_validate_json(written) == result
        kinds[check_value(answer, found, result)] += 1
        check_steps(graph, answer, result)
    assert min(kinds[kind] for kind in ("set", "number", "truth", "table")) > 0


def check_value(answer: ProgramAnswer, found: Any, result: AskResult) -> str:
    """Compare with the proof; returns the kind of value."""
    proof = answer.proof
    assert proof is not None
    assert "".join(value_lines(result)) or not (result.answers or result.columns)
    if proof.truth is not None:
        assert result.value is proof.truth
        return "truth"
    if proof.number:
        assert result.value == number_value(Fraction(proof.number))
        return "number"
    if result.rows is None:
        assert {node.key for node in found.nodes} == set(proof.keys)
        return "set"
    assert all(len(row) == len(result.columns) for row in result.rows)
    assert len(result.rows) == len(proof.rows)
    if proof.steps[-1].op == "PROJ" and not answer.named_rows:
        cells = sorted(tuple(cell.count("; ") + 1 if cell else 0 for cell in row) for row in result.rows)
        assert cells == sorted(tuple(len(cell) for cell in row[1:]) for row in proof.rows)
    return "table"


def check_steps(graph: Graph, answer: ProgramAnswer, result: AskResult) -> None:
    lines = list(tree_lines(result.steps))
    assert len(lines) == len(result.steps) == len(answer.program.tokens)
    assert all(any(step.token in line for line in lines) for step in result.steps)
    assert " ".join(step.token for step in result.steps) == result.program
    for step, left, shown in zip(result.steps, answer.execution.left, evidence_of(graph, answer), strict=True):
        assert step.count == (None if left is None else len(left))
        assert {graph.node(node.key) for node in step.members} <= set([] if left is None else left.nodes.tolist())
        for triple in shown:
            head, tail = graph.node(triple.head.key), graph.node(triple.tail.key)
            assert graph.edge(head, graph.relation(triple.relation.key), tail) is not None
        if step.token.startswith(("HOP", "CLS", "TYPE")):
            assert len(shown) == len(step.members)
