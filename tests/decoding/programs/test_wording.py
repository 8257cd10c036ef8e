"""Programs in words: each operator says what it does, and what is begun says its operands."""

from __future__ import annotations

import random

import pytest

from clew.decoding.programs.notation import read_program
from clew.decoding.programs.wording import program_in_words, steps_in_words
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.ferries import ferries, names
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.test_sparql import random_program

SAILING = 'ENT Torvik HOP "^sails to"'


def in_words(program: str) -> str:
    read = read_program(names(), program)
    return program_in_words(ferries(), read.anchors, read.tokens)


@pytest.mark.parametrize(
    ("program", "parts"),
    [
        ("CLS ferry LIT 70 CMP length >", ["every ferry", "length", "more than 70"]),
        ("CLS ferry LIT 70 CMP length <=", ["at most 70"]),
        ('CLS ferry LIT 2 CMP "#sails to" >=', ["with at least 2 of", "sails to"]),
        ("CLS ferry ARG length max", ["those of every ferry with the greatest length"]),
        ("CLS ferry LIT 2 ARG length min", ["with the 2 least length"]),
        ('CLS ferry ARG "#sails to" max', ["with the most sails to"]),
        ("CLS ferry COUNT", ["how many: every ferry"]),
        ("CLS ferry AVG length", ["the average of the length of every ferry"]),
        ("CLS ferry SUM length", ["the sum of the length of every ferry"]),
        (f"CLS ferry {SAILING} NOT", ["every ferry, without", "Torvik"]),
        (f'{SAILING} ENT Sandness HOP "^sails to" AND', ["both", " and ", "Torvik", "Sandness"]),
        ("ENT Torvik ENT Sandness OR", ["Torvik or Sandness"]),
        (f"ENT Puffin {SAILING} ASK", ["whether", "includes Puffin"]),
        ("CLS ferry ASK", ["whether there is any: every ferry"]),
        ("ENT Puffin ENT Gannet ASK length >", ["whether the length of Puffin is more than that of Gannet"]),
        ("CLS ferry PROJ length PROJ captain", ["every ferry, with the length, captain"]),
        ("CLS captain PROJ #^captain PROJ age", ["every captain, with the number of: ", ", age"]),
        ("CLS ferry HOP captain PROJ #^captain", ["number of: ", " among these"]),
        (
            "CLS ferry AVG length MIN length COUNT",
            ["the average of the length of", ", and the least length, and how many"],
        ),
        ("CLS ferry GROUP captain COUNT", ["how many there are in each group", "by captain"]),
        ("ENT Puffin HOP captain", ["captain", "Puffin"]),
        (f"{SAILING} TYPE ferry", ["that is a ferry"]),
    ],
)
def test_what_a_program_says(program: str, parts: list[str]) -> None:
    said = in_words(program)
    assert [part for part in parts if part not in said] == []


def test_what_is_begun_says_its_operands() -> None:
    assert in_words("CLS ferry ENT Torvik") == "every ferry; Torvik"


def test_steps_end_with_the_whole() -> None:
    read = read_program(names(), f"CLS ferry {SAILING} NOT COUNT")
    steps = steps_in_words(ferries(), read.anchors, read.tokens)
    assert len(steps) == len(read.tokens)
    assert steps[-1] == program_in_words(ferries(), read.anchors, read.tokens)


def test_every_program_has_words() -> None:
    rng, said = random.Random(4), set[Op]()
    for _ in range(60):
        graph = random_graph(rng)
        anchors = random_anchors(rng, graph)
        automaton = ProgramAutomaton(Algebra(graph, values_of(graph)), anchors)
        for root, anchor in enumerate(anchors):
            found = random_program(rng, automaton, root) if anchor.op is not Op.LIT else None
            if found is None:
                continue
            words = program_in_words(graph, anchors, found[0])
            assert words
            assert ";" not in words
            assert len(steps_in_words(graph, anchors, found[0])) == len(found[0])
            said |= {token.op for token in found[0]}
    assert len(said) >= 14
