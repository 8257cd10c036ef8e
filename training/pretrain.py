"""``python -m clew.training.pretrain --out DIR``: make the embedded model's weights from the lexicon, repeatably."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import click
import torch

from clew.decoding.embedded.network import weights
from clew.decoding.embedded.network.encoder import LowerEncoder, tuned_layers
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.network.tensors import Config
from clew.decoding.embedded.ranking.fusion import Fusion
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.calibrate import CalibrationCase, cases, declined, first_by_part, fit, report
from clew.training.distillation import Teacher
from clew.training.early_stopping import BestWeights
from clew.training.questions.material import QuestionMaterial, read_material
from clew.training.synthetic import lexicon
from clew.training.synthetic.batches import LabelTable
from clew.training.synthetic.examples import Example, ExampleSampler, of_other_fields
from clew.training.synthetic.lexicon import Domain
from clew.training.trainer import CPU, Recipe, Trainer, TrainingProgress

HELD_OUT = ("commerce", "technology")
"""Groups of domains never trained on: the fusion weights and the confidence are fitted on them."""


@dataclass(frozen=True, slots=True)
class PretrainingPlan:
    """What one pretraining does. ``fit_cases`` held-out examples fit the fusion, as many others report on it."""

    seed: int = 0
    tuned_layers: int = 3
    recipe: Recipe = field(default_factory=lambda: Recipe(steps=3000))
    fit_cases: int = 1500
    held_out: tuple[str, ...] = HELD_OUT
    left_out_groups: tuple[str, ...] = ()
    """Groups of domains not used at all, for measuring transfer."""
    unanswerable: float = 0.3
    continued_from: str = ""
    """Fingerprint of the weights that the run went on from."""
    kept_of_start: float = 0.0
    """How much of those weights there is in the average with the trained ones that is kept."""
    taught_by: str = ""
    """Fingerprint of the weights whose answers to the lexicon's questions were kept while training."""
    questions: str = ""
    """Fingerprint of the real questions that were trained on beside the lexicon's."""
    questions_share: float = 0.5
    """How many of the examples are real questions, where there are any."""
    judged: int = 240
    """Held-out examples of each kind by which the best weights of the run are told."""


BESIDE_REAL = (0.1, 0.45, 0.45)
"""Weights of 1, 2 and 3 hops among the lexicon's examples beside real questions, nearly all of which ask for one hop:
else the model learns to stop early."""
SETTLING = Recipe(steps=400, rate=4e-4, encoder_rate=7e-5)
"""The recipe of a run that goes on from earlier weights."""
QUICK = PretrainingPlan(recipe=Recipe(steps=4, batch=24), tuned_layers=1, fit_cases=12, judged=8)
"""A minute's run for tests: its weights are of no use."""


def pretrain(
    plan: PretrainingPlan,
    encoder: MiniLM,
    domains: Sequence[Domain],
    observe: Callable[[TrainingProgress], None] | None = None,
    start: Network | None = None,
    device: torch.device = CPU,
    material: QuestionMaterial | None = None,
    teacher: Network | None = None,
) -> tuple[Network, Fusion, dict[str, Any]]:
    """Train the network on every domain but the held-out ones, fit the fusion on those; return figures as well.

    ``start``: a network to go on from, of the plan's shape. ``device``: where the network is trained; everything else
    happens on the CPU, and it ends there. ``material``: real questions to train on beside the lexicon's. ``teacher``: a
    network whose answers to the lexicon's questions are to be kept. The weights kept are those that were best on
    held-out examples of each kind.
    """
    torch.manual_seed(plan.seed)
    used = lexicon.without_groups(domains, plan.left_out_groups)
    trained = [domain for domain in used if domain.group not in plan.held_out]
    held_out = [domain for domain in used if domain.group in plan.held_out]
    network = Network(Config(tuned_layers=plan.tuned_layers), tuned_layers(encoder.bert, plan.tuned_layers))
    if start is not None:
        network.load_state_dict(start.state_dict())
    lower = LowerEncoder(encoder.bert, plan.tuned_layers)
    table, made = LabelTable(encoder, lower), frozenset(domain.name for domain in trained)
    taught = None if teacher is None else Teacher(teacher, lambda example: example.domain in made)
    trainer = Trainer(network, lower, table, encoder.tokenizer, device, taught)
    best = BestWeights(trainer, _judged(plan, held_out, material), then=observe)
    figures = {"device": device.type, **_run(trainer, _stream(plan, trained, material), plan.recipe, best)}
    if start is not None and plan.kept_of_start:
        average(network, start, plan.kept_of_start)
    round_weights(network.to(CPU))
    fusion, fitted = fit_fusion(plan, trainer, held_out, material)
    return network, fusion, {**figures, **fitted}


