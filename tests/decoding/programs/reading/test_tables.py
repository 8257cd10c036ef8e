"""Whether the rows of a table are asked for by name."""

from __future__ import annotations

import pytest

from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.programs.reading.tables import names_rows
from clew.tries.programs.tokens import Op, Token

ROWS, COLUMN, OTHER = Token(Op.CLS, 0), Token(Op.PROJ, 0), Token(Op.PROJ, 1)


def bits(asked: AskedWords, *words: str) -> int:
    return sum(1 << asked.texts.index(word) for word in words)


@pytest.mark.parametrize(
    ("question", "rows", "columns", "named"),
    [
        ("the name and length of each ferry", ["ferry"], ["length"], True),
        ("length and captain of each ferry", ["ferry"], ["length", "captain"], False),
        ("ferries with their length and captain", ["ferries"], ["length", "captain"], True),
        ("list the length and the captain of the ferries", ["ferries"], ["length", "captain"], False),
        ("who has which age", [], ["age"], True),
        ("what is the age and the length", [], ["age", "length"], False),
    ],
)
def test_rows_are_named_where_they_are_asked_for(
    question: str, rows: list[str], columns: list[str], named: bool
) -> None:
    asked = AskedWords(question)
    claims = [bits(asked, *rows), *(bits(asked, word) for word in columns)]
    assert names_rows(asked, [ROWS, COLUMN, OTHER][: len(claims)], claims) is named


def test_a_column_of_names_names_no_rows() -> None:
    asked = AskedWords("the name of each ferry")
    assert not names_rows(asked, [ROWS, COLUMN], [bits(asked, "ferry"), bits(asked, "name")])


def test_without_columns_there_is_nothing_to_leave_out() -> None:
    assert names_rows(AskedWords("ferries"), [ROWS], [1])
