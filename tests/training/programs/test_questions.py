"""Questions for programs: each can be run, says what its program says, and names every anchor where it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from clew.decoding.programs.execution import Value, execute
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_PROGRAM_TOKENS
from clew.retrieval.linking.linker import EntityLinker
from clew.training.programs.held_out import EVERYWHERE, is_cell, is_held_out
from clew.training.programs.program_sampler import SKELETONS
from clew.training.programs.questions import CHARACTERS, ProgramQuestion, program_questions
from clew.training.programs.twins import PAIRS
from clew.training.synthetic.lexicon import Domain, read_lexicon
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op

SAMPLE, MANY = 300, 1200
NEVER = {Op.CLOSE, Op.STOP}
"""``CLOSE`` needs relations that a user calls transitive; ``STOP`` is left out of programs."""


@pytest.fixture(scope="module")
def lexicon() -> tuple[Domain, ...]:
    return read_lexicon()


@pytest.fixture(scope="module")
def many(lexicon: tuple[Domain, ...]) -> list[ProgramQuestion]:
    return list(program_questions(5, MANY, False, lexicon))


@pytest.fixture(scope="module")
def held_out(lexicon: tuple[Domain, ...]) -> list[ProgramQuestion]:
    return list(program_questions(6, 60, True, lexicon))


@cache
def names_of(graph: Graph) -> UniqueNames:
    return UniqueNames(graph, EntityLinker.build(graph))


def value_of(asked: ProgramQuestion) -> Value:
    return execute(Algebra(asked.graph, asked.values), names_of(asked.graph), asked.program).value


def test_every_program_runs_and_leaves_something(many: list[ProgramQuestion]) -> None:
    seen = Counter(_size(asked) for asked in many[:SAMPLE])
    assert seen.total() == SAMPLE
    assert seen[0] == 0


def _size(asked: ProgramQuestion) -> int:
    match value_of(asked):
        case NodeSet() as nodes:
            return len(nodes)
        case Table() as table:
            return len(table.rows)
        case Number(value):
            return int(value != 0 or asked.program.tokens[-1].op is not Op.COUNT)
        case Truth():
            return 1
    raise AssertionError(asked)


def test_of_truth_values_both_occur(many: list[ProgramQuestion]) -> None:
    asked = [one for one in many if one.program.tokens[-1].op in (Op.ASK, Op.ASK_CMP)][:60]
    seen = Counter(value_of(one).value for one in asked)  # type: ignore[union-attr]
    assert min(seen[True], seen[False]) >= 15


def test_spans_cut_the_words_of_anchors(many: list[ProgramQuestion], lexicon: tuple[Domain, ...]) -> None:
    nouns = {noun for domain in lexicon for kind in domain.types.values() for noun in (*kind.nouns, *kind.plurals)}
    roles = {noun for domain in lexicon for relation in domain.relations for noun in relation.nouns}
    known = {noun.casefold() for noun in nouns | roles | {f"{noun}s" for noun in roles}} | {"children", "wives"}
    for asked in many:
        assert asked.program.anchors
        for anchor in asked.program.anchors:
            words = asked.question[slice(*anchor.span)].casefold()
            if anchor.op is Op.ENT:
                assert words == asked.graph.label(anchor.node).casefold()
            elif anchor.op is Op.CLS:
                assert words in known
            else:
                assert anchor.literal is not None
                assert any(char.isdigit() for char in words) or words.isalpha()


def test_words_of_literals_state_them(many: list[ProgramQuestion]) -> None:
    anchors = [(asked.question, a) for asked in many for a in asked.program.anchors if a.literal is not None]
    digits = 0
    for question, anchor in anchors:
        assert anchor.literal is not None
        words = question[slice(*anchor.span)].replace(",", "")
        if words.isdigit():
            assert words == anchor.literal.lexical
            digits += 1
    assert digits > len(anchors) / 2


def test_anchors_are_all_used_and_in_the_order_of_the_question(many: list[ProgramQuestion]) -> None:
    for asked in many:
        spans = [anchor.span for anchor in asked.program.anchors]
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
        named = [t.argument for t in asked.program.tokens if t.op in (Op.ENT, Op.CLS, Op.LIT, Op.TYPE)]
        assert sorted(named) == list(range(len(spans)))


def test_questions_are_distinct_whole_and_not_too_long(many: list[ProgramQuestion]) -> None:
    assert len({asked.question.casefold() for asked in many}) == MANY
    for asked in many:
        assert 0 < len(asked.question) <= CHARACTERS
        assert not set("{}") & set(asked.question)
        assert len(asked.program.tokens) <= MAX_PROGRAM_TOKENS


def test_every_operator_skeleton_and_pair_occurs(many: list[ProgramQuestion]) -> None:
    assert {token.op for asked in many for token in asked.program.tokens} == set(Op) - NEVER - {Op.DEGREE_CMP}
    assert {asked.skeleton for asked in many} == set(SKELETONS)
    assert {asked.pair for asked in many} == {"", *PAIRS}


def test_a_pair_differs_in_its_program(many: list[ProgramQuestion]) -> None:
    pairs = [(one, other) for one, other in pairwise(many) if other.pair]
    assert len(pairs) > MANY / 10
    for one, other in pairs:
        assert one.graph is other.graph
        assert one.program.tokens != other.program.tokens or one.program.anchors != other.program.anchors


def test_cells_held_out_are_never_trained_on(
    many: list[ProgramQuestion], held_out: list[ProgramQuestion], lexicon: tuple[Domain, ...]
) -> None:
    trained = {(token.op, domain) for asked in many for token in asked.program.tokens for domain in asked.domains}
    assert not any(is_cell(op, domain) for op, domain in trained)
    assert all(is_held_out(asked.program.tokens, asked.domains) for asked in held_out)
    cells = [(op, domain.name) for op in Op for domain in lexicon if is_cell(op, domain.name)]
    assert {op for op, _ in cells} == set(Op) - EVERYWHERE


def test_the_same_seed_gives_the_same_questions(lexicon: tuple[Domain, ...]) -> None:
    def drawn(seed: int) -> list[tuple[str, object]]:
        return [(asked.question, asked.program) for asked in program_questions(seed, 60, False, lexicon)]

    assert drawn(8) == drawn(8)
    assert drawn(8) != drawn(9)


_PRINTED = "from clew.training.programs.questions import *\nfor a in program_questions(8, 60, False): print(a.question)"


def test_questions_do_not_depend_on_the_process() -> None:
    texts = {
        subprocess.run(
            [sys.executable, "-c", _PRINTED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert texts.pop().count(b"\n") == 60
