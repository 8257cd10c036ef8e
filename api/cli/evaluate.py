"""``clew eval``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.progress import counter
from clew.api.model_settings import ModelChoice
from clew.api.threads import set_threads
from clew.kg import limits

File = click.Path(path_type=Path)
_KINDS = ["typo", "case", "order", "dropped", "polite", "mention"]
_FORMATS = ["metaqa", "jsonl", "rog", "pathquestion", "qald", "lcquad"]


@common.command("eval")
@click.option("--graph", "-g", help="Name of the graph. Not needed for RoG files, whose rows contain their own graphs.")
@click.option("--questions", type=File, help="File with the question set.")
@click.option("--chains", type=File, help="File with the gold relation chains, one line per question.")
@click.option("--format", "format_", type=click.Choice(_FORMATS), help="Format of the question set. Default: detected.")
@click.option("--limit", type=int, help="Ask this many questions, drawn at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of random draws and confidence intervals.")
@click.option(
    "--topic",
    type=click.Choice(["given", "linked"]),
    default="linked",
    show_default=True,
    help="Find topics in the question, or use those given in the set.",
)
@click.option(
    "--perturb", type=click.Choice([*_KINDS, "all"]), multiple=True, help="Also ask reworded questions; repeatable."
)
@click.option(
    "--unanswerable",
    type=int,
    default=0,
    help="Also ask this many questions with their answers deleted from the graph.",
)
@click.option("--baselines", is_flag=True, help="Also score simple baseline systems.")
@click.option("--details", type=File, help="Write each question and its result to this file, as JSON Lines.")
@click.option("--report", type=File, help="Write figures, plots and wrong answers to this file, as an HTML page.")
@click.option("--compare", type=(File, File), help="Compare two reports printed by --json, without asking questions.")
@click.option(
    "--max-hops",
    type=click.IntRange(1, limits.MAX_HOPS_CEILING),
    default=limits.MAX_HOPS,
    show_default=True,
    help="Longest path, in hops.",
)
@click.option("--revisit", is_flag=True, help="Let steps of a path lead back onto the entity that it starts from.")
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
    revisit: bool,
    choice: ModelChoice,
) -> None:
    """Ask a question set and report the quality of the answers.

    Shares are fractions from 0 to 1. hits@1, precision, recall, f1 and exact cover the questions that have an answer;
    "abstention" covers the questions without one; "right" and "wrong_as_right" cover all.
    """
    if compare is not None:
        _compare(console, *compare, seed)
        return
    if questions is None:
        raise click.UsageError("--questions is required (or --compare)")
    if graph is None and format_ not in (None, "rog"):
        raise click.UsageError("--graph is required: questions in this format contain no graph")

    settings = console.settings.of(choice)
    set_threads(settings.model)
    from clew.api.evaluate.evaluating import evaluate_graph
    from clew.api.service.service import Service
    from clew.evaluation.details import write_details, write_text
    from clew.evaluation.experiment import EvalOptions
    from clew.evaluation.run import TopicMode

    kinds = tuple(_KINDS) if "all" in perturb else tuple(dict.fromkeys(perturb))
    options = EvalOptions(
        questions, chains, format_, limit, seed, TopicMode(topic), max_hops, revisit, kinds, unanswerable, baselines
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
    show = counter(console, "questions")
    return lambda done, total: show(done, total, "")


_GROUPS = {
    "by_hops": "{} hops",
    "by_relation": "{}",
    "by_operator": "operator {}",
    "by_kind": "kind {}",
    "robustness": "reworded, {}",
    "baselines": "baseline {}",
}
"""Members of a report with one group of averages per name, and the heading of each group."""
_SHOWN = (
    *("n", "right", "wrong_as_right", "declined"),
    *("hits@1", "plain_hits@1", "f1", "exact", "cells", "link_accuracy"),
)


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
