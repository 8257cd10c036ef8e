"""A probe, run once per loaded model: does the tree give what the plain model gives?

Architectures differ in ways no list can keep up with (logit scalings, position schemes, layers without a cache per
token). Comparing one small tree with two plain forwards turns each of them into a clear refusal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from clew.decoding.causal.token_model import TokenModel
from clew.decoding.language_model import Score
from clew.kg.errors import BadInput

TOLERANCE = {torch.float32: 2e-3, torch.float16: 0.1, torch.bfloat16: 0.5}
"""Largest accepted difference of a log-probability, nats. Sums in another order differ by some 1e-5 in float32; half
precisions round logits of size 30 by up to 0.02 and 0.13, and layers add to that. A wrong mask or scaling is off by
far more on any model with weights that were trained."""


@torch.inference_mode()
def check(lm: TokenModel, model: Any) -> None:
    """Raise ``BadInput`` unless a branching tree scores as two plain forwards of its branches do."""
    try:
        off = _difference(lm, model)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise BadInput(f"{type(model).__name__} cannot be searched as a tree ({error}); {_INSTEAD}") from error
    if not off <= TOLERANCE.get(next(model.parameters()).dtype, 0.5):
        raise BadInput(
            f"{type(model).__name__} cannot be searched as a tree: log-probabilities differ from the plain model's by "
            f"up to {off:.3g} nats (its attention, positions or logit scaling are not supported); {_INSTEAD}"
        )


_INSTEAD = "clew.decoding.causal.branch_lm.BranchLM can score it branch by branch"


def _difference(lm: TokenModel, model: Any) -> float:
    """Return the largest difference of a log-probability between a tree of two branches and the plain model."""
    vocabulary = min(lm.vocab_size, int(model.get_input_embeddings().weight.shape[0]))
    ids = np.random.default_rng(0).integers(0, vocabulary, 9).astype(np.int32)
    prompt, left, right = ids[:5], ids[5:7], ids[7:9]
    targets = np.arange(min(vocabulary, 64), dtype=np.int32)
    tree = lm.encode_tokens([prompt])[0]
    nodes = lm.extend(tree, np.array([0, 0, 1, 2]), np.array([left[0], right[0], left[1], right[1]], np.int32))
    off, device = 0.0, next(model.parameters()).device
    for branch, node in ((left, nodes[2]), (right, nodes[3])):
        plain = torch.from_numpy(np.concatenate([prompt, branch])).long()[None].to(device)
        logits = model(plain, use_cache=False).logits[0, -1].float()
        expected = torch.log_softmax(logits, -1)[: len(targets)].cpu().numpy()
        got = lm.log_probs(tree, np.array([node]), np.array([0, len(targets)]), targets, Score.CONDITIONAL)
        off = max(off, float(np.nan_to_num(np.abs(got - expected), nan=np.inf).max()))
    lm.release(tree)
    return off
