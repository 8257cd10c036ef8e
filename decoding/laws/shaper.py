"""The laws of the Shaper port, checked on the rows of a constraint."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.decoding.reference.shapers import Neutral, Stack
from clew.decoding.search.shaper import Float64, Rows, Shaper, shaped

TOLERANCE = 1e-9
"""Nats; a shaper that computes in float32 needs more."""
MASSES = (1.0, 0.3, 1e-6)
"""Sums of a row's probabilities: of local scores (1), and of conditional ones."""


def check_shaper(shaper: Shaper, rows: Rows[Any], tolerance: float = TOLERANCE) -> None:
    """Check every law on these rows (two or more, each of two tokens or more)."""
    for mass in MASSES:
        rows_keep_their_mass(shaper, rows, mass)
    many_rows_are_each_alone(shaper, rows, tolerance)
    same_rows_same_logits(shaper, rows)
    neutral_changes_nothing(shaper, rows)


def rows_keep_their_mass(shaper: Shaper, rows: Rows[Any], mass: float) -> None:
    """A row keeps its mass: no token that the constraint forbids gains any."""
    assert len(rows) > 1
    before = random_log_probs(rows, 0, mass)
    after = shaped(shaper, before, rows)
    assert after.shape == before.shape
    assert np.isfinite(after).all()
    assert (after <= 0).all()
    for a, b in zip(rows.row_ptr, rows.row_ptr[1:], strict=False):
        np.testing.assert_allclose(np.logaddexp.reduce(after[a:b]), np.log(mass), atol=1e-9)


def many_rows_are_each_alone(shaper: Shaper, rows: Rows[Any], tolerance: float = TOLERANCE) -> None:
    """Rows shaped in one call are shaped as each alone."""
    before = random_log_probs(rows, 1, 1.0)
    after = shaped(shaper, before, rows)
    for i, (a, b) in enumerate(zip(rows.row_ptr, rows.row_ptr[1:], strict=False)):
        alone = shaped(shaper, before[a:b], _row(rows, i))
        np.testing.assert_allclose(after[a:b], alone, atol=tolerance)


def same_rows_same_logits(shaper: Shaper, rows: Rows[Any]) -> None:
    """The shaper changes something, and the same rows the same way each time."""
    before = random_log_probs(rows, 2, 1.0)
    after = shaped(shaper, before, rows)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_array_equal(after, shaped(shaper, before, rows))


def neutral_changes_nothing(shaper: Shaper, rows: Rows[Any]) -> None:
    """The neutral shaper is no shaper, alone or stacked with another."""
    before = random_log_probs(rows, 3, 0.5)
    np.testing.assert_allclose(shaped(Neutral(), before, rows), before, atol=1e-12)
    assert shaped(None, before, rows) is before
    both = shaped(Stack((Neutral(), shaper, Neutral())), before, rows)
    np.testing.assert_allclose(both, shaped(shaper, before, rows), atol=1e-9)


def random_log_probs(rows: Rows[Any], seed: int, mass: float) -> Float64:
    """Draw log-probabilities of which each row sums to ``mass``."""
    drawn = np.random.default_rng(seed).normal(0, 2, len(rows.tokens))
    for a, b in zip(rows.row_ptr, rows.row_ptr[1:], strict=False):
        drawn[a:b] += np.log(mass) - np.logaddexp.reduce(drawn[a:b])
    return drawn


def _row(rows: Rows[Any], i: int) -> Rows[Any]:
    span = slice(int(rows.row_ptr[i]), int(rows.row_ptr[i + 1]))
    alone = np.array([0, span.stop - span.start])
    return Rows(rows.states.take(np.array([i])), rows.nodes[i : i + 1], alone, rows.tokens[span])
