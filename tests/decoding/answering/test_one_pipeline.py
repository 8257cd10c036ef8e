"""Whoever asks a question, the same pipeline answers it: the service, an evaluation and a training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from clew.api.evaluate.evaluating import evaluate_graph
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.embedded.network import weights
from clew.evaluation.experiment import EvalOptions
from clew.kg.errors import ClewError
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from clew.training.own_graph.curriculum import Mixture
from clew.training.own_graph.judging import judge
from clew.training.own_graph.train import GraphTraining, TrainingPlan
from tests.decoding.embedded.toys import encoder
from tests.training.own_graph.toys import films, some_domains


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that any pipeline is asked."""
    seen: list[str] = []
    answer, answer_many = Pipeline.answer, Pipeline.answer_many

    def watched(self: Pipeline, query: Query) -> Answered:
        seen.append(query.question)
        return answer(self, query)

    def watched_many(self: Pipeline, queries: Sequence[Query]) -> list[Answered | ClewError]:
        seen.extend(query.question for query in queries)
        return answer_many(self, queries)

    monkeypatch.setattr(Pipeline, "answer", watched)
    monkeypatch.setattr(Pipeline, "answer_many", watched_many)
    return seen


@pytest.fixture
def service(tmp_path: Path) -> Service:
    graph = films()
    triples = (graph.edge_triple(edge) for edge in range(graph.num_edges))
    lines = [f"{graph.key(head)}\t{graph.relation_key(r)}\t{graph.key(tail)}" for head, r, tail in triples]
    (tmp_path / "films.tsv").write_text("\n".join(lines), encoding="utf-8")
    ingest(Catalogue(tmp_path), [str(tmp_path / "films.tsv")], "films", IngestOptions())
    return Service(Settings(home=tmp_path))


def test_service_and_evaluation_ask_the_pipeline(service: Service, asked: list[str], tmp_path: Path) -> None:
    question = "who directed Film 3?"
    service.ask("films", AskRequest(question=question), record=False)
    service.ask_many("films", [AskRequest(question=question)] * 2, record=False)
    assert asked == [question] * 3
    (tmp_path / "set.jsonl").write_text('{"question": "who directed Film 7?", "answers": ["Director 1"]}')
    _, outcomes = evaluate_graph(service, "films", EvalOptions(tmp_path / "set.jsonl"))
    assert len(outcomes) == 1
    assert asked.count("who directed Film 7?") == 1


def test_training_asks_the_pipeline(asked: list[str]) -> None:
    loaded = weights.load()
    training = GraphTraining(films(), encoder(), some_domains(), TrainingPlan(mixture=Mixture(held_out=12)))
    pipeline = training.pipeline(loaded.network, loaded.fusion)
    training.curriculum.read([], lambda item, paths: paths[0], lambda done, of: None)
    items = training.curriculum.held_out
    judged = judge(pipeline, items)
    assert len(asked) == len(judged) == len(items) > 0
    assert any(one.hit for one in judged)
