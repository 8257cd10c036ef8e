"""The system under evaluation at a graph: of the catalogue, a question's own, or one with something deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from clew.api.schema.models import AskRequest, AskResult, Path
from clew.api.schema.results import ask_result, finite
from clew.api.service.engine import Engine, Found, Query
from clew.api.service.service import Service
from clew.decoding.reasoner import STOP, Bounds, RankedPath, Reasoner
from clew.evaluation.outcome import Ask, LinkedTopic, Outcome, Predicted, Told, TraceStep
from clew.evaluation.questions.question import Question
from clew.evaluation.run import verifier
from clew.evaluation.target import Bench, BenchOf
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError, VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import Derivation, Proof, ProofEdge

MOST_ALTERNATIVES = 5
"""Alternatives of a step kept in a trace."""


def engine_bench(engine: Engine, max_hops: int, seconds: float) -> Bench:
    """Return the bench of an engine; a question may take so many seconds."""
    ask = asker(engine, max_hops, seconds)
    return Bench(engine.graph, ask, verifier(engine.graph), _together(engine.reasoner))


def _together(reasoner: Reasoner) -> int:
    """Return how many questions are asked at a time: of a language model, which takes seconds for each, one."""
    return limits.MAX_EVALUATED_TOGETHER if reasoner.name == "embedded" else 1


def graph_bench(graph: Graph, reasoner: Reasoner, service: Service, max_hops: int) -> Bench:
    """Return the bench of a graph that is in no catalogue: its linker is built in memory."""
    from clew.retrieval.linking.linker import EntityLinker

    reasoner.prepare(graph)
    engine = Engine(graph, EntityLinker.build(graph), reasoner, service.settings.threshold)
    return engine_bench(engine, max_hops, service.settings.ask_seconds)


def subgraph_benches(service: Service, max_hops: int) -> BenchOf:
    """Return what makes the bench of a question's own subgraph; given topics that it lacks are not handed over."""
    reasoner = service.parts.reasoner()

    def bench_of(asked: Question) -> Bench:
        if asked.subgraph is None:
            raise BadInput(f"line {asked.number}: the question contains no graph")
        bench = graph_bench(asked.subgraph.graph(), reasoner, service, max_hops)

        def ask(told: Sequence[Told]) -> Sequence[Outcome]:
            return bench.ask([Told(one.text, held(one.topics)) for one in told])

        def held(topics: Sequence[str] | None) -> Sequence[str] | None:
            known = [topic for topic in topics or () if bench.graph.find_node(topic) is not None]
            return known[: limits.MAX_TOPICS] or None

        return Bench(bench.graph, ask, bench.verify)

    return bench_of


def asker(engine: Engine, max_hops: int, seconds: float) -> Ask:
    """Return an engine as evaluation asks it: what the service does with a question, but kept in no history.

    A question that the engine refuses is an outcome with an error; anything else that fails is raised. Each question
    may take so many seconds: one that was cut short in a batch is asked again by itself.
    """

    def ask(told: Sequence[Told]) -> list[Outcome]:
        requests = [_request(one, max_hops) for one in told]
        valid = [one for one in requests if isinstance(one, AskRequest)]
        found = iter(answer(valid))
        return [one if isinstance(one, Outcome) else _outcome(engine, one, next(found)) for one in requests]

    def answer(requests: Sequence[AskRequest]) -> list[Found | ClewError]:
        bounds = Bounds(max_hops=max_hops, deadline=time.monotonic() + seconds)
        found = engine.answer_many([Query(one.question, one.topics, bounds) for one in requests])
        cut = [i for i, one in enumerate(found) if isinstance(one, Found) and _is_partial(one)]
        if len(requests) > 1:
            for i in cut:
                found[i] = answer([requests[i]])[0]
        return found

    return ask


def _is_partial(found: Found) -> bool:
    return found.reasoning.partial or found.gathered.partial


def _request(told: Told, max_hops: int) -> AskRequest | Outcome:
    """Return a request, or what is wrong with it: no Unicode text, or outside what a request may hold."""
    try:
        "".join((told.text, *(told.topics or ()))).encode()  # a lone surrogate is no text
        return AskRequest(question=told.text, topics=list(told.topics) if told.topics else None, max_hops=max_hops)
    except ValueError as error:
        return Outcome(error=f"bad-input: {' '.join(str(error).split())[:200]}")


def _outcome(engine: Engine, request: AskRequest, found: Found | ClewError) -> Outcome:
    if isinstance(found, BadInput | VerificationFailed):
        return Outcome(error=f"{found.code}: {found}")
    if isinstance(found, ClewError):
        raise found
    result = ask_result(engine.graph, request, "eval", engine.reasoner.name, found)
    return outcome_of(result, trace_of(engine.graph, found))


def outcome_of(result: AskResult, trace: tuple[TraceStep, ...] = ()) -> Outcome:
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
        selection=result.selection,
        declined=result.status == "no_answer",
        trace=trace,
    )


def trace_of(graph: Graph, found: Found) -> tuple[TraceStep, ...]:
    """Return the decisions that led to the best relation path."""
    best: RankedPath | None = next(iter(found.gathered.paths or found.reasoning.paths), None)
    if best is None:
        return ()
    name = _namer(graph)
    return tuple(
        TraceStep(
            name(step.relation),
            finite(step.log_prob),
            tuple((name(relation), finite(log_prob)) for relation, log_prob in step.alternatives[:MOST_ALTERNATIVES]),
        )
        for step in best.steps
    )


def _namer(graph: Graph) -> Callable[[int], str | None]:
    def name(relation: int) -> str | None:
        if relation == STOP:
            return None
        return ("^" if relation >= graph.num_relations else "") + graph.relation_key(relation)

    return name


def derivation_of(path: Path) -> Derivation:
    """Return a path as the checker takes it."""
    edges = []
    for left, relation, right in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        inverse = relation.direction == "inverse"
        head, tail = (right.key, left.key) if inverse else (left.key, right.key)
        edges.append(ProofEdge(head, relation.key, tail, inverse))
    return Derivation(tuple(edges))
