from __future__ import annotations

from datetime import date

from clew.decoding.programs.reading.comparisons import comparisons
from clew.decoding.programs.reading.literals import tag_literals


def test_words_before_a_literal_say_how_it_compares() -> None:
    question = "Towers taller than 300 built after 1970"
    literals = tag_literals(question, date(2026, 11, 30))
    found = comparisons(question, literals)
    assert [(question[c.start : c.end], c.how, c.literal, c.word) for c in found] == [
        ("taller than", ">", 0, "tall"),
        ("after", ">", 1, ""),
    ]
