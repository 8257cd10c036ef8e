"""The decoding benchmarks at toy size: every function that a GPU run would call, on the CPU."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import torch
from transformers import Qwen2Config

from benchmarks import decoding, decoding_gpu
from benchmarks.decoding_cases import HOPS, cases, metaqa_graph, metaqa_topics
from benchmarks.decoding_models import load_tokenizer, random_model
from benchmarks.decoding_plot import plot
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex
from tests.decoding.tiny_models import tokenizer

TOPICS = 4


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder laid out as the shared data is, with a graph of some hundred triples."""
    folder, rng = tmp_path_factory.mktemp("data"), random.Random(0)
    (folder / "metaqa" / "2-hop").mkdir(parents=True)
    triples = {
        (f"film {i}", rng.choice(["directed by", "starred"]), f"person {rng.randrange(9)}") for i in [*range(40)] * 3
    }
    triples |= {(f"person {i}", rng.choice(["born in", "died in"]), f"city {rng.randrange(5)}") for i in range(9)}
    (folder / "metaqa" / "kb.txt").write_text("".join("|".join(t) + "\n" for t in sorted(triples)))
    questions = "".join(f"who is near [person {i}]\tx\n" for i in range(TOPICS))
    (folder / "metaqa" / "2-hop" / "qa_dev.txt").write_text(questions)
    (folder / "tokenizers" / "qwen").mkdir(parents=True)
    raw = tokenizer().backend_tokenizer
    text = raw.to_str().replace("<|end|>", "<|endoftext|>")
    (folder / "tokenizers" / "qwen" / "tokenizer.json").write_text(text)
    return folder


def test_a_gpu_run_at_toy_size(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(decoding_gpu.COMMON, "vocab_size", len(tokenizer()))
    for name, (kind, shape) in list(decoding_gpu.MODELS.items()):
        small = shape | {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
        monkeypatch.setitem(decoding_gpu.MODELS, name, (kind, small | {"num_key_value_heads": 2}))
    found = decoding_gpu.report(list(decoding_gpu.MODELS), "cpu", True, data)
    assert set(found["results"]) == {"Qwen2-7B", "Llama-3.1-8B", "tiny"}
    for of_model in found["results"].values():
        for row in of_model.values():
            for batch in ("1", "8", "64"):
                assert row[batch]["questions_per_second"] > 0
                assert row[batch]["exact_share"] == 1.0
                assert 0 <= row[batch]["not_model_share"] < 1
            assert row["64"]["forwards_per_question"] < row["1"]["forwards_per_question"]
            assert row["hf"]["questions_per_second"] > 0
    names = [bar["name"] for bar in found["bars"]]
    assert len(names) == len(set(names)) == 3 * 2 * 5
    assert {"Qwen2-7B_local_vs_hf", "Llama-3.1-8B_conditional_batch64_qps"} <= set(names)
    json.dumps(found)


def test_the_shapes_are_those_of_the_real_models() -> None:
    for name, billions in (("Qwen2-7B", 7.6), ("Llama-3.1-8B", 8.2)):  # Llama's with the larger vocabulary
        kind, shape = decoding_gpu.MODELS[name]
        with torch.device("meta"):
            from transformers import AutoModelForCausalLM

            model = AutoModelForCausalLM.from_config(kind(**decoding_gpu.COMMON, **shape))
        assert sum(p.numel() for p in model.parameters()) / 1e9 == pytest.approx(billions, abs=0.1)


def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert decoding_gpu.main(["--json", "--quick"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert "no GPU" in found["unavailable"]
    assert found["bars"] == []


def test_comparing_table_bars_and_plot(data: Path) -> None:
    tok = load_tokenizer(data)
    config = Qwen2Config(
        vocab_size=len(tok), hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, bos_token_id=None, eos_token_id=tok.eos_token_id, tie_word_embeddings=True,
    )  # fmt: skip
    model = random_model(config)
    lm, graph = CausalLM(model, tok), metaqa_graph(data)
    automaton = GraphAutomaton(TokenIndex.build(graph, tok), tok.eos_token_id, HOPS, simple=True)
    rows: list[dict[str, Any]] = []
    for case in cases(graph, metaqa_topics(graph, data), automaton, 2, 2_000):
        prompt = tok(f"Question: {case.question}\nPath: {graph.label(case.topic)}")["input_ids"]
        rows += [decoding.compare(model, lm, automaton, prompt, case, score) for score in Score]
    assert len(rows) == 4
    for row in rows:
        assert row["exact_top10_found"] == 10
        assert row["certified"]
        assert row["hf_forwards"] > row["forwards"] > 0
        assert row["worst_score_difference"] < 1e-3
    assert {bar["name"] for bar in decoding.bars(rows)} == {
        "forwards_vs_hf", "speedup_vs_hf_local", "speedup_vs_hf_conditional", "exact_top10_found", "hf_top10_found"
    }  # fmt: skip
    assert [row["graph, score"] for row in decoding.table(rows)] == ["metaqa, conditional", "metaqa, local"]
    drawn = ElementTree.fromstring(plot(rows, "a < b"))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}rect")) == 1 + 2 * 3 + 3
