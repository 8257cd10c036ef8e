"""The interner against a dict, through many growths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.columnar import interner as module
from clew.kg.columnar.interner import Interner, spans_of
from clew.kg.errors import BadInput, LimitReached

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=60)


@given(st.lists(texts, max_size=4), texts)
def test_like_a_dict(batches: list[list[str]], asked: list[str]) -> None:
    interner, known = Interner(), dict[str, int]()
    for batch in batches:
        assert interner.add_many(batch).tolist() == [known.setdefault(text, len(known)) for text in batch]
    assert interner.texts() == list(known)
    assert len(interner) == len(known)
    assert interner.find_many(asked).tolist() == [known.get(text, -1) for text in asked]
    assert interner.texts() == list(known), "looking up adds nothing"


def test_many_strings_that_differ_little() -> None:
    interner = Interner()
    names = [f"http://example.org/entity/{i}" for i in range(200_000)]
    assert interner.add_many(names).tolist() == list(range(200_000))
    assert interner.add_many(names[::-1]).tolist() == list(range(200_000))[::-1]
    assert interner.add("new") == 200_000
    blob, starts, ends = interner.spans()
    assert blob[starts[77] : ends[77]].tobytes().decode() == names[77]


def test_the_limit_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_STRINGS", 3)
    with pytest.raises(LimitReached, match="distinct strings"):
        Interner().add_many(["a", "b", "c", "d"])


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(BadInput, match="Unicode"):
        spans_of(["\udc80"])
