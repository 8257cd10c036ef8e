"""Questions in other words: what changes, and what must not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.run import Asked
from clew.evaluation.variants.perturb import KINDS, MENTION, mentions, perturb
from clew.evaluation.variants.robustness import perturbed, side_by_side

TEXT = "who is the director of The Dark Knight and where was she born"
SPAN = (23, 38)


def made(kind, seed=0, text=TEXT, spans=(SPAN,)):
    return perturb(text, spans, kind, random.Random(seed))


def test_mentions():
    assert mentions(TEXT, ["the dark knight"]) == [SPAN]
    assert mentions("Paris Hilton in paris", ["Paris", "Paris Hilton"]) == [(0, 12), (16, 21)]
    assert mentions("a+b (c)", ["(C)", ""]) == [(4, 7)]
    assert mentions(TEXT, []) == []


def test_each_kind():
    assert made("dropped") == "who director The Dark Knight where born"
    assert {made("case", seed) for seed in range(20)} == {
        "WHO IS THE DIRECTOR OF The Dark Knight AND WHERE WAS SHE BORN",
        "Who Is The Director Of The Dark Knight And Where Was She Born",
    }
    for seed in range(20):
        typo, order, polite = (made(kind, seed) for kind in ("typo", "order", "polite"))
        assert len(set(zip(TEXT.split(), typo.split(), strict=True))) == len(TEXT.split())
        assert sum(a != b for a, b in zip(TEXT.split(), typo.split(), strict=True)) == 1
        assert sorted(order.split()) == sorted(TEXT.split())
        assert order != TEXT
        assert TEXT in polite
        assert polite != TEXT


def test_words_of_a_mention_are_never_swapped_out():
    swapped = {made("order", seed) for seed in range(50)}
    assert all("The Dark Knight" in text for text in swapped)
    assert len(swapped) > 3


@given(
    words=st.lists(st.text("abcdefghijABC'é ", min_size=1, max_size=8), min_size=1, max_size=8),
    mention=st.text("abcdeXYZ é-", min_size=1, max_size=12).filter(str.strip),
    kind=st.sampled_from(sorted(KINDS.keys() - {MENTION})),
    seed=st.integers(0, 3),
)
def test_the_mention_survives_and_a_seed_repeats(words, mention, kind, seed):
    mention = " ".join(mention.split())
    text = " ".join([*words[: len(words) // 2], mention, *words[len(words) // 2 :]])
    spans = mentions(text, [mention])
    got = perturb(text, spans, kind, random.Random(seed))
    assert got.count(mention) >= 1
    assert got == perturb(text, spans, kind, random.Random(seed))


def test_only_the_mention_is_misspelt():
    for seed in range(20):
        got = made(MENTION, seed)
        assert got.startswith("who is the director of ")
        assert got.endswith(" and where was she born")
        assert sum(a != b for a, b in zip(TEXT.split(), got.split(), strict=True)) == 1
    assert made(MENTION, text="who made Up", spans=((9, 11),)) == "who made Up"  # too short to be recognised again


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"polite"}))
def test_what_offers_nothing_comes_back_unchanged(kind):
    assert perturb("1984?", [], kind, random.Random(0)) == "1984?"


def question(text, **kw):
    return Question(text, (Gold("a"),), **kw)


def test_only_answerable_questions_with_a_mention_take_part():
    questions = [
        question("who made key1", topics=("key1",), number=1),
        question("who made Juno", topics=("k",), number=2),
        question("who made it", topics=("k",), number=3),
        question("who made Juno", topics=("k",), number=4, answerable=False),
        question("who made Juno", number=5),
    ]
    got = perturbed(questions, "polite", 0, lambda topic: ["Juno"] if topic == "k" else [topic])
    assert [place for place, _ in got] == [0, 1]
    assert all(questions[place].answers == q.answers and q.text != questions[place].text for place, q in got)
    assert perturbed(questions[1:], "polite", 0, lambda _: ["Juno"])[0][1] == got[1][1]  # whatever else is asked


def asked(*labels):
    outcomes = [Outcome((Predicted("k", label, 1.0),)) for label in labels]
    return [Asked(question("q"), outcome, score(question("q"), outcome, 0, 0.0)) for outcome in outcomes]


def test_side_by_side():
    got = side_by_side(asked("a", "a", "b", "a"), asked("a", "b", "b", "b"), 0)
    assert (got["n"], got["hits@1"], got["plain_hits@1"], got["change"]) == (4, 0.25, 0.75, -0.5)
    assert got["change_interval"][0] <= -0.5 <= got["change_interval"][1] <= 0
    assert side_by_side([], [], 0) == {"n": 0}
