"""The KV cache of a causal LM as an arena of slots that many trees share.

Hugging Face's cache is one sequence per batch row; here one row holds every prompt and every hypothesis, each token in
a slot of its own, and who may see whom is said by the attention mask. So a prefix is stored once, a tree of
hypotheses is one forward, and several questions are one forward.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from clew.decoding.language_model import Int64


def cache_argument(module: Any) -> str:
    """Return what a transformers module calls its cache: ``cache`` since the fifth version's later releases, which warn
    of ``past_key_values`` and are to stop taking it in 5.40."""
    return "cache" if "cache" in inspect.signature(module.forward).parameters else "past_key_values"


class _ArenaLayer(DynamicLayer):  # type: ignore[misc]
    """One layer's keys and values, in buffers that double, so that appending does not copy what is there."""

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Take dtype, device and head sizes from the first states, each ``[1, heads, tokens, size]``."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self.used = 0
        self._keys = key_states.new_empty((*key_states.shape[:2], 0, key_states.shape[3]))
        self._values = value_states.new_empty((*value_states.shape[:2], 0, value_states.shape[3]))
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append states; return all keys and values."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.used + key_states.shape[2]
        self._keys, self._values = self._room(self._keys, end), self._room(self._values, end)
        self._keys[:, :, self.used : end] = key_states
        self._values[:, :, self.used : end] = value_states
        self.used = end
        self.keys, self.values = self._keys[:, :, :end], self._values[:, :, :end]
        return self.keys, self.values

    def get_seq_length(self) -> int:
        """Return the number of slots in use."""
        return self.used if self.is_initialized else 0

    @torch.inference_mode()
    def keep(self, slots: torch.Tensor) -> None:
        """Keep only these slots, in this order."""
        if not self.is_initialized:
            return
        slots = slots.to(self.device)
        n = len(slots)
        self._keys[:, :, :n] = self._keys.index_select(2, slots)
        self._values[:, :, :n] = self._values.index_select(2, slots)
        self.used = n
        self.keys, self.values = self._keys[:, :, :n], self._values[:, :, :n]

    def _room(self, buffer: torch.Tensor, end: int) -> torch.Tensor:
        if end <= buffer.shape[2]:
            return buffer
        grown = buffer.new_empty((*buffer.shape[:2], max(end, 2 * buffer.shape[2], 256), buffer.shape[3]))
        grown[:, :, : self.used] = buffer[:, :, : self.used]
        return grown


class Arena:
    """Slots ``0 .. size-1`` of keys and values over all layers."""

    def __init__(self) -> None:
        self.cache = Cache(layer_class_to_replicate=_ArenaLayer)

    @property
    def size(self) -> int:
        """Slots in use."""
        return int(self.cache.layers[0].get_seq_length()) if len(self.cache.layers) else 0

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values in use."""
        return sum(x.nbytes for layer in self.cache.layers for x in (layer.keys, layer.values))

    def truncate(self, size: int) -> None:
        """Forget every slot from ``size`` on (a forward that failed half-way, say)."""
        for layer in self.cache.layers:
            if layer.is_initialized and layer.used > size:
                layer.used = size
                layer.keys, layer.values = layer._keys[:, :, :size], layer._values[:, :, :size]

    def keep(self, slots: Int64) -> None:
        """Keep only these slots: slot ``slots[i]`` becomes slot i."""
        index = torch.from_numpy(slots)
        for layer in self.cache.layers:
            layer.keep(index)
