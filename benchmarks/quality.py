"""How good the embedded model is on MetaQA's dev split, as it comes and after ``clew train``, hop count never told.

Zero-shot: each hop's questions (all of them, or ``--limit``), topics given and linked from the text, with questions
whose answer was deleted from the graph beside them. Trained: on the schema alone, with 100 labelled questions drawn
from dev, with half of dev, for each of ``--seeds``; judged on questions that were not trained on. Questions and answers
are all that is given to train on: relation paths are mined. Every figure is ``clew eval``'s, at the shipped threshold,
beside what the gold chains reach.

    python -m benchmarks.quality [--quick] [--json] [--part zero-shot|trained] [--limit N] [--seeds N] [--steps N]
        [--weights DIR] [--data DIR]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.harness import PACKAGES, SHARED, show
from benchmarks.machine import machine, versions
from clew.api.evaluate.evaluating import evaluate_graph
from clew.api.service.components import DefaultParts
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.api.train.training import TrainOptions, forget, train_graph
from clew.decoding.reasoner import Reasoner
from clew.evaluation.experiment import EvalOptions
from clew.evaluation.report import of_gold_chains
from clew.evaluation.run import TopicMode
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue
from clew.training.own_graph.train import TrainingPlan

GRAPH = "metaqa"
HOPS = (1, 2, 3)
FEW = 100
"""Labelled questions of the middle setting."""
SHOWN = (
    "n", "hits@1", "f1", "exact", "gold_chain_hits@1", "gold_chain_f1", "path_valid", "link_accuracy", "ece", "ece_all",
    "unanswerable_declined_at_10", "auroc", "questions_per_s", "p50_ms", "p95_ms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How much is asked: questions per hop (None: all), unanswerable ones per hop, seeds, training steps."""

    zero_shot: int | None = None
    unanswerable: int = 300
    trained: int | None = 1000
    seeds: int = 3
    steps: int = 400


QUICK = Size(zero_shot=40, unanswerable=12, trained=20, seeds=1, steps=2)


class _Weights(DefaultParts):
    """The usual parts, with weights of another folder."""

    folder: Path | None = None

    def reasoner(self) -> Reasoner:
        from clew.decoding.embedded.reasoner import EmbeddedReasoner

        return EmbeddedReasoner(self._embedder, self.folder)


def questions(data: Path, hop: int) -> tuple[Path, Path]:
    """Return the questions and gold chains of a hop count."""
    folder = data / f"{hop}-hop"
    return folder / "qa_dev.txt", folder / "qa_dev_qtype.txt"


def zero_shot(home: Path, data: Path, size: Size, folder: Path | None) -> Iterator[dict[str, Any]]:
    """Yield a row of figures per hop count and way of giving the topic."""
    settings = Settings(home=home)
    parts = _Weights(Catalogue(home), settings)
    parts.folder = folder
    service = Service(settings, parts)
    for topic in (TopicMode.GIVEN, TopicMode.LINKED):
        for hop in HOPS:
            lost = size.unanswerable if topic is TopicMode.GIVEN else 0
            options = EvalOptions(*questions(data, hop), None, size.zero_shot, 0, topic, unanswerable=lost)
            report, _ = evaluate_graph(service, GRAPH, options)
            yield {"topic": str(topic), "hops": hop} | report["abstention"] | _shown(report, SHOWN)
    service.close()