def _run(trainer: Trainer, stream: Iterator[Example], recipe: Recipe, best: BestWeights) -> dict[str, Any]:
    """Train, and leave the network with its best weights; return figures of the run."""
    begin, cpu_begin = time.monotonic(), time.process_time()
    best.look(0)
    trainer.run(stream, recipe, best)
    return {
        "best_step": best.restore(),
        "held_out_losses": {str(step): losses for step, losses in best.looks.items()},
        "seconds": round(time.monotonic() - begin, 1),
        "cpu_seconds": round(time.process_time() - cpu_begin, 1),
    }


def _stream(plan: PretrainingPlan, trained: Sequence[Domain], material: QuestionMaterial | None) -> Iterator[Example]:
    """Yield the examples to train on: the lexicon's, and real questions in their share."""
    if material is None:
        yield from ExampleSampler(trained, plan.seed, unanswerable=plan.unanswerable)
        return
    made = iter(ExampleSampler(trained, plan.seed, BESIDE_REAL, plan.unanswerable))
    real, rng = iter(material.trained(plan.seed, plan.unanswerable)), random.Random(plan.seed)
    while True:
        yield next(real if rng.random() < plan.questions_share else made)


def _judged(
    plan: PretrainingPlan, held_out: Sequence[Domain], material: QuestionMaterial | None
) -> list[list[Example]]:
    """Return held-out examples of each kind, others than the fusion is fitted on."""
    kinds = [iter(ExampleSampler(held_out, plan.seed + 3, unanswerable=plan.unanswerable))]
    if material is not None:
        kinds.append(iter(material.held_out(plan.seed + 3, plan.unanswerable)))
    return [list(islice(kind, plan.judged)) for kind in kinds]


@torch.no_grad()
def average(network: Network, start: Network, kept: float) -> None:
    """Average the network's weights with those that it started from, of which ``kept`` (0 to 1) is kept: what was known
    before is forgotten less than what is new is lost (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903)."""
    before = start.state_dict()
    for name, tensor in network.state_dict().items():
        tensor.lerp_(before[name].to(tensor), kept)


@torch.no_grad()
def round_weights(network: Network) -> None:
    """Round the network to what its file will hold (float16), so that the fusion is fitted to what will be used."""
    for tensor in network.state_dict().values():
        tensor.copy_(tensor.to(torch.float16).float())


def refit(
    plan: PretrainingPlan,
    encoder: MiniLM,
    domains: Sequence[Domain],
    network: Network,
    material: QuestionMaterial | None = None,
) -> tuple[Fusion, dict[str, Any]]:
    """Fit the fusion of a trained network again, as the run that trained it would."""
    lower = LowerEncoder(encoder.bert, network.config.tuned_layers)
    trainer = Trainer(network, lower, LabelTable(encoder, lower), encoder.tokenizer)
    used = lexicon.without_groups(domains, plan.left_out_groups)
    return fit_fusion(plan, trainer, [domain for domain in used if domain.group in plan.held_out], material)


def fit_fusion(
    plan: PretrainingPlan, trainer: Trainer, held_out: Sequence[Domain], material: QuestionMaterial | None = None
) -> tuple[Fusion, dict[str, Any]]:
    """Fit on examples of the held-out domains, and as many held-out real questions; report on other examples of each
    kind."""
    kinds = {"held_out": iter(ExampleSampler(held_out, plan.seed + 1, unanswerable=0.2))}
    if material is not None:
        kinds["held_out_questions"] = iter(material.held_out(plan.seed + 1, unanswerable=0.2))
    fitted: list[CalibrationCase] = []
    others: dict[str, tuple[list[CalibrationCase], list[CalibrationCase]]] = {}
    for name, sampler in kinds.items():
        near, far = _cases_of(plan, trainer, list(islice(sampler, 2 * plan.fit_cases)))
        cut = len(far) // 2
        fitted += [*near[: plan.fit_cases], *far[:cut]]
        others[name] = near[plan.fit_cases :], far[cut:]
    fusion = fit(fitted)
    figures: dict[str, Any] = {}
    for name, (near, far) in others.items():
        figures[name] = report([*near, *far], fusion)
        figures[name]["declined_of_other_fields"] = declined(far, fusion)
        figures[name]["first_by_part"] = first_by_part(near, fusion)
    return fusion, figures


def _cases_of(
    plan: PretrainingPlan, trainer: Trainer, drawn: Sequence[Example]
) -> tuple[list[CalibrationCase], list[CalibrationCase]]:
    """Return the cases of examples, and of as many without an answer as they have that are about something else."""
    others = of_other_fields(drawn, random.Random(plan.seed + 2))
    odd = list(islice(others, sum(not example.gold for example in drawn)))
    near, far = (cases(some, trainer.network, trainer.lower, trainer.table, trainer.tokenizer) for some in (drawn, odd))
    return near, far


