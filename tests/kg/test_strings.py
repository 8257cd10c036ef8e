"""Sorting and gathering byte strings, and pools of them, against Python's own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.columnar.column import Column
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather, sort_order

alphabet = st.sampled_from([b"", b"\0", b"a", b"b", b"aaaaaaaa", b"http://example.org/", b"\xff", b"\0\0\0"])
strings = st.lists(st.lists(alphabet, max_size=6).map(b"".join), max_size=40)


def spans(texts: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    bounds = np.cumsum([0, *map(len, texts)])
    return np.frombuffer(b"".join(texts), np.uint8), bounds[:-1], bounds[1:]


@given(strings)
def test_sorting(texts: list[bytes]) -> None:
    order = sort_order(*spans(texts))
    assert sorted(order.tolist()) == list(range(len(texts)))
    assert [texts[i] for i in order] == sorted(texts)


@given(strings, st.data())
def test_gathering(texts: list[bytes], data: st.DataObject) -> None:
    order = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=20)) if texts else []
    pool = gather(*spans(texts), np.array(order, np.int64))
    assert [pool.raw(i) for i in range(len(pool))] == [texts[i] for i in order]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), unique=True, max_size=30),
    st.text(max_size=6),
)
def test_finding(texts: list[str], other: str) -> None:
    ordered = sorted(texts, key=str.encode)
    pool = StringPool.of(ordered)
    assert list(pool) == ordered
    for i, text in enumerate(ordered):
        assert pool.find(text) == i
        assert pool.find(text, i + 1) is None
    assert pool.find(other) == (ordered.index(other) if other in ordered else None)


@given(st.lists(st.lists(st.integers(-100, 100), max_size=50), max_size=20))
def test_columns_grow(parts: list[list[int]]) -> None:
    column = Column(np.int32)
    for part in parts:
        column.extend(part)
        column.extend(len(part), 3)
    wanted = [value for part in parts for value in (*part, *[len(part)] * 3)]
    assert len(column) == len(wanted)
    assert column.take().tolist() == wanted
    assert len(column) == 0
