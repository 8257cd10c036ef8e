"""The parts behind the questions: graphs, stated values, the order of tokens, minimal pairs, what is legal."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.terms.typed.quantity import Quantity
from clew.training.programs.attributes import attribute_kinds
from clew.training.programs.graph_sampler import FEWEST, MOST, GraphSampler
from clew.training.programs.plan import Combined, Entity, Reached, Slot, tokens_of
from clew.training.programs.questions import ProgramQuestion, program_questions
from clew.training.programs.spans import placed
from clew.training.programs.stated_values import decade_of, stated_near, stated_size
from clew.training.programs.twins import twins
from clew.training.programs.typed_graph import TypedGraph
from clew.training.synthetic.lexicon import read_lexicon
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.tokens import Op


@pytest.fixture(scope="module")
def graphs() -> list[TypedGraph]:
    sampler = GraphSampler(read_lexicon(), random.Random(2))
    return [sampler.draw() for _ in range(60)]


@pytest.fixture(scope="module")
def asked() -> list[ProgramQuestion]:
    return list(program_questions(11, 150, False))


def test_every_prefix_is_allowed_by_the_automaton(asked: list[ProgramQuestion]) -> None:
    for one in asked:
        bounds = ProgramBounds(empty=one.program.tokens[-1].op is Op.ASK)
        automaton = ProgramAutomaton(Algebra(one.graph, one.values), one.program.anchors, bounds)
        first, *others = one.program.tokens
        states = automaton.start([first.argument])
        for token in others:
            states = automaton.advance(states, np.array([automaton.vocabulary.number(token)], np.int32))
            assert states.prefix[0] >= 0, one.question
        assert automaton.end_token in automaton.allowed(states).token_ids
        assert automaton.program(states, 0) == one.program.tokens


def test_graphs_have_classes_relations_and_typed_attributes(graphs: list[TypedGraph]) -> None:
    for typed in graphs:
        assert FEWEST <= typed.graph.num_entities <= MOST
        assert all(len(typed.members(kind)) for kind in typed.classes)
        assert all(len(typed.members(role)) < len(typed.members(whole)) for role, whole in typed.roles)
        assert all(attribute.texts for attribute in typed.attributes)
    assert any(typed.roles for typed in graphs)
    assert any(relation.shared for typed in graphs for relation in typed.relations)
    assert any(relation.dated for typed in graphs for relation in typed.relations)
    sizes = [len(typed.attributes_of(kind)) for typed in graphs for kind in typed.classes]
    assert max(sizes) == 5
    assert sum(size >= 2 for size in sizes) > len(sizes) / 3


def test_most_attributes_are_read_as_values(graphs: list[TypedGraph]) -> None:
    groups = [typed.values.group[attribute.relation] for typed in graphs for attribute in typed.attributes]
    assert sum(int(group) >= 0 for group in groups) > 0.95 * len(groups)


def test_names_are_distinct(graphs: list[TypedGraph]) -> None:
    for typed in graphs:
        labels = [typed.graph.label(node).casefold() for kind in typed.classes for node in typed.members(kind)]
        assert len(set(labels)) == len(labels) > 0


@given(st.integers(0, 10**6), st.sampled_from(sorted(attribute_kinds().kinds)), st.booleans())
def test_what_is_stated_is_a_value(seed: int, kind: str, exact: bool) -> None:
    rng, words = random.Random(seed), attribute_kinds().kinds[kind]
    text = str(rng.randint(1900, 1999)) if words.time else f"{rng.uniform(1, 5000):.{words.decimals}f}"
    stated = stated_near(rng, words, text, exact)
    value = stated.literal.typed
    assert value is not None
    if exact and not words.time:
        assert isinstance(value, Quantity)
        assert float(value.amount) == pytest.approx(float(text))


def test_decades_and_sizes() -> None:
    assert decade_of("1987-05-02").literal.lexical == "1980s"
    sizes = {stated_size(random.Random(seed), 3) for seed in range(20)}
    assert {stated.words for stated in sizes} == {"three", "3"}
    assert {stated.literal.lexical for stated in sizes} == {"3"}


def reached(typed: TypedGraph, number: int) -> Reached:
    walk = next(walk for walk in typed.walks if not walk.forward)
    node = typed.members(walk.source)[number]
    return Reached(Entity(Slot(number, Op.ENT, node, text=typed.graph.label(node)), walk.source), walk)


def test_operands_stand_in_the_order_of_the_question(graphs: list[TypedGraph]) -> None:
    plan = Combined(Op.AND, reached(graphs[0], 0), reached(graphs[0], 1))
    for order in ({0: 0, 1: 1}, {0: 1, 1: 0}):
        named = [token.argument for token in tokens_of(plan, order) if token.op is Op.ENT]
        assert named == [0, 1]
    without = Combined(Op.NOT, plan.one, plan.other)
    assert [token.argument for token in tokens_of(without, {0: 1, 1: 0}) if token.op is Op.ENT] == [1, 0]


def test_twins_differ_from_their_plan(graphs: list[TypedGraph]) -> None:
    plan = Combined(Op.AND, reached(graphs[0], 0), reached(graphs[0], 1))
    found = dict(twins(plan, graphs[0], random.Random(1)))
    assert "and/or" in found
    assert all(other != plan for other in found.values())


def test_slots_are_placed_where_their_words_stand() -> None:
    slots = [Slot(0, Op.ENT, 7, text="Elm"), Slot(1, Op.ENT, 8, text="Oak")]
    found = placed("is {1} a part of {0}", slots, random.Random(1))
    assert found is not None
    assert found.question == "is Oak a part of Elm"
    assert [found.question[slice(*anchor.span)] for anchor in found.anchors] == ["Oak", "Elm"]
    assert found.order == {1: 0, 0: 1}
    assert placed("is {0} known", slots, random.Random(1)) is None


def test_articles_fit_the_words_of_slots() -> None:
    found = placed("is there a {0}", [Slot(0, Op.ENT, 7, text="elm")], random.Random(1))
    assert found is not None
    assert found.question == "is there an elm"
    assert found.question[slice(*found.anchors[0].span)] == "elm"


def test_a_union_by_one_relation_is_one_hop(asked: list[ProgramQuestion]) -> None:
    """``ENT HOP r ENT HOP r OR`` is ``ENT ENT OR HOP r``."""
    programs = [one.program.tokens for one in asked if Op.OR in {token.op for token in one.program.tokens}]
    assert programs
    for tokens in programs:
        for first, second, third, fourth, fifth in zip(*(tokens[i:] for i in range(5)), strict=False):
            shape = (first.op, second.op, third.op, fourth.op, fifth.op)
            assert shape != (Op.ENT, Op.HOP, Op.ENT, Op.HOP, Op.OR) or second != fourth
