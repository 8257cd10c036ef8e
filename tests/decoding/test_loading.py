"""What is said of a model reaches the loader, and code from a model's repository is never run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from clew.decoding.causal.branch_lm import BranchLM
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.causal.loading import load_causal_lm, load_token_model
from clew.decoding.language_model import Score
from clew.kg.errors import BadInput, ModelUnavailable
from tests.decoding.test_branch_lm import causal, seq2seq
from tests.decoding.tiny_models import tiny, tokenizer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lm")
    tiny("Qwen2").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The keyword arguments that the model's and the tokenizer's loaders get; the model comes unquantised."""
    seen: list[dict[str, Any]] = []

    def loader(of: Any) -> Any:
        plain = of.from_pretrained

        def load(name: str, **options: Any) -> Any:
            seen.append(options)
            return plain(name, **{k: v for k, v in options.items() if k != "quantization_config"})

        return load

    for of in (transformers.AutoModelForCausalLM, transformers.AutoTokenizer):
        monkeypatch.setattr(of, "from_pretrained", loader(of))
    return seen


def scores(lm: Any) -> np.ndarray:
    everything = np.arange(lm.vocab_size, dtype=np.int32)
    context = lm.encode("who wrote the book")
    return lm.log_probs(context, np.array([0]), np.array([0, len(everything)]), everything, Score.CONDITIONAL)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", torch.float32])
def test_attention_and_type_are_the_model_s(folder: str, calls: list[Any], attention: str, dtype: Any) -> None:
    lm = load_causal_lm(folder, device="cpu", dtype=dtype, attention=attention)
    assert calls[-1]["attn_implementation"] == lm._model.config._attn_implementation == attention
    assert calls[-1]["dtype"] == dtype
    assert lm.dtype == (torch.bfloat16 if dtype == "bfloat16" else torch.float32)
    assert lm.device.type == "cpu"
    plain = load_causal_lm(folder, device="cpu")
    np.testing.assert_allclose(scores(lm), scores(plain), atol=0.3 if dtype == "bfloat16" else 1e-4)


def test_a_quantisation_and_other_options_are_passed_on(folder: str, calls: list[Any], monkeypatch: Any) -> None:
    moved: list[Any] = []
    monkeypatch.setattr(transformers.PreTrainedModel, "to", lambda self, *a, **k: moved.append(a) or self)
    config = transformers.FineGrainedFP8Config()  # any of transformers' configurations; none is looked into
    load_causal_lm(folder, quantization_config=config, revision="main")
    assert calls[-1]["quantization_config"] is config
    assert calls[-1]["revision"] == "main"
    assert not moved  # where a quantised model lies is its loader's business
    load_causal_lm(folder, device="cpu")
    assert moved == [("cpu",)]


def test_code_of_a_repository_is_never_trusted(folder: str, calls: list[Any], tmp_path: Path) -> None:
    load_causal_lm(folder, device="cpu")
    assert len(calls) == 2
    assert all(options["trust_remote_code"] is False for options in calls)
    with pytest.raises(BadInput, match="never run"):
        load_causal_lm(folder, trust_remote_code=True)
    (tmp_path / "config.json").write_text(
        '{"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}}'
    )
    (tmp_path / "evil.py").write_text("raise SystemExit('code of the repository was run')")
    with pytest.raises(ModelUnavailable, match="cannot load"):
        load_causal_lm(str(tmp_path), device="cpu")


def test_attention_that_takes_no_tree_is_refused(folder: str) -> None:
    with pytest.raises((BadInput, ModelUnavailable)):
        load_causal_lm(folder, device="cpu", attention="flash_attention_2")


@pytest.mark.parametrize(
    ("model", "adapter"),
    [
        (lambda: tiny("Qwen2"), CausalLM),
        (lambda: causal("Bloom"), BranchLM),
        (lambda: causal("Mamba"), BranchLM),
        (lambda: seq2seq("T5"), BranchLM),
        (lambda: seq2seq("Bart"), BranchLM),
    ],
    ids=["Qwen2", "Bloom", "Mamba", "T5", "Bart"],
)
def test_each_kind_of_model_gets_the_adapter_that_scores_it(model: Any, adapter: Any, tmp_path: Path) -> None:
    plain = model()
    plain.save_pretrained(tmp_path)
    tokenizer().save_pretrained(tmp_path)
    lm = load_token_model(str(tmp_path), device="cpu", dtype="float32")
    assert type(lm) is adapter
    np.testing.assert_allclose(scores(lm), scores(adapter(plain, tokenizer())), atol=1e-4)


def test_nothing_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot load"):
        load_token_model(str(tmp_path / "nothing"))
