"""Laws of questions whose entity is described by another relation."""

from __future__ import annotations

import itertools
import random

import pytest

from clew.training.questions.nesting import Nesting, noun_of
from clew.training.questions.pool import RelationPool
from clew.training.questions.rows import QuestionRow, Walked
from clew.training.questions.schemas import QuestionSchemas
from clew.training.synthetic.phrases import TOPIC
from tests.training.questions import toys


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[QuestionRow, ...]:
    return toys.rows(tmp_path_factory.mktemp("rows"))


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> RelationPool:
    return toys.pool(tmp_path_factory.mktemp("rows"))


def described(rows: tuple[QuestionRow, ...], pool: RelationPool) -> list[tuple[QuestionRow, QuestionRow]]:
    rng, nesting = random.Random(0), Nesting(pool)
    made = [(row, nesting.nested(row, rng)) for row in rows if row.text.count(TOPIC) == 1 for _ in range(5)]
    return [(row, longer) for row, longer in made if longer is not None]


def test_a_description_leads_to_what_the_question_is_about(rows: tuple[QuestionRow, ...], pool: RelationPool) -> None:
    found = described(rows, pool)
    assert found
    for row, longer in found:
        first, *rest = longer.path
        assert tuple(rest) == row.path
        assert first.forward
        assert first not in row.path
        assert longer.described
        assert longer.text.count(TOPIC) == 1
        assert noun_of(first.name) in longer.text
        start = pool.relations[pool.place[row.path[0].name]]
        kind = start.head if row.path[0].forward else start.tail
        assert pool.relations[pool.place[first.name]].tail == kind


def test_a_schema_states_the_description_apart(rows: tuple[QuestionRow, ...], pool: RelationPool) -> None:
    schemas = QuestionSchemas(pool, random.Random(1))
    for row, longer in described(rows, pool):
        chain = schemas.draw(longer.path, True, False, longer.described).chain
        assert len(chain) in {2, len(row.path) + 1}
        assert all(before.target == after.source for before, after in itertools.pairwise(chain))


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("ferry/route/captain", "captain"),
        ("harbour master", "harbour master"),
        ("ferry/route/captained_by", ""),
        ("apples", ""),
        ("ferry/harbour/routes", ""),
        ("hive_2", ""),
        ("what the island is known as to all", ""),
    ],
)
def test_only_a_name_that_can_be_said_describes(name: str, noun: str) -> None:
    assert noun_of(name) == noun


def test_nothing_describes_what_no_relation_leads_to(pool: RelationPool) -> None:
    row = QuestionRow(f"how high is {TOPIC}", (Walked("altitude"),), "made")
    assert Nesting(pool).nested(row, random.Random(0)) is None
