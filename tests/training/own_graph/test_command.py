"""``clew train``: the report, the model that answers afterwards, and the refusal of a worse one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from click.testing import CliRunner, Result

from clew.api.cli import main
from clew.api.model_settings import ModelSettings, PromptName
from clew.api.schema.models import AskRequest
from clew.api.service.make_reasoner import reasoner_over
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.api.train import training
from clew.decoding.causal.loading import load_causal_lm
from clew.decoding.embedded.network.weights import Weights
from clew.decoding.token.reasoner import TokenReasoner
from clew.training.calibrate import UNFITTED
from clew.training.own_graph.labels.labelled import Tally
from clew.training.own_graph.store import about
from clew.training.own_graph.train import GraphTraining, Trained, TrainingReport
from tests.decoding.embedded.toys import random_network
from tests.decoding.tiny_models import tiny, tokenizer
from tests.training.own_graph.toys import films

SMALL = ("--steps", "2", "--held-out", "6", "--json")
QUESTION = AskRequest(question="who directed [Film 3]?")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    torch.set_num_threads(1)
    graph = films()
    rows = [(head, r, tail) for edge in range(graph.num_edges) for head, r, tail in [graph.edge_triple(edge)]]
    lines = [f"{graph.key(head)}\t{graph.relation_key(r)}\t{graph.key(tail)}" for head, r, tail in rows]
    (tmp_path / "films.tsv").write_text("\n".join(lines), encoding="utf-8")
    clew(tmp_path, "ingest", str(tmp_path / "films.tsv"), "--graph", "films", "--no-header")
    return tmp_path


def clew(home: Path, *arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["--home", str(home), *arguments], catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return result


def result_of(before: float, after: float, best_step: int = 1) -> Trained:
    report = TrainingReport(before, after, {}, 10, 0, Tally(), 2, best_step, 1.0, 1.0)
    return Trained(random_network(1)[0], UNFITTED, report)


def stub(monkeypatch: pytest.MonkeyPatch, trained: Trained) -> None:
    def run(self: GraphTraining, start: Weights, in_use: Weights, *rest: Any) -> Trained:
        return trained

    monkeypatch.setattr(training.GraphTraining, "run", run)


def test_a_training_from_files_to_answers(home: Path) -> None:
    rows = [{"question": f"who made [Film {i}]", "answers": ["nobody"], "chain": ["directed_by"]} for i in range(9)]
    rows.append({"question": "where is Utopia", "answers": ["nowhere"]})
    rows.append({"question": "how many directors has [Film 1]", "value": 1, "chain": ["directed_by"]})
    rows.append({"question": "directors of [Film 1] by country", "rows": [["Utopia", 1]], "chain": ["directed_by"]})
    (home / "asked.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    printed = clew(home, "train", "--graph", "films", "--questions", str(home / "asked.jsonl"), "--force", *SMALL)
    report = json.loads(printed.stdout)
    assert list(report)[-4:] == ["before", "after", "cpu_seconds", "model"]
    assert 0 <= report["before"] <= 1
    assert 0 <= report["after"] <= 1
    assert (report["labelled"], report["given"], report["refused"]) == (12, 9, 3)
    assert report["cpu_seconds"] > 0
    assert report["published"]
    folder = home / "graphs" / "films" / "models" / report["model"]
    assert about(folder)["version"] == report["version"]
    service = Service(Settings(home=home))
    service.ask("films", QUESTION, record=False)
    assert service._engines.get("films").reasoner.fingerprint == folder.name.split("-")[1]


def test_a_worse_model_is_refused_unless_forced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, result_of(0.9, 0.8))
    refused = json.loads(clew(home, "train", "--graph", "films", *SMALL).stdout)
    assert (refused["published"], refused["model"]) == (False, "embedded")
    forced = json.loads(clew(home, "train", "--graph", "films", "--force", *SMALL).stdout)
    assert forced["published"]
    again = json.loads(clew(home, "train", "--graph", "films", *SMALL).stdout)
    assert (again["published"], again["model"]) == (False, forced["model"])
    stub(monkeypatch, result_of(0.9, 0.9, best_step=0))
    assert not json.loads(clew(home, "train", "--graph", "films", *SMALL).stdout)["published"]
    stub(monkeypatch, result_of(0.9, 0.95))
    better = json.loads(clew(home, "train", "--graph", "films", *SMALL).stdout)
    assert better["published"]
    assert better["model"] > forced["model"]


def test_a_running_service_takes_up_a_new_model_and_a_new_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub(monkeypatch, result_of(0.5, 0.6))
    service = Service(Settings(home=home))

    def in_use() -> str:
        service.ask("films", QUESTION, record=False)
        return str(service._engines.get("films").reasoner.fingerprint)

    shipped = in_use()
    model = json.loads(clew(home, "train", "--graph", "films", *SMALL).stdout)["model"]
    assert in_use() == model.split("-")[1] != shipped
    with (home / "films.tsv").open("a", encoding="utf-8") as table:
        table.write("\nFilm 99\tdirected_by\tDirector 1")
    clew(home, "ingest", str(home / "films.tsv"), "--graph", "films", "--no-header")
    assert in_use() == model.split("-")[1]
    assert json.loads(clew(home, "train", "--graph", "films", "--forget", "--json").stdout)["forgotten"]
    assert in_use() == shipped


def test_wrong_input_is_one_clear_line(home: Path, tmp_path: Path) -> None:
    assert "no graph 'other'" in clew(home, "train", "--graph", "other", exit_code=2).stderr
    assert "--chains needs --questions" in clew(home, "train", "--graph", "films", "--chains", "x", exit_code=2).stderr
    (tmp_path / "q.jsonl").write_text('{"question": "who made [Film 1]", "answers": ["a"], "chain": ["maker"]}')
    told = clew(home, "train", "--graph", "films", "--questions", str(tmp_path / "q.jsonl"), exit_code=2).stderr
    assert "line 1" in told
    assert "'maker'" in told


def lists_relations(model: Path, prompt: PromptName) -> bool:
    """Return whether the prompt for a model lists relations: one that was trained without has none."""
    of_model = ModelSettings(prompt=prompt)
    reasoner = reasoner_over(load_causal_lm(str(model), "cpu"), of_model, Mock(), Mock(), Mock())
    assert isinstance(reasoner, TokenReasoner)
    return reasoner._listing is not None


def test_a_causal_lm_is_fine_tuned_into_a_folder_that_answers(home: Path) -> None:
    tiny("Llama").save_pretrained(home / "lm")
    tokenizer().save_pretrained(home / "lm")
    options = ("--model", str(home / "lm"), "--out", str(home / "tuned"), "--steps", "1", "--held-out", "2", "--json")
    report = json.loads(clew(home, "train", "--graph", "films", *options).stdout)
    assert list(report)[-4:] == ["before", "after", "cpu_seconds", "model"]
    settings = Settings(home=home, model=report["model"], device="cpu", threshold=0.0)
    assert Service(settings).ask("films", QUESTION, record=False).answers
    assert [lists_relations(home / name, PromptName.AUTO) for name in ("lm", "tuned")] == [True, False]
    assert lists_relations(home / "tuned", PromptName.LISTED)
    told = clew(home, "train", "--graph", "films", *options, exit_code=2).stderr
    assert "not empty" in told
    assert "must be used together" in clew(home, "train", "--graph", "films", "--out", "x", exit_code=2).stderr
