"""Converts the results of the pipeline to the data models."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clew.api.schema.drawing import spell
from clew.api.schema.models import (
    Alternative,
    Answer,
    AskRequest,
    AskResult,
    Chain,
    Corrected,
    Decision,
    Explanation,
    LinkedEntity,
    Namesake,
    Node,
    Option,
    Path,
    Reason,
    Relation,
    Status,
    Unread,
)
from clew.api.schema.nodes import node_of, relation_of, triple_of
from clew.api.schema.program_results import ProgramFields, program_fields
from clew.decoding.answering.answered import Answered
from clew.decoding.answering.topics import Link
from clew.decoding.answers import explanation
from clew.decoding.answers.abstain import Reason as DeclineReason
from clew.decoding.answers.class_edges import Demands, class_edges
from clew.decoding.answers.gather import AnswerItem, PathInstance
from clew.decoding.reading.unread import Unread as UnreadPart
from clew.decoding.reasoner import STOP, RankedPath, Step
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph


class Shown:
    """Nodes and relations as they are answered, each made once: the paths of an answer share most of them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._nodes: dict[int, Node] = {}
        self._relations: dict[int, Relation] = {}

    def node(self, node: int) -> Node:
        """Return a node; see ``node_of``."""
        found = self._nodes.get(node)
        if found is None:
            found = self._nodes[node] = node_of(self._graph, node)
        return found

    def relation(self, relation: int) -> Relation:
        """Return a directed relation; see ``relation_of``."""
        found = self._relations.get(relation)
        if found is None:
            found = self._relations[relation] = relation_of(self._graph, relation)
        return found

    def path(self, path_id: str, instance: PathInstance, demands: Demands) -> Path:
        """Return a verified path, and the verified statements of the classes that decided."""
        nodes = [self.node(node) for node in instance.nodes]
        relations = [self.relation(relation) for relation in instance.relations]
        text, score = spell(nodes, relations), instance.ranked.probability
        classes = [triple_of(self._graph, *edge) for edge in class_edges(self._graph, instance, demands)]
        return Path(
            id=path_id, text=text, nodes=nodes, relations=relations, score=score, classes=classes, verified=True
        )

    def answer(self, node: int, score: float, paths: list[str]) -> Answer:
        """Return an answer with the ids of its paths."""
        return Answer(**dict(self.node(node)), score=score, paths=paths)


class Numbered:
    """The answers to one question, at most ``most`` of them, with their paths, numbered in the order of the answers."""

    def __init__(self, shown: Shown, answer_id: str, most: int) -> None:
        self._shown, self._id, self._most = shown, answer_id, most
        self.answers: list[Answer] = []
        self.paths: list[Path] = []

    def add(self, item: AnswerItem, demands: Demands) -> tuple[Answer, list[Path]] | None:
        """Add a proved answer. Return it with its paths; None if there are enough."""
        if len(self.answers) >= self._most:
            return None
        first = len(self.paths)
        paths = [self._shown.path(f"{self._id}-{first + i}", path, demands) for i, path in enumerate(item.paths)]
        answer = self._shown.answer(item.node, item.score, [path.id for path in paths])
        self.answers.append(answer)
        self.paths += paths
        return answer, paths


def ask_result(graph: Graph, request: AskRequest, answer_id: str, model: str, answered: Answered) -> AskResult:
    """Return the answer to a request; its paths are numbered in the order of the answers."""
    shown = Shown(graph)
    program = _program(graph, request, answer_id, answered)
    given = Numbered(shown, answer_id, request.max_answers)
    for item in answered.gathered.answers[: request.max_answers] if answered.proofs else ():  # none: abstained
        given.add(item, answered.demands)
    members = [Answer(**dict(node), score=answered.reasoning.confidence, paths=[]) for node in program.nodes]
    answers = members + given.answers
    status, reason = _status(graph, answered, len(answers) < len(answered.proofs), request, program)
    return AskResult(
        question=request.question,
        graph=graph.name,
        version=graph.version,
        status=status,
        linked=linked_entities(graph, answered.links),
        answers=answers,
        paths=given.paths,
        **({"sparql": _sparql(graph, request, answered)} | program.fields),
        confidence=answered.reasoning.confidence,
        selection=answered.reasoning.selection,
        reason=reason,
        reading=answered.reading,
        unread=unread_parts(answered.unread),
        ambiguous=_namesakes(graph, answered),
        corrected=_corrected(graph, request, answered),
        otherwise=[shown.node(item.node) for item in _otherwise(answered)],
        suggestions=[shown.relation(relation) for relation in answered.suggestions],
        alternatives=alternatives(graph, answered, shown),
        chains=[] if answered.reason else chains(graph, answered),
        model=model,
        timings=answered.timings,
    )


