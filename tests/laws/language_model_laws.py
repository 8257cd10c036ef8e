"""The laws of the LanguageModel port as tests: subclass ``LanguageModelLaws`` and give the fixture ``model``."""

from __future__ import annotations

from typing import Any

import pytest

from clew.decoding.language_model import Score
from clew.decoding.laws import language_model as laws


class LanguageModelLaws:
    tolerance = laws.TOLERANCE
    prompt: Any = "where was she born"
    size = 12

    @pytest.fixture
    def model(self) -> Any:
        raise NotImplementedError

    @pytest.mark.parametrize("score", list(Score))
    @pytest.mark.parametrize("per_call", [1, 5, 12])
    def test_a_tree_scores_as_each_branch_alone(self, model: Any, score: Score, per_call: int) -> None:
        laws.tree_is_its_branches(model, self.prompt, score, per_call, self.tolerance, self.size)

    @pytest.mark.parametrize("score", list(Score))
    def test_one_call_equals_many(self, model: Any, score: Score) -> None:
        laws.one_call_is_many(model, self.prompt, score, self.tolerance, self.size)

    def test_conditional_scores_over_the_vocabulary_sum_to_one(self, model: Any) -> None:
        laws.conditional_scores_sum_to_one(model, self.prompt)

    def test_local_scores_over_a_row_sum_to_one(self, model: Any) -> None:
        laws.local_scores_sum_to_one(model, self.prompt)

    def test_local_is_conditional_renormalised(self, model: Any) -> None:
        laws.local_is_conditional_renormalised(model, self.prompt, self.tolerance)

    def test_same_calls_same_scores(self, model: Any) -> None:
        laws.same_calls_same_scores(model, self.prompt, self.tolerance)