def about(plan: PretrainingPlan, domains: Sequence[Domain], figures: dict[str, Any]) -> dict[str, Any]:
    """Return what the config says of how the weights were made."""
    return {
        "plan": asdict(plan),
        "domains": [domain.name for domain in domains],
        "torch": str(torch.__version__),
        "figures": figures,
    }


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write.")
@click.option("--seed", default=0, show_default=True)
@click.option("--steps", type=click.IntRange(min=1), help="Training steps, if not the plan's.")
@click.option("--batch", type=click.IntRange(min=1), help="Examples of a step, if not the plan's.")
@click.option(
    "--keep-of-start",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="With --continue-from: how much of those weights is kept in the average with the trained ones.",
)
@click.option("--threads", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--device", default="cpu", show_default=True, help="Where to train: cpu, cuda, cuda:1.")
@click.option("--leave-out", multiple=True, help="A lexicon group not to use at all; repeatable.")
@click.option("--continue-from", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Go on from this.")
@click.option(
    "--teacher",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Weights whose answers to the lexicon's questions are to be kept while training (distillation).",
)
@click.option(
    "--refit",
    "refitted",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Train nothing: only fit the fusion of these weights again.",
)
@click.option(
    "--questions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Real questions with their relation paths (JSON Lines), to train on beside the lexicon's.",
)
@click.option(
    "--leave-out-relations",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Names of relations, one a line: no real question that asks for one is used at all.",
)
@click.option("--quick", is_flag=True, help="A minute's run, to see that it works.")
def main(
    out: Path,
    seed: int,
    steps: int | None,
    batch: int | None,
    keep_of_start: float,
    threads: int,
    device: str,
    leave_out: tuple[str, ...],
    continue_from: Path | None,
    teacher: Path | None,
    refitted: Path | None,
    questions: Path | None,
    leave_out_relations: Path | None,
    quick: bool,
) -> None:
    """Train the embedded model on questions composed from the lexicon, and real ones, and write its weights."""
    torch.set_num_threads(threads)
    where = _device(device)
    start = None if continue_from is None else weights.load(continue_from)
    taught = None if teacher is None else weights.load(teacher)
    plan = replace(QUICK if quick else PretrainingPlan(), seed=seed, left_out_groups=leave_out)
    if start is not None:
        plan = replace(plan, recipe=SETTLING, continued_from=start.fingerprint, kept_of_start=keep_of_start)
    plan = replace(
        plan, recipe=replace(plan.recipe, steps=steps or plan.recipe.steps, batch=batch or plan.recipe.batch)
    )
    plan = replace(plan, taught_by=taught.fingerprint if taught else "")
    domains, encoder = lexicon.read_lexicon(), MiniLM(device="cpu")
    material = None
    if questions is not None:
        material = read_material(questions, encoder.encode, leave_out_relations)
        plan = replace(plan, questions=material.fingerprint)
    if refitted is not None:
        _refit(plan, encoder, domains, weights.load(refitted), out, material)
        return
    begun_from, taught_by = (found.network if found else None for found in (start, taught))
    show = _print_progress()
    network, fusion, figures = pretrain(plan, encoder, domains, show, begun_from, where, material, taught_by)
    _write(out, network, fusion, encoder, about(plan, domains, figures))


def _device(name: str) -> torch.device:
    """Return a device that is there; raise click's usage error otherwise."""
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise click.BadParameter(f"{name!r} is not a torch device", param_hint="--device") from error
    there = {"cpu": 1, "cuda": torch.cuda.device_count()}.get(device.type, 0)
    if (device.index or 0) >= there:
        raise click.BadParameter(f"this machine has no {name!r}", param_hint="--device")
    return device


def _refit(
    plan: PretrainingPlan,
    encoder: MiniLM,
    domains: Sequence[Domain],
    found: weights.Weights,
    out: Path,
    material: QuestionMaterial | None,
) -> None:
    fusion, figures = refit(plan, encoder, domains, found.network, material)
    figures = {**found.about.get("figures", {}), **figures}
    _write(out, found.network, fusion, encoder, {**found.about, "figures": figures})


def _write(out: Path, network: Network, fusion: Fusion, encoder: MiniLM, described: dict[str, Any]) -> None:
    fingerprint, figures = weights.save(out, network, fusion, encoder.fingerprint, described), described["figures"]
    click.echo(f"{out}: weights {fingerprint}")
    for name, value in figures.items():
        click.echo(f"  {name}: {value}")


def _print_progress(every: int = 20) -> Callable[[TrainingProgress], None]:
    recent: list[TrainingProgress] = []
    begin = time.monotonic()

    def show(progress: TrainingProgress) -> None:
        recent.append(progress)
        if progress.step % every and progress.step != progress.steps:
            return
        losses = {n: sum(one.losses[n] for one in recent) / len(recent) for n in recent[0].losses}
        shown = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
        right = " ".join(f"{name} {value:.2f}" for name, value in progress.accuracy.items())
        click.echo(f"{progress.step}/{progress.steps} {time.monotonic() - begin:.0f}s loss {shown} right {right}")
        recent.clear()

    return show


if __name__ == "__main__":
    main()
