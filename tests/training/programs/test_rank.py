"""The training of the ranking, on few questions: finite weights, the same each time, better than the search alone."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from clew.decoding.programs.reading.ranking import FEATURES, SELECTING, Ranking
from clew.training.programs import rank
from clew.training.programs.rank import DOUBTS, RankingExample, _minimised, chosen, examples, fit, measured


@lru_cache(maxsize=1)
def some() -> list[RankingExample]:
    return list(examples(3, 40))


@lru_cache(maxsize=1)
def fitted() -> Ranking:
    return fit(some())


def by_cost() -> Ranking:
    candidate = np.zeros(len(FEATURES))
    candidate[FEATURES.index("cost")] = -1
    return Ranking(candidate, np.zeros(len(SELECTING) + 1))


def test_examples_have_a_row_for_each_program_found() -> None:
    assert len(some()) > 20
    assert sum(one.right.any() for one in some()) > 10
    assert 0 < sum(not one.answerable for one in some()) < len(some())
    for one in some():
        assert one.rows.shape == (len(one.right), len(FEATURES)) == (len(one.results), len(FEATURES))
        assert np.isfinite(one.rows).all()
        assert one.answerable or not one.right.any()


def test_the_weights_are_finite_and_the_same_each_time() -> None:
    again, first = fit(some()), list(examples(3, 10))
    assert first
    for one, other in zip(first, some(), strict=False):
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.right, other.right)
    assert np.isfinite(fitted().candidate).all()
    assert np.isfinite(fitted().selection).all()
    assert np.array_equal(again.candidate, fitted().candidate)
    assert np.array_equal(again.selection, fitted().selection)


def test_they_rank_what_they_were_fitted_to_no_worse_than_costs_do() -> None:
    assert measured(some(), fitted())["right"] >= measured(some(), by_cost())["right"] > 0


def test_shares_are_shares() -> None:
    for least in (0.0, 0.5, 1.0):
        figures = measured(some(), fitted(), least)
        assert figures.pop("questions") == len(some())
        assert all(0 <= value <= 1 for value in figures.values())
        assert figures["answered right"] <= figures["right"] <= figures["found"]
    assert measured(some(), fitted(), 0.0)["answered right"] == measured(some(), fitted())["right"]
    assert measured(some(), fitted(), 1.1)["answered right"] == 0


def test_the_first_is_of_the_likeliest_result() -> None:
    """Two programs with one result come before one that is likelier than each."""
    rows = np.zeros((3, len(FEATURES)))
    rows[:, FEATURES.index("cost")] = [1.0, 0.8, 1.0]
    example = RankingExample(rows, np.array([True, False, True]), np.array([0, 1, 0]), True, True)
    told, right = chosen(example, by_cost().candidate)
    assert right
    assert np.exp(told[SELECTING.index("log share")]) > 0.5
    shares = np.exp(-rows[:, FEATURES.index("cost")])
    assert told[SELECTING.index("margin")] == pytest.approx((shares[0] + shares[2] - shares[1]) / shares.sum())


def test_what_can_only_speak_against_a_program_never_speaks_for_it() -> None:
    for names, weights in ((FEATURES, fitted().candidate), ((*SELECTING, "constant"), fitted().selection)):
        assert all(weight <= 0 for name, weight in zip(names, weights, strict=True) if name in DOUBTS)
    assert set(FEATURES) >= DOUBTS


def test_weights_that_may_not_be_positive_reach_the_least_loss_that_they_can() -> None:
    """Two weights of a convex function with its least at (2, -3), where the first may not be positive."""
    aim = torch.tensor([2.0, -3.0], dtype=torch.float64)
    found = _minimised(
        lambda weights: (weights - aim).square().sum(), torch.zeros(2, dtype=torch.float64), [True, False]
    )
    assert found == pytest.approx([0.0, -3.0], abs=0.01)


def test_it_writes_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rank, "examples", lambda seed, count, held_out=False: iter(some()[: count or 1]))
    monkeypatch.setattr(sys, "argv", ["rank", "--questions", "40", "--out", str(tmp_path / "new" / "ranking.json")])
    rank.main()
    assert (tmp_path / "new" / "ranking.json").read_text(encoding="utf-8") == fitted().as_json()
    assert "held-out cells" in capsys.readouterr().out
