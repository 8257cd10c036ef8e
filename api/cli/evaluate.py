"""``clew eval``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.model_settings import ModelChoice
from clew.api.threads import set_threads
from clew.kg import limits

File = click.Path(path_type=Path)
_KINDS = ["typo", "case", "order", "dropped", "polite", "mention"]
_FORMATS = ["metaqa", "jsonl", "rog", "pathquestion", "qald", "lcquad"]


@common.command("eval")
@click.option("--graph", "-g", help="The graph's name in the catalogue; not needed for RoG's rows, which bring theirs.")
@click.option("--questions", type=File, help="The question set.")
@click.option("--chains", type=File, help="Gold relation chains, line by line with the questions.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), help="Default: detected.")
@click.option("--limit", type=int, help="Ask this many, drawn at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of every draw, and of the bootstrap.")
@click.option("--topic", type=click.Choice(["given", "linked"]), default="linked", show_default=True)
@click.option("--perturb", type=click.Choice([*_KINDS, "all"]), multiple=True, help="Ask again, worded like this.")
@click.option("--unanswerable", type=int, default=0, help="Ask this many again, with what answers them deleted.")
@click.option("--baselines", is_flag=True, help="Score simple systems on the same questions.")
@click.option("--details", type=File, help="Write each question with what came back to this file, as JSON Lines.")
@click.option("--report", type=File, help="Write figures, plots and wrong answers to this file, as one HTML page.")
@click.option("--compare", type=(File, File), help="Compare two files that --json printed; nothing is asked.")
@click.option("--max-hops", type=click.IntRange(1, limits.MAX_HOPS_CEILING), default=limits.MAX_HOPS, show_default=True)
@common.model_options
def command(
    console: Console,
    graph: str | None,
    questions: Path | None,
    chains: Path | None,
    format_: str | None,
    limit: int | None,
    seed: int,
    topic: str,
    perturb: tuple[str, ...],
    unanswerable: int,
    baselines: bool,
    details: Path | None,
    report: Path | None,
    compare: tuple[Path, Path] | None,
    max_hops: int,
    choice: ModelChoice,
) -> None:
    """Ask a question set, and report how good the answers are.

    Shares are fractions from 0 to 1. hits@1, precision, recall, f1 and exact are over the questions that have an
    answer; what became of the others is under "abstention".
    """
    if compare is not None:
        _compare(console, *compare, seed)
        return
    if questions is None:
        raise click.UsageError("--questions is needed (or --compare)")
    if graph is None and format_ not in (None, "rog"):
        raise click.UsageError("--graph is needed: questions of this format bring no graph")

    settings = console.settings.of(choice)
    set_threads(settings.model)
    from clew.api.evaluate.evaluating import evaluate_graph
    from clew.api.service.service import Service
    from clew.evaluation.details import write_details, write_text
    from clew.evaluation.experiment import EvalOptions
    from clew.evaluation.run import TopicMode

    kinds = tuple(_KINDS) if "all" in perturb else tuple(dict.fromkeys(perturb))
    options = EvalOptions(
        questions, chains, format_, limit, seed, TopicMode(topic), max_hops, kinds, unanswerable, baselines
    )
    found, asked = evaluate_graph(Service(settings), graph, options, _observer(console))
    if details is not None:
        write_details(details, asked)
        found["details"] = details.name
    if report is not None:
        from clew.api.evaluate.report_page import report_page

        write_text(report, report_page(found, asked))
    if console.json:
        console.print_json(found)
    else:
        _print(console, found)


def _observer(console: Console) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        if done % 50 == 0:
            console.note(f"{done} of {total}")

    return show


_GROUPS = {
    "by_hops": "{} hops",
    "by_relation": "{}",
    "robustness": "worded otherwise, {}",
    "baselines": "baseline {}",
}
"""Members of a report that hold one group of averages per name, and how a name is written."""
_SHOWN = ("n", "hits@1", "plain_hits@1", "f1", "exact", "link_accuracy")


def _print(console: Console, report: dict[str, Any]) -> None:
    intervals = report["confidence_intervals"]
    for name, value in report.items():
        if name in _GROUPS:
            for part, group in value.items():
                figures = ", ".join(f"{key} {_text(group[key])}" for key in _SHOWN if key in group)
                console.print(f"  {_GROUPS[name].format(part)}: {figures}")
        elif name in ("abstention", "skipped", "deleted"):
            for part, share in value.items():
                console.print(f"  {name + ' ' if name != 'abstention' else ''}{part:<26}{_text(share)}")
        elif isinstance(value, float):
            interval = intervals.get(name)
            spread = f"   [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
            console.print(f"{name:<28}{value:.3f}{spread}")
        elif not isinstance(value, dict | list):
            console.print(f"{name:<28}{'-' if value is None else value}")


def _compare(console: Console, first: Path, second: Path, seed: int) -> None:
    from clew.evaluation.metrics.compare import compare

    found = compare(first, second, seed)
    if console.json:
        console.print_json(found)
        return
    how = f"{found['pairs']} questions, paired" if found["paired"] else f"not paired: {found['unpaired']}"
    console.print(f"{found['a']} and {found['b']}: {how}")
    for name, one in found["measures"].items():
        interval = one["interval"]
        spread = f"   [{interval[0]:+.3f}, {interval[1]:+.3f}]" if interval else ""
        mark = " *" if one["significant"] else ""
        console.print(f"{name:<12}{one['a']:.3f} -> {one['b']:.3f}   {one['difference']:+.3f}{spread}{mark}")


def _text(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
