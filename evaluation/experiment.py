"""Runs one evaluation: asks a question set, measures, and returns the report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as File

from clew.decoding.reasoner import Bounds, Reasoner
from clew.evaluation.extras import ExtrasContext, baselines, deleted, encoder_of, robustness
from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.questions.fitting import fit
from clew.evaluation.questions.question import Question
from clew.evaluation.questions.question_set import QuestionSet
from clew.evaluation.questions.readers import read_set
from clew.evaluation.questions.sample import sample
from clew.evaluation.report import Report, abstention, gold_chains, of_gold_chains, summarise
from clew.evaluation.run import ASKED_ALONE, Asked, Observer, Target, TargetOf, TopicMode, evaluate_at
from clew.evaluation.targets import System, pipeline_target, subgraph_targets
from clew.kg import limits
from clew.kg.errors import BadFile, BadInput

OWN_GRAPHS = "each question's own"
"""Stands for the graph's name and version where each question is asked of its own subgraph."""


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What to ask: a question set, how much of it, what the system is told, and what to measure beside."""

    questions: File
    chains: File | None = None
    format: str | None = None
    limit: int | None = None
    seed: int = 0
    topic: TopicMode = TopicMode.LINKED
    max_hops: int = limits.MAX_HOPS
    revisit: bool = False
    perturb: tuple[str, ...] = ()
    unanswerable: int = 0
    baselines: bool = False

    @property
    def bounds(self) -> Bounds:
        """The bounds of every question."""
        return Bounds(self.max_hops, revisit=self.revisit)


@dataclass(frozen=True, slots=True)
class _Set:
    """The questions to ask, where, and what was left out; ``opened`` is the one graph, if they share one."""

    graph: str
    version: str
    questions: list[Question]
    skipped: Counter[str]
    format: str
    target_of: TargetOf
    opened: Target | None
    reasoner: Reasoner | None


def run_experiment(
    system: System, graph: str | None, options: EvalOptions, observer: Observer | None = None
) -> tuple[Report, list[Asked]]:
    """Ask a question set of a graph; return the report and every question with what came back.

    ``graph`` None: each question is asked of its own subgraph (RoG's rows have one). Loading happens before the first
    question and is reported apart (``load_seconds``). Raises ``BadFile`` for the question set, ``BadInput`` for what
    does not go together, and whatever ``system.pipeline`` raises.
    """
    found = read_set(options.questions, options.chains, options.format)
    start = time.perf_counter()
    made = _own_graphs(system, found, options) if graph is None else _one_graph(system, graph, found, options)
    loaded = round(time.perf_counter() - start, 3)
    start = time.perf_counter()
    asked = evaluate_at(made.target_of, made.questions, options.topic, observer, ASKED_ALONE)
    seconds = time.perf_counter() - start
    report: Report = {
        "graph": made.graph,
        "version": made.version,
        "model": system.model,
        "questions": options.questions.name,
        "format": made.format,
        "skipped": dict(made.skipped),
        "topic": str(options.topic),
        "seed": options.seed,
        "max_hops": options.max_hops,
        "revisit": options.revisit,
        "load_seconds": loaded,
        "questions_per_s": round(len(asked) / seconds, 1) if asked else None,
    }
    report |= summarise([one.question for one in asked], [one.score for one in asked], options.seed)
    report |= _gold_chains(made, asked, options)
    made_up, extras = _extras(system, made, asked, options, observer)
    if made_up:
        scored = [(one.question, one.score) for one in (*asked, *made_up)]
        report |= abstention([s for q, s in scored if q.answerable], [s for q, s in scored if not q.answerable])
    if "baselines" in extras and (oracle := of_gold_chains(report)):
        extras["baselines"]["oracle"] = oracle
    return report | extras, [*asked, *made_up]


def _one_graph(system: System, name: str, found: QuestionSet, options: EvalOptions) -> _Set:
    pipeline = system.pipeline(name)
    target = pipeline_target(pipeline, options.bounds, system.seconds)
    fitted = fit(found, pipeline.graph)
    if not fitted.questions:
        reasons = "; ".join(f"{count}: {reason}" for reason, count in fitted.skipped.items())
        raise BadFile(f"{options.questions}: no question can be asked of graph {name!r} ({reasons})")
    return _Set(
        name,
        pipeline.graph.version,
        sample(fitted.questions, options.limit, options.seed),
        fitted.skipped,
        fitted.format,
        lambda _: target,
        target,
        pipeline.reasoner,
    )


def _own_graphs(system: System, found: QuestionSet, options: EvalOptions) -> _Set:
    if any(question.subgraph is None for question in found.questions):
        raise BadInput("--graph is required: these questions contain no graphs (only RoG rows do)")
    if options.unanswerable:
        raise BadInput("--unanswerable needs gold relation chains, which RoG rows do not contain")
    questions = sample(found.questions, options.limit, options.seed)
    target_of = subgraph_targets(system, options.bounds)
    return _Set(OWN_GRAPHS, OWN_GRAPHS, questions, found.skipped, found.format, target_of, None, None)


def _extras(
    system: System, made: _Set, asked: list[Asked], options: EvalOptions, observer: Observer | None
) -> tuple[list[Asked], Report]:
    """Measure what was asked for beside; return the unanswerable questions that were made, and the reports."""
    context = ExtrasContext(system, asked, made.target_of, options.topic, options.bounds, options.seed, observer)
    report: Report = {}
    made_up: list[Asked] = []
    if options.perturb:
        report["robustness"] = robustness(context, options.perturb)
    if options.unanswerable and made.opened is not None and made.reasoner is not None:
        report["deleted"], made_up = deleted(context, made.opened.graph, made.reasoner, options.unanswerable)
    if options.baselines:
        reasoner = made.reasoner or system.reasoner()
        report["baselines"] = baselines(context, encoder_of(reasoner))
    return made_up, report


def _gold_chains(made: _Set, asked: Sequence[Asked], options: EvalOptions) -> Report:
    """Return what following the gold chains scores; nothing where each question has a graph of its own."""
    if made.opened is None:
        return {}
    return gold_chains(
        [(one.question, one.score) for one in asked], Ceiling(made.opened.graph, options.revisit).outcome
    )
