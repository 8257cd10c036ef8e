"""Values, tables and lists of accepted texts, by hand and as laws."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.accepting import Accepted
from clew.evaluation.metrics.cells import Cell, alike, cell_of, close, digits_of, rounded
from clew.evaluation.metrics.scoring import QuestionScore, score
from clew.evaluation.metrics.tables import compare_rows
from clew.evaluation.outcome import Outcome, Predicted, RanProgram
from clew.evaluation.questions.question import Gold, Question
from clew.kg.limits import MAX_PERMUTED_COLUMNS

Rows = tuple[tuple[str | Fraction, ...], ...]


def labels(*texts: str) -> tuple[Predicted, ...]:
    return tuple(Predicted(f"k:{text}", text, 1.0) for text in texts)


def of_value(gold: Fraction | bool | str, outcome: Outcome) -> QuestionScore:
    return score(Question("q", (), value=gold), outcome, 0)


def of_rows(gold: Rows, outcome: Outcome) -> QuestionScore:
    return score(Question("q", (), rows=tuple(tuple(map(str, row)) for row in gold)), outcome, 0)


def of_list(accept: list[list[str]], outcome: Outcome) -> QuestionScore:
    answers = tuple(Gold(group[0]) for group in accept)
    return score(Question("q", answers, accept=tuple(map(tuple, accept))), outcome, 0)


def figures(scored: QuestionScore) -> tuple[float, ...]:
    return scored.hit, scored.precision, scored.recall, scored.f1, scored.exact, scored.cells


# --- values
@pytest.mark.parametrize(
    ("gold", "outcome", "right"),
    [
        (Fraction(3), Outcome(value=Fraction(3)), True),
        (Fraction(3), Outcome(value=Fraction(4)), False),
        (Fraction("34.33"), Outcome(value=Fraction(103, 3)), True),
        (Fraction("34.33"), Outcome(value=Fraction("34.34")), False),
        (Fraction("0.125"), Outcome(value=Fraction(1, 8)), True),
        (Fraction("0.5"), Outcome(value=Fraction("0.45")), True),
        (Fraction("0.5"), Outcome(value=Fraction("0.44")), False),
        (True, Outcome(value=True), True),
        (True, Outcome(value=False), False),
        (True, Outcome(value=Fraction(1)), False),
        (Fraction(1), Outcome(value=True), False),
        (Fraction(0), Outcome(value=False), False),
        (Fraction(0), Outcome(), False),
        (Fraction(1989), Outcome(labels("1989")), True),
        (Fraction(1989), Outcome(labels("1989", "1990")), False),
        (Fraction(1989), Outcome(rows=(("1989",),)), True),
        ("1815-06-18", Outcome(labels("1815-06-18")), True),
        ("1815-06-18", Outcome(labels("1815-06-19")), False),
        ("Blue", Outcome(labels("blue")), True),
    ],
)
def test_values(gold: Fraction | bool | str, outcome: Outcome, right: bool) -> None:
    assert set(figures(of_value(gold, outcome))) == {float(right)}


@given(st.fractions(max_denominator=10**6), st.integers(0, 6))
def test_a_number_is_right_as_far_as_it_is_written_out_and_no_further(number: Fraction, digits: int) -> None:
    gold = round(number, digits)
    assert of_value(gold, Outcome(value=number)).exact in (0.0, 1.0)
    unit = Fraction(1, 10 ** digits_of([gold]))
    assert of_value(gold, Outcome(value=gold)).exact == 1
    assert of_value(gold, Outcome(value=gold + unit * Fraction(49, 100))).exact == 1
    assert of_value(gold, Outcome(value=gold + unit)).exact == 0
    assert of_value(gold, Outcome(value=gold - unit * Fraction(51, 100))).exact == 0
    if digits_of([gold]) == digits:
        assert of_value(gold, Outcome(value=number)).exact == 1


# --- tables
TABLE: Rows = (("Oder", "Baltic Sea", "840"), ("Spree", "", "400"), ("Weser", "North Sea", "452.5"))


@pytest.mark.parametrize(
    ("found", "precision", "recall", "cells"),
    [
        (TABLE, 1, 1, 1),
        (TABLE[::-1] + TABLE[:1], 1, 1, 1),
        (tuple((c, a, b) for a, b, c in TABLE), 1, 1, 1),
        ((*TABLE[:2], ("Weser", "North Sea", Fraction("452.46"))), 1, 1, 1),
        ((*TABLE[:2], ("Weser", "North Sea", "452.4")), 2 / 3, 2 / 3, 0),
        (TABLE[:2], 1, 2 / 3, 0),
        ((*TABLE, ("Elbe", "North Sea", "1094")), 3 / 4, 1, 0),
        (tuple(row[:2] for row in TABLE), 0, 0, 0),
        ((("Oder", "North Sea", "840"), ("Spree", "", "400"), ("Weser", "Baltic Sea", "452.5")), 1 / 3, 1 / 3, 1),
        ((), 0, 0, 0),
    ],
)
def test_tables(found: Rows, precision: float, recall: float, cells: float) -> None:
    got = of_rows(TABLE, Outcome(rows=found))
    assert (got.hit, got.precision, got.recall) == pytest.approx((precision, precision, recall))
    assert got.exact == float(precision == recall == 1)
    assert got.cells == cells


def test_a_table_of_one_column_and_a_set_are_one() -> None:
    column = (("Oder",), ("Weser",))
    assert figures(of_rows(column, Outcome(labels("Weser", "Oder")))) == (1, 1, 1, 1, 1, 1)
    question = Question("q", (Gold("Oder"), Gold("Weser")))
    assert figures(score(question, Outcome(rows=column), 0)) == (1, 1, 1, 1, 1, 1)
    assert score(question, Outcome(rows=(("Oder", "840"), ("Weser", "452"))), 0).f1 == 0
    assert score(Question("q", (Gold("8"),)), Outcome(value=Fraction(8)), 0).exact == 1
    assert score(Question("q", (Gold("8"), Gold("9"))), Outcome(value=Fraction(8)), 0).f1 == pytest.approx(2 / 3)


cell = st.sampled_from(["a", "b", "c", "", "1", "2", "2.5", "10"])
tables = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[cell] * width), min_size=1, max_size=6))


@given(tables, st.data())
def test_the_order_of_rows_and_columns_changes_no_figure(gold: list[tuple[str, ...]], data: st.DataObject) -> None:
    width = len(gold[0])
    found = data.draw(st.lists(st.tuples(*[cell] * width), min_size=1, max_size=6))
    order = data.draw(st.permutations(range(width)))
    shuffled = [tuple(row[i] for i in order) for row in data.draw(st.permutations(found))]
    got = of_rows(tuple(gold), Outcome(rows=tuple(found)))
    again = of_rows(tuple(data.draw(st.permutations(gold))), Outcome(rows=tuple(shuffled)))
    assert figures(again)[3:] == pytest.approx(figures(got)[3:])
    assert 0 <= got.f1 <= 1
    assert got.cells >= got.exact
    assert of_rows(tuple(gold), Outcome(rows=tuple(shuffled + shuffled))).f1 == pytest.approx(got.f1)


@given(tables, st.data())
def test_a_changed_cell_is_never_exact(gold: list[tuple[str, ...]], data: st.DataObject) -> None:
    at, column = data.draw(st.integers(0, len(gold) - 1)), data.draw(st.integers(0, len(gold[0]) - 1))
    other = data.draw(st.sampled_from(["d", "77", "7.25"]))
    changed = list(gold)
    changed[at] = (*gold[at][:column], other, *gold[at][column + 1 :])
    assert of_rows(tuple(gold), Outcome(rows=tuple(gold))).exact == 1
    assert of_rows(tuple(gold), Outcome(rows=tuple(changed))).exact == 0


words = st.sampled_from(["a", "b", "c", ""])
wordy = st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[words] * width), min_size=1, max_size=6))


@given(wordy, st.data())
def test_rows_are_compared_as_trying_every_order_does(gold: list[tuple[str, ...]], data: st.DataObject) -> None:
    found = data.draw(st.lists(st.tuples(*[words] * len(gold[0])), min_size=1, max_size=6))
    right = max(len({tuple(row[i] for i in p) for row in found} & {*gold}) for p in permutations(range(len(gold[0]))))
    assert compare_rows(gold, found) == pytest.approx((right / len({*found}), right / len({*gold})))


def test_many_columns_are_compared_as_they_stand() -> None:
    row = tuple("abcdefgh"[: MAX_PERMUTED_COLUMNS + 1])
    assert of_rows((row,), Outcome(rows=(row,))).exact == 1
    assert of_rows((row,), Outcome(rows=(row[::-1],))).f1 == 0
    assert of_rows((row[1:],), Outcome(rows=(row[:0:-1],))).exact == 1


# --- lists of accepted texts
ACCEPT = [["7", "Elbe"], ["Weser"], ["12.3456"], ["100000"]]


@pytest.mark.parametrize(
    ("outcome", "precision", "recall"),
    [
        (Outcome(labels("ELBE", "weser", "12.345601", "100000")), 1, 1),
        (Outcome(rows=(("7", "Weser"), (Fraction("12.35"), "100000"))), 1, 1),
        (Outcome(rows=(("Elbe", "Weser", ""), ("12.3456", Fraction(100000), ""))), 1, 1),
        (Outcome(labels("Elbe", "Weser", "12.3456", "100001")), 3 / 4, 3 / 4),
        (Outcome(labels("Elbe", "Weser", "12.36", "100000")), 3 / 4, 3 / 4),
        (Outcome(labels("Elbe", "7", "Weser")), 1, 1 / 2),
        (Outcome(value=Fraction(7)), 1, 1 / 4),
        (Outcome(value=True), 0, 0),
        (Outcome(), 0, 0),
    ],
)
def test_lists_of_accepted_texts(outcome: Outcome, precision: float, recall: float) -> None:
    got = of_list(ACCEPT, outcome)
    assert (got.hit, got.precision, got.recall) == pytest.approx((precision, precision, recall))
    assert got.exact == got.cells == float(precision == recall == 1)


word = st.sampled_from(["a", "b", "c", "7", "12.5", "3000"])


@given(
    st.lists(st.lists(word, min_size=1, max_size=3), min_size=1, max_size=5),
    st.lists(word, min_size=1, max_size=6),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_the_shape_of_an_answer_does_not_count(
    accept: list[list[str]], found: list[str], width: int, rng: Random
) -> None:
    """Against the definition: every list met, every cell in a list."""
    padded = [*found, *[""] * (-len(found) % width)]
    rows = tuple(tuple(padded[i : i + width]) for i in range(0, len(padded), width))
    exact = all(set(group) & set(found) for group in accept) and all(any(c in g for g in accept) for c in found)
    for outcome in (Outcome(rows=rows), Outcome(labels(*found))):
        assert of_list(accept, outcome).exact == float(exact)
    rng.shuffle(padded)
    rng.shuffle(accept)
    assert of_list(accept, Outcome(rows=tuple((one,) for one in padded))).exact == float(exact)
    assert of_list(accept, Outcome(labels(*found, "none of these"))).exact == 0


@given(st.lists(st.fractions(max_denominator=1000), max_size=20), st.fractions(max_denominator=1000))
def test_numbers_are_found_as_by_looking_at_each(golds: list[Fraction], number: Fraction) -> None:
    short = [round(gold, 3) for gold in golds]
    accepted = Accepted([[f"{gold.numerator * 1000 // gold.denominator}e-3"] for gold in short])
    for found in (number, *short, *(gold * Fraction(10001, 10000) for gold in short)):
        assert accepted.found_by([found]) == {i for i, gold in enumerate(short) if close(gold, found)}


@given(st.fractions(), st.fractions(max_value=1, min_value=-1))
def test_close_numbers_agree_in_four_digits(number: Fraction, part: Fraction) -> None:
    assert close(number, number)
    if number:
        assert not close(number, number * Fraction(1002, 1000))
        assert not close(number, -number)
        near = number * (1 + part / 20_001)
        assert close(number, near) or number.denominator == near.denominator == 1


# --- cells
@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("8", Fraction(8)), ("8.0", Fraction(8)), (" +8 ", Fraction(8)), (".5", Fraction(1, 2)), ("1e3", 1000),
        ("-2.50", Fraction(-5, 2)), ("Ä  b", "ä b"), ("1989-01-02", "1989-01-02"), ("9/11", "9/11"), ("", ""),
        ("1e99999", "1e99999"), ("٣", "٣"), ("nan", "nan"), ("1,000", "1,000"),
    ],
)  # fmt: skip
def test_what_a_cell_says(text: str, content: Cell) -> None:
    assert cell_of(text) == content
    assert cell_of("9" * 5000) == "9" * 5000


@given(st.fractions(max_denominator=10**4), st.integers(0, 5))
def test_rounding_goes_to_the_nearest(number: Fraction, digits: int) -> None:
    got = rounded(number, digits, frozenset())
    assert isinstance(got, Fraction)
    assert abs(got - number) <= Fraction(1, 2 * 10**digits)
    assert digits_of([got]) <= digits
    assert alike([got], [number]) or digits_of([got]) < digits


# --- nothing
def test_there_are_none_is_an_answer() -> None:
    nothing = Outcome(declined=True, program=RanProgram("CLS river", empty=True))
    unanswerable = score(Question("q", (), answerable=False), nothing, 0)
    assert (unanswerable.declined, unanswerable.wrong_as_right) == (True, False)
    wrong = score(Question("q", (Gold("Oder"),)), nothing, 0)
    assert (wrong.declined, wrong.wrong_as_right, wrong.exact) == (False, True, 0)
    plain = score(Question("q", (Gold("Oder"),)), Outcome(declined=True), 0)
    assert (plain.declined, plain.wrong_as_right) == (True, False)
