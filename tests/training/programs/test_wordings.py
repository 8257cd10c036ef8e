"""The words for operators: enough of them, each with its slots, opposites never alike, verbs in their number."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import combinations

import pytest

from clew.kg.terms.literal import Literal
from clew.training.programs.attributes import attribute_kinds
from clew.training.programs.comparisons import Comparer
from clew.training.programs.modifiers import Inner, Modifier, ModifierForm, filled, takes
from clew.training.programs.phrase import NounPhrase
from clew.training.programs.plan import Condition, Slot
from clew.training.programs.typed_graph import ClassAttribute, GraphClass
from clew.training.programs.wordings import wordings
from clew.tries.programs.tokens import COMPARISONS, Op

QUESTIONS = ("lists", "counting", "asking", "versus", "picking", "columns", "grouping", "totals", "superlatives")
SLOT = re.compile(r"\{(\w+)\}")
CAVE = GraphClass(0, ("cave",), ("caves",), False)


@pytest.mark.parametrize("table", QUESTIONS)
def test_every_form_of_an_operator_has_ten_wordings(table: str) -> None:
    forms = wordings(table)
    assert forms
    assert {form: len(set(texts)) for form, texts in forms.items() if len(set(texts)) < 10} == {}


@pytest.mark.parametrize("table", ["versus", "picking"])
def test_two_entities_stand_in_the_order_of_the_program(table: str) -> None:
    for texts in wordings(table).values():
        for text in texts:
            assert [name for name in SLOT.findall(text) if name in "ab"] == ["a", "b"]


@pytest.mark.parametrize("table", ["lists", "counting", "asking", "columns", "grouping", "totals", "superlatives"])
def test_a_set_stands_in_a_wording_once(table: str) -> None:
    for texts in wordings(table).values():
        for text in texts:
            named = [name for name in SLOT.findall(text) if name in ("bare", "the", "single", "several", "nouns")]
            assert len(named) <= 1, text
            assert named or "{e}" in text, text


@pytest.mark.parametrize("table", ["amounts", "counts", "times"])
def test_no_wording_means_two_comparisons(table: str) -> None:
    for one, other in combinations(COMPARISONS, 2):
        assert not set(wordings(table)[one]) & set(wordings(table)[other])
    assert not any(set(wordings("most")[key]) & set(wordings("least")[key]) for key in ("values", "counted", "times"))


@pytest.mark.parametrize("how", COMPARISONS)
@pytest.mark.parametrize("kind", ["year", "height", "price", "number"])
def test_a_comparison_names_its_literal_once_and_says_how(how: str, kind: str) -> None:
    noun = "number of galleries" if kind == "number" else "depth"
    words = replace(attribute_kinds().kinds[kind], labels=("depth",), nouns=(noun,))
    attribute = ClassAttribute(0, words, CAVE, ("1950",))
    comparer, slot = Comparer(random.Random(1)), Slot(3, Op.LIT, literal=Literal("1950"), text="1950")
    seen = {comparer.modifier([Condition(attribute, how, slot)]).text for _ in range(200)}
    assert len(seen) >= 8
    assert all(text.count("{3}") == 1 for text in seen)
    other = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": ">"}[how]
    assert not seen & {comparer.modifier([Condition(attribute, other, slot)]).text for _ in range(200)}


@pytest.mark.parametrize(
    ("pattern", "inner", "text"),
    [
        ("that {x} has dug", Inner("{0}"), "that {0} has dug"),
        ("that {x} has dug", Inner("the miners", True, True), "that the miners have dug"),
        ("where is {x} buried", Inner("the miners", True, True), "where are the miners buried"),
        ("that has {x} as owner", Inner("the most heirs", False, True), "that has the most heirs as owner"),
        ("whose owner is {x}", Inner("miners of Elm", True, True), "whose owner is one of the miners of Elm"),
    ],
)
def test_verbs_agree_with_what_stands_beside_them(pattern: str, inner: Inner, text: str) -> None:
    assert filled(pattern, inner) == text


def test_patterns_that_cannot_hold_several_or_long_words_are_known() -> None:
    several, long = Inner("the miners", False, True), Inner("the mine of Elm", True, False, ("mine",))
    assert not takes("that {x} digs", several)
    assert not takes("{x}'s caves", several)
    assert takes("dug by {x}", several)
    assert not takes("with {x} as owner", long)
    assert not takes("of the mine {x}", long)
    assert takes("near {x}", long)


@pytest.mark.parametrize(
    ("modifier", "texts"),
    [
        (Modifier("dug by {0}", ModifierForm.PLAIN),
         {"not dug by {0}", "that were not dug by {0}", "that weren't dug by {0}"}),
        (Modifier("with {0} as owner", ModifierForm.WITH),
         {"without {0} as owner", "that do not have {0} as owner", "that don't have {0} as owner"}),
        (Modifier("whose owner is {0}", ModifierForm.WHOSE), {"whose owner is not {0}", "whose owner isn't {0}"}),
        (Modifier("that are near {0}", ModifierForm.THAT), {"that are not near {0}", "that aren't near {0}"}),
    ],
)  # fmt: skip
def test_modifiers_are_negated(modifier: Modifier, texts: set[str]) -> None:
    assert {modifier.negated(True, variant).text for variant in range(12)} == texts


def test_what_has_no_negation_is_excepted() -> None:
    text = Modifier("that {0} dug", ModifierForm.THAT).negated(True, 0).text
    assert text == "but not those that {0} dug"


def test_a_phrase_stands_in_each_form() -> None:
    phrase = NounPhrase("cave", "caves", False, False, after=(Modifier("near {0}", ModifierForm.PLAIN),))
    assert (phrase.bare, phrase.the, phrase.single) == ("caves near {0}", "the cave near {0}", "cave near {0}")


def test_long_modifiers_stand_last_and_alike_ones_are_joined() -> None:
    long = Modifier("owned by people born in {0}", ModifierForm.PLAIN, nested=True)
    short, deep = Modifier("dug in {1}", ModifierForm.PLAIN), Modifier("with a depth of {2}", ModifierForm.WITH)
    phrase = NounPhrase("cave", "caves", True, False, after=(long, short, deep))
    assert phrase.bare == "caves dug in {1} with a depth of {2} owned by people born in {0}"
    assert NounPhrase("cave", "caves", True, False, after=(short, short)).bare == "caves dug in {1} and dug in {1}"
