"""The question encoder: MiniLM with its top layers tuned.

Embeddings and lower layers are the frozen MiniLM's own tensors (shared, not copied); only the tuned top layers come
from our weights. MiniLM's own top layers are run beside them: they give the question as one vector, which nothing was
trained on, so that it reads names of relations unlike any of the training's.
"""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from clew.decoding.embedded.network.packed import pack
from clew.kg.time_limit import looking
from clew.retrieval.encoder.bert import Bert, BertLayer
from clew.retrieval.encoder.padding import Unpadding

M = TypeVar("M", bound=nn.Module)


class LowerEncoder:
    """The frozen part: MiniLM's embeddings, its layers but for the ``tuned`` top ones, and, apart, its own top ones."""

    def __init__(self, bert: Bert, tuned: int) -> None:
        self._bert, self._tuned = bert, tuned
        self._layers, self._top = bert.layers[: len(bert.layers) - tuned], bert.layers[len(bert.layers) - tuned :]
        self._word_table = bert.word.weight.detach()
        self._word_mean = self._word_table.mean(0)

    def to(self, device: torch.device) -> LowerEncoder:
        """Return the encoder on a device: itself where it is there, else a copy."""
        if self._word_table.device == device:
            return self
        return LowerEncoder(copy.deepcopy(self._bert).to(device), self._tuned)

    def packed(self) -> LowerEncoder:
        """Return the encoder for inference on a CPU, its large weights rounded to float16 and packed.

        MiniLM's own weights are float32: of the answers to 3,000 MetaQA questions none differs, of their rankings of
        paths 12 do somewhere, and no confidence by 0.001.
        """
        found = copy.copy(self)
        found._layers, found._top = _sharing(self._layers), _sharing(self._top)
        pack(found._layers, rounding=True)
        pack(found._top, rounding=True)
        return found

    def words(self, token_ids: Tensor) -> Tensor:
        """Return the static word embeddings of tokens, less their mean, as unit vectors ``[B, n, width]``.

        Word embeddings share a large common part, which hides how alike two words are (Mu and Viswanath 2018, arXiv
        1702.01417; of their method only the mean is removed).
        """
        return functional.normalize(self._word_table[token_ids] - self._word_mean, dim=-1)

    @torch.no_grad()
    def __call__(self, token_ids: Tensor, mask: Tensor | None, unpadding: Unpadding | None = None) -> Tensor:
        """Return the states after the last frozen layer, ``[B, n, width]``; ``mask`` bool ``[B, n]`` or None.

        ``unpadding``, in place of a mask: token ids ``[T]`` and states ``[T, width]`` are those of tokens alone.
        """
        return through(self._layers, self._bert.embed(token_ids, unpadding), mask, unpadding)

    @torch.no_grad()
    def sentences(self, states: Tensor, mask: Tensor | None, unpadding: Unpadding | None = None) -> Tensor:
        """Return MiniLM's own vectors of texts, unit length ``[B, width]``, from the states that calling this gave.

        They are the mean over all tokens, as in Sentence-BERT (Reimers and Gurevych 2019, arXiv 1908.10084).
        """
        states = through(self._top, states, mask, unpadding)
        if unpadding is not None:
            states, mask = unpadding.pad(states), unpadding.mask
        if mask is None:
            return functional.normalize(states.mean(1), dim=-1)
        return functional.normalize((states * mask.unsqueeze(-1)).sum(1), dim=-1)


def _sharing(module: M) -> M:
    """Return a module of the same tensors, whose parts can be replaced without replacing those of the first."""
    found = copy.copy(module)
    found._modules = {n: None if part is None else _sharing(part) for n, part in module._modules.items()}
    return found


def through(layers: nn.ModuleList, states: Tensor, mask: Tensor | None, unpadding: Unpadding | None) -> Tensor:
    """Return the states after some layers; ``mask`` bool ``[B, n]`` or None; ``unpadding``, in place of a mask: see
    ``BertLayer``."""
    mask = mask if unpadding is None else unpadding.mask
    attend = None if mask is None else mask[:, None, None, :]
    for layer in looking(layers):
        states = layer(states, attend, unpadding=unpadding)
    return states


def tuned_layers(bert: Bert, count: int) -> nn.ModuleList:
    """Return trainable copies of a BERT's top layers."""
    copies = nn.ModuleList()
    for layer in bert.layers[len(bert.layers) - count :]:
        own = BertLayer()  # not copied: the random numbers drawn here are part of what a seed stands for
        own.load_state_dict(layer.state_dict())
        copies.append(own)
    return copies
