"""Labels are data: no output lets one act."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.api.schema.text import dumps, inert

BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("a\nb\tc\rd", r"a\nb c\x0dd"),
        ("\x9b2J", r"\x9b2J"),
        ("\ud800", r"\ud800"),
        ("Ångström 東京 עברית 👩‍🚀", "Ångström 東京 עברית 👩\\u200d🚀"),
    ],
)
def test_examples(text, shown):
    assert inert(text) == shown


@given(st.text(st.characters(), max_size=50))
def test_nothing_that_acts_is_left(text):
    shown = inert(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not any(unicodedata.bidirectional(c) in BIDI for c in shown)
    shown.encode()
    assert inert(shown) == shown


@given(
    st.recursive(
        st.text(st.characters()) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_says_the_same_and_is_inert(value):
    written = dumps(value)
    assert json.loads(written) == value
    assert inert(written) == written


def test_the_terminal(clew, home, publish, evil):
    publish(home, "evil", [("Inception", "evil_tag", evil)])
    for arguments in (["ask", "-g", "evil", "evil tag of Inception"], ["stats", "-g", "evil"]):
        shown = clew(*arguments).stdout
        assert r"<img src=x onerror=alert(1)>\u202egnp\x1b[31m" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    got = clew("ask", "-g", "evil", "evil tag of Inception", "--json").stdout
    assert "\x1b" not in got
    assert "\u202e" not in got
    (answer,) = json.loads(got)["answers"]
    assert answer["label"] == evil
    assert "\x1b" not in clew("inspect", answer["paths"][0]).stdout
    assert "\x1b" not in clew("ask", "-g", "\x1b[31m", "q", exit_code=2).stderr