def _program(graph: Graph, request: AskRequest, answer_id: str, answered: Answered) -> ProgramFields:
    """Return what the program gives; nothing where there is none."""
    if answered.program is None:
        return ProgramFields()
    found = program_fields(graph, request.question, request.max_answers, answered.program)
    found.fields["program_id"] = f"{answer_id}-0"
    return found


def _sparql(graph: Graph, request: AskRequest, answered: Answered) -> str:
    """Return the best relation path as SPARQL. Empty where SPARQL has no words for what gave the answers: conditions,
    chains, steps back onto the topic, values behind nodes without a name."""
    from clew.tries.programs.sparql import path_sparql  # compiles kernels: a command that asks nothing must not wait

    gathered = answered.gathered
    if answered.reason or not gathered.paths or request.conditions or request.revisit or answered.reasoning.chains:
        return ""
    instances = [path for item in gathered.answers for path in item.paths]
    if any(path.relations != path.ranked.relations for path in instances):
        return ""
    best = gathered.paths[0]
    try:
        return path_sparql(graph, best.topic.node, best.relations)
    except BadInput:  # a topic without a name
        return ""


def alternatives(graph: Graph, answered: Answered, shown: Shown | None = None) -> list[Alternative]:
    """Return the relation paths considered, best first; ``chosen`` ones gave the answers."""
    shown = shown or Shown(graph)
    chosen = () if answered.reason else answered.gathered.paths
    return [
        Alternative(
            topic=shown.node(ranked.topic.node),
            relations=[shown.relation(relation) for relation in ranked.relations],
            score=ranked.probability,
            chosen=any(ranked is taken for taken in chosen),
        )
        for ranked in answered.reasoning.paths[: limits.MAX_ALTERNATIVES]
    ]


def chains(graph: Graph, answered: Answered) -> list[Chain]:
    """Return the chains that the paths come from, likeliest first; every triple has been checked."""
    return [
        Chain(
            sources=[node_of(graph, node) for node in chain.sources],
            answer=node_of(graph, chain.answer),
            triples=[triple_of(graph, *edge) for edge in chain.edges],
            thoughts=list(chain.thoughts),
            score=chain.probability,
            complete=chain.stopped,
            verified=True,
        )
        for chain in answered.reasoning.chains
    ]


def explanation_of(told: explanation.Explanation | None, model: str) -> Explanation | None:
    """Return an explanation as it is answered."""
    if told is None:
        return None
    reason = Reason(code=str(told.withheld), message=told.message or "") if told.withheld else None
    return Explanation(text=told.text, source=told.source.value, model=model, reason=reason, cost=dict(told.cost))


def search_record(answered: Answered) -> dict[str, float]:
    """Return what the search did, what it cost, and what is certain of its ranking, as JSON can say it."""
    reasoning = answered.reasoning
    certain = {"exact": float(reasoning.exact), "partial": float(reasoning.partial), "gap": reasoning.gap}
    return {name: min(value, limits.MAX_SURPRISAL) for name, value in (reasoning.diagnostics | certain).items()}


def decisions(graph: Graph, ranked: RankedPath) -> list[Decision]:
    """Return the decode trace of a relation path."""
    return [_decision(graph, step) for step in ranked.steps]


def _decision(graph: Graph, step: Step) -> Decision:
    options = [_option(graph, relation, log_prob) for relation, log_prob in step.alternatives]
    return Decision(taken=_option(graph, step.relation, step.log_prob), alternatives=options)


