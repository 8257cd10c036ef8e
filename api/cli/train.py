"""``clew train``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.progress import counter
from clew.api.settings import EMBEDDED
from clew.api.threads import set_threads
from clew.kg import limits
from clew.kg.errors import BadInput

if TYPE_CHECKING:
    from clew.api.train.training import TrainOptions
    from clew.training.own_graph.train import Stage

File = click.Path(path_type=Path)


@common.command("train")
@common.graph_option
@click.option("--questions", type=File, help="File with labelled questions, in MetaQA format or JSON Lines.")
@click.option(
    "--chains",
    type=File,
    help="File with gold relation chains, one line per question. Default: mined from the answers.",
)
@click.option(
    "--format", "format_", type=click.Choice(["metaqa", "jsonl"]), help="Format of the questions. Default: detected."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random choices.")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), default=7.0, show_default=True, help="CPU time limit."
)
@click.option(
    "--steps", type=click.IntRange(min=1), default=400, show_default=True, help="Maximum number of training steps."
)
@click.option(
    "--held-out",
    type=click.IntRange(min=1),
    default=160,
    show_default=True,
    help="Generated questions held out for evaluation.",
)
@click.option("--force", is_flag=True, help="Use the trained model even if it scores lower than the current one.")
@click.option("--forget", is_flag=True, help="Train nothing; return to the model that comes with Clew.")
@click.option("--model", help="Fine-tune this Hugging Face causal LM (hub id or folder) instead of the embedded model.")
@click.option("--out", type=File, help="With --model: output folder for the trained model.")
@click.option(
    "--lora",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="With --model: rank of LoRA adapters; 0 trains all weights.",
)
@click.option(
    "--layout",
    type=click.Choice(["relations", "entities"]),
    default="relations",
    show_default=True,
    help="With --model: train on paths of relations, or of entities and relations.",
)
def command(
    console: Console,
    graph: str,
    questions: Path | None,
    chains: Path | None,
    format_: str | None,
    seed: int,
    minutes: float,
    steps: int,
    held_out: int,
    force: bool,
    forget: bool,
    model: str | None,
    out: Path | None,
    lora: int,
    layout: str,
) -> None:
    """Train the embedded model on a graph. The trained model then answers questions about that graph.

    Training questions are generated from the schema of the graph. Labelled questions (with their correct answers)
    improve the model further. If the trained model answers fewer of the held-out questions than the current model, the
    current model stays in use.
    """
    if model is None:
        set_threads(EMBEDDED, limits.MAX_TRAINING_THREADS)
    from clew.api.train import training
    from clew.training.own_graph.curriculum import Mixture
    from clew.training.own_graph.train import TrainingPlan
    from clew.training.own_graph.tune import Schedule

    if chains is not None and questions is None:
        raise BadInput("--chains needs --questions")
    if (model is None) != (out is None):
        raise BadInput("--model and --out must be used together")
    if forget:
        had = training.forget(console.settings, graph)
        _print_forgotten(console, graph, had)
        return
    seconds = 60 * minutes
    schedule = Schedule(steps=steps, seconds=0.8 * seconds)
    plan = TrainingPlan(seed, schedule, Mixture(held_out=held_out, mining_seconds=0.15 * seconds))
    options = training.TrainOptions(questions, chains, format_, plan, force)
    if model is not None and out is not None:
        _train_causal(console, graph, model, out, (lora, layout), options)
        return
    report = training.train_graph(console.settings, graph, options, _observer(console))
    if console.json:
        console.print_json(report)
    else:
        _print(console, report)


def _train_causal(
    console: Console, graph: str, model: str, out: Path, how: tuple[int, str], options: TrainOptions
) -> None:
    from clew.api.train.causal_training import CausalOptions, train_causal
    from clew.training.own_graph.causal.tune import CausalRecipe

    lora, layout = how
    schedule = options.plan.schedule
    recipe = CausalRecipe(steps=schedule.steps, lora=lora)

    steps = counter(console, "steps")

    def show(step: int, loss: float) -> None:
        steps(step, schedule.steps, f", loss {loss:.3f}")

    report = train_causal(console.settings, graph, CausalOptions(model, out, layout, recipe, options), show)
    if console.json:
        console.print_json(report)
        return
    console.print(f"Hits@1 {report['before']:.3f} -> {report['after']:.3f} on {report['held_out']} held-out questions")
    console.print(f"To use the model, set CLEW_MODEL={report['model']}")


def _print_forgotten(console: Console, graph: str, had: bool) -> None:
    if console.json:
        console.print_json({"graph": graph, "forgotten": had, "model": "embedded"})
    else:
        console.print(f"{graph}: " + ("the trained model is no longer used" if had else "there was no trained model"))


def _observer(console: Console) -> Callable[[Stage], None]:
    mined, steps, hits = counter(console, "labelled questions"), counter(console, "steps"), ""

    def show(stage: Stage) -> None:
        nonlocal hits
        if stage.step is not None:
            if stage.step.judgement:
                hits = f", Hits@1 on held-out questions {stage.step.judgement.hits:.3f}"
            steps(stage.done, stage.total, f", loss {stage.step.loss:.2f}{hits}")
        elif stage.name == "mining":
            mined(stage.done, stage.total, "")

    return show


def _print(console: Console, report: dict[str, Any]) -> None:
    asked = f"{report['generated']:,} generated questions"
    if report["labelled"]:
        kinds = ("given", "mined", "refused", "unread")
        told = ", ".join(f"{report[kind]:,} {kind}" for kind in kinds if report[kind])
        asked += f", {report['labelled']:,} labelled questions ({told})"
    console.print(
        f"{report['graph']} {report['version']}: {asked}, {report['steps']} steps, best step {report['best_step']}"
    )
    for kind, figures in report["held_out"].items():
        console.print(
            f"  {kind}: Hits@1 {figures['before']:.3f} -> {figures['after']:.3f} on {figures['n']} held-out questions"
        )
    console.print(f"Hits@1 {report['before']:.3f} -> {report['after']:.3f} in {report['cpu_seconds']:.0f} CPU seconds")
    verb = "now in use" if report["published"] else "still in use: the trained model did not answer more questions"
    console.print(f"model {report['model']} is {verb}")
