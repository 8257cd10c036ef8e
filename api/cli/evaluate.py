"""``clew eval``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from api.cli import common
from api.cli.common import Console
from kg import limits

File = click.Path(path_type=Path)


@common.command("eval")
@common.graph_option
@click.option("--questions", type=File, required=True, help="MetaQA's format, or JSON Lines.")
@click.option("--chains", type=File, help="Gold relation chains, line by line with the questions.")
@click.option("--format", "format_", type=click.Choice(["metaqa", "jsonl"]), help="Default: detected.")
@click.option("--limit", type=int, help="Ask this many, drawn at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw and of the bootstrap.")
@click.option("--topic", type=click.Choice(["given", "linked"]), default="linked", show_default=True)
@click.option("--details", type=File, help="Write each question with what came back to this file, as JSON Lines.")
@click.option("--report", type=File, help="Write figures, plots and wrong answers to this file, as one HTML page.")
@click.option("--max-hops", type=click.IntRange(1, limits.MAX_HOPS_CEILING), default=limits.MAX_HOPS, show_default=True)
def command(
    console: Console,
    graph: str,
    questions: Path,
    chains: Path | None,
    format_: str | None,
    limit: int | None,
    seed: int,
    topic: str,
    details: Path | None,
    report: Path | None,
    max_hops: int,
) -> None:
    """Ask a question set, and report how good the answers are.

    Shares are fractions from 0 to 1. hits@1, precision, recall, f1 and exact are over the questions that have an
    answer; what became of the others is under "abstention".
    """
    from api.evaluating import EvalOptions, evaluate_graph
    from api.service import Service
    from evaluation.details import write_details, write_text
    from evaluation.evaluate import TopicMode

    options = EvalOptions(questions, chains, format_, limit, seed, TopicMode(topic), max_hops)
    found, asked = evaluate_graph(Service(console.settings), graph, options, _observer(console))
    if details is not None:
        write_details(details, asked)
    if report is not None:
        from api.report_page import report_page

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


def _print(console: Console, report: dict[str, Any]) -> None:
    intervals = report["confidence_intervals"]
    for name, value in report.items():
        if isinstance(value, float):
            interval = intervals.get(name)
            spread = f"   [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
            console.print(f"{name:<18}{value:.3f}{spread}")
        elif isinstance(value, dict) and name == "abstention":
            for part, share in value.items():
                console.print(f"  {part:<26}{_text(share)}")
        elif isinstance(value, dict) and name == "by_hops":
            for hops, group in value.items():
                console.print(f"  {hops} hops: " + ", ".join(f"{part} {_text(share)}" for part, share in group.items()))
        elif not isinstance(value, dict):
            console.print(f"{name:<18}{'-' if value is None else value}")


def _text(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
