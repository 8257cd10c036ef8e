"""From hidden states to log-probabilities: over the whole vocabulary, or over the allowed rows of the head only."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.kg.limits import MAX_LOGITS_HELD


class LMHead:
    """The output layer of a causal LM together with what the architecture does to its logits afterwards.

    Logit scalings known: division (Granite), multiplication (Cohere, FalconH1) and soft capping (Gemma 2). Whoever
    builds this must compare it with the model's own logits once (``CausalLM`` does), so that an architecture that does
    something else is refused rather than scored wrongly.
    """

    def __init__(self, model: Any) -> None:
        self._layer: nn.Module = model.get_output_embeddings()
        config = model.config.get_text_config()
        self._factor = float(getattr(config, "logit_scale", None) or 1.0)
        self._factor *= float(getattr(config, "lm_head_multiplier", None) or 1.0)
        self._factor /= float(getattr(config, "logits_scaling", None) or 1.0)
        cap = getattr(config, "final_logit_softcapping", None)
        self._cap = float(cap) if cap else None
        weight = getattr(self._layer, "weight", None)
        self._plain = isinstance(self._layer, nn.Linear) and weight is not None and weight.is_floating_point()
        self._by_row = self._plain and type(self._layer) is nn.Linear
        self.vocab_size = int(weight.shape[0]) if self._plain and weight is not None else int(config.vocab_size)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return float32 logits over the whole vocabulary, ``[n, V]``."""
        return self._shape(self._layer(hidden).float())

    def log_probs(self, hidden: torch.Tensor, row_ptr: Int64, tokens: Int32, score: Score) -> Float32:
        """Score ``tokens[row_ptr[i]:row_ptr[i+1]]`` from ``hidden[i]``; ``hidden`` is ``[n, H]``. Nats, float32."""
        counts = np.diff(row_ptr)
        if score is Score.LOCAL and self._by_row and len(tokens):
            out = np.empty(len(tokens), np.float32)
            wide = counts > max(1, self.vocab_size // 8)
            for rows in _chunks(counts, np.flatnonzero(~wide), MAX_LOGITS_HELD // hidden.shape[1]):
                self._local(hidden, row_ptr, tokens, rows, out)
            self._whole(hidden, row_ptr, tokens, np.flatnonzero(wide), out, score)
            return out
        out = np.empty(len(tokens), np.float32)
        self._whole(hidden, row_ptr, tokens, np.arange(len(counts)), out, score)
        return out

    def _shape(self, logits: torch.Tensor) -> torch.Tensor:
        logits = logits * self._factor if self._factor != 1.0 else logits
        return torch.tanh(logits / self._cap) * self._cap if self._cap is not None else logits

    def _local(self, hidden: torch.Tensor, row_ptr: Int64, tokens: Int32, rows: Int64, out: Float32) -> None:
        """Score rows by the head's allowed rows only: one dot product per target, none per vocabulary entry."""
        assert isinstance(self._layer, nn.Linear)
        weight, bias = self._layer.weight, self._layer.bias
        places = _places(row_ptr, rows)
        counts = torch.from_numpy(np.diff(row_ptr)[rows])
        owner = torch.repeat_interleave(torch.arange(len(rows)), counts)
        ids = torch.from_numpy(tokens[places].astype(np.int64)).to(weight.device)
        picked = hidden[torch.from_numpy(rows).to(hidden.device)].float()
        logits = (picked[owner.to(hidden.device)] * weight[ids].float()).sum(-1)
        if bias is not None:
            logits = logits + bias[ids].float()
        logits = self._shape(logits)
        on = logits.device
        owner = owner.to(on)
        top = torch.full((len(rows),), -torch.inf, device=on).scatter_reduce(0, owner, logits, "amax")
        total = torch.zeros(len(rows), device=on).index_add_(0, owner, torch.exp(logits - top[owner]))
        out[places] = (logits - top[owner] - torch.log(total)[owner]).cpu().numpy()

    def _whole(
        self, hidden: torch.Tensor, row_ptr: Int64, tokens: Int32, rows: Int64, out: Float32, score: Score
    ) -> None:
        """Score rows from logits over the whole vocabulary."""
        size = max(1, MAX_LOGITS_HELD // self.vocab_size)
        for begin in range(0, len(rows), size):
            part = rows[begin : begin + size]
            logits = self.logits(hidden[torch.from_numpy(part).to(hidden.device)])
            norms = torch.logsumexp(logits, -1) if score is Score.CONDITIONAL else None
            for i, row in enumerate(part):
                span = slice(int(row_ptr[row]), int(row_ptr[row + 1]))
                ids = torch.from_numpy(tokens[span].astype(np.int64)).to(logits.device)
                mine = logits[i, ids]
                norm = norms[i] if norms is not None else torch.logsumexp(mine, -1)
                out[span] = (mine - norm).cpu().numpy()


def _chunks(counts: Int64, rows: Int64, most: int) -> list[Int64]:
    """Split rows into runs of at most ``most`` targets each (a longer row stays whole)."""
    chunks: list[list[int]] = [[]]
    filled = 0
    for row in rows.tolist():
        if chunks[-1] and filled + counts[row] > most:
            chunks.append([])
            filled = 0
        if counts[row]:
            chunks[-1].append(row)
            filled += int(counts[row])
    return [np.array(c, np.int64) for c in chunks if c]


def _places(row_ptr: Int64, rows: Int64) -> Int64:
    """Return the indices of the targets of rows, in row order."""
    counts = row_ptr[rows + 1] - row_ptr[rows]
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.asarray(np.repeat(row_ptr[rows] - first, counts) + np.arange(int(counts.sum())), np.int64)
