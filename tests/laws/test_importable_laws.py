"""The laws as a third party's tests call them: what is sound passes, what is broken is caught."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.laws.search import check_search
from clew.decoding.laws.token_model import check_token_model
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import Search, SearchProblem, SearchResult
from tests.decoding.tiny_models import tiny, tokenizer


@pytest.mark.parametrize(("search", "always_exact"), [(BestFirst(2), True), (Beam(3), False)])
def test_sound_searches_pass(search: Search, always_exact: bool) -> None:
    check_search(search, always_exact, cases=12)


class Spoiled:
    """Beam search that claims to be exact, or loses its last path."""

    def __init__(self, **claims: Any) -> None:
        self._claims = claims

    def steps(self, problem: SearchProblem[Any]) -> Generator[Any, Any, SearchResult[Any]]:
        result = yield from Beam(1).steps(problem)
        return replace(result, **self._claims)


@pytest.mark.parametrize("claims", [{"exact": True, "gap": 0.0}, {"bound": -1e9}, {"hypotheses": ()}])
def test_a_false_claim_is_caught(claims: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        check_search(Spoiled(**claims), cases=12)


def test_a_token_model_passes() -> None:
    check_token_model(
        CausalLM(tiny("Qwen2", sharpness=3.0), tokenizer()), ["where was she born", "who directed it"], 1e-3
    )


def test_a_model_that_mistakes_its_nodes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    model = CausalLM(tiny("Qwen2", sharpness=3.0), tokenizer())
    sound = model.log_probs
    monkeypatch.setattr(model, "log_probs", lambda context, nodes, *rest: sound(context, nodes - (nodes > 1), *rest))
    with pytest.raises(AssertionError):
        check_token_model(model, ["where was she born", "who directed it"], 1e-3)
