"""The shapes that Clew answers with: what ``--json`` prints and what REST returns are these, field for field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from clew.kg import limits

Direction = Literal["forward", "inverse"]
Status = Literal["answered", "partial", "no_answer"]
NodeKind = Literal["entity", "literal"]


def _absent(value: object) -> bool:
    return value is None


def _empty(value: list[object]) -> bool:
    return not value


class Model(BaseModel):
    """Base: unknown fields are refused, so that a misspelt option is an error and not ignored."""

    model_config = ConfigDict(extra="forbid")


Names = Annotated[list[str], Field(max_length=limits.MAX_CONDITION_NAMES)]


class AskConditions(Model):
    """What every path behind an answer must meet; all that is given must hold. Names are keys or labels."""

    relations: Names | None = Field(
        default=None, description="Relations that paths may take; ``^`` before a name: its inverse direction only."
    )
    forbidden: Names = Field(default=[], description="Relations that no path takes; ``^`` as in ``relations``.")
    types: Names | None = Field(default=None, description="Classes, any of which an answer must have.")
    types_at: dict[int, Names] = Field(
        default={}, description="Position on the path (1: after one hop) to classes, any of which the node there has."
    )
    ends: Names | None = Field(default=None, description="Nodes, any of which an answer must be.")
    sources: Names | None = Field(default=None, description="Files or named graphs that every triple comes from.")
    languages: Names | None = Field(
        default=None, description="Texts in other languages are neither answers nor passed; those without one are."
    )
    at: str | None = Field(default=None, description="When every triple must hold: 1999, 1999-05, 1999-05-17.")
    until: str | None = Field(default=None, description="With ``at``: the end of a period, at some time of which.")
    throughout: bool = Field(default=False, description="Hold all through the period, not at some time of it.")
    undated: bool = Field(default=True, description="Whether triples that say nothing of time hold at all times.")


class AskRequest(Model):
    """A question and what the caller may bound."""

    question: str = Field(
        description="Plain language; an entity may be set in [brackets].",
        json_schema_extra={"minLength": 1, "maxLength": limits.MAX_QUESTION_CHARS},
        examples=["Which rivers flow through the capital of Austria?"],
    )
    topics: list[str] | None = Field(
        default=None,
        max_length=limits.MAX_TOPICS,
        description="Keys or labels of what it is about; absent: found in the text.",
    )
    max_hops: int = Field(default=limits.MAX_HOPS, ge=1, le=limits.MAX_HOPS_CEILING)
    max_answers: int = Field(default=limits.MAX_ANSWERS, ge=1, le=limits.MAX_ANSWERS)
    version: str | None = Field(default=None, description="A version of the graph; absent: the current one.")
    min_hops: int = Field(
        default=1, ge=1, le=limits.MAX_HOPS_CEILING, description="Fewest hops; ``max_hops`` for exactly so many."
    )
    conditions: AskConditions | None = Field(default=None, description="What every path must meet.")
    explain: bool = Field(default=False, description="Also tell the answer in words, beside the proof.")


class Node(Model):
    """A node of the graph; ``datatype`` and ``language`` are a literal's."""

    key: str
    label: str
    kind: NodeKind = "entity"
    datatype: str | None = Field(default=None, exclude_if=_absent)
    language: str | None = Field(default=None, exclude_if=_absent)


class Relation(Model):
    """A relation as a path walks it: ``inverse`` means from the tail of the stored triple to its head."""

    key: str
    label: str
    direction: Direction


class LinkedEntity(Model):
    """An entity that the question may name. ``topic``: it was used as the start of paths."""

    key: str
    label: str
    score: float
    span: tuple[int, int] | None
    how: str
    ambiguous: bool
    topic: bool


class Path(Model):
    """One proof: ``nodes[i]`` and ``nodes[i+1]`` are joined by ``relations[i]``; in the graph, edge by edge."""

    id: str
    text: str
    nodes: list[Node]
    relations: list[Relation]
    score: float
    verified: Literal[True]


class Answer(Node):
    """One answer, with the ids of the paths that prove it."""

    score: float
    paths: list[str]


class Source(Model):
    """Where a triple was read: ``line`` is 0 where the format gives none."""

    file: str
    line: int


