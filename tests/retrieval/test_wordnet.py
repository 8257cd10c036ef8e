"""WordNet: laws over all of its words, known answers, and how its file is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.retrieval.wordnet.build import main
from clew.retrieval.wordnet.wordnet import Category, Kinship, PartOfSpeech, WordNet, load, wordnet

NOUN, VERB, ADJECTIVE = PartOfSpeech.NOUN, PartOfSpeech.VERB, PartOfSpeech.ADJECTIVE
COMMON = [
    "beer", "wine", "cheese", "cheddar", "film", "movie", "town", "city", "river", "stream", "dog", "cat",
    "coach", "trainer", "novel", "book", "king", "monarch", "teacher", "student", "wife", "mountain", "peak",
    "symphony", "sonata", "drug", "medicine", "company", "hospital", "nurse", "doctor",
]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "pos", "base"),
    [
        ("wives", NOUN, "wife"), ("cities", NOUN, "city"), ("children", NOUN, "child"), ("buses", NOUN, "bus"),
        ("wrote", VERB, "write"), ("taught", VERB, "teach"), ("carried", VERB, "carry"), ("stopped", VERB, "stop"),
        ("invented", VERB, "invent"), ("tallest", ADJECTIVE, "tall"), ("class", NOUN, "class"),
    ],
)  # fmt: skip
def test_the_base_of_a_form(form: str, pos: PartOfSpeech, base: str) -> None:
    assert wordnet().bases(form, pos)[0] == base


@pytest.mark.parametrize(
    ("noun", "other", "kinship"),
    [
        ("film", "movie", Kinship.SAME), ("coaches", "coach", Kinship.SAME), ("cheese", "cheddar", Kinship.ABOVE),
        ("novel", "book", Kinship.BELOW), ("beer", "wine", Kinship.APART), ("surgeon", "nurse", Kinship.APART),
        ("xyzzy", "wine", None),
    ],
)  # fmt: skip
def test_how_one_noun_stands_to_another(noun: str, other: str, kinship: Kinship | None) -> None:
    assert wordnet().kinship(noun, other) is kinship


def test_categories_roots_and_opposites() -> None:
    net = wordnet()
    assert net.categories("composer") == [Category.PERSON]
    assert Category.QUANTITY in net.categories("kilometres")
    assert "height" in net.roots("high")
    assert {"invent", "inventor", "invention"} <= net.roots("invented")
    assert "descend" in net.opposites("ascent")
    assert not net.categories("qwertz")
    assert net.roots("qwertz") == {"qwertz"}


@given(st.sampled_from(COMMON), st.sampled_from(COMMON))
def test_kinship_is_the_same_from_both_sides(one: str, other: str) -> None:
    turned = {Kinship.ABOVE: Kinship.BELOW, Kinship.BELOW: Kinship.ABOVE}
    found, back = wordnet().kinship(one, other), wordnet().kinship(other, one)
    assert found is not None
    assert back is turned.get(found, found)


@given(st.sampled_from(COMMON))
def test_a_word_is_a_kind_of_itself_and_shares_its_roots(word: str) -> None:
    net = wordnet()
    assert net.is_kind(word, word)
    assert word in net.roots(word)
    assert all(word in net.roots(root) for root in net.roots(word))


@given(st.text(max_size=20))
def test_any_text_can_be_looked_up(text: str) -> None:
    net = wordnet()
    assert text in net.roots(text) or net.has(text, NOUN) or net.has(text, VERB) or net.has(text, ADJECTIVE)
    assert net.kinship(text, text) in (Kinship.SAME, None)


LICENCE = "  1 This line is of the licence, as all that begin with two spaces.\n"
FILES = {
    "data.noun": "00000001 03 n 01 food 0 001 ~ 00000002 n 0000 | what is eaten\n"
    "00000002 13 n 02 cheese 0 Old_Cheese 0 001 @ 00000001 n 0000 | of milk\n"
    "00000003 07 n 01 height 0 001 = 00000008 a 0000 | how high\n"
    "00000004 18 n 01 climber 0 001 + 00000006 v 0101 | who climbs\n",
    "data.verb": "00000006 38 v 01 climb 0 002 + 00000004 n 0101 ! 00000007 v 0101 01 + 02 00 | go up\n"
    "00000007 38 v 01 sink 0 001 ! 00000006 v 0101 01 + 02 00 | go down\n",
    "data.adj": "00000008 00 a 01 high 0 001 = 00000003 n 0000 | tall\n",
    "index.noun": "food n 1 1 ~ 1 0 00000001\ncheese n 1 1 @ 1 0 00000002\nheight n 1 1 = 1 0 00000003\n"
    "climber n 1 1 + 1 0 00000004\nold_cheese n 1 1 @ 1 0 00000002\n",
    "index.verb": "climb v 1 2 + ! 1 0 00000006\nsink v 1 1 ! 1 0 00000007\n",
    "index.adj": "high a 1 1 = 1 0 00000008\n",
    "noun.exc": "cheezen cheese\n",
    "verb.exc": "clomb climb\n",
    "adj.exc": "",
}


def test_the_files_of_princeton_are_read(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text if name.endswith(".exc") else LICENCE + text, encoding="utf-8")
    main(tmp_path, tmp_path / "out")
    net: WordNet = load(tmp_path / "out")
    assert net.is_kind("cheese", "food")
    assert not net.is_kind("food", "cheese")
    assert net.bases("cheezen", NOUN) == ("cheese",)
    assert net.bases("clomb", VERB) == ("climb",)
    assert net.roots("high") == {"high", "height"}
    assert net.roots("climbs") == {"climb", "climber"}
    assert net.opposites("climber") == {"sink"}
    assert net.categories("cheese") == [Category.FOOD]
    assert not net.has("old_cheese", NOUN)
