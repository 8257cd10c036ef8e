"""One training run of the network over a stream of examples."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from clew.decoding.embedded.answer_type.relations import Nouns
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import EncodedQuestion, LabelFeatures, Relations
from clew.retrieval.encoder.word_pieces import WordPieces
from clew.training.distillation import Teacher
from clew.training.losses import Losses, LossOutcome, losses
from clew.training.synthetic.batches import Batch, LabelTable, collate
from clew.training.synthetic.examples import Example

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a run goes. Learning rates are peaks of a linear warm-up and a cosine decay; AdamW."""

    steps: int
    batch: int = 64
    rate: float = 6e-4
    encoder_rate: float = 1e-4
    weight_decay: float = 0.01
    warmup: float = 0.05
    clip: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """What an observer is told after a step: losses by name, and shares right on the batch."""

    step: int
    steps: int
    losses: dict[str, float]
    accuracy: dict[str, float]


class Trainer:
    """Holds what a run needs: the frozen lower encoder, the network, the label table and the tokenizer.

    The network is moved to ``device`` and trained there; labels are read, and batches put together, where ``lower`` is
    (the CPU). ``teacher``: a network of the same shape whose answers are to be kept (``distillation``).
    """

    def __init__(
        self,
        network: Network,
        lower: LowerEncoder,
        table: LabelTable,
        tokenizer: WordPieces,
        device: torch.device = CPU,
        teacher: Teacher | None = None,
    ) -> None:
        self._teacher = teacher
        if teacher is not None:
            teacher.network.to(device)
        self.network, self.lower, self.table, self.tokenizer = network.to(device), lower, table, tokenizer
        self._device, self._lower = device, lower.to(device)
        self._nouns = Nouns(tokenizer, lower)

    def read(self, batch: Batch, network: Network | None = None) -> tuple[EncodedQuestion, Relations, Batch]:
        """Encode a batch's questions and relations by the network, or another; return them, and the batch, where the
        network is."""
        network = network or self.network
        ids = torch.cat([batch.label_ids, batch.target_ids], 1)
        unique, where = ids.clamp(min=0).unique(return_inverse=True)  # type: ignore[no-untyped-call]
        label_ids, target_ids = where.to(self._device).chunk(2, 1)
        labels = LabelFeatures(*(part.to(self._device) for part in self.table.rows(unique)))
        batch = batch.to(self._device)
        targets = torch.where(batch.target_ids >= 0, target_ids, -1)
        decoder = network.decoder
        relations = decoder.relations(labels, label_ids, batch.inverse, targets)
        below = self._lower(batch.token_ids, batch.mask)
        states, sentences = network.encode(below, batch.mask), self._lower.sentences(below, batch.mask)
        words = self._lower.words(batch.token_ids)
        question = decoder.reader(states, words, sentences, batch.mask, batch.topic, relations, batch.kinds)
        return question, relations, batch

    def forward(self, examples: Sequence[Example]) -> tuple[Losses, LossOutcome, Batch]:
        """Return losses and scores of some examples."""
        collated = collate(examples, self.table, self.tokenizer, self._nouns)
        with _precision(self._device):
            question, relations, batch = self.read(collated)
            parts, outcome = losses(self.network.decoder, question, relations, batch)
            if self._teacher is not None and self.network.training:
                parts = parts._replace(kept=self._kept(self._teacher, examples, outcome, collated))
        return parts, outcome, batch

    def _kept(self, teacher: Teacher, examples: Sequence[Example], outcome: LossOutcome, batch: Batch) -> Tensor:
        """Return how far what the network says is from what the teacher says."""
        with torch.no_grad():
            question, relations, batch = self.read(batch, teacher.network)
            _, before = losses(teacher.network.decoder, question, relations, batch)
        return teacher.loss(outcome, before, batch, teacher.rows(examples, self._device))

    def run(
        self, stream: Iterator[Example], recipe: Recipe, observe: Callable[[TrainingProgress], None] | None = None
    ) -> None:
        """Train for ``recipe.steps`` batches of the stream."""
        optimiser = torch.optim.AdamW(self._groups(recipe), weight_decay=recipe.weight_decay)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
        self.network.train()
        batches = by_length(stream, recipe.batch)
        for step in range(recipe.steps):
            parts, outcome, batch = self.forward(next(batches))
            optimiser.zero_grad()
            parts.total().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
            optimiser.step()
            schedule.step()
            if observe is not None:
                named = {name: float(value.detach()) for name, value in zip(Losses._fields, parts, strict=True)}
                observe(TrainingProgress(step + 1, recipe.steps, named, accuracy(outcome, batch)))
        self.network.eval()

    def _groups(self, recipe: Recipe) -> list[dict[str, Any]]:
        groups = [{"params": list(self.network.decoder.parameters()), "lr": recipe.rate}]
        layers = list(self.network.layers.parameters())
        if layers:
            groups.append({"params": layers, "lr": recipe.encoder_rate})
        return groups


def accuracy(outcome: LossOutcome, batch: Batch) -> dict[str, float]:
    """Return, over answerable examples, how often each scorer puts the gold path first."""
    rows = batch.answerable
    if not bool(rows.any()):
        return {}
    first = {}
    for name, scores in (("whole", outcome.whole), ("path", outcome.path)):
        best: Tensor = scores.masked_fill(~batch.path_mask, -1e9).argmax(1)
        first[name] = float((best[rows] == 0).float().mean())
    return first


def by_length(stream: Iterator[Example], size: int) -> Iterator[list[Example]]:
    """Yield batches of questions of similar length, in random order, from windows of the stream: less padding."""
    order = random.Random(0)
    while window := list(islice(stream, 8 * size)):
        window.sort(key=lambda example: len(example.question.text))
        batches = [window[at : at + size] for at in range(0, len(window), size)]
        order.shuffle(batches)
        yield from batches


def _precision(device: torch.device) -> AbstractContextManager[None]:
    """Return the precision of a forward: bfloat16 where the device multiplies it natively, which takes half the time
    and differs in the noise."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())
    return torch.autocast(device.type, torch.bfloat16) if fast else nullcontext()


def _rate(step: int, recipe: Recipe) -> float:
    warm = max(1, int(recipe.warmup * recipe.steps))
    if step < warm:
        return (step + 1) / warm
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, recipe.steps - warm)))
