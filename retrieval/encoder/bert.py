"""BERT's encoder (Devlin et al. 2019, arXiv 1810.04805; post-layer-norm, exact GELU), read from a safetensors file.

Importing the library that defines it takes seconds and 140 MB, more than answering a question from the command line;
its tensors are read with the library that wrote them, and tests hold every state to that of ``transformers``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from clew.kg.errors import ModelUnavailable
from clew.kg.time_limit import looking
from clew.retrieval.encoder.gelu import gelu
from clew.retrieval.encoder.padding import Unpadding

_NEEDED = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
"""What a ``config.json`` must not say otherwise."""
_EMBEDDINGS = ("word", "position", "token_type")
HEADS = 12
EPSILON = 1e-12

_LAYER = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "norm1": "attention.output.LayerNorm",
    "up": "intermediate.dense",
    "down": "output.dense",
    "norm2": "output.LayerNorm",
}
"""Our names of a layer's parts to those of BERT's checkpoints."""


class BertLayer(nn.Module):
    """One BERT layer, of MiniLM's size unless said otherwise."""

    def __init__(self, width: int = 384, inner: int = 1536, heads: int = HEADS, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width, epsilon)
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)
        self.norm2 = nn.LayerNorm(width, epsilon)

    def forward(
        self, states: Tensor, mask: Tensor | None, fused: bool = False, unpadding: Unpadding | None = None
    ) -> Tensor:
        """Map states ``[B, n, width]``; ``mask`` bool, broadcast to ``[B, heads, n, n]``, is True on what is seen.

        ``fused``: with torch's fused attention, which is several times slower backwards on short sequences on a CPU.
        ``unpadding``: the states are those of tokens alone, ``[T, width]``; only attention sees them padded.
        """
        width = states.shape[-1]
        told = [linear(states) for linear in (self.query, self.key, self.value)]
        if unpadding is not None:
            told = [unpadding.pad(one) for one in told]
        query, key, value = (one.unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in told)
        if fused:
            attended = functional.scaled_dot_product_attention(query, key, value, mask)
        else:
            scores = query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5
            if mask is not None:
                scores = scores.masked_fill(~mask, -1e4)
            attended = scores.softmax(-1) @ value
        attended = attended.transpose(1, 2).flatten(2)
        if unpadding is not None:
            attended = unpadding.unpad(attended)
        states = self.norm1(states + self.output(attended))
        result: Tensor = self.norm2(states + self.down(gelu(self.up(states))))
        return result


class Bert(nn.Module):
    """Token ids to states: embeddings, then layers, in eval mode, for no gradients.

    ``config``: a checkpoint's ``config.json``; ``tensors``: its tensors, by their names there, which are not copied.
    Raises ``ModelUnavailable`` for an encoder that is no BERT, or one of a kind that is not read here; KeyError or
    RuntimeError where a tensor is missing or does not fit.
    """

    def __init__(self, config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, needed in _NEEDED.items():
            if config.get(name, needed) != needed:
                raise ModelUnavailable(f"unsupported encoder: {name} is {config[name]!r}, must be {needed!r}")
        word, position, segment = (tensors[f"embeddings.{name}_embeddings.weight"] for name in _EMBEDDINGS)
        self.positions, self.width = position.shape
        epsilon = float(config.get("layer_norm_eps", EPSILON))
        # not made on the meta device: filling one there imports torch's compiler, which takes seconds
        self.word, self.position, self.segment = map(nn.Embedding.from_pretrained, (word, position, segment))
        with torch.device("meta"):
            self.norm = nn.LayerNorm(self.width, epsilon)
            shape = self.width, config["intermediate_size"], config["num_attention_heads"], epsilon
            self.layers = nn.ModuleList(BertLayer(*shape) for _ in range(config["num_hidden_layers"]))
        _fill(self.norm, tensors, "embeddings.LayerNorm")
        for i, layer in enumerate(self.layers):
            for ours, theirs in _LAYER.items():
                _fill(layer.get_submodule(ours), tensors, f"encoder.layer.{i}.{theirs}")
        self.eval().requires_grad_(False)

    @classmethod
    def read(cls, folder: Path) -> Bert:
        """Read ``config.json`` and ``model.safetensors``; the tensors are the mapped file's own where they can be.

        Raises ``ModelUnavailable`` where a file is missing, damaged or of another kind.
        """
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            return cls(config, load_file(folder / "model.safetensors"))
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelUnavailable(f"the encoder cannot be loaded from the folder {folder}: {error}") from error

    @classmethod
    def sharing(cls, model: Any) -> Bert:
        """Return the encoder with the very tensors of a ``transformers`` ``BertModel``."""
        return cls(model.config.to_dict(), model.state_dict())

    def embed(self, token_ids: Tensor, unpadding: Unpadding | None = None) -> Tensor:
        """Return the embeddings ``[B, n, width]`` of token ids ``[B, n]`` (unpadded: ``[T, width]`` of ``[T]``)."""
        places = self.position.weight[: token_ids.shape[1]] if unpadding is None else self.position(unpadding.positions)
        embedded: Tensor = self.norm(self.word(token_ids) + self.segment.weight[0] + places)
        return embedded

    def forward(self, token_ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last states ``[B, n, width]`` of token ids ``[B, n]``; ``mask`` bool, True on real tokens."""
        length = token_ids.shape[1]
        attend = None if bool(mask.all()) else mask[:, None, None, :].expand(-1, 1, length, length)
        states = self.embed(token_ids)
        for layer in looking(self.layers):
            states = layer(states, attend, fused=True)
        return states


def _fill(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    module.load_state_dict({part: tensors[f"{name}.{part}"] for part in ("weight", "bias")}, assign=True)