def split(data: Path, hop: int, seed: int, labelled: float | int) -> tuple[list[int], list[int]]:
    """Return the line numbers (from 0) that are trained on (at most half of them) and those that are not, of a hop
    count."""
    count = sum(1 for _ in questions(data, hop)[0].open(encoding="utf-8"))
    order = random.Random(f"{seed}:{hop}").sample(range(count), count)
    taken = int(labelled * count) if isinstance(labelled, float) else min(labelled, count // 2)
    return sorted(order[:taken]), sorted(order[taken:])


def trained(
    home: Path, data: Path, size: Size, seed: int, name: str, labelled: float | int
) -> Iterator[dict[str, Any]]:
    """Train with a share of dev (or so many questions in all), then yield a row per hop count, asked of the rest."""
    settings = Settings(home=home)
    forget(settings, GRAPH)
    share = [labelled // len(HOPS) + (i < labelled % len(HOPS)) for i in range(len(HOPS))]
    told_of = [labelled if isinstance(labelled, float) else one for one in share]
    parts = {hop: split(data, hop, seed, told_of[i]) for i, hop in enumerate(HOPS)}
    lines = [line for hop in HOPS for line in _lines(questions(data, hop)[0], parts[hop][0])]
    plan = TrainingPlan(seed=seed)
    plan = replace(plan, schedule=replace(plan.schedule, steps=size.steps))
    told = home / f"labelled-{seed}.txt"
    told.write_text("".join(lines), encoding="utf-8")
    report = train_graph(settings, GRAPH, TrainOptions(questions=told if lines else None, plan=plan))
    service = Service(settings)
    for hop in HOPS:
        asked, chains = home / "rest.txt", home / "rest-chains.txt"
        for source, target in zip(questions(data, hop), (asked, chains), strict=True):
            target.write_text("".join(_lines(source, parts[hop][1])), encoding="utf-8")
        options = EvalOptions(asked, chains, None, size.trained, seed, TopicMode.GIVEN)
        found, _ = evaluate_graph(service, GRAPH, options)
        yield {
            "trained": name,
            "seed": seed,
            "hops": hop,
            "cpu_seconds": report["cpu_seconds"],
            "published": report["published"],
            "answerable_declined": found["abstention"]["answerable_declined"],
        } | _shown(found, SHOWN[:-3])
    service.close()


def _lines(file: Path, numbers: list[int]) -> list[str]:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    return [lines[number] for number in numbers]


def measure(data: Path, size: Size, part: str | None = None, folder: Path | None = None) -> dict[str, Any]:
    """Return the tables of figures; progress goes to standard error, a line per row."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        ingest(Catalogue(home), [data / "kb.txt"], GRAPH)
        if part != "trained":
            results["zero-shot"] = [_told(row) for row in zero_shot(home, data, size, folder)]
        if part != "zero-shot":
            settings = (("schema", 0), (f"{FEW} labelled", FEW), ("half of dev", 0.5))
            results["trained"] = [
                _told(row)
                for seed in range(size.seeds)
                for name, labelled in settings
                for row in trained(home, data, size, seed, name, labelled)
            ]
    return results


def _shown(report: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    report = report | {f"gold_chain_{name}": value for name, value in of_gold_chains(report).items()}
    return {name: report.get(name) for name in names}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(row), file=sys.stderr, flush=True)
    return row


def bars(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return Hits@1 of each setting and hop count, the mean over seeds."""
    groups: dict[str, list[float]] = {}
    for row in results.get("zero-shot", ()):
        groups.setdefault(f"zero-shot {row['topic']} {row['hops']} hops", []).append(row["hits@1"])
    for row in results.get("trained", ()):
        groups.setdefault(f"{row['trained']} {row['hops']} hops", []).append(row["hits@1"])
    return [{"name": name, "value": sum(values) / len(values)} for name, values in groups.items()]


def main() -> None:
    """Measure, and print one object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller run, whose figures say nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--part", choices=["zero-shot", "trained"], help="default: both")
    parser.add_argument("--limit", type=int, help="questions per hop count, and unanswerable ones beside them")
    parser.add_argument("--seeds", type=int, help="seeds of training")
    parser.add_argument("--steps", type=int, help="training steps, at most")
    parser.add_argument("--data", type=Path, default=SHARED / "metaqa", help="a folder laid out as MetaQA is here")
    parser.add_argument("--weights", type=Path, help="zero-shot: a folder of other weights than the shipped ones")
    options = parser.parse_args()
    size = QUICK if options.quick else Size()
    if options.limit:
        lost = min(size.unanswerable, options.limit)
        size = replace(size, zero_shot=options.limit, trained=options.limit, unanswerable=lost)
    size = replace(size, seeds=options.seeds or size.seeds, steps=options.steps or size.steps)
    begin = time.perf_counter()
    results = measure(options.data, size, options.part, options.weights)
    record = {
        "machine": machine(),
        "versions": versions(*PACKAGES),
        "quick": options.quick,
        "seconds": round(time.perf_counter() - begin, 1),
        "results": results,
        "bars": bars(results),
    }
    print(json.dumps(record, indent=1)) if options.json else show(record)


if __name__ == "__main__":
    main()
