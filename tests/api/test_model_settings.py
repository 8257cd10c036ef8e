"""What may be said of a model, and that each way of saying it reaches the reasoner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.model_settings import LayoutName, ModelSettings, Quantisation, ReasoningMode, ShapingName, load
from clew.api.schema.models import AskRequest
from clew.api.service.example_paths import read_examples
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.errors import BadFile, BadInput, BadLine, ModelUnavailable
from clew.kg.graph.interop import from_triples
from tests.api.conftest import TRIPLES
from tests.decoding.tiny_models import tiny, tokenizer

QUESTION = "What goes with Inception?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lm")
    tiny("Qwen2", sharpness=2.0).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)


def service(home: Path, folder: str, **of_model) -> Service:
    options = ModelSettings(**of_model)
    return Service(Settings(home=home, model=folder, device="cpu", threshold=0.0, of_model=options))


def test_values_come_from_the_environment():
    got = load({"CLEW_API_KEY": "k", "CLEW_GUIDE": "regex", "CLEW_LAYOUT": "gcr", "CLEW_DTYPE": "bfloat16"})
    assert (got.api_key, got.guide, got.layout, got.dtype) == ("k", "regex", LayoutName.GCR, "bfloat16")
    got = load({"CLEW_SHAPING": "examples", "CLEW_EXAMPLES": "x.tsv", "CLEW_SHAPING_WEIGHT": "0.5"})
    assert (got.shaping, got.examples, got.weight) == (ShapingName.EXAMPLES, Path("x.tsv"), 0.5)
    assert load({}) == ModelSettings()


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"CLEW_GUIDE": "hope"}, "one of choice, regex"),
        ({"CLEW_SHAPING_WEIGHT": "much"}, "a number"),
        ({"CLEW_SHAPING": "examples"}, "CLEW_EXAMPLES"),
        ({"CLEW_SHAPING": "prior", "CLEW_LAYOUT": "gcr"}, "CLEW_LAYOUT=relations"),
        ({"CLEW_SHAPING": "prior", "CLEW_REASONING": "chains"}, "no effect on chains"),
        ({"CLEW_SHAPING": "examples", "CLEW_EXAMPLES": "x", "CLEW_SHAPING_WEIGHT": "1"}, "between 0 and 1"),
        ({"CLEW_SHAPING_WEIGHT": "-1"}, "0 to 100"),
    ],
)
def test_values_that_cannot_be(env, message):
    with pytest.raises(BadInput, match=message):
        load(env)


@pytest.mark.parametrize("layout", list(LayoutName))
def test_every_layout_answers_with_its_trace(home, folder, layout):
    asked = service(home, folder, layout=layout)
    got = asked.ask("films", AskRequest(question=QUESTION))
    assert got.answers
    found = asked.path(got.paths[0].id)
    assert len(found.steps) == len(found.path.relations) + 1
    directions = {relation.direction for path in got.paths for relation in path.relations}
    assert layout is not LayoutName.GCR or directions == {"forward"}
    assert {"forwards", "tokens", "forced_tokens", "cached_tokens", "frontier", "model_seconds"} <= set(found.search)
    assert found.search["tokens"] >= found.search["forwards"] > 0


def test_a_strong_prior_decides(home, folder):
    plain = service(home, folder).ask("films", AskRequest(question=QUESTION, max_hops=1))
    shaped = service(home, folder, shaping=ShapingName.PRIOR, weight=20.0)
    got = shaped.ask("films", AskRequest(question=QUESTION, max_hops=1))
    assert got.paths[0].relations[0].key == "directed_by"
    assert got.confidence > 0.9 > plain.confidence
    assert got.paths[0].id != plain.paths[0].id  # other settings, another answer
    trace = shaped.path(got.paths[0].id)
    assert trace.steps[0].taken.probability > 0.9


def test_examples_decide(home, folder, tmp_path):
    table = tmp_path / "examples.tsv"
    for relation, label in (("directed_by", "directed by"), ("starred_actors", "starred actors")):
        table.write_text(f"{QUESTION}\tInception\t{label}\n", encoding="utf-8")
        asked = service(home, folder, shaping=ShapingName.EXAMPLES, examples=table, weight=0.95)
        got = asked.ask("films", AskRequest(question=QUESTION, max_hops=1))
        assert got.paths[0].relations[0].key == relation
        assert got.confidence > 0.6


def test_examples_that_cannot_be_are_named_by_line(tmp_path):
    graph, table = from_triples(TRIPLES), tmp_path / "examples.tsv"
    good = "q\tInception\tdirected_by\n"
    for line, message in (
        ("q\tInception\n", "has 2 columns"),
        ("q\tNobody\tdirected_by\n", "no such entity"),
        ("q\tInception\tmurdered by\n", "no such relation"),
    ):
        table.write_text(good + "\n" + line, encoding="utf-8")
        with pytest.raises(BadLine, match=f"examples.tsv:3: .*{message}"):
            read_examples(table, graph)
    table.write_text("", encoding="utf-8")
    with pytest.raises(BadFile, match="no example"):
        read_examples(table, graph)
    with pytest.raises(BadFile, match="cannot be read"):
        read_examples(tmp_path / "none.tsv", graph)
    inverse = graph.relation_label(graph.relation("directed_by") + graph.num_relations)
    table.write_text(f"q\tChristopher Nolan\t{inverse} -> starred actors\n", encoding="utf-8")
    (example,) = read_examples(table, graph)
    assert example.relations == (
        graph.relation("directed_by") + graph.num_relations,
        graph.relation("starred_actors"),
    )


def test_chains_answer_with_their_triples(home, folder):
    asked = service(home, folder, reasoning=ReasoningMode.CHAINS)
    got = asked.ask("films", AskRequest(question=QUESTION, max_hops=2))
    assert got.model.startswith("chains:")
    assert got.answers
    assert got.chains
    assert sum(chain.score for chain in got.chains) == pytest.approx(1)
    known = {tuple(triple) for triple in TRIPLES}
    for chain in got.chains:
        assert chain.verified
        assert {(t.head.key, t.relation.key, t.tail.key) for t in chain.triples} <= known
        assert 1 <= len(chain.triples) <= 2
        assert len(chain.thoughts) >= len(chain.triples)
        assert [source.label for source in chain.sources] == ["Inception"]
        last = chain.triples[-1]
        assert chain.answer in (last.head, last.tail)
    found = asked.path(got.paths[0].id)
    assert found.chains == got.chains
    assert found.steps[0].taken.relation is not None
    assert any(step.alternatives for step in found.steps)
    again = asked.ask("films", AskRequest(question=QUESTION, max_hops=2))
    assert again.model_dump(exclude={"timings"}) == got.model_dump(exclude={"timings"})
    shown = CliRunner().invoke(main, ["inspect", got.paths[0].id, "--home", str(home)])
    assert shown.exit_code == 0, shown.output
    assert "Chain 1 (" in shown.stdout
    assert "Search: " in shown.stdout
    assert "forwards: " in shown.stdout
    plain = service(home, folder).ask("films", AskRequest(question=QUESTION))
    assert "chains" not in plain.model_dump()
    options = ["--home", str(home), "--model", folder, "--reasoning", "chains", "--max-hops", "2", "--json"]
    env = {"CLEW_DEVICE": "cpu", "CLEW_THRESHOLD": "0"}
    printed = CliRunner().invoke(main, ["ask", "-g", "films", *options, QUESTION], env=env)
    assert printed.exit_code == 0, printed.output
    assert json.loads(printed.stdout)["chains"] == json.loads(got.model_dump_json())["chains"]


def test_a_judge_answers_with_what_the_embedded_model_proposes(home, folder):
    asked = AskRequest(question=QUESTION, max_hops=2)
    judging = service(home, folder, reasoning=ReasoningMode.JUDGE)
    got, proposed = judging.ask("films", asked), Service(Settings(home=home, threshold=0.0)).ask("films", asked)
    assert got.model.startswith("embedded+causal-lm:")
    assert got.answers
    assert {(a.topic.key, tuple(r.key for r in a.relations)) for a in got.alternatives} == {
        (a.topic.key, tuple(r.key for r in a.relations)) for a in proposed.alternatives
    }
    assert judging.path(got.paths[0].id).search["judge_forwards"] == 2


def test_a_quantised_model_without_its_library_is_a_clear_error(home, folder):
    import importlib.util

    if importlib.util.find_spec("bitsandbytes"):
        pytest.skip("bitsandbytes is installed here")
    with pytest.raises(ModelUnavailable, match="bitsandbytes"):
        service(home, folder, quantisation=Quantisation.INT8).ask("films", AskRequest(question=QUESTION))


def test_a_fallback_is_asked_where_the_embedded_model_is_unsure(home, folder):
    asked = AskRequest(question=QUESTION, max_hops=2)
    service = Service(Settings(home=home, device="cpu", threshold=1.0, fallback=folder))
    got = service.ask("films", asked)
    assert got.model.startswith("embedded, else causal-lm:")
    assert not got.answers  # neither is certain
    sure = Service(Settings(home=home, device="cpu", threshold=0.0, fallback=folder)).ask("films", asked)
    assert sure.answers


def test_a_fallback_stands_behind_the_embedded_model():
    from clew.api.model_settings import ModelChoice
    from clew.api.settings import load as load_settings

    env = {"CLEW_FALLBACK": "some/model", "CLEW_HOME": "/nowhere"}
    settings = load_settings(env=env)
    assert settings.fallback == "some/model"
    assert settings.of(ModelChoice(model="other/model")).fallback is None
    assert settings.of(ModelChoice(fallback="third/model")).fallback == "third/model"
    with pytest.raises(BadInput, match="CLEW_FALLBACK stands behind the embedded model"):
        load_settings(env=env | {"CLEW_MODEL": "other/model"})
    with pytest.raises(BadInput, match="no surer than the embedded model"):
        load_settings(env=env | {"CLEW_REASONING": "judge"})
    with pytest.raises(BadInput, match="another model than the embedded one"):
        load_settings(env=env | {"CLEW_FALLBACK": "embedded"})
