"""Token states of a graph's labels, kept in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from clew.retrieval.encoder.kept_arrays import Arrays, KeptArrays, fingerprint_of
from clew.retrieval.encoder.minilm import MiniLM, TokenStates

KIND = "states"
"""The name under which the catalogue keeps them."""
REBUILD = "clew compact"
DTYPES = {"states": "float32", "token_ids": "int64", "offsets": "int32", "lengths": "int64"}


class KeptStates:
    """Gives what ``MiniLM.token_states`` gives of some texts, which it reads once: then they are in ``folder``.

    ``earlier``: the folder of another version of the graph; its states are taken where the texts are the same.
    """

    def __init__(self, encoder: MiniLM, folder: Path, earlier: Path | None = None) -> None:
        self._encoder = encoder
        self._places = [folder] if earlier is None else [folder, earlier]

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        """Return the last hidden states of every token of every text."""
        return self._padded(self._opened(texts))

    def keep(self, texts: Sequence[str]) -> None:
        """See to it that the states of these texts are kept; loads no model where they are."""
        self._opened(texts)

    def _opened(self, texts: Sequence[str]) -> Arrays:
        kept = KeptArrays("token-states", fingerprint_of(texts, self._encoder), REBUILD)
        return kept.open(
            self._places,
            tuple(DTYPES),
            lambda arrays: _fit(arrays, len(texts), self._encoder.dimension),
            lambda: _joined(self._encoder.token_states(texts)),
        )

    def _padded(self, arrays: Arrays) -> TokenStates:
        lengths = arrays["lengths"]
        mask = np.arange(lengths.max(initial=0)) < lengths[:, None]
        states = np.zeros((*mask.shape, self._encoder.dimension), np.float32)
        token_ids = np.full(mask.shape, self._encoder.tokenizer.pad, np.int64)
        offsets = np.zeros((*mask.shape, 2), np.int32)
        states[mask], token_ids[mask], offsets[mask] = arrays["states"], arrays["token_ids"], arrays["offsets"]
        return TokenStates(states, mask, token_ids, offsets)


def _fit(arrays: Arrays, count: int, width: int) -> bool:
    """Whether arrays can be the states of so many texts."""
    lengths = arrays["lengths"]
    if any(arrays[name].dtype.name != dtype for name, dtype in DTYPES.items()) or lengths.shape != (count,):
        return False
    total = int(lengths.sum())
    shapes = {"states": (total, width), "token_ids": (total,), "offsets": (total, 2)}
    return lengths.min(initial=0) >= 0 and all(arrays[name].shape == shape for name, shape in shapes.items())


def _joined(found: TokenStates) -> Arrays:
    """Return the states without their padding, those of all texts in a row."""
    mask = found.mask
    return {
        "states": found.states[mask],
        "token_ids": found.token_ids[mask],
        "offsets": found.offsets[mask],
        "lengths": mask.sum(1).astype(np.int64),
    }
