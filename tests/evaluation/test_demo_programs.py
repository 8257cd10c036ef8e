"""The demo graph's questions that need programs, asked from one end to the other by programs alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.reasoner import Bounds, Reasoning, Topic
from clew.evaluation.details import detail
from clew.evaluation.experiment import EvalOptions, run_experiment
from clew.evaluation.report import Report
from clew.evaluation.run import Asked
from clew.evaluation.targets import System
from clew.kg.graph.graph import Graph
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.retrieval.linking.linker import EntityLinker
from tests.api.conftest import WordReasoner

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
ASKED = 16


class Pathless(WordReasoner):
    """Finds no path for any question, so that programs answer."""

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        return Reasoning((), 0.0)


@pytest.fixture(scope="module")
def run() -> tuple[Report, list[Asked]]:
    graph = load([str(file) for file in sorted(DEMO.glob("*.ttl"))], IngestOptions(), "demo").graph
    pipeline = Pipeline(graph, EntityLinker.build(graph), Pathless(), 0.0)
    system = System("none", lambda _: pipeline, Pathless, 0.0, 30.0)
    return run_experiment(system, "demo", EvalOptions(DEMO / "program-questions.jsonl", limit=ASKED))


def test_the_report_covers_what_was_asked(run: tuple[Report, list[Asked]]) -> None:
    report, asked = run
    assert report["n"] == len(asked) == ASKED
    assert report["errors"] == 0
    assert report["programs"] >= ASKED // 3
    assert report["program_valid"] == 1.0
    assert report["exact"] > 0
    kinds = {kind for one in asked for kind in one.question.kinds}
    assert set(report["by_kind"]) == kinds != set()
    assert set(report["by_operator"]) == {op for one in asked for op in one.question.operators} != set()
    assert sum(len({*one.question.kinds}) for one in asked) == sum(group["n"] for group in report["by_kind"].values())
    assert json.loads(json.dumps(report))["right"] == report["right"]


def test_what_is_exact_is_so_by_a_plain_comparison(run: tuple[Report, list[Asked]]) -> None:
    exact = 0
    for one in run[1]:
        question, outcome = one.question, one.outcome
        if not question.answerable or outcome.program is None:
            continue
        if question.answers and outcome.answers:
            same = {gold.key or gold.label for gold in question.answers} == {
                a.key if any(g.key for g in question.answers) else a.label for a in outcome.answers
            }
        elif isinstance(question.value, Fraction) and isinstance(outcome.value, Fraction):
            same = round(float(outcome.value), 2) == float(question.value)
        elif isinstance(question.value, bool):
            same = question.value is outcome.value
        else:
            continue
        assert one.score.exact == same, question.text
        exact += same
        assert detail(one)["program"] == outcome.program.written
    assert exact > 0
