"""Checks that any Shaper must pass: subclass ``ShaperLaws`` and give the fixture ``case``: (shaper, rows)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from clew.decoding.reference.shapers import Neutral, Stack
from clew.decoding.search.shaper import Rows, shaped


def log_probs(rows: Rows[Any], seed: int, mass: float) -> np.ndarray:
    """Random log-probabilities whose rows sum to ``mass``."""
    found = np.random.default_rng(seed).normal(0, 2, len(rows.tokens))
    for a, b in zip(rows.row_ptr, rows.row_ptr[1:], strict=False):
        found[a:b] += np.log(mass) - np.logaddexp.reduce(found[a:b])
    return found


def row(rows: Rows[Any], i: int) -> Rows[Any]:
    span = slice(int(rows.row_ptr[i]), int(rows.row_ptr[i + 1]))
    alone = np.array([0, span.stop - span.start])
    return Rows(rows.states.take(np.array([i])), rows.nodes[i : i + 1], alone, rows.tokens[span])


class ShaperLaws:
    tolerance = 1e-9

    @pytest.fixture
    def case(self) -> tuple[Any, Rows[Any]]:
        raise NotImplementedError

    @pytest.mark.parametrize("mass", [1.0, 0.3, 1e-6])
    def test_a_row_keeps_its_mass_so_that_nothing_closed_is_opened(self, case: Any, mass: float) -> None:
        shaper, rows = case
        assert len(rows) > 1
        before = log_probs(rows, 0, mass)
        after = shaped(shaper, before, rows)
        assert after.shape == before.shape
        assert (after <= 0).all()
        for a, b in zip(rows.row_ptr, rows.row_ptr[1:], strict=False):
            assert np.logaddexp.reduce(after[a:b]) == pytest.approx(np.log(mass), abs=1e-9)

    def test_many_rows_at_once_equal_each_alone(self, case: Any) -> None:
        shaper, rows = case
        before = log_probs(rows, 1, 1.0)
        after = shaped(shaper, before, rows)
        for i, (a, b) in enumerate(zip(rows.row_ptr, rows.row_ptr[1:], strict=False)):
            alone = shaped(shaper, before[a:b], row(rows, i))
            np.testing.assert_allclose(after[a:b], alone, atol=self.tolerance)

    def test_it_does_something_and_the_same_thing_each_time(self, case: Any) -> None:
        shaper, rows = case
        before = log_probs(rows, 2, 1.0)
        after = shaped(shaper, before, rows)
        assert np.abs(after - before).max() > 1e-3
        np.testing.assert_array_equal(after, shaped(shaper, before, rows))

    def test_the_neutral_shaper_is_no_shaper(self, case: Any) -> None:
        shaper, rows = case
        before = log_probs(rows, 3, 0.5)
        np.testing.assert_allclose(shaped(Neutral(), before, rows), before, atol=1e-12)
        assert shaped(None, before, rows) is before
        both = shaped(Stack((Neutral(), shaper, Neutral())), before, rows)
        np.testing.assert_allclose(both, shaped(shaper, before, rows), atol=1e-9)
