"""What is fitted of a judge: nothing of one that knows nothing, and much of one that knows the answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pytest

from clew.decoding.embedded.network.weights import load
from clew.decoding.judging.judge import PathChoices, PathScores
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.training.judge_fit import JudgedCase, Proposer, cases, fit, measured
from clew.training.synthetic import lexicon
from clew.training.synthetic.examples import ExampleSampler
from tests.decoding.embedded.toys import encoder


def case(gold: int, scores: Sequence[float]) -> JudgedCase:
    shares = (0.5, 0.4, 0.1)
    paths = tuple(RankedPath(Topic(0), (r,), float(np.log(p)), p) for r, p in enumerate(shares))
    return JudgedCase(Reasoning(paths, 0.5, selection=0.5), tuple(scores), gold)


def test_a_judge_that_is_wrong_or_blind_weighs_nothing() -> None:
    assert fit([case(0, (0.0, 5.0, 5.0))] * 4).weight == 0
    assert fit([case(0, (1.0, 1.0, 1.0))] * 4).weight == 0


def test_a_judge_that_knows_weighs_and_makes_surer() -> None:
    knows = [case(gold, [3.0 * (i == gold) for i in range(3)]) for gold in (0, 1, 1, 2)]
    fusion = fit([*knows, case(-1, (0.0, 1.0, 0.0))])
    assert fusion.weight > 0.5
    assert fusion.confidence > 0
    figures = measured(knows, fusion)
    assert figures["first_judged"] == 1.0 > figures["first_proposed"]


class Blind:
    """A judge to which all paths are alike; it keeps what it is asked."""

    name, fingerprint = "blind", ""

    def __init__(self) -> None:
        self.asked: list[PathChoices] = []

    def judge(self, choices: Sequence[PathChoices], bounds: Sequence[Bounds]) -> list[PathScores]:
        self.asked += choices
        return [PathScores((0.0,) * len(one.paths)) for one in choices]


@pytest.mark.parametrize("seed", [0, 1])
def test_cases_are_made_of_held_out_questions_with_invented_names(seed: int) -> None:
    judge, domains = Blind(), lexicon.read_lexicon()
    examples = list(islice(ExampleSampler(domains, seed), 6))
    found = list(cases(examples, Proposer(encoder(), load()), judge, random.Random(seed)))
    assert len(found) == len(judge.asked) > 0
    for one, asked in zip(found, judge.asked, strict=True):
        assert len(one.scores) == len(one.reasoning.paths) >= 2
        assert -1 <= one.gold < len(one.scores)
        assert len(set(asked.paths)) == len(asked.paths)
    assert any(asked.topic in asked.question for asked in judge.asked)
