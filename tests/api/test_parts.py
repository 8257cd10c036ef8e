"""The service over real models: the embedded one, and any Hugging Face causal LM."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clew.api.schema.answer_text import answer_lines
from clew.api.schema.models import AskRequest
from clew.api.service.components import DefaultParts
from clew.api.service.demo import DEMO_EXAMPLES, DEMO_QUESTION, demo_questions, ensure_demo
from clew.api.service.service import Service
from clew.api.settings import Settings, load
from clew.kg import limits
from clew.kg.errors import BadInput, ModelUnavailable
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.encoder.minilm import MiniLM


def test_the_embedded_model_answers(home):
    got = Service(Settings(home=home)).ask("films", AskRequest(question="Who directed Inception?"))
    assert got.model == "embedded"
    assert [answer.label for answer in got.answers] == ["Christopher Nolan"]
    assert got.paths[0].verified


def test_the_embedded_model_answers_without_what_takes_seconds_to_import(home):
    code = (
        "import sys; from pathlib import Path; from clew.api.schema.models import AskRequest; "
        "from clew.api.service.service import Service; "
        "from clew.api.settings import Settings; "
        "got = Service(Settings(home=Path(sys.argv[1]))).ask('films', AskRequest(question='Who directed Inception?')); "
        "heavy = {'transformers', 'sentence_transformers', 'torch._dynamo', 'sympy'} & set(sys.modules); "
        "assert got.answers and not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code, str(home)], cwd=Path(__file__).resolve().parents[2], check=True)


def test_a_causal_lm_from_a_folder_answers(home, tmp_path):
    """Random weights: whatever it says is a path of the graph."""
    from tests.decoding.tiny_models import tiny, tokenizer

    tiny("Qwen2").save_pretrained(tmp_path / "lm")
    tokenizer().save_pretrained(tmp_path / "lm")
    service = Service(Settings(home=home, model=str(tmp_path / "lm"), device="cpu", threshold=0.0))
    got = service.ask("films", AskRequest(question="Who directed Inception?"))
    assert got.model.startswith("causal-lm:")
    assert got.status in ("answered", "partial")
    assert got.answers
    found = service.path(got.paths[0].id)
    assert len(found.steps) == len(got.paths[0].relations) + 1


@pytest.mark.parametrize("model", ["/no/such/folder", "no-one/no-such-model"])
def test_a_missing_model_is_a_clear_error(home, model, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match=model):
        Service(Settings(home=home, model=model)).ask("films", AskRequest(question="Who directed Inception?"))


def test_settings_come_from_the_option_then_the_environment(tmp_path):
    env = {"CLEW_HOME": str(tmp_path / "a"), "CLEW_MODEL": "m", "CLEW_THRESHOLD": "0.5", "CLEW_WORKERS": "3"}
    got = load(env=env)
    assert (got.home, got.model, got.threshold, got.workers) == (tmp_path / "a", "m", 0.5, 3)
    assert load(tmp_path / "b", "n", env).home == tmp_path / "b"
    assert load(tmp_path / "b", "n", env).model == "n"
    assert load(env={}).home.name == "clew"


@pytest.mark.parametrize(("name", "value"), [("CLEW_THRESHOLD", "2"), ("CLEW_WORKERS", "0"), ("CLEW_ASK_SECONDS", "x")])
def test_settings_that_cannot_be(name, value):
    with pytest.raises(BadInput, match=name):
        load(env={name: value})


def test_the_demo_graph(clew, home):
    """The command behind ``make demo``, over the packaged graph."""
    assert "demo" not in clew("graphs").stdout
    got = json.loads(clew("demo", "--json").stdout)
    assert (got["graph"], got["question"]) == ("demo", DEMO_QUESTION)
    assert json.loads(clew("graphs", "--json").stdout)[0]["entities"] > 1_000


def test_the_demo_question_is_one_of_the_packaged_ones():
    (question,) = [question for question in demo_questions() if question.text == DEMO_QUESTION]
    assert len(question.answers) > 1


def test_the_embedded_model_answers_the_demo_question(tmp_path):
    catalogue = Catalogue(tmp_path)
    assert ensure_demo(catalogue)
    assert not ensure_demo(catalogue)
    got = Service(Settings(home=tmp_path)).ask("demo", AskRequest(question=DEMO_QUESTION))
    (question,) = [question for question in demo_questions() if question.text == DEMO_QUESTION]
    assert {answer.label for answer in got.answers} == {gold.label for gold in question.answers}
    lines = list(answer_lines(got, 80))
    assert lines[-1].endswith("verified")
    assert got.selection is not None
    assert limits.MIN_SELECTION <= got.selection <= 1
    less = Service(Settings(home=tmp_path, threshold=1.0)).ask("demo", AskRequest(question=DEMO_QUESTION))
    assert less.selection == got.selection  # of any threshold
    assert less.reason is not None
    assert list(answer_lines(less, 80))[:2] == [
        less.reason.message,
        f"The best candidate has a selection score of {got.selection:.2f}, below the threshold (CLEW_THRESHOLD).",
    ]


def test_the_demo_s_examples_are_answered(home):
    ensure_demo(Catalogue(home))
    service = Service(Settings(home=home))
    asked = service.graph("demo").examples
    assert asked == list(DEMO_EXAMPLES)
    for question in asked:
        assert service.ask("demo", AskRequest(question=question)).reason is None, question


def test_the_embedded_model_answers_many_at_once_as_one_by_one(home):
    service = Service(Settings(home=home))
    questions = ["Who directed Inception?", "in what language is Juno", "films with Tom Hardy", "Who directed Juno?"]

    def ask(n):
        result = service.ask("films", AskRequest(question=questions[n % len(questions)]))
        return result.model_dump(exclude={"timings"})

    alone = [ask(n) for n in range(len(questions))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, range(32)))
    assert together == [alone[n % len(questions)] for n in range(32)]


def test_the_embedded_model_is_made_for_the_cpu_where_a_gpu_is_there(home, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    got = Service(Settings(home=home)).ask("films", AskRequest(question="Who directed Inception?"))
    assert [answer.label for answer in got.answers] == ["Christopher Nolan"]


def test_entity_labels_are_embedded_on_a_gpu_where_there_is_one(home, monkeypatch):
    """Pretended: only the choice of device is looked at; the fingerprint must be that of the questions' embedder."""
    import torch

    parts = DefaultParts(Catalogue(home), Settings(home=home))
    assert parts.label_embedder() is parts._embedder
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    fast = parts.label_embedder()
    assert (fast.device, parts._embedder.device) == ("cuda", "cpu")
    assert fast.fingerprint == parts._embedder.fingerprint


def test_entity_labels_embedded_elsewhere_are_searched_by_the_own_embedder(home, monkeypatch):
    parts = DefaultParts(Catalogue(home), Settings(home=home))
    graph = Catalogue(home).open("films")
    labels = parts.labels(graph)
    elsewhere = MiniLM(device="cpu")
    built = labels.build_entities(embedder=elsewhere)
    monkeypatch.setattr(elsewhere, "encode", None)  # a question must not need it
    assert built.nearest(["Christopher Nolan"], 1)[0][0][0] == graph.node("Christopher Nolan")
    assert parts.labels(graph).entities is not None
    elsewhere.fingerprint = "another"
    with pytest.raises(BadInput, match="another"):
        labels.build_entities(embedder=elsewhere)
