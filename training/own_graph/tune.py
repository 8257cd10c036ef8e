"""Fine-tunes the network on one graph, with early stopping on a held-out part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from clew.decoding.embedded.network.network import Network
from clew.training.synthetic.examples import Example
from clew.training.trainer import Trainer, by_length

State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How the network is tuned. ``rate`` is that of the decoder, warmed up and then decayed to a tenth.

    Every ``every`` steps the held-out part is judged; after ``patience`` judgements without a gain, or ``seconds`` of
    CPU time, the best state so far is taken. ``steps`` bounds the whole.
    """

    steps: int = 400
    batch: int = 48
    rate: float = 2.5e-4
    encoder_rate: float = 3e-5
    weight_decay: float = 0.01
    clip: float = 1.0
    every: int = 50
    patience: int = 3
    seconds: float = 420.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good a state is on the held-out part: Hits@1, then the mean surprise (nats) at the gold path."""

    hits: float
    surprise: float

    def better_than(self, other: Judgement) -> bool:
        """Return whether this one is to be preferred."""
        if abs(self.hits - other.hits) > 1e-9:
            return self.hits > other.hits
        return self.surprise < other.surprise


@dataclass(frozen=True, slots=True)
class TuningStep:
    """What an observer is told: the step, their number at most, the loss, and the judgement where one was made."""

    step: int
    steps: int
    loss: float
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best state met (None: the one before any step), the step it was met at, and how many were made."""

    state: State | None
    best_step: int
    steps: int


def tune(
    trainer: Trainer,
    stream: Iterator[Example],
    schedule: Schedule,
    judge: Callable[[], Judgement],
    observe: Callable[[TuningStep], None] | None = None,
) -> Tuned:
    """Train on the stream; the network is left in its last state, in eval mode."""
    network, begin = trainer.network, time.process_time()
    best, state, best_step, since, step = judge(), None, 0, 0, 0
    network.requires_grad_(True)
    optimiser = _optimiser(network, schedule)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: _rate(at, schedule))
    for batch in by_length(stream, schedule.batch):
        network.train()
        loss = trainer.forward(batch)[0].total()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), schedule.clip)
        optimiser.step()
        rates.step()
        step += 1
        late = time.process_time() - begin > schedule.seconds
        last, judged = late or step >= schedule.steps, None
        if last or step % schedule.every == 0:
            network.eval()
            judged = judge()
            since += 1
            if judged.better_than(best):
                best, best_step, since = judged, step, 0
                state = {name: value.detach().clone() for name, value in network.state_dict().items()}
        if observe is not None:
            observe(TuningStep(step, schedule.steps, float(loss.detach()), judged))
        if last or since >= schedule.patience:
            break
    network.eval().requires_grad_(False)
    return Tuned(state, best_step, step)


def _optimiser(network: Network, schedule: Schedule) -> torch.optim.AdamW:
    """Return the optimiser: the decoder learns at one rate, the encoder's layers at another."""
    groups = [
        {"params": list(network.decoder.parameters()), "lr": schedule.rate},
        {"params": list(network.layers.parameters()), "lr": schedule.encoder_rate},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=schedule.weight_decay)


def _rate(step: int, schedule: Schedule) -> float:
    warm = max(1, schedule.steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 1 - 0.9 * (step - warm) / max(1, schedule.steps - warm)
