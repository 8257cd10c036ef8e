"""The service as a system under evaluation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as File

from api.models import AskRequest, AskResult, Path
from api.service import Service
from evaluation.ceiling import Ceiling
from evaluation.evaluate import Asked, Observer, TopicMode, evaluate, verifier
from evaluation.outcome import Ask, LinkedTopic, Outcome, Predicted
from evaluation.readers import read_questions
from evaluation.report import Report, ceilings, summarise
from evaluation.sample import sample
from kg import limits
from kg.errors import BadInput, VerificationFailed
from kg.proof import Derivation, Proof, ProofEdge


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """What to ask: a question set, how much of it, and what the system is told."""

    questions: File
    chains: File | None = None
    format: str | None = None
    limit: int | None = None
    seed: int = 0
    topic: TopicMode = TopicMode.LINKED
    max_hops: int = limits.MAX_HOPS


def evaluate_graph(
    service: Service, graph: str, options: EvalOptions, observer: Observer | None = None
) -> tuple[Report, list[Asked]]:
    """Ask a question set of a graph; return the report and every question with what came back.

    Loading happens before the first question and is reported apart (``load_seconds``). Raises ``BadFile`` for the
    question set and whatever ``Service.ask`` raises that is not the question's own fault.
    """
    version = service.catalogue.current(graph)
    questions = sample(read_questions(options.questions, options.chains, options.format), options.limit, options.seed)
    start = time.perf_counter()
    service.warm(graph)
    loaded = round(time.perf_counter() - start, 3)
    opened = service.catalogue.open(graph, version)
    ceiling = ceilings(questions, Ceiling(opened).outcome)
    ask = asker(service, graph, version, options.max_hops)
    asked = evaluate(questions, ask, verifier(opened), options.topic, observer)
    report: Report = {
        "graph": graph,
        "version": version,
        "model": service.settings.model,
        "questions": options.questions.name,
        "topic": str(options.topic),
        "seed": options.seed,
        "max_hops": options.max_hops,
        "load_seconds": loaded,
    }
    return report | summarise(questions, [one.score for one in asked], options.seed) | ceiling, asked


def asker(service: Service, graph: str, version: str, max_hops: int) -> Ask:
    """Return the service over one graph version, as evaluation asks it. Answers are not kept in the history.

    A question that the service refuses is an outcome with an error; anything else that fails is raised.
    """

    def ask(question: str, topics: Sequence[str] | None) -> Outcome:
        request = AskRequest(
            question=question, topics=list(topics) if topics else None, max_hops=max_hops, version=version
        )
        try:
            return outcome_of(service.ask(graph, request, record=False))
        except (BadInput, VerificationFailed) as error:
            return Outcome(error=f"{error.code}: {error}")

    return ask


def outcome_of(result: AskResult) -> Outcome:
    """Return a result in evaluation's words; the proofs are rebuilt from the very paths that a user would get."""
    paths = {path.id: path for path in result.paths}
    return Outcome(
        answers=tuple(Predicted(answer.key, answer.label, answer.score) for answer in result.answers),
        linked=tuple(LinkedTopic(entity.key, entity.label) for entity in result.linked if entity.topic),
        proofs=tuple(
            Proof(result.version, answer.key, (derivation_of(paths[path]),))
            for answer in result.answers
            for path in answer.paths
        ),
        confidence=result.confidence,
        declined=result.status == "no_answer",
    )


def derivation_of(path: Path) -> Derivation:
    """Return a path as the checker takes it."""
    edges = []
    for left, relation, right in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        inverse = relation.direction == "inverse"
        head, tail = (right.key, left.key) if inverse else (left.key, right.key)
        edges.append(ProofEdge(head, relation.key, tail, inverse))
    return Derivation(tuple(edges))
