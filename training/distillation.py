"""Keeps what a network answered before, while it is trained on something else.

Learning without forgetting (Li and Hoiem 2016, arXiv 1606.09282): on examples of the kind that the teacher was trained
on, the network's distributions are drawn to the teacher's (Hinton et al. 2015, arXiv 1503.02531).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import NEGATIVE
from clew.training.losses import LossOutcome
from clew.training.synthetic.batches import IGNORED, Batch
from clew.training.synthetic.examples import Example

Known = Callable[[Example], bool]


class Teacher:
    """A network that is not trained, and which examples it is to be believed on.

    ``known`` tells whether an example is of the kind that the teacher was trained on; ``weight`` is that of the
    divergence beside the other losses.
    """

    def __init__(self, network: Network, known: Known, weight: float = 1.0) -> None:
        self.network = network.eval()
        self.network.requires_grad_(False)
        self._known, self._weight = known, weight

    def rows(self, examples: Sequence[Example], device: torch.device) -> Tensor:
        """Return which examples the teacher is believed on, bool ``[B]``."""
        return torch.tensor([self._known(example) for example in examples], device=device)

    def loss(self, taught: LossOutcome, teacher: LossOutcome, batch: Batch, rows: Tensor) -> Tensor:
        """Return the weighted mean divergence, from the teacher's, of what a network says on ``rows``: of each step's
        choice, of the whole path and of the number of hops."""
        trained = (batch.targets != IGNORED) & rows.unsqueeze(1)
        everywhere = torch.ones_like(taught.hops, dtype=torch.bool)
        steps = _mean(_divergence(teacher.logits, taught.logits, batch.choices), trained)
        whole = _mean(_divergence(teacher.whole, taught.whole, batch.path_mask), batch.answerable & rows)
        hops = _mean(_divergence(teacher.hops, taught.hops, everywhere), rows)
        return self._weight * (steps + whole + hops)


def _mean(values: Tensor, where: Tensor) -> Tensor:
    """Return the mean of the values there, 0 where there are none; the device is not waited for."""
    return (values * where).sum() / where.sum().clamp(min=1)


def _divergence(of: Tensor, to: Tensor, options: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of two sets of logits over the last dimension's options."""
    before = of.float().masked_fill(~options, NEGATIVE).log_softmax(-1)
    after = to.float().masked_fill(~options, NEGATIVE).log_softmax(-1)
    return (before.exp() * (before - after)).masked_fill(~options, 0.0).sum(-1)
