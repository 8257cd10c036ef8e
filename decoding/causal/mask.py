"""Who sees whom, in the form that transformers' models take it: a 4D additive mask, or one per kind of layer."""

from __future__ import annotations

from typing import Any

import torch

from clew.decoding.language_model import Int64
from clew.kg.errors import BadInput
from clew.tries.constraint import Bool

_TREE_ATTENTION = {"eager", "sdpa"}
_FULL, _SLIDING = "full_attention", "sliding_attention"


class AttentionMask:
    """Builds masks for one model. Sliding-window layers see the last ``window`` positions of a node's own branch.

    Raises:
        BadInput: an attention implementation that takes no 4D mask, or layers that are no attention over a prefix.
    """

    def __init__(self, config: Any, dtype: torch.dtype, device: torch.device) -> None:
        implementation = getattr(config, "_attn_implementation", None) or "eager"
        if implementation not in _TREE_ATTENTION:
            raise BadInput(
                f"attention {implementation!r} does not support tree masks; load the model with 'sdpa' or 'eager'"
            )
        kinds = set(getattr(config, "layer_types", None) or [])
        if kinds - {_FULL, _SLIDING}:
            raise BadInput(
                f"layers of kind {sorted(kinds - {_FULL, _SLIDING})} have no per-token cache, which tree search needs"
            )
        window = getattr(config, "sliding_window", None)
        uses_window = getattr(config, "use_sliding_window", True) is not False
        self._window = int(window) if window and (_SLIDING in kinds or (not kinds and uses_window)) else None
        self._by_kind = _SLIDING in kinds
        self._dtype, self._device = dtype, device

    def build(self, seen: Bool, positions: Int64, key_positions: Int64) -> torch.Tensor | dict[str, torch.Tensor]:
        """Return the additive mask of ``seen`` ``[q, keys]``, given the positions of queries and keys."""
        if self._window is None:
            return self._additive(seen)
        near = key_positions[None, :] > positions[:, None] - self._window
        if not self._by_kind:
            return self._additive(seen & near)
        return {_FULL: self._additive(seen), _SLIDING: self._additive(seen & near)}

    def _additive(self, seen: Bool) -> torch.Tensor:
        visible = torch.from_numpy(seen).to(self._device)
        zero = torch.zeros((), dtype=self._dtype, device=self._device)
        hidden = torch.full((), torch.finfo(self._dtype).min, dtype=self._dtype, device=self._device)
        return torch.where(visible, zero, hidden)[None, None]
