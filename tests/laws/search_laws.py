"""The laws of the Search port as tests: subclass ``SearchLaws`` and set ``search`` (``always_exact`` where it is; the
``pull`` of a shaper to run it under)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.decoding.language_model import Score
from clew.decoding.laws import search as laws
from clew.decoding.search.port import Budget
from tests.decoding.strategies import cases

INHERITED = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])


class SearchLaws:
    search: Any
    always_exact = False
    pull = 0.0

    @given(st.data())
    @settings(INHERITED, max_examples=60)
    def test_hypotheses_are_distinct_complete_paths_with_their_true_scores(self, data) -> None:
        laws.hypotheses_are_true(self.search, data.draw(cases(pull=self.pull)))

    @given(st.data(), st.integers(0, 6) | st.just(10_000))
    @settings(INHERITED, max_examples=60)
    def test_bounds_gaps_and_certificates_are_never_false(self, data, expansions) -> None:
        case = data.draw(cases(most=5, pull=self.pull))
        laws.certificates_hold(self.search, case, Budget(expansions=expansions), self.always_exact)

    @given(st.data(), st.integers(0, 5))
    @settings(INHERITED, max_examples=40)
    def test_cancelled_at_any_moment_it_says_nothing_false(self, data, looks) -> None:
        laws.certificates_hold(self.search, data.draw(cases(most=5, pull=self.pull)), laws.cancelled_after(looks))

    @given(st.data())
    @settings(INHERITED, max_examples=60)
    def test_an_exact_search_equals_brute_force(self, data) -> None:
        laws.best_are_brute_force(self.search, data.draw(cases(pull=self.pull)), self.always_exact)

    @given(st.data())
    @settings(INHERITED, max_examples=20)
    def test_same_input_same_output(self, data) -> None:
        laws.same_input_same_output(self.search, data.draw(cases(pull=self.pull)))

    @pytest.mark.parametrize("score", list(Score))
    def test_nothing_to_find_is_an_exact_empty_result(self, score) -> None:
        laws.nothing_is_exactly_nothing(self.search, score)
