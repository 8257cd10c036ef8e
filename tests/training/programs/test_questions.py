"""Questions for programs: each can be run, says what its program says, and names every anchor where it says so."""

from __future__ import annotations

from collections import Counter

import pytest

from clew.decoding.answering.topics import NoLinker
from clew.decoding.programs.execution import execute
from clew.decoding.programs.unique_names import UniqueNames
from clew.training.programs.held_out import is_cell, is_held_out
from clew.training.programs.questions import ProgramQuestion, program_questions
from clew.training.programs.twins import PAIRS
from clew.training.synthetic.lexicon import Domain, read_lexicon
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op

SAMPLE, MANY = 300, 2500
NEVER = {Op.AT, Op.CLOSE, Op.STOP}
"""Operators that these questions do not use."""


@pytest.fixture(scope="module")
def lexicon() -> tuple[Domain, ...]:
    return read_lexicon()


@pytest.fixture(scope="module")
def many(lexicon: tuple[Domain, ...]) -> list[ProgramQuestion]:
    return list(program_questions(5, MANY, False, lexicon))


@pytest.fixture(scope="module")
def held_out(lexicon: tuple[Domain, ...]) -> list[ProgramQuestion]:
    return list(program_questions(6, 40, True, lexicon))


def test_every_program_runs_and_leaves_something(many: list[ProgramQuestion]) -> None:
    for asked in many[:SAMPLE]:
        names = UniqueNames(asked.graph, NoLinker(asked.graph))
        value = execute(Algebra(asked.graph, asked.values), names, asked.program).value
        match value:
            case NodeSet():
                assert len(value) > 0, asked.question
            case Table():
                assert len(value.rows) > 0, asked.question
            case Number() if asked.program.tokens[-1].op is Op.COUNT:
                assert value.value > 0, asked.question


def test_spans_cut_the_words_of_anchors(many: list[ProgramQuestion]) -> None:
    for asked in many:
        assert asked.program.anchors
        for anchor in asked.program.anchors:
            words = asked.question[slice(*anchor.span)]
            assert words == words.strip() and words
            if anchor.op is Op.ENT:
                assert words.casefold() == asked.graph.label(anchor.node).casefold()
