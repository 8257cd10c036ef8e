"""A real language model beside the embedded one: alone, as a judge of its paths, and behind it.

Needs a folder of weights (``--model``, or ``CLEW_REAL_LM``) and the data folder; without either it says so and measures
nothing. Questions are drawn from the development parts only: MetaQA, the demo graph, FB15k-237, small databases.

    python -m benchmarks.real_lm [--model FOLDER] [--quick] [--json] [--limit N] [--seed N] [--home DIR]
        [--set NAME ..] [--system NAME ..] [--device cpu|cuda]

Systems: ``embedded``; ``lm`` (the causal LM over paths, as the settings have it), ``lm-plain`` (the question alone in
the prompt), ``lm-conditional``, ``lm-prior``, ``lm-judged`` (its paths judged by itself); ``judge`` (propose and
judge); ``fallback`` (embedded, else ``lm``). Each is asked the same questions, one at a time, hop count never told;
``forwards`` are those of the causal LM a question.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness import PACKAGES, SHARED, show
from benchmarks.machine import machine, versions
from clew.api.evaluate.evaluating import evaluate_graph
from clew.api.model_settings import ModelSettings, PromptName, ReasoningMode, Scoring, ShapingName
from clew.api.service.components import DefaultParts
from clew.api.service.demo import ensure_demo
from clew.api.service.make_reasoner import reasoner_over
from clew.api.service.service import Service
from clew.api.service.token_indices import TokenIndices
from clew.api.settings import Settings
from clew.decoding.causal.token_model import TokenModel
from clew.decoding.judging.causal_judge import CausalJudge
from clew.decoding.judging.fallback import FallbackReasoner
from clew.decoding.judging.fusion import FITTED
from clew.decoding.judging.reasoner import JudgedReasoner
from clew.decoding.reasoner import Reasoner
from clew.decoding.token.reasoner import TokenReasoner
from clew.evaluation.experiment import EvalOptions
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
SHOWN = ("n", "hits@1", "f1", "wrong_as_right", "ece", "ece_all", "p50_ms", "p95_ms")
SYSTEMS: dict[str, ModelSettings | None] = {
    "embedded": None,
    "lm": ModelSettings(),
    "lm-plain": ModelSettings(prompt=PromptName.PLAIN),
    "lm-conditional": ModelSettings(score=Scoring.CONDITIONAL),
    "lm-prior": ModelSettings(shaping=ShapingName.PRIOR),
    "lm-judged": ModelSettings(),
    "judge": ModelSettings(reasoning=ReasoningMode.JUDGE),
    "fallback": ModelSettings(),
}
DEFAULT_SYSTEMS = ("embedded", "lm", "lm-plain", "judge", "fallback")


@dataclass(frozen=True, slots=True)
class AskedSet:
    """A question set: its graph's name, and its files."""

    graph: str
    questions: Path
    chains: Path | None = None


def question_sets(data: Path) -> dict[str, AskedSet]:
    """Return the question sets that there is data for."""
    found = {"demo": AskedSet("demo", DEMO / "questions.jsonl")}
    for hop in (1, 2, 3):
        folder = data / "metaqa" / f"{hop}-hop"
        found[f"metaqa-{hop}"] = AskedSet("metaqa", folder / "qa_dev.txt", folder / "qa_dev_qtype.txt")
    for name in ("sq", "webq", "unanswerable"):
        found[name] = AskedSet("fb", data / "real-questions" / "fb15k-dev" / f"{name}.jsonl")
    for folder in sorted((data / "db-questions").glob("*/")):
        found[f"db-{folder.name}"] = AskedSet(folder.name, folder / "questions.jsonl")
    return {name: one for name, one in found.items() if one.questions.exists()}


def load_graph(catalogue: Catalogue, name: str, data: Path) -> None:
    """Load the graph of a question set, unless it is there."""
    if name in catalogue.names():
        return
    if name == "demo":
        ensure_demo(catalogue)
    elif name == "metaqa":
        ingest(catalogue, [data / "metaqa" / "kb.txt"], name)
    elif name == "fb":
        folder = data / "fb15k237"
        labels = (str(folder / "entity2text.txt"), str(folder / "relation2text.txt"))
        ingest(
            catalogue,
            [folder / f"{part}.txt" for part in ("train", "valid", "test")],
            name,
            IngestOptions(labels=labels),
        )
    else:
        ingest(catalogue, [data / "db-questions" / name / "graph.nt"], name)


