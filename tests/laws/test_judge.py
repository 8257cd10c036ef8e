"""Judges pass the laws of their port; judging only reorders and re-weighs, and falls back where it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.cancellation import Cancellation
from clew.decoding.causal.branch_lm import BranchLM
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.judging.causal_judge import CausalJudge
from clew.decoding.judging.fusion import FITTED, JudgeFusion, moved_odds
from clew.decoding.judging.judge import Judge, PathChoices, PathScores
from clew.decoding.judging.reasoner import FAILED, LATE, JudgedReasoner
from clew.decoding.language_model import Score
from clew.decoding.laws.judge import check_judge, check_judged
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.kg import limits
from clew.kg.errors import Cancelled, ModelUnavailable
from tests.decoding.embedded.toys import encoder
from tests.decoding.graphs import films
from tests.decoding.tiny_models import tiny, tokenizer

CHOICES = (
    PathChoices("who directed Heat", "Heat", (("directed by",), ("starred actors",), ("directed by", "born in"))),
    PathChoices("<|end|> -> ?", "a\nb", (("-> <|end|>",), ("",))),
)
BOUNDS = Bounds(2, paths=6)
FUSION = JudgeFusion(0.5, 1.0, 1.0)


class Scripted:
    """A judge that does what it is told."""

    name, fingerprint = "scripted", ""

    def __init__(self, script: Callable[[PathChoices, Bounds], PathScores]) -> None:
        self._script = script

    def judge(self, choices: Sequence[PathChoices], bounds: Sequence[Bounds]) -> list[PathScores]:
        return [self._script(one, bound) for one, bound in zip(choices, bounds, strict=True)]


@cache
def proposer() -> EmbeddedReasoner:
    return EmbeddedReasoner(encoder())


def judge_of(model: type[CausalLM] | type[BranchLM] = CausalLM) -> CausalJudge:
    return CausalJudge(model(tiny("Qwen2", sharpness=2.0), tokenizer()))


def ask(judge: Judge, fusion: JudgeFusion = FUSION, bounds: Bounds = BOUNDS) -> tuple[Reasoning, Reasoning]:
    """The proposed and the judged reasoning of one question."""
    graph = films()
    asked = "where was the director of Ali born", graph, [Topic(graph.node("Ali"))], bounds
    reasoner = JudgedReasoner(proposer(), judge, fusion, share=0.0)
    return proposer().reason(*asked), check_judged(reasoner, *asked)


@pytest.mark.parametrize("model", [CausalLM, BranchLM])
def test_a_causal_judge_passes_the_laws(model: type[CausalLM] | type[BranchLM]) -> None:
    check_judge(judge_of(model), CHOICES, BOUNDS)


def test_scores_are_the_difference_of_plain_forwards() -> None:
    judge, lm = judge_of(), CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer())
    (found,) = judge.judge([CHOICES[0]], [BOUNDS])

    def log_prob(prompt: list[int], path: list[int]) -> float:
        total = 0.0
        for at, token in enumerate(path):
            tree = lm.encode_tokens([[*prompt, *path[:at]]])[0]
            row_ptr, token_ids = np.array([0, 1]), np.array([token], np.int32)
            total += float(lm.log_probs(tree, np.array([0]), row_ptr, token_ids, Score.CONDITIONAL)[0])
        return total

    for labels, score in zip(CHOICES[0].paths, found.scores, strict=True):
        path = judge.path(labels)
        asked, blank = (log_prob(judge.prompt(CHOICES[0], text), path) for text in (None, ""))
        assert score == pytest.approx((asked - blank) / max(1.0, -blank), abs=2e-3)


def test_two_forwards_a_question() -> None:
    judge = judge_of()
    _, found = ask(judge)
    assert found.diagnostics["judge_forwards"] == 2


def test_weight_zero_is_the_proposal_to_the_last_bit() -> None:
    proposed, found = ask(judge_of(), JudgeFusion(0.0, 1.0, 1.0))
    assert found == proposed


@given(st.lists(st.floats(-50, 50), min_size=8, max_size=8), st.floats(0, 5), st.floats(0, 2))
@settings(max_examples=40, deadline=None)
def test_any_judge_only_reorders_and_reweighs(scores: list[float], weight: float, surer: float) -> None:
    judge = Scripted(lambda choices, _: PathScores(tuple(scores[: len(choices.paths)])))
    _, found = ask(judge, JudgeFusion(weight, surer, surer))
    probabilities = [path.probability for path in found.paths]
    assert probabilities == sorted(probabilities, reverse=True)
    assert 0 <= found.confidence <= 1


def test_a_clear_verdict_decides() -> None:
    judge = Scripted(lambda choices, _: PathScores(tuple(100.0 * (path[-1] == "born in") for path in choices.paths)))
    _, found = ask(judge)
    graph = films()
    assert [graph.relation_label(r) for r in found.paths[0].relations] == ["directed by", "born in"]


def failing(_: PathChoices, __: Bounds) -> PathScores:
    raise ModelUnavailable("gone")


def broken(_: PathChoices, __: Bounds) -> PathScores:
    raise RuntimeError("out of memory")


UNSOUND: dict[str, tuple[Callable[[PathChoices, Bounds], PathScores], str]] = {
    "fails": (failing, FAILED),
    "breaks": (broken, FAILED),
    "says too little": (lambda choices, _: PathScores((1.0,)), FAILED),
    "says too much": (lambda choices, _: PathScores((1.0,) * (len(choices.paths) + 1)), FAILED),
    "says nonsense": (lambda choices, _: PathScores((float("nan"),) * len(choices.paths)), FAILED),
    "is boundless": (lambda choices, _: PathScores((float("inf"),) * len(choices.paths)), FAILED),
    "is late": (lambda choices, _: PathScores((), partial=True), LATE),
}


@pytest.mark.parametrize("case", list(UNSOUND))
def test_where_a_judge_is_of_no_use_the_proposal_stands_and_says_so(case: str) -> None:
    script, warning = UNSOUND[case]
    proposed, found = ask(Scripted(script))
    assert found == replace(proposed, warnings=(*proposed.warnings, warning))


def test_a_question_that_fails_fails_alone() -> None:
    graph = films()
    topics = [[Topic(graph.node(name))] for name in ("Heat", "Ali")]

    def script(choices: PathChoices, _: Bounds) -> PathScores:
        return failing(choices, BOUNDS) if choices.topic == "Heat" else PathScores((0.0,) * len(choices.paths))

    reasoner = JudgedReasoner(proposer(), Scripted(script), FUSION, share=0.0)
    found = reasoner.reason_batch(["who directed Heat", "who directed Ali"], graph, topics, [BOUNDS] * 2)
    assert [FAILED in one.warnings for one in found] == [True, False]


def test_a_question_cancelled_while_it_is_judged_is_cancelled() -> None:
    cancellation = Cancellation()

    def script(choices: PathChoices, _: Bounds) -> PathScores:
        cancellation.cancel()
        return PathScores((), partial=True)

    graph = films()
    reasoner = JudgedReasoner(proposer(), Scripted(script), FUSION, share=0.0)
    with pytest.raises(Cancelled):
        reasoner.reason(
            "who directed Ali", graph, [Topic(graph.node("Ali"))], replace(BOUNDS, cancellation=cancellation)
        )


def test_a_long_question_is_not_judged() -> None:
    graph = films()
    reasoner = JudgedReasoner(proposer(), judge_of(), FUSION, share=0.0)
    found = reasoner.reason("who " * limits.MAX_JUDGE_PROMPT_TOKENS, graph, [Topic(graph.node("Ali"))], BOUNDS)
    assert FAILED in found.warnings


def test_paths_that_read_alike_are_judged_once() -> None:
    seen: list[PathChoices] = []

    def script(choices: PathChoices, _: Bounds) -> PathScores:
        seen.append(choices)
        return PathScores((0.0,) * len(choices.paths))

    ask(Scripted(script))
    assert [len(set(one.paths)) for one in seen] == [len(one.paths) for one in seen]


def test_agreement_makes_surer_and_dissent_less_sure() -> None:
    topic = Topic(0, 1.0, (0, 3))
    paths = tuple(RankedPath(topic, (r,), float(np.log(p)), p) for r, p in enumerate((0.6, 0.3, 0.1)))
    proposed = Reasoning(paths, 0.6, selection=0.6)
    agrees, dissents = FUSION.fuse(proposed, [2.0, 0.0, 0.0]), FUSION.fuse(proposed, [0.0, 1.0, 0.0])
    assert agrees.confidence > 0.6 > dissents.confidence
    assert agrees.selection is not None
    assert agrees.selection > 0.6


@given(st.lists(st.floats(-50, 1), min_size=3, max_size=3))
def test_the_fitted_judge_makes_nothing_surer(scores: list[float]) -> None:
    topic = Topic(0, 1.0, (0, 3))
    paths = tuple(RankedPath(topic, (r,), float(np.log(p)), p) for r, p in enumerate((0.6, 0.3, 0.1)))
    proposed = Reasoning(paths, 0.4, selection=0.3)
    found = FITTED.fuse(proposed, scores)
    assert (found.confidence, found.selection) == (0.4, 0.3)


def test_odds_move() -> None:
    assert moved_odds(0.5, 0.0) == 0.5
    assert moved_odds(0.0, 5.0) == 0.0
    assert moved_odds(1.0, -5.0) == 1.0
    assert moved_odds(0.5, np.log(3)) == pytest.approx(0.75)
    with pytest.raises(ValueError, match="negative"):
        JudgeFusion(-1.0)
