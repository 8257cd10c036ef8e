"""Kinds of questions for which the right program is found."""

from __future__ import annotations

import pytest

from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.records import programs, read, records


@pytest.mark.parametrize("question", ["Which towns do the albums come from?", "albums of musicians born in a town"])
def test_the_last_word_of_a_class_names_it(question: str) -> None:
    found = read(question).costs
    assert "studio album" in {records().key(one.anchor.node) for one in found.anchors if one.anchor.op is Op.CLS}


@pytest.mark.parametrize(
    ("question", "program"),
    [
        (
            "Which labels have their base in a town whose population is below 9000?",
            'CLS "record label" HOP "based in" LIT 9000 CMP population < HOP "^based in"',
        ),
        (
            "musicians whose place of birth has a population above 10000",
            'CLS musician HOP "place of birth" LIT 10000 CMP population > HOP "^place of birth"',
        ),
    ],
)
def test_a_hop_to_what_is_compared_is_gone_back(question: str, program: str) -> None:
    assert program in programs(question)
