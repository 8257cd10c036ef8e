"""Measures the effect of perturbed wordings on the same questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from clew.evaluation.metrics.compare import difference
from clew.evaluation.questions.question import Question
from clew.evaluation.report import AVERAGED, Report, mean
from clew.evaluation.run import Asked
from clew.evaluation.variants.perturb import mentions, perturb

Names = Callable[[str], Sequence[str]]
"""Every way in which a graph spells a topic (a key or label)."""


def perturbed(questions: Sequence[Question], kind: str, seed: int, names: Names) -> list[tuple[int, Question]]:
    """Return the questions that a perturbation changes, with their place in the list.

    Only answerable questions whose topic stands in their text take part; each has a generator of its own, so that a
    question's perturbation depends on nothing but its text, line and the seed.
    """
    changed = []
    for place, question in enumerate(questions):
        spans = mentions(question.text, [name for topic in question.topics for name in names(topic)])
        if not question.answerable or not spans:
            continue
        rng = random.Random(f"{seed}:{kind}:{question.number}:{question.text}")
        text = perturb(question.text, spans, kind, rng)
        if text != question.text:
            changed.append((place, replace(question, text=text)))
    return changed


def side_by_side(before: Sequence[Asked], after: Sequence[Asked], seed: int) -> Report:
    """Return the averages of the perturbed questions, of the same ones as they were, and the difference of Hits@1."""
    report: Report = {"n": len(after)}
    if not after:
        return report
    for name, value in AVERAGED:
        report[name] = mean([value(one.score) for one in after])
        report[f"plain_{name}"] = mean([value(one.score) for one in before])
    linked = [one.score.linked_first for one in after]
    report["link_accuracy"] = mean([float(first) for first in linked if first is not None])
    gap, interval = difference([one.score.hit for one in before], [one.score.hit for one in after], seed)
    report["declined"] = mean([float(one.score.declined) for one in after])
    return report | {"change": gap, "change_interval": interval}
