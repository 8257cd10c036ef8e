"""The nouns that open a question without a question word."""

from __future__ import annotations

import pytest

from clew.decoding.reading.direction import TOPIC
from clew.decoding.reading.opening import opening_nouns

KINDS = frozenset({"ferries", "ferry", "harbours", "harbour", "pilots", "pilot", "lights"})


@pytest.mark.parametrize(
    ("question", "nouns"),
    [
        ("ferries by TOPIC", ["ferries"]),
        ("the harbours that TOPIC owns", ["harbours"]),
        ("show me all old ferries built by TOPIC", ["old", "ferries"]),
        ("any pilot born in TOPIC", ["pilot"]),
        ("who are the pilots with TOPIC as employer", ["pilots"]),
        ("people who sailed on TOPIC", ["person"]),
        ("TOPIC ferries", ["ferries"]),
        ("which other harbour uses the same crane as TOPIC", ["harbour"]),
        ("harbour of TOPIC", []),
        ("captain of TOPIC", []),
        ("captains of TOPIC", []),
        ("TOPIC s harbour", []),
        ("TOPIC harbour", []),
        ("who built TOPIC", []),
        ("TOPIC", []),
        ("", []),
    ],
)
def test_opening_nouns(question: str, nouns: list[str]) -> None:
    """Plurals, and nouns that a clause follows, where the graph knows them as kinds; no names of relations."""
    assert opening_nouns(question.replace("TOPIC", TOPIC).split(), KINDS.__contains__) == nouns
