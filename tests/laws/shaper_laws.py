"""The laws of the Shaper port as tests: subclass ``ShaperLaws`` and give the fixture ``case``: (shaper, rows)."""

from __future__ import annotations

from typing import Any

import pytest

from clew.decoding.laws import shaper as laws
from clew.decoding.search.shaper import Rows


class ShaperLaws:
    tolerance = laws.TOLERANCE

    @pytest.fixture
    def case(self) -> tuple[Any, Rows[Any]]:
        raise NotImplementedError

    @pytest.mark.parametrize("mass", laws.MASSES)
    def test_a_row_keeps_its_mass_so_that_nothing_closed_is_opened(self, case: Any, mass: float) -> None:
        laws.rows_keep_their_mass(*case, mass)

    def test_many_rows_at_once_equal_each_alone(self, case: Any) -> None:
        laws.many_rows_are_each_alone(*case, self.tolerance)

    def test_it_does_something_and_the_same_thing_each_time(self, case: Any) -> None:
        laws.same_rows_same_logits(*case)

    def test_the_neutral_shaper_is_no_shaper(self, case: Any) -> None:
        laws.neutral_changes_nothing(*case)