def _option(graph: Graph, relation: int, log_prob: float) -> Option:
    return Option(
        relation=None if relation == STOP else relation_of(graph, relation),
        log_prob=finite(log_prob),
        probability=min(1.0, math.exp(min(0.0, log_prob))),
    )


def finite(log_prob: float) -> float:
    """Return a log-probability as JSON can say it."""
    return max(log_prob, -limits.MAX_SURPRISAL)


def linked_entities(graph: Graph, links: Sequence[Link]) -> list[LinkedEntity]:
    """Return the entities that a question was linked to."""
    return [
        LinkedEntity(
            key=graph.key(link.node),
            label=graph.label(link.node),
            score=link.score,
            span=link.span,
            how=link.how,
            ambiguous=link.ambiguous,
            topic=link.topic,
        )
        for link in links
    ]


def unread_parts(unread: Sequence[UnreadPart]) -> list[Unread]:
    """Return the parts of a question that a reading does not stand for."""
    return [Unread(text=part.text, start=part.start, end=part.end, why=str(part.why)) for part in unread]


_STATUSES: dict[DeclineReason, Status] = {
    DeclineReason.NOTHING_LINKED: "no_entity",
    DeclineReason.NO_PATH: "none_in_graph",
    DeclineReason.UNNAMED: "none_in_graph",
    DeclineReason.NOT_STATED: "none_in_graph",
    DeclineReason.LOW_CONFIDENCE: "not_understood",
    DeclineReason.UNREAD: "not_understood",
    DeclineReason.AMBIGUOUS: "ambiguous",
    DeclineReason.OUT_OF_TIME: "partial",
}


def _status(
    graph: Graph, answered: Answered, cut: bool, request: AskRequest, program: ProgramFields
) -> tuple[Status, Reason | None]:
    """Return the status and its reason; ``cut``: the request's ``max_answers`` left some out."""
    reason = answered.reason
    if answered.program is not None and reason is not None:
        return _STATUSES[reason], Reason(code=str(reason), message=f"None in this graph, version {graph.version}.")
    if program.cut:
        many = f"{program.given:,} of {program.size:,}"
        return "partial", Reason(code="budget", message=f"A size limit was reached: {many} are given.")
    if reason is not None and answered.declined:
        conditional = answered.links and (request.conditions is not None or request.min_hops > 1)
        under = " Other conditions may allow one." if conditional else ""
        return _STATUSES[reason], Reason(code=str(reason), message=_message(answered, reason) + under)
    if cut or answered.partial:
        return "partial", Reason(code="budget", message=_cut_message(answered))
    return "answered", None


def _message(answered: Answered, reason: DeclineReason) -> str:
    if reason is not DeclineReason.UNREAD:
        return reason.text
    return "Not understood: " + "; ".join(f'"{part.text}" {part.why.text}' for part in answered.unread) + "."


def _otherwise(answered: Answered) -> Sequence[AnswerItem]:
    """Return what would be answered without the unread parts of the question."""
    return answered.gathered.answers[: limits.MAX_PRINTED_ANSWERS] if answered.reason is DeclineReason.UNREAD else ()


def _namesakes(graph: Graph, answered: Answered) -> list[Namesake]:
    """Return the entities that the topic's name may mean, the likeliest first."""
    if not answered.rivals:
        return []
    nodes = [answered.gathered.paths[0].topic.node, *answered.rivals]
    return [
        Namesake(
            **dict(node_of(graph, node)), classes=[graph.label(cls) for cls in graph.named(graph.types(node)).tolist()]
        )
        for node in nodes
    ]


def _corrected(graph: Graph, request: AskRequest, answered: Answered) -> list[Corrected]:
    """Return the topics whose names were spelled otherwise in the question."""
    return [
        Corrected(
            text=request.question[link.span[0] : link.span[1]], label=graph.label(link.node), key=graph.key(link.node)
        )
        for link in answered.links
        if link.topic and link.how == "typo" and link.span is not None
    ]


def _cut_message(answered: Answered) -> str:
    limit = (
        "A size limit was reached"
        if answered.late is None
        else f"The time limit was reached while {answered.late.text}"
    )
    if answered.gathered.answers:
        return f"{limit}. There may be more or better answers."
    return f"{limit}, before an answer was found. There may be one."
