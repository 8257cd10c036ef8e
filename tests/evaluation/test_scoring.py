"""Each question's score against examples worked by hand, and what holds for any answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.matching import normalise, substring_hit
from clew.evaluation.metrics.scoring import score
from clew.evaluation.metrics.shares import hits_at_1
from clew.evaluation.outcome import LinkedTopic, Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question


def predicted(*pairs):
    return tuple(Predicted(f"k:{label}", label, value) for label, value in pairs)


def question(*labels, **kw):
    return Question("q", tuple(Gold(label) for label in labels), **kw)


def scored(asked, *pairs, **kw):
    return score(asked, Outcome(predicted(*pairs), **kw), 0, 0.0)


@pytest.mark.parametrize(
    ("gold", "pairs", "hit", "precision", "recall", "f1", "exact"),
    [
        (["a"], [("a", 0.9)], 1, 1, 1, 1, 1),
        (["a"], [("b", 0.9), ("a", 0.8)], 0, 1 / 2, 1, 2 / 3, 0),
        (["a", "b"], [("a", 0.5), ("b", 0.5)], 1, 1, 1, 1, 1),
        (["a", "b"], [("a", 0.5), ("c", 0.5), ("d", 0.5), ("b", 0.5)], 1 / 2, 1 / 2, 1, 2 / 3, 0),
        (["a", "b", "c"], [("a", 0.7), ("x", 0.7), ("b", 0.1)], 1 / 2, 2 / 3, 2 / 3, 2 / 3, 0),
        (["a", "b", "c", "d"], [("a", 0.7)], 1, 1, 1 / 4, 2 / 5, 0),
        (["a"], [], 0, 0, 0, 0, 0),
        (["Ångström"], [("A\u030angstro\u0308m", 1.0)], 1, 1, 1, 1, 1),
        (["The  Movie"], [("the movie", 1.0)], 1, 1, 1, 1, 1),
        (["Paris"], [("Paris Hilton", 1.0)], 0, 0, 0, 0, 0),
    ],
)
def test_worked_examples(gold, pairs, hit, precision, recall, f1, exact):
    got = scored(question(*gold), *pairs)
    assert (got.hit, got.precision, got.recall, got.f1, got.exact) == pytest.approx((hit, precision, recall, f1, exact))


def test_a_key_decides_where_the_set_gives_one():
    asked = Question("q", (Gold("Memory", "m1"),))
    right = Outcome((Predicted("m1", "another label", 1.0),))
    wrong = Outcome((Predicted("m2", "Memory", 1.0),))
    assert score(asked, right, 0, 0.0).exact == 1
    assert score(asked, wrong, 0, 0.0).hit == 0


def test_a_text_may_be_a_key():
    assert score(question("http://x/1"), Outcome((Predicted("http://x/1", "One", 1.0),)), 0, 0.0).exact == 1


def test_two_entities_that_share_a_right_label_are_both_right():
    both = Outcome((Predicted("k1", "a", 1.0), Predicted("k2", "a", 1.0)))
    assert score(question("a"), both, 0, 0.0).exact == 1


def test_linked_topics():
    asked = question("a", topics=("Tom Cullen",))
    topics = (LinkedTopic("k1", "Tom"), LinkedTopic("k2", "tom cullen"))
    got = scored(asked, linked=topics)
    assert (got.linked, got.linked_first) == (True, False)
    assert scored(asked).linked is False
    assert scored(question("a"), linked=topics).linked is None


def test_gcr_counts_substrings():
    assert substring_hit([Gold("The Paris")], predicted(("paris hilton!", 1.0)))
    assert not substring_hit([Gold("London")], predicted(("Paris", 1.0)))
    assert not substring_hit([Gold("the")], predicted(("Paris", 1.0)))


labels = st.sampled_from("abcdef")


@given(
    gold=st.lists(labels, min_size=1, unique=True),
    pairs=st.lists(st.tuples(labels, st.sampled_from([0.1, 0.5, 0.9])), unique_by=lambda p: p[0]),
)
def test_laws(gold, pairs):
    got = scored(question(*gold), *pairs)
    right = {label for label, _ in pairs} & set(gold)
    assert got.exact == float({label for label, _ in pairs} == set(gold))
    assert got.f1 == pytest.approx(2 * len(right) / (len(pairs) + len(gold)))  # the Dice coefficient
    assert min(got.precision, got.recall) <= got.f1 + 1e-12
    assert got.f1 <= max(got.precision, got.recall) + 1e-12
    if len({value for _, value in pairs}) == 1:
        assert got.hit == got.precision
    top = [label for label, value in pairs if value == max(v for _, v in pairs)]
    assert got.hit == pytest.approx(len(set(top) & set(gold)) / len(top) if top else 0.0)
    assert scored(question(*gold), *reversed(pairs)) == got


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_hits_at_1_is_the_share_right_among_those_tied_at_the_top():
    assert hits_at_1([], []) == 0.0
    assert hits_at_1([0.5, 0.5, 0.2], [True, False, True]) == 0.5
    assert hits_at_1([0.2, 0.9], [True, False]) == 0.0
    assert hits_at_1([0.9, 0.9 - 1e-12], [True, True]) == 1.0
