"""The encoder against that of ``transformers``, state for state."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from clew.kg.errors import ModelUnavailable
from clew.retrieval.encoder.bert import Bert
from clew.retrieval.encoder.minilm import package_folder
from clew.retrieval.encoder.pretrained import Pretrained
from tests.retrieval.berts import WORDS, by_transformers, tiny_bert

LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    shapes = ((0, 2, 2), (1, 1, 1), (2, 4, 3))
    return [tiny_bert(tmp_path_factory.mktemp("tiny"), *shape) for shape in shapes]


def ragged(lengths: list[int], vocabulary: int, seed: int) -> tuple[Tensor, Tensor]:
    """Random token ids, padded on the right, and their mask."""
    drawn = torch.Generator().manual_seed(seed)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.randint(1, vocabulary, mask.shape, generator=drawn) * mask, mask


def compare(bert: Bert, folder: Path, token_ids: Tensor, mask: Tensor) -> None:
    with torch.no_grad():
        theirs = by_transformers(folder)[0](input_ids=token_ids, attention_mask=mask.long()).last_hidden_state
        ours = bert(token_ids, mask)
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours[mask], theirs[mask], rtol=1e-5, atol=1e-5)


@settings(max_examples=30, deadline=None)
@given(which=st.integers(0, 2), lengths=LENGTHS, seed=st.integers(0, 2**16))
def test_states_are_those_of_transformers(folders: list[Path], which: int, lengths: list[int], seed: int) -> None:
    compare(Bert.read(folders[which]), folders[which], *ragged(lengths, len(WORDS), seed))


@settings(max_examples=10, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 2**16))
def test_states_of_the_packaged_weights_are_those_of_transformers(lengths: list[int], seed: int) -> None:
    folder = package_folder()
    compare(Bert.read(folder), folder, *ragged(lengths, 30_000, seed))


def test_attention_written_out_agrees_with_the_fused_one() -> None:
    bert = Bert.read(package_folder())
    token_ids, mask = ragged([3, 9, 5], 30_000, 0)
    states, attend = bert.embed(token_ids), mask[:, None, None, :]
    with torch.no_grad():
        for layer in bert.layers:
            plain, fused = layer(states, attend), layer(states, attend, fused=True)
            torch.testing.assert_close(plain[mask], fused[mask], rtol=1e-4, atol=1e-5)
            states = plain


def test_sharing_copies_nothing(folders: list[Path]) -> None:
    theirs, _ = by_transformers(folders[0])
    ours = Bert.sharing(theirs)
    token_ids, mask = ragged([4, 2], len(WORDS), 1)
    compare(ours, folders[0], token_ids, mask)
    assert sum(p.numel() for p in ours.parameters()) == sum(
        p.numel() for name, p in theirs.named_parameters() if not name.startswith("pooler")
    )
    pointers = {p.data_ptr() for p in theirs.parameters()}
    assert all(p.data_ptr() in pointers for p in ours.parameters())


def test_reading_draws_no_random_numbers_and_asks_for_no_gradients(folders: list[Path]) -> None:
    before = torch.random.get_rng_state()
    bert = Bert.read(folders[0])
    assert torch.equal(before, torch.random.get_rng_state())
    assert not bert.training
    assert not any(p.requires_grad or p.is_meta for p in bert.parameters())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model_type", "roberta"),
        ("hidden_act", "gelu_new"),
        ("position_embedding_type", "relative_key"),
        ("is_decoder", True),
    ],
)
def test_another_architecture_is_refused(folders: list[Path], tmp_path: Path, name: str, value: object) -> None:
    folder = shutil.copytree(folders[0], tmp_path / "model")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, name: value}), encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=name):
        Bert.read(folder)


def _without_a_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.bias"]
    save_file(tensors, folder / "model.safetensors")


def _of_another_shape(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors["encoder.layer.0.output.dense.weight"] = torch.zeros(3, 3)
    save_file(tensors, folder / "model.safetensors")


def _cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def _no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{", encoding="utf-8")


def _no_file(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def _no_width(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")


@pytest.mark.parametrize("damage", [_without_a_tensor, _of_another_shape, _cut_short, _no_json, _no_file, _no_width])
def test_damage_is_told(folders: list[Path], tmp_path: Path, damage: object) -> None:
    folder = shutil.copytree(folders[0], tmp_path / "model")
    assert callable(damage)
    damage(folder)
    with pytest.raises(ModelUnavailable, match="model"):
        Bert.read(folder)


def test_another_architecture_embeds_but_has_no_layers_to_share(tmp_path: Path) -> None:
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertModel

    torch.manual_seed(0)
    config = DistilBertConfig(vocab_size=len(WORDS), dim=16, n_layers=1, n_heads=2, hidden_dim=32)
    DistilBertModel(config).save_pretrained(tmp_path)
    BertTokenizerFast(vocab={word: i for i, word in enumerate(WORDS)}).save_pretrained(tmp_path)
    found = Pretrained.from_pretrained(str(tmp_path))
    token_ids, mask = ragged([3, 1], len(WORDS), 2)
    assert found.states(token_ids, mask).shape == (2, 3, 16)
    with pytest.raises(ModelUnavailable, match="distilbert"):
        _ = found.bert
