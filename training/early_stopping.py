"""Keeps the weights that were best on examples that are not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from clew.training.synthetic.examples import Example
from clew.training.trainer import Trainer, TrainingProgress

Groups = Sequence[Sequence[Example]]


class BestWeights:
    """An observer of a run that looks at held-out examples every so many steps, and keeps the best weights.

    ``groups``: the examples, by kind; the sum of their losses counts, so a run that learns one kind at the expense of
    another is no better. Only the parts of the loss that rank paths are looked at.
    """

    def __init__(
        self,
        trainer: Trainer,
        groups: Groups,
        every: int = 100,
        batch: int = 48,
        then: Callable[[TrainingProgress], None] | None = None,
    ) -> None:
        self._trainer, self._groups, self._every, self._batch, self._then = trainer, groups, every, batch, then
        self.looks: dict[int, list[float]] = {}
        self._least, self._kept = float("inf"), dict[str, Tensor]()

    def __call__(self, progress: TrainingProgress) -> None:
        """Take note of a step."""
        if self._then is not None:
            self._then(progress)
        if progress.step % self._every and progress.step != progress.steps:
            return
        self.look(progress.step)

    def look(self, step: int) -> None:
        """Judge the weights as they are after a step (0: before the first)."""
        network = self._trainer.network
        was_training = network.training
        network.eval()
        found = [self._loss(group) for group in self._groups]
        network.train(was_training)
        self.looks[step] = [round(loss, 4) for loss in found]
        if sum(found) < self._least:
            self._least = sum(found)
            self._kept = {name: value.detach().clone() for name, value in network.state_dict().items()}

    def restore(self) -> int:
        """Give the network the best weights; return the step that they are of."""
        self._trainer.network.load_state_dict(self._kept)
        return min(self.looks, key=lambda step: sum(self.looks[step]))

    @torch.no_grad()
    def _loss(self, group: Sequence[Example]) -> float:
        total = 0.0
        for at in range(0, len(group), self._batch):
            some = group[at : at + self._batch]
            parts, _, _ = self._trainer.forward(some)
            total += float(parts.step + parts.whole) * len(some)
        return total / len(group)