class Triple(Model):
    """A stored triple of a path, in the direction in which it is stored."""

    head: Node
    relation: Relation
    tail: Node
    source: Source | None


class Chain(Model):
    """Triples that a model collected one after the other, each grown from ``sources`` (what the question names) or from
    triples before it, so that chains branch, up to the last one, which ends at ``answer``. They were verified as one
    graph: every triple is in the graph version and rests on those before it. ``thoughts[i]`` is what the model wrote
    before triple i, the last one before it stopped (``complete``). ``score``: the chain's share of probability among
    those found."""

    sources: list[Node] = Field(default_factory=list)
    answer: Node | None = None
    triples: list[Triple]
    thoughts: list[str]
    score: float
    complete: bool
    verified: Literal[True]


class Alternative(Model):
    """A relation path that was considered: ``chosen`` ones gave the answers."""

    topic: Node
    relations: list[Relation]
    score: float
    chosen: bool


class Reason(Model):
    """Why there is no answer, or why it is partial. ``code`` is stable."""

    code: str
    message: str


class Explanation(Model):
    """An answer told in words. ``source``: ``model``, a language model's words, which are no part of the proof; or
    ``template``, Clew's own, which say the proof's triples one by one. ``text`` null: withheld, ``reason`` says why."""

    text: str | None
    source: Literal["model", "template"]
    model: str
    part_of_proof: Literal[False] = False
    reason: Reason | None = None
    cost: dict[str, float] = Field(default_factory=dict)


class AskResult(Model):
    """What a question gives. ``score`` fields and ``confidence`` are probabilities in [0, 1]; ``timings`` milliseconds.

    ``confidence``: estimated probability that the best relation path answers the question. ``selection``: the score, 0
    to 1, by which the question is then answered or declined; absent where ``confidence`` decides. ``suggestions``:
    where there is no answer, relations of the linked entities that lie nearest to the question.
    """

    question: str
    graph: str
    version: str
    status: Status
    linked: list[LinkedEntity]
    answers: list[Answer]
    paths: list[Path]
    confidence: float
    selection: float | None = Field(default=None, exclude_if=_absent)
    reason: Reason | None
    suggestions: list[Relation]
    alternatives: list[Alternative]
    chains: list[Chain] = Field(default_factory=list, exclude_if=_empty)
    explanation: Explanation | None = Field(default=None, exclude_if=_absent)
    model: str
    timings: dict[str, float]


class GraphInfo(Model):
    """A named graph of the catalogue, in its current version."""

    name: str
    version: str
    triples: int
    entities: int
    relations: int
    created: str | None = None


class GraphDetail(GraphInfo):
    """The same with what a person needs to ask it: its versions and its relations."""

    versions: list[str]
    relation_labels: list[str]
    examples: list[str]


class Option(Model):
    """A continuation at a branching: ``relation`` None means that the path ends here."""

    relation: Relation | None
    log_prob: float
    probability: float


class Decision(Model):
    """One step of the decoder: what it took, and what else it could have taken, best first."""

    taken: Option
    alternatives: list[Option]


class PathInspection(Model):
    """A stored path with its triples, their sources, the score of each step and the alternatives not taken.

    ``search``: what the decoder did and what it cost (forwards, tokens, seconds by stage), and in ``exact``, ``gap``
    and ``partial`` what is certain of the ranking; ``warnings``: in what the model was used otherwise than trained;
    ``timings``: the question's, milliseconds by stage.
    """

    path: Path
    question: str
    graph: str
    version: str
    model: str
    asked: str
    answer: Node
    triples: list[Triple]
    steps: list[Decision]
    log_prob: float
    alternatives: list[Alternative]
    chains: list[Chain] = Field(default_factory=list, exclude_if=_empty)
    search: dict[str, float] = Field(default_factory=dict)
    warnings: list[str] = Field(default_factory=list, exclude_if=_empty)
    timings: dict[str, float] = Field(default_factory=dict)


class Problem(BaseModel):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]] | None = Field(default=None, exclude_if=_absent)


class AskBatchRequest(Model):
    """Questions to one graph, answered together."""

    questions: list[AskRequest] = Field(min_length=1, max_length=limits.MAX_BATCH_QUESTIONS)


class AskBatchResult(Model):
    """Per question, in the order asked, its result or the problem that it met."""

    results: list[AskResult | Problem]
