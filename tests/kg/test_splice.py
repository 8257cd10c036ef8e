"""A spliced array is the list with elements taken out and put in, whatever the size of the pieces it is made in."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.columnar.pool import StringPool
from clew.kg.store import pieces
from clew.kg.store.pieces import fewer
from clew.kg.store.splice import Moves, Splice


@pytest.fixture(autouse=True, params=[1, 3, 1 << 16], scope="module")
def piece(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", request.param)
        yield


@st.composite
def splices(draw: st.DrawFn) -> Splice:
    size = draw(st.integers(0, 12))
    rows = st.integers(0, size - 1) if size else st.nothing()
    gone = sorted(draw(st.sets(rows)))
    at = sorted(draw(st.lists(st.integers(0, size), max_size=6)))
    return Splice(size, np.array(gone, np.int64), np.array(at, np.int64))


def expected(splice: Splice, rows: list, new: list) -> list:
    """The change, element by element."""
    found, gone = [], set(splice.gone.tolist())
    for row in range(splice.size + 1):
        found += [text for text, at in zip(new, splice.at.tolist(), strict=True) if at == row]
        if row < splice.size and row not in gone:
            found.append(rows[row])
    return found


@given(splice=splices())
def test_rows(piece: None, splice: Splice) -> None:
    rows, new = list(range(100, 100 + splice.size)), list(range(300, 300 + len(splice.at)))
    made = splice.of(np.array(rows, np.uint16), np.array(new, np.int64))
    assert made.joined().tolist() == expected(splice, rows, new)
    assert made.joined().dtype == made.dtype == np.promote_types(np.uint16, np.int64 if new else np.uint16)
    assert made.size == len(splice) == len(made.joined())
    doubled = splice.of(np.array(rows, np.int64), np.array(new, np.int64), lambda part: 2 * part)
    assert doubled.joined().tolist() == expected(splice, [2 * row for row in rows], new)


@given(splice=splices(), data=st.data())
def test_bounds(piece: None, splice: Splice, data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.integers(3, 6), min_size=splice.size, max_size=splice.size))
    new = data.draw(st.lists(st.integers(0, 4), min_size=len(splice.at), max_size=len(splice.at)))
    few = {"max_size": 3} if splice.size else {"max_size": 0}
    less = sorted(data.draw(st.lists(st.integers(0, max(splice.size - 1, 0)), **few)))
    more = sorted(data.draw(st.lists(st.integers(0, max(len(splice) - 1, 0)), max_size=3 if len(splice) else 0)))
    bounds = np.array([0, *accumulate(lengths)], np.uint32)
    found = splice.bounds(bounds, np.array(new, np.int64), np.array(less, np.int64), np.array(more, np.int64)).joined()
    shorter = [length - less.count(row) for row, length in enumerate(lengths)]
    after = [length + more.count(row) for row, length in enumerate(expected(splice, shorter, new))]
    assert found.tolist() == [0, *accumulate(after)]


@given(splice=splices(), data=st.data())
def test_strings(piece: None, splice: Splice, data: st.DataObject) -> None:
    texts = st.text("aé", max_size=5)
    rows = data.draw(st.lists(texts, min_size=splice.size, max_size=splice.size))
    new = data.draw(st.lists(texts, min_size=len(splice.at), max_size=len(splice.at)))
    blob, offsets = splice.of_strings(StringPool.of(rows), StringPool.of(new))
    assert list(StringPool(blob.joined(), offsets.joined())) == expected(splice, rows, new)
    assert (offsets.dtype, offsets.size, blob.size) == (np.uint32, len(splice) + 1, len(blob.joined()))


@given(splice=splices(), beyond=st.integers(0, 3))
def test_moves(piece: None, splice: Splice, beyond: int) -> None:
    size, gone = splice.size + beyond, set(splice.gone.tolist())
    rows = np.array([row for row in range(size) if row not in gone], np.int32)
    after = expected(splice, list(range(splice.size)), [-1] * len(splice.at)) + list(range(splice.size, size))
    found = Moves(splice, size).of(rows)
    assert [after[place] for place in found.tolist()] == rows.tolist()
    assert found.tolist() == splice.kept(rows).tolist()
    assert found.dtype == rows.dtype


def test_moves_of_many_buckets() -> None:
    size, rng = 300_000, np.random.default_rng(0)
    gone = np.unique(rng.integers(0, size, 500))
    splice = Splice(size, gone, np.sort(np.concatenate((rng.integers(0, size, 500), np.full(700, 1234)))))
    rows = np.setdiff1d(np.arange(size), gone).astype(np.uint32)
    assert np.array_equal(Moves(splice, size).of(rows), splice.kept(rows))


@given(sizes=st.lists(st.integers(0, 7)))
def test_short_parts_are_joined(piece: None, sizes: list[int]) -> None:
    parts = [np.arange(size) for size in sizes]
    found = list(fewer(parts))
    assert np.concatenate([*found, []]).tolist() == np.concatenate([*parts, []]).tolist()
    assert all(len(one) + len(other) > pieces.PIECE for one, other in pairwise(found))
