"""What a teacher says is kept while a network learns something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import torch

from clew.decoding.embedded.network.encoder import tuned_layers
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.training.distillation import Teacher
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import Example, ExampleSampler
from clew.training.synthetic.lexicon import read_lexicon
from clew.training.trainer import Recipe, Trainer
from tests.decoding.embedded.toys import encoder, random_network


def some(number: int, domain: int = 0) -> list[Example]:
    return list(islice(ExampleSampler(read_lexicon()[domain : domain + 1], 0, unanswerable=0.3), number))


def made(seed: int) -> Network:
    torch.manual_seed(seed)
    return Network(Config(tuned_layers=1), tuned_layers(encoder().bert, 1))


def trained(network: Network, teacher: Teacher | None = None, device: str = "cpu") -> Trainer:
    _, lower = random_network()
    return Trainer(network, lower, LabelTable(encoder(), lower), encoder().tokenizer, torch.device(device), teacher)


def kept(network: Network, teacher: Teacher, examples: Sequence[Example]) -> float:
    torch.manual_seed(0)
    network.train()
    for part in network.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return float(trained(network, teacher).forward(examples)[0].kept.detach())


def test_a_network_that_says_the_same_keeps_everything() -> None:
    network, examples = made(0), some(8)
    same = made(0)
    assert kept(network, Teacher(same, lambda example: True), examples) < 1e-4
    assert kept(network, Teacher(made(1), lambda example: True), examples) > 1e-2


def test_only_known_examples_count() -> None:
    network, examples = made(0), [*some(6), *some(6, domain=1)]
    names = {example.domain for example in some(6)}
    assert kept(network, Teacher(made(1), lambda example: False), examples) == 0.0
    teacher = Teacher(made(1), lambda example: example.domain in names)
    assert teacher.rows(examples, torch.device("cpu")).tolist() == [example.domain in names for example in examples]
    assert kept(network, teacher, examples) > 0


def test_training_with_a_teacher_forgets_less() -> None:
    """Both learn the second domain alone, but for the first one's questions that the teacher is asked."""
    before, known, other = made(0), some(8), some(16, domain=1)
    names = {example.domain for example in known}

    def stream() -> Iterator[Example]:
        while True:
            yield from other
            yield from known

    def after(weight: float) -> float:
        network = made(0)
        teacher = Teacher(made(1), lambda example: example.domain in names, weight)
        trained(network, teacher).run(stream(), Recipe(12, batch=8, rate=3e-3))
        return kept(network, Teacher(made(1), teacher._known), known)

    assert after(20.0) < 0.8 * after(0.0)
    assert all(not parameter.requires_grad for parameter in Teacher(before, lambda example: True).network.parameters())


def test_a_teacher_answers_on_the_device_alone() -> None:
    meta = torch.device("meta")
    trainer = trained(made(0).train(), Teacher(made(1), lambda example: True), "meta")
    collated = some(6)
    parts, outcome, batch = trainer.forward(collated)
    assert {part.device for part in (*parts, *outcome, batch.mask)} == {meta}
