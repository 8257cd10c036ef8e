"""The weights that are kept are those that were best on held-out examples."""

from __future__ import annotations

from itertools import islice

import torch

from clew.decoding.embedded.network.encoder import tuned_layers
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.training.early_stopping import BestWeights
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import ExampleSampler
from clew.training.synthetic.lexicon import read_lexicon
from clew.training.trainer import Trainer, TrainingProgress
from tests.decoding.embedded.toys import encoder, random_network


def test_the_best_of_what_was_looked_at_comes_back() -> None:
    _, lower = random_network()
    torch.manual_seed(0)
    network = Network(Config(tuned_layers=1), tuned_layers(encoder().bert, 1))
    trainer = Trainer(network, lower, LabelTable(encoder(), lower), encoder().tokenizer)
    told: list[int] = []
    seen = list(islice(ExampleSampler(read_lexicon()[:2], 0), 6))
    best = BestWeights(trainer, [seen[:3], seen[3:]], every=2, then=lambda progress: told.append(progress.step))
    best.look(0)
    start = network.decoder.output.weight.detach().clone()
    for step in (1, 2, 3):
        with torch.no_grad():
            network.decoder.output.weight.add_(torch.randn_like(start) * 5)
        best(TrainingProgress(step, 3, {}, {}))
    assert told == [1, 2, 3]
    assert set(best.looks) == {0, 2, 3}
    assert all(len(losses) == 2 for losses in best.looks.values())
    kept = best.restore()
    assert sum(best.looks[kept]) == min(map(sum, best.looks.values()))
    assert torch.equal(network.decoder.output.weight, start) == (kept == 0)
