"""Token states that are kept are those that the encoder gives, and are read once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from clew.retrieval.encoder.kept_states import KeptStates
from clew.retrieval.encoder.minilm import MiniLM, TokenStates

TEXTS = ["directed by", "starred actors", "", "a label of many more words than the others have"]


class Counted(MiniLM):
    """An encoder that counts the texts it reads."""

    read = 0

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        self.read += len(texts)
        return super().token_states(texts)


@pytest.fixture(scope="module")
def encoder() -> Counted:
    return Counted(device="cpu")


def same(one: TokenStates, other: TokenStates) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in ("states", "mask", "token_ids", "offsets")
    )


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], []], ids=["several", "one", "none"])
def test_what_is_kept_is_what_the_encoder_gives(encoder: Counted, tmp_path: Path, texts: list[str]) -> None:
    right = encoder.token_states(texts)
    assert same(KeptStates(encoder, tmp_path / "states").token_states(texts), right)
    read = encoder.read
    assert same(KeptStates(encoder, tmp_path / "states").token_states(texts), right)
    assert encoder.read == read


def test_other_texts_are_read_anew(encoder: Counted, tmp_path: Path) -> None:
    KeptStates(encoder, tmp_path / "states").token_states(TEXTS)
    others = [*TEXTS, "born in"]
    assert same(KeptStates(encoder, tmp_path / "states").token_states(others), encoder.token_states(others))


def test_those_of_an_earlier_version_serve(encoder: Counted, tmp_path: Path) -> None:
    right = KeptStates(encoder, tmp_path / "first").token_states(TEXTS)
    read = encoder.read
    assert same(KeptStates(encoder, tmp_path / "second", tmp_path / "first").token_states(TEXTS), right)
    assert same(KeptStates(encoder, tmp_path / "second").token_states(TEXTS), right)
    assert encoder.read == read


@pytest.mark.parametrize("name", ["states", "token_ids", "offsets", "lengths"])
@pytest.mark.parametrize("damage", ["missing", "shorter", "another type", "other lengths"])
def test_what_is_damaged_is_read_anew(
    encoder: Counted, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, damage: str
) -> None:
    folder = tmp_path / "states"
    right, file = KeptStates(encoder, folder).token_states(TEXTS), folder / f"{name}.npy"
    array = np.load(file)
    if damage == "missing":
        file.unlink()
    elif damage == "shorter":
        file.write_bytes(file.read_bytes()[:-1])
    elif damage == "another type":
        np.save(file, array.astype(np.complex64))
    else:
        np.save(file, -array[1:] if name == "lengths" else array[1:])
    with caplog.at_level(logging.INFO):
        assert same(KeptStates(encoder, folder).token_states(TEXTS), right)
    assert "rebuilding" in caplog.text
    read = encoder.read
    assert same(KeptStates(encoder, folder).token_states(TEXTS), right)
    assert encoder.read == read
