"""Laws of the examples made of real questions."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import BadFile
from clew.training.questions.examples import HELD_OUT_SOURCES, RowSampler, split
from clew.training.questions.material import read_material
from clew.training.questions.pool import RelationPool
from clew.training.questions.rows import QuestionRow, Walked
from clew.training.questions.wording import reworded
from clew.training.synthetic.examples import Example, allowed
from clew.training.synthetic.phrases import TOPIC
from clew.training.synthetic.schema import Schema
from clew.training.synthetic.schema_constraint import SchemaConstraint
from tests.training.questions import toys


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> RelationPool:
    return toys.pool(tmp_path_factory.mktemp("rows"))


@pytest.fixture(scope="module")
def examples(pool: RelationPool, tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    rows = toys.rows(tmp_path_factory.mktemp("rows"))
    return list(islice(RowSampler(rows, pool, seed=1, unanswerable=0.3), 300))


def schema_of(example: Example) -> Schema:
    assert isinstance(example.schema, Schema)
    return example.schema


def walkable(example: Example, path: tuple[int, ...]) -> bool:
    schema = schema_of(example)
    return all(r in allowed(schema, example.start, path[:t], 9, example.absent) for t, r in enumerate(path))


def test_gold_and_negative_paths_can_be_walked(examples: list[Example]) -> None:
    assert 0.5 < sum(bool(example.gold) for example in examples) / len(examples) < 0.9
    for example in examples:
        assert example.gold not in example.negatives
        assert len(example.choices) == (len(example.gold) + 1 if example.gold else 0)
        if example.gold:
            assert walkable(example, example.gold)
            constraint = SchemaConstraint(schema_of(example), example.start, 3, example.absent)
            assert set(constraint.allowed(constraint.start([0])).token_ids.tolist()) == set(example.choices[0])
        for path in example.negatives[:-1]:
            assert walkable(example, path) or not example.gold


def test_labels_of_a_schema_differ(examples: list[Example]) -> None:
    for example in examples:
        labels = schema_of(example).labels
        assert len(set(labels)) == len(labels)


def test_the_same_seed_gives_the_same_examples(pool: RelationPool, tmp_path: Path) -> None:
    rows = toys.rows(tmp_path)
    one, other = (list(islice(RowSampler(rows, pool, seed=4), 20)) for _ in range(2))
    assert one == other


def test_relations_are_stated_from_either_end_and_over_a_mediator(examples: list[Example]) -> None:
    labels = {label for example in examples for label in schema_of(example).labels}
    assert "people beekeeper awards honey award given prize" in labels
    answered = [one for one in examples if one.gold]
    assert {r >= schema_of(one).num_relations for one in answered for r in one.gold} == {True, False}


def test_an_inverse_is_not_among_what_is_wrong(pool: RelationPool, examples: list[Example]) -> None:
    one, other = (pool.place[name] for name in ("ferry/route/harbour", "ferry/harbour/routes"))
    assert pool.inverse[one] == other
    assert pool.inverse[other] == one
    for example in examples:
        if example.gold and example.domain in ("ferry/route/harbour", "ferry/harbour/routes"):
            both = {"ferry route harbour", "ferry harbour routes"} & set(schema_of(example).labels)
            assert len(both) <= 1


def test_held_out_rows_share_no_relation_with_those_trained_on() -> None:
    rows = [QuestionRow("what is {x}", (Walked(f"a/b/c{i}"),), "made") for i in range(200)]
    rows.append(QuestionRow("what is {x}", (Walked("a/b/c0"),), HELD_OUT_SOURCES[0]))
    rows.append(QuestionRow("what is {x}", (Walked("a/b/c0"),), "made", twin=True))
    found = split(rows)
    assert len(found.trained) + len(found.held_out) == 201
    assert 5 < len(found.held_out) < 50
    apart = [
        {step.name for row in part if row.source == "made" for step in row.path}
        for part in (found.trained, found.held_out)
    ]
    assert not apart[0] & apart[1]
    assert all(row.source not in HELD_OUT_SOURCES for row in found.trained)


def test_relations_left_out_are_in_neither_part_in_any_spelling() -> None:
    rows = [
        QuestionRow("what is {x}", (Walked(name),), "made")
        for name in (
            "bee.hive.made_by",
            "/bee/hive/made_by",
            "made by",
            "bee.hive.colour",
            "bee.award.won",
            "x.award.won",
        )
    ]
    found = split(rows, ["/bee/hive/made_by", "^/bee/keeper/awards./bee/award/won"])
    left = {step.name for part in (found.trained, found.held_out) for row in part for step in row.path}
    assert left == {"bee.hive.colour"}


def test_material_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    file = toys.written(tmp_path / "rows.jsonl")
    material = read_material(file, toys.spelled)
    assert len(material.pool) < len(material.whole_pool)
    assert next(iter(material.trained(0, 0.2))).schema.num_relations
    names = tmp_path / "names.txt"
    names.write_text("\n".join(toys.PATHS))
    with pytest.raises(BadFile, match="left to train on"):
        read_material(file, toys.spelled, names)
    with pytest.raises(BadFile, match="not a readable text file"):
        read_material(file, toys.spelled, tmp_path / "none.txt")


@given(seed=st.integers(0, 10_000), wording=st.sampled_from(sorted(toys.PATHS.values())))
def test_rewording_keeps_the_topic_and_a_word_beside_it(seed: int, wording: str) -> None:
    found = reworded(wording, random.Random(seed))
    assert found.count(TOPIC) == 1
    assert found.replace(TOPIC, " ").strip(" ?")
