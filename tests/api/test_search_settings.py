"""How a causal LM searches, scores and is shown evidence: each setting answers, and what cannot be is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.model_settings import ModelChoice, ModelSettings, ReasoningMode, Scoring, SearchMethod, load
from clew.api.schema.models import AskRequest
from clew.api.service.make_reasoner import other_reasoner, search_of
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.text.text_writer import Evidence
from clew.kg.errors import BadInput
from tests.decoding.tiny_models import tiny, tokenizer

QUESTION = "What goes with Inception?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lm")
    tiny("Qwen2", sharpness=2.0).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)


def ask(home: Path, folder: str, explain: bool = False, **of_model):
    settings = Settings(home=home, model=folder, device="cpu", threshold=0.0, of_model=ModelSettings(**of_model))
    service = Service(settings)
    got = service.ask("films", AskRequest(question=QUESTION, max_hops=2, explain=explain))
    return service, got


def test_values_come_from_the_environment_and_choices_go_before_them() -> None:
    got = load({"CLEW_SEARCH": "diverse-beam", "CLEW_SCORE": "conditional", "CLEW_EVIDENCE": "outline"})
    assert (got.search, got.score, got.evidence) == ("diverse-beam", "conditional", "outline")
    chosen = ModelChoice(search=SearchMethod.BEAM, evidence=Evidence.TRIPLES).on(got)
    assert (chosen.search, chosen.score, chosen.evidence) == ("beam", "conditional", "triples")
    assert ModelChoice().on(got) == got
    with pytest.raises(BadInput, match="CLEW_SEARCH has no effect on chains"):
        ModelChoice(reasoning=ReasoningMode.CHAINS).on(got)


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"CLEW_SEARCH": "luck"}, "CLEW_SEARCH must be one of best-first, beam, diverse-beam, one-pass, sampling"),
        ({"CLEW_SCORE": "global"}, "CLEW_SCORE must be one of local, conditional"),
        ({"CLEW_EVIDENCE": "none"}, "CLEW_EVIDENCE must be one of triples, outline"),
        ({"CLEW_SEARCH": "beam", "CLEW_REASONING": "chains"}, "CLEW_SEARCH has no effect on chains"),
        ({"CLEW_SCORE": "conditional", "CLEW_REASONING": "chains"}, "CLEW_SCORE has no effect on chains"),
        ({"CLEW_SEARCH": "beam", "CLEW_REASONING": "judge"}, "CLEW_SEARCH has no effect on a judge"),
        ({"CLEW_SHAPING": "prior", "CLEW_REASONING": "judge"}, "CLEW_SHAPING has no effect on a judge"),
        ({"CLEW_LAYOUT": "gcr", "CLEW_REASONING": "judge"}, "CLEW_LAYOUT has no effect on a judge"),
    ],
)
def test_values_that_cannot_be(env, message) -> None:
    with pytest.raises(BadInput, match=message):
        load(env)


@pytest.mark.parametrize("of_model", [{"search": SearchMethod.BEAM}, {"score": Scoring.CONDITIONAL}])
def test_a_remote_engine_has_neither_search_nor_score(home, of_model) -> None:
    settings = Settings(home=home, model="openai:http://localhost:1/v1#m", of_model=ModelSettings(**of_model))
    with pytest.raises(BadInput, match="CLEW_SEARCH and CLEW_SCORE"):
        other_reasoner(settings, None, None, None)


@pytest.mark.parametrize("score", list(Scoring))
@pytest.mark.parametrize("search", list(SearchMethod))
def test_every_search_answers_under_every_score(home, folder, search, score) -> None:
    service, got = ask(home, folder, search=search, score=score)
    assert got.answers
    trace = service.path(got.paths[0].id)
    assert trace.search["forwards"] > 0
    assert len(trace.steps) == len(got.paths[0].relations) + 1
    _, best = ask(home, folder, score=score)
    assert got.alternatives[0].score == pytest.approx(best.alternatives[0].score, abs=1e-4) or not trace.search["exact"]
    assert (got.paths[0].id == best.paths[0].id) == (search is SearchMethod.BEST_FIRST)  # other settings, another id


@pytest.mark.parametrize("score", list(Scoring))
@pytest.mark.parametrize("search", list(SearchMethod))
def test_a_field_of_the_request_is_what_the_setting_is(home, folder, search, score) -> None:
    plain, _ = ask(home, folder)
    _, by_setting = ask(home, folder, search=search, score=score)
    by_field = plain.ask("films", AskRequest(question=QUESTION, max_hops=2, search=search, score=score))
    assert by_field.paths[0].id == by_setting.paths[0].id  # the id covers the search and the score
    assert by_field.alternatives == by_setting.alternatives


def test_questions_asked_together_keep_their_own_fields(home, folder) -> None:
    service, _ = ask(home, folder)
    fields = [{}, {"search": "beam"}, {"score": "conditional"}, {"search": "beam"}, {"evidence": "outline"}]
    requests = [AskRequest(question=QUESTION, max_hops=2, **some) for some in fields]
    together = service.ask_many("films", requests)
    alone = [service.ask("films", request) for request in requests]
    assert [[(p.id, p.text) for p in got.paths] for got in together] == [
        [(p.id, p.text) for p in got.paths] for got in alone
    ]
    assert [got.confidence for got in together] == pytest.approx([got.confidence for got in alone], abs=1e-5)
    assert len({got.paths[0].id for got in together}) == 3  # the evidence changes no path


def test_fields_apply_to_explanations_too(home, folder) -> None:
    service, _ = ask(home, folder)
    shown = {
        form: service.ask("films", AskRequest(question=QUESTION, max_hops=2, explain=True, evidence=form)).explanation
        for form in Evidence
    }
    for form, explanation in shown.items():
        assert explanation == ask(home, folder, explain=True, evidence=form)[1].explanation


@pytest.mark.parametrize("field", [{"search": "beam"}, {"score": "local"}, {"evidence": "triples"}])
def test_a_field_that_does_not_apply_is_refused(home, field) -> None:
    service = Service(Settings(home=home))
    with pytest.raises(BadInput, match=f"{next(iter(field))}.* appl"):
        service.ask("films", AskRequest(question=QUESTION, **field))
    (error,) = service.ask_many("films", [AskRequest(question=QUESTION, **field)])
    assert isinstance(error, BadInput)


def test_every_search_is_another_one() -> None:
    assert len({type(search_of(method)) for method in SearchMethod}) == len(SearchMethod)


def test_scores_are_those_of_the_score(home, folder) -> None:
    """One-pass sees every path. Locally their probabilities sum to one; conditionally they are shares of all found."""
    for score in Scoring:
        _, all_of_them = ask(home, folder, search=SearchMethod.ONE_PASS, score=score)
        _, best = ask(home, folder, score=score)
        assert [a.relations for a in all_of_them.alternatives] == [a.relations for a in best.alternatives]
    _, local = ask(home, folder)
    _, conditional = ask(home, folder, score=Scoring.CONDITIONAL)
    assert local.confidence != pytest.approx(conditional.confidence, abs=1e-3)


def test_the_evidence_is_what_the_model_is_shown(home, folder) -> None:
    for form in Evidence:
        service, got = ask(home, folder, explain=True, evidence=form)
        assert got.explanation is not None
        assert got.explanation.source == "model"
        assert service.pipeline("films").reasoner.evidence is form


@pytest.mark.parametrize("flag", [["--search", "beam"], ["--score", "conditional"], ["--evidence", "outline"]])
def test_flags_go_before_the_environment(home, folder, flag) -> None:
    env = {"CLEW_DEVICE": "cpu", "CLEW_THRESHOLD": "0", f"CLEW_{flag[0][2:].upper()}": "nonsense"}
    options = ["--home", str(home), "--model", folder, "--max-hops", "2", "--json", *flag]
    refused = CliRunner().invoke(main, ["ask", "-g", "films", *options, QUESTION], env=env)
    assert refused.exit_code == 2  # what the environment says must be readable even so
    env[f"CLEW_{flag[0][2:].upper()}"] = ""
    got = CliRunner().invoke(main, ["ask", "-g", "films", *options, QUESTION], env=env)
    assert got.exit_code == 0, got.output
    assert json.loads(got.stdout)["answers"]
    wrong = CliRunner().invoke(main, ["ask", "-g", "films", *options[:-1], "nonsense", QUESTION], env=env)
    assert wrong.exit_code == 2
    assert "nonsense" in wrong.output


def test_questions_are_evaluated_with_the_chosen_search(home, folder, tmp_path) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text("who directed [Inception]\tChristopher Nolan\n", encoding="utf-8")
    command = ["eval", "-g", "films", "--questions", str(questions), "--home", str(home), "--json", "--model", folder]
    got = CliRunner().invoke(
        main, [*command, "--search", "one-pass"], env={"CLEW_DEVICE": "cpu", "CLEW_THRESHOLD": "0"}
    )
    assert got.exit_code == 0, got.output
    assert json.loads(got.stdout)["n"] == 1
