"""The ranking: probabilities, their results, and the weights that ship."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.programs.reading.ranking import FEATURES, FILE, SELECTING, Ranking, features, selecting, trained
from clew.decoding.programs.reading.readings import ProgramReadings, meant, ranked
from tests.decoding.programs.reading.ferries import read, reader

QUESTIONS = [
    "which ferries sail to Torvik?",
    "how many ferries sail to Sandness?",
    "the longest ferry",
    "list the length and the captain of each ferry",
    "does Puffin sail to Torvik?",
    "number of harbours per country",
    "which ferries of Ida Moe sail to Torvik or Sandness?",
]


def weights() -> st.SearchStrategy[float]:
    return st.floats(-4, 4, allow_nan=False)


@given(
    candidate=st.lists(weights(), min_size=len(FEATURES), max_size=len(FEATURES)),
    rows=st.integers(1, 6),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_probabilities_sum_to_one(candidate: list[float], rows: int, seed: int) -> None:
    ranking = Ranking(np.array(candidate), np.zeros(len(SELECTING) + 1))
    table = np.random.default_rng(seed).normal(scale=50, size=(rows, len(FEATURES)))
    found = ranking.probabilities(table)
    assert found.shape == (rows,)
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(1)


def test_the_weights_are_read_back_as_they_are_written() -> None:
    given_ = np.random.default_rng(3)
    ranking = Ranking(given_.normal(size=len(FEATURES)), given_.normal(size=len(SELECTING) + 1))
    told = json.loads(ranking.as_json())
    assert list(told["candidate"]) == list(FEATURES)
    assert list(told["selection"]) == [*SELECTING, "constant"]
    assert np.allclose(list(told["candidate"].values()), ranking.candidate, atol=5e-5)
    assert np.allclose(list(told["selection"].values()), ranking.selection, atol=5e-5)


def test_the_shipped_weights_are_of_these_features() -> None:
    told = json.loads(resources.files("clew.data").joinpath("programs", FILE).read_text(encoding="utf-8"))
    assert set(told["candidate"]) == set(FEATURES)
    assert set(told["selection"]) == {*SELECTING, "constant"}
    shipped = trained()
    assert np.isfinite(shipped.candidate).all()
    assert np.isfinite(shipped.selection).all()
    assert shipped.candidate[FEATURES.index("cost")] < 0


def test_names_of_features_are_told_apart() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert len(set(SELECTING)) == len(SELECTING)


@pytest.mark.parametrize("question", QUESTIONS)
def test_readings_are_ranked_by_the_probability_of_their_results(question: str) -> None:
    found = read(question)
    assert found.found
    assert found.rows.shape == (len(found.found), len(FEATURES))
    assert np.isfinite(found.rows).all()
    assert list(found.shares) == sorted(found.shares, reverse=True)
    assert 0 < found.selection < 1
    shares = {}
    for one, share in zip(found.found, found.shares, strict=True):
        key = meant(found.algebra, one)
        assert shares.setdefault(key, share) == share
    assert sum(shares.values()) == pytest.approx(1)


def grouped(found: ProgramReadings) -> list[list[int]]:
    """The programs by what they mean, the largest group first."""
    by_key: dict[object, list[int]] = {}
    for i, one in enumerate(found.searched.found):
        by_key.setdefault(meant(found.algebra, one), []).append(i)
    return sorted(by_key.values(), key=len, reverse=True)


def test_programs_with_one_result_count_together() -> None:
    """Two that agree come before one that is likelier than each."""
    found, groups = next(
        (found, groups)
        for question in QUESTIONS
        for found in [read(question)]
        for groups in [grouped(found)]
        if len(groups) > 1 and len(groups[0]) > 1
    )
    alike, other = groups[0][:2], groups[1][0]
    costs = {alike[0]: 1.0, alike[1]: 1.0, other: 0.6}
    some = tuple(replace(found.searched.found[i], cost=cost) for i, cost in costs.items())
    read_again = ranked(found.costs, found.algebra, replace(found.searched, found=some), None)
    assert meant(found.algebra, read_again.found[0]) == meant(found.algebra, some[0])
    assert read_again.shares[0] == read_again.shares[1] > 0.5


def test_nothing_found_is_nothing_ranked() -> None:
    found = read("xyz")
    assert (found.found, found.shares, found.selection) == ((), (), 0.0)
    assert features(found.algebra, found.costs, ()).shape == (0, len(FEATURES))


def test_a_rival_makes_less_sure() -> None:
    row = read("the longest ferry").rows[0]
    alone = selecting(row, 1.0, 0.0, True)
    beside = selecting(row, 0.6, 0.4, True)
    assert alone[SELECTING.index("margin")] == 1.0
    assert beside[SELECTING.index("margin")] == pytest.approx(0.2)
    assert reader() is reader()
    assert trained().sure(beside) < trained().sure(alone)
