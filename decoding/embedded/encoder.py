"""The question encoder: MiniLM with its top layers tuned, run without the library's per-call overhead.

The layers are BERT's (Devlin et al. 2019, arXiv 1810.04805; post-layer-norm, exact GELU). Embeddings and lower layers
are the frozen MiniLM's own tensors (shared, not copied); only the tuned top layers come from our weights.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

HEADS = 12
EPSILON = 1e-12


class EncoderLayer(nn.Module):
    """One BERT layer of MiniLM's size."""

    def __init__(self, width: int = 384, inner: int = 1536) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, EPSILON)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, EPSILON)

    def forward(self, states: Tensor, mask: Tensor | None) -> Tensor:
        """Map states ``[B, n, width]``; ``mask`` bool ``[B, 1, 1, n]`` is True on tokens to attend to."""
        batch, length, width = states.shape
        shape = (batch, length, HEADS, width // HEADS)
        query, key, value = (
            linear(states).view(shape).transpose(1, 2) for linear in (self.query, self.key, self.value)
        )
        # written out: torch's fused attention is several times slower backwards on short sequences on a CPU
        scores = query @ key.transpose(-1, -2) * (width // HEADS) ** -0.5
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e4)
        attended = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, width)
        states = self.norm1(states + self.output(attended))
        result: Tensor = self.norm2(states + self.down(functional.gelu(self.up(states))))
        return result

    @classmethod
    def sharing(cls, layer: Any) -> EncoderLayer:
        """Return the layer with the very parameters of a ``transformers`` ``BertLayer``."""
        with torch.device("meta"):
            own = cls()
        attention = layer.attention
        pairs = (
            (own.query, attention.self.query),
            (own.key, attention.self.key),
            (own.value, attention.self.value),
            (own.output, attention.output.dense),
            (own.norm1, attention.output.LayerNorm),
            (own.up, layer.intermediate.dense),
            (own.down, layer.output.dense),
            (own.norm2, layer.output.LayerNorm),
        )
        for mine, theirs in pairs:
            mine.weight, mine.bias = theirs.weight, theirs.bias
        return own


class LowerEncoder:
    """The frozen part: MiniLM's embeddings and its first layers. ``bert`` is a ``transformers`` ``BertModel``."""

    def __init__(self, bert: Any, layers: int) -> None:
        self._bert, self._count = bert, layers
        self._embeddings = bert.embeddings
        self._layers = [EncoderLayer.sharing(layer) for layer in bert.encoder.layer[:layers]]
        self._word_table = bert.embeddings.word_embeddings.weight.detach()
        self._word_mean = self._word_table.mean(0)

    def to(self, device: torch.device) -> LowerEncoder:
        """Return the encoder on a device: itself where it is there, else a copy."""
        if self._word_table.device == device:
            return self
        return LowerEncoder(copy.deepcopy(self._bert).to(device), self._count)

    def words(self, token_ids: Tensor) -> Tensor:
        """Return the static word embeddings of tokens, less their mean, as unit vectors ``[B, n, width]``.

        Word embeddings share a large common part, which hides how alike two words are (Mu and Viswanath 2018, arXiv
        1702.01417; of their method only the mean is removed).
        """
        return functional.normalize(self._word_table[token_ids] - self._word_mean, dim=-1)

    @torch.no_grad()
    def __call__(self, token_ids: Tensor, mask: Tensor | None) -> Tensor:
        """Return the states after the last frozen layer, ``[B, n, width]``; ``mask`` bool ``[B, n]`` or None."""
        attend = None if mask is None else mask[:, None, None, :]
        states: Tensor = self._embeddings(token_ids)
        for layer in self._layers:
            states = layer(states, attend)
        return states


def tuned_layers(bert: Any, first: int) -> nn.ModuleList:
    """Return trainable copies of a BERT's layers from ``first`` on."""
    copies = nn.ModuleList()
    for layer in bert.encoder.layer[first:]:
        copy = EncoderLayer()
        copy.load_state_dict(EncoderLayer.sharing(layer).state_dict())
        copies.append(copy)
    return copies


def pad_tokens(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Return token ids ``[B, n]`` padded on the right and their mask (True on real tokens)."""
    length = max(len(row) for row in rows)
    token_ids = torch.full((len(rows), length), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), length), dtype=torch.bool)
    for i, row in enumerate(rows):
        token_ids[i, : len(row)] = torch.tensor(row, dtype=torch.long)
        mask[i, : len(row)] = True
    return token_ids, mask
