"""Frozen MiniLM features of short texts (relation labels, class names), each computed once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch

from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.tensors import LabelFeatures
from clew.kg.limits import MAX_LABEL_TOKENS
from clew.retrieval.encoder.minilm import TokenStates


class TokenEncoder(Protocol):
    """What gives token states: ``clew.retrieval.encoder.minilm.MiniLM``."""

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        """Return the last hidden states of every token of every text."""


def label_features(encoder: TokenEncoder, lower: LowerEncoder, texts: Sequence[str]) -> LabelFeatures:
    """Return the features of texts: mean-pooled unit vectors, and the states and words of their content tokens.

    Shapes ``[U, E]``, twice ``[U, T, E]``, ``[U, T]`` with T at most ``MAX_LABEL_TOKENS``.
    """
    found = encoder.token_states(list(texts))
    mask = torch.from_numpy(found.mask)
    states = torch.from_numpy(found.states)
    pooled = (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
    vectors = torch.nn.functional.normalize(pooled, dim=-1) * pooled.shape[-1] ** 0.5
    content = torch.from_numpy(found.content)
    length = min(MAX_LABEL_TOKENS, max(int(content.sum(1).max()), 1))
    # content tokens first, in order: a stable sort of "is not content"
    order = (~content).long().sort(dim=1, stable=True).indices[:, :length]
    tokens = states.gather(1, order.unsqueeze(-1).expand(-1, -1, states.shape[-1]))
    words = lower.words(torch.from_numpy(found.token_ids).gather(1, order))
    return LabelFeatures(vectors, tokens, words, content.gather(1, order))
