"""The systems under evaluation: pipelines over a graph of the catalogue, a question's own graph, or an edited one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answers.gather import PathInstance
from clew.decoding.reasoner import STOP, Bounds, RankedPath, Reasoner
from clew.evaluation.outcome import Ask, LinkedTopic, Outcome, Predicted, Told, TraceStep
from clew.evaluation.program_outcome import with_program
from clew.evaluation.questions.question import Question
from clew.evaluation.run import Target, TargetOf, verifier
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError, VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import Derivation, Proof, ProofEdge


@dataclass(frozen=True, slots=True)
class System:
    """What an evaluation needs of the system that it measures.

    ``model``: its name, for the report. ``pipeline(graph)``: the pipeline over a named graph, ready to answer.
    ``reasoner()``: a reasoner for other graphs. ``threshold``: see ``abstain``. ``seconds``: what a question may take.
    """

    model: str
    pipeline: Callable[[str], Pipeline]
    reasoner: Callable[[], Reasoner]
    threshold: float | None
    seconds: float


def pipeline_target(pipeline: Pipeline, bounds: Bounds, seconds: float) -> Target:
    """Return a pipeline as a target; a question may take so many seconds."""
    ask = asker(pipeline, bounds, seconds)
    return Target(pipeline.graph, ask, verifier(pipeline.graph), _together(pipeline.reasoner))


def _together(reasoner: Reasoner) -> int:
    """Return how many questions are asked at a time: of a language model, which takes seconds for each, one."""
    return limits.MAX_EVALUATED_TOGETHER if reasoner.batches_well else 1


def graph_target(graph: Graph, reasoner: Reasoner, system: System, bounds: Bounds) -> Target:
    """Return the target over a graph that is in no catalogue: its linker is built in memory."""
    from clew.retrieval.linking.linker import EntityLinker

    reasoner.prepare(graph)
    pipeline = Pipeline(graph, EntityLinker.build(graph), reasoner, system.threshold)
    return pipeline_target(pipeline, bounds, system.seconds)


def subgraph_targets(system: System, bounds: Bounds) -> TargetOf:
    """Return a function that makes the target over a question's own subgraph. Given topics that it lacks are not passed
    on."""
    reasoner = system.reasoner()

    def target_of(question: Question) -> Target:
        if question.subgraph is None:
            raise BadInput(f"line {question.number}: the question contains no graph")
        target = graph_target(question.subgraph.graph(), reasoner, system, bounds)

        def ask(told: Sequence[Told]) -> Sequence[Outcome]:
            return target.ask([Told(one.text, held(one.topics)) for one in told])

        def held(topics: Sequence[str] | None) -> Sequence[str] | None:
            known = [topic for topic in topics or () if target.graph.find_node(topic) is not None]
            return known[: limits.MAX_TOPICS] or None

        return Target(target.graph, ask, target.verify)

    return target_of


def asker(pipeline: Pipeline, bounds: Bounds, seconds: float) -> Ask:
    """Return a function that asks a pipeline and returns outcomes.

    A question that the pipeline refuses is an outcome with an error; any other failure is raised. Each question may
    take so many seconds: one that was cut short in a batch is asked again by itself.
    """

    def ask(told: Sequence[Told]) -> list[Outcome]:
        refused = [_refused(one) for one in told]
        answers = iter(answer([one for one, error in zip(told, refused, strict=True) if error is None]))
        return [_outcome(pipeline.graph, next(answers)) if error is None else Outcome(error=error) for error in refused]

    def answer(told: Sequence[Told]) -> list[Answered | ClewError]:
        timed = replace(bounds, deadline=time.monotonic() + seconds)
        found = pipeline.answer_many([Query(one.text, timed, one.topics or None) for one in told])
        cut = [i for i, one in enumerate(found) if isinstance(one, Answered) and one.partial]
        if len(told) > 1:
            for i in cut:
                found[i] = answer([told[i]])[0]
        return found

    return ask


def _refused(told: Told) -> str | None:
    """Return why a question cannot be asked: no Unicode text, or too many topics; None where it can."""
    try:
        "".join((told.text, *(told.topics or ()))).encode()  # a lone surrogate is no text
    except UnicodeEncodeError as error:
        return f"{BadInput.code}: {error}"
    if len(told.topics or ()) > limits.MAX_TOPICS:
        return f"{BadInput.code}: more than {limits.MAX_TOPICS} topics"
    return None


def _outcome(graph: Graph, answered: Answered | ClewError) -> Outcome:
    if isinstance(answered, BadInput | VerificationFailed):
        return Outcome(error=f"{answered.code}: {answered}")
    if isinstance(answered, ClewError):
        raise answered
    try:
        return outcome_of(graph, answered)
    except BadInput as error:
        return Outcome(error=f"{error.code}: {error}")


def outcome_of(graph: Graph, answered: Answered) -> Outcome:
    """Return a pipeline's result in evaluation's words; the proofs are written from the paths that a user would get.

    Raises ``BadInput`` for a table that is too large to be compared.
    """
    items = answered.gathered.answers if answered.proofs else ()
    answers = [Predicted(graph.key(item.node), graph.label(item.node), item.score) for item in items]
    proofs = [
        Proof(graph.version, answer.key, (derivation_of(graph, path),))
        for answer, item in zip(answers, items, strict=True)
        for path in item.paths
    ]
    topics = [LinkedTopic(graph.key(link.node), graph.label(link.node)) for link in answered.links if link.topic]
    outcome = Outcome(
        answers=tuple(answers),
        linked=tuple(topics),
        proofs=tuple(proofs),
        confidence=answered.reasoning.confidence,
        selection=answered.reasoning.selection,
        declined=answered.declined,
        trace=trace_of(graph, answered),
    )
    return outcome if answered.program is None else with_program(graph, answered.program, outcome)


def trace_of(graph: Graph, answered: Answered) -> tuple[TraceStep, ...]:
    """Return the decisions that led to the best relation path."""
    best: RankedPath | None = next(iter(answered.gathered.paths or answered.reasoning.paths), None)
    if best is None:
        return ()
    name = _namer(graph)
    return tuple(
        TraceStep(
            name(step.relation),
            _finite(step.log_prob),
            tuple(
                (name(relation), _finite(log_prob))
                for relation, log_prob in step.alternatives[: limits.MAX_TRACED_ALTERNATIVES]
            ),
        )
        for step in best.steps
    )


def _finite(log_prob: float) -> float:
    return max(log_prob, -limits.MAX_SURPRISAL)


def _namer(graph: Graph) -> Callable[[int], str | None]:
    def name(relation: int) -> str | None:
        if relation == STOP:
            return None
        return ("^" if relation >= graph.num_relations else "") + graph.relation_key(relation)

    return name


def derivation_of(graph: Graph, path: PathInstance) -> Derivation:
    """Return a path in keys, as the checker takes it; written here, so that a wrong proof writer would be found."""
    edges = []
    for left, relation, right in zip(path.nodes, path.relations, path.nodes[1:], strict=False):
        inverse = relation >= graph.num_relations
        head, tail = (right, left) if inverse else (left, right)
        edges.append(ProofEdge(graph.key(head), graph.relation_key(relation), graph.key(tail), inverse))
    return Derivation(tuple(edges))