class RealParts(DefaultParts):
    """The usual parts over a causal LM that is loaded once for all systems."""

    def __init__(self, settings: Settings, system: str, lm: TokenModel | None) -> None:
        catalogue = Catalogue(settings.home)
        super().__init__(catalogue, settings)
        self._system, self._lm, self._index = system, lm, TokenIndices(catalogue)

    def reasoner(self) -> Reasoner:
        """Return the reasoner of the system."""
        of_model, embedded = SYSTEMS[self._system], super().reasoner()
        if of_model is None or self._lm is None:
            return embedded
        second = reasoner_over(self._lm, of_model, self.prior, self._index, lambda: embedded)
        if self._system == "lm-judged":
            assert isinstance(second, TokenReasoner)
            return JudgedReasoner(second, CausalJudge(self._lm, shared=second.shared), FITTED)
        return FallbackReasoner(embedded, second) if self._system == "fallback" else second


def rows(
    settings: Settings, asked: dict[str, AskedSet], options: argparse.Namespace, lm: TokenModel
) -> Iterator[dict[str, Any]]:
    """Yield a row of figures per question set and system."""
    for system in options.system or DEFAULT_SYSTEMS:
        service = Service(settings, RealParts(settings, system, lm))
        for name, one in asked.items():
            load_graph(service.catalogue, one.graph, options.data)
            service.warm(one.graph)
            before = lm.forwards
            drawn = EvalOptions(one.questions, one.chains, None, options.limit, options.seed)
            report, scored = evaluate_graph(service, one.graph, drawn)
            forwards = (lm.forwards - before) / max(1, len(scored))
            yield (
                {"set": name, "system": system}
                | {key: report.get(key) for key in SHOWN}
                | {
                    "declined": statistics.mean(float(one.score.declined) for one in scored),
                    "forwards": round(forwards, 2),
                }
            )
        service.close()


def merged(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the means over the databases, weighted by questions, as rows of one set ``db``."""
    means = []
    for system in dict.fromkeys(row["system"] for row in found):
        own = [row for row in found if row["system"] == system and row["set"].startswith("db-")]
        total = sum(row["n"] for row in own)
        if total:
            mean = {
                key: round(sum((row[key] or 0.0) * row["n"] for row in own) / total, 4)
                for key in (*SHOWN[1:], "declined", "forwards")
            }
            means.append({"set": "db", "system": system, "n": total} | mean)
    return means


def measure(options: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Return the table of figures; progress goes to standard error, a line per row."""
    from clew.decoding.causal.loading import load_token_model

    known = question_sets(options.data)
    names = options.set or [name for name in known if not options.quick or not name.startswith("db-")]
    asked = {name: known[name] for name in names}
    lm = load_token_model(str(options.model), options.device)
    settings = Settings(home=home, keep_history=False, ask_seconds=120.0)
    options.limit = options.limit or (4 if options.quick else 60)
    found = []
    for row in rows(settings, asked, options, lm):
        print(json.dumps(row), file=sys.stderr, flush=True)
        found.append(row)
    return {"model": options.model.name, "limit": options.limit, "seed": options.seed, "rows": found + merged(found)}


def missing(model: Path | None, data: Path) -> str | None:
    """Return why nothing can be measured; None where it can."""
    if model is None or not (model / "config.json").exists():
        return f"skipped: no weights at {model}; give the folder of a causal LM with --model or CLEW_REAL_LM"
    return None if data.is_dir() else f"skipped: no data at {data}"


def parsed() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given = os.environ.get("CLEW_REAL_LM")
    parser.add_argument("--model", type=Path, default=Path(given) if given else None, help="folder of a causal LM")
    parser.add_argument("--quick", action="store_true", help="a smaller run, whose figures say nothing")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--limit", type=int, help="questions a set (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--data", type=Path, default=SHARED, help="the data folder")
    parser.add_argument("--home", type=Path, help="folder of graphs to use and keep (default: a new one)")
    parser.add_argument("--set", action="append", help="a question set; repeatable (default: all)")
    parser.add_argument("--system", action="append", choices=list(SYSTEMS), help="repeatable (default: all but some)")
    parser.add_argument("--device", help="cpu, cuda, cuda:1")
    return parser.parse_args()


def main() -> None:
    """Measure, and print one object."""
    options = parsed()
    reason = missing(options.model, options.data)
    if reason is not None:
        print(json.dumps({"skipped": reason}) if options.json else reason)
        return
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        results = measure(options, options.home or Path(scratch))
    bars = [{"name": f"{row['set']} {row['system']}", "value": 100 * row["hits@1"]} for row in results["rows"]]
    record = {
        "machine": machine(),
        "versions": versions(*PACKAGES),
        "quick": options.quick,
        "seconds": round(time.perf_counter() - begin, 1),
        "results": results,
        "bars": bars,
    }
    print(json.dumps(record, indent=1)) if options.json else show(record)


if __name__ == "__main__":
    main()
