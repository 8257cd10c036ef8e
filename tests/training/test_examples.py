"""Laws of the synthetic questions."""

from __future__ import annotations

from itertools import islice

import pytest

from clew.decoding.embedded.search.wording import PLACEHOLDER
from clew.training.synthetic.examples import Example, ExampleSampler, allowed
from clew.training.synthetic.lexicon import read_lexicon
from clew.training.synthetic.schema_constraint import SchemaConstraint

DOMAINS = read_lexicon()


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    found = list(islice(ExampleSampler(DOMAINS, seed=3), 600))
    assert len(found) == 600
    return found


def walkable(example: Example, path: tuple[int, ...]) -> bool:
    return all(r in allowed(example.schema, example.start, path[:t], 9, example.absent) for t, r in enumerate(path))


def test_gold_paths_are_in_their_schema_and_negatives_too(examples: list[Example]) -> None:
    for example in examples:
        assert walkable(example, example.gold)
        for path in example.negatives:
            assert path
            assert path != example.gold
            assert walkable(example, path)
        assert len(set(example.negatives)) == len(example.negatives)


def test_every_step_of_gold_is_a_choice_and_the_end_closes_it(examples: list[Example]) -> None:
    for example in examples:
        if not example.gold:
            assert example.choices == ()
            continue
        assert len(example.gold) == example.hops
        for t, choices in enumerate(example.choices):
            target = example.gold[t] if t < len(example.gold) else example.schema.stop
            assert target in choices
            assert (example.schema.stop in choices) == (t > 0)


def test_questions_mark_their_topic_and_show_no_template(examples: list[Example]) -> None:
    for example in examples:
        question = example.question
        assert question.span is not None
        assert question.text[slice(*question.span)] == PLACEHOLDER
        assert "{" not in question.text
        assert "NOUN" not in question.text


def test_an_unanswerable_question_lacks_what_it_asks_for() -> None:
    sampler = ExampleSampler(DOMAINS, seed=5, unanswerable=1.0)
    for example in islice(sampler, 200):
        assert example.gold == ()
        assert example.choices == ()
    assert all(example.gold for example in islice(ExampleSampler(DOMAINS, seed=5, unanswerable=0.0), 200))


def test_all_hop_counts_and_directions_occur(examples: list[Example]) -> None:
    assert {example.hops for example in examples} == {1, 2, 3}
    backward = [any(r >= e.schema.num_relations for r in e.gold) for e in examples if e.gold]
    assert 0.2 < sum(backward) / len(backward) < 0.9
    assert any(e.schema.type_nouns for e in examples)
    assert any(not e.schema.type_nouns for e in examples)


def test_a_seed_reproduces(examples: list[Example]) -> None:
    again = islice(ExampleSampler(DOMAINS, seed=3), 50)
    assert [(e.question, e.gold, e.negatives, e.schema.labels) for e in again] == [
        (e.question, e.gold, e.negatives, e.schema.labels) for e in examples[:50]
    ]
    other = next(iter(ExampleSampler(DOMAINS, seed=4)))
    assert other.question != examples[0].question


def test_the_schema_constraint_spells_what_is_allowed_and_fails_closed(examples: list[Example]) -> None:
    for example in examples[:40]:
        constraint = SchemaConstraint(example.schema, example.start, 3, example.absent)
        states = constraint.start([0])
        for token in (*example.gold, example.schema.stop) if example.gold else ():
            assert token in constraint.allowed(states).row(0)
            states = constraint.advance(states, _one(token))
        if example.gold:
            assert constraint.is_complete(states).all()
            assert constraint.paths(states)[0][0].relations == example.gold
        dead = constraint.advance(constraint.start([0]), _one(example.schema.stop))
        assert len(constraint.allowed(dead).token_ids) == 0
        assert not constraint.is_complete(dead).any()


def _one(token: int):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.array([token], np.int32)
