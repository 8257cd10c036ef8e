"""The data models of REST and of ``--json``. Both have the same fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StrictBool, StrictFloat, StrictInt

from clew.api.model_settings import Scoring, SearchMethod
from clew.decoding.text.text_writer import Evidence
from clew.kg import limits

Direction = Literal["forward", "inverse"]
Status = Literal["answered", "partial", "none_in_graph", "not_understood", "no_entity", "ambiguous"]
"""``none_in_graph``: the graph does not state what was asked. ``not_understood``: no path stands for the whole
question. ``no_entity``: the question mentions no entity of the graph. ``ambiguous``: several entities have the name."""
NodeKind = Literal["entity", "literal"]


def _absent(value: object) -> bool:
    return value is None


def _empty(value: list[object] | str) -> bool:
    return not value


class Model(BaseModel):
    """Base of all models. Unknown fields are rejected, so that a misspelled option is an error."""

    model_config = ConfigDict(extra="forbid")


def _number(value: object) -> object:
    if isinstance(value, bool | str | bytes):
        raise ValueError("must be an integer")
    return value


def _position(value: object) -> object:
    """Read a key of a JSON object, which is a text."""
    if isinstance(value, str):
        if value not in POSITIONS:
            raise ValueError(f"must be a position on the path, 1 to {limits.MAX_HOPS_CEILING}")
        return int(value)
    return _number(value)


POSITIONS = [str(hop) for hop in range(1, limits.MAX_HOPS_CEILING + 1)]

Whole = Annotated[int, BeforeValidator(_number)]
"""An integer that is written as one: neither a text nor a truth value."""

Position = Annotated[int, Field(ge=1, le=limits.MAX_HOPS_CEILING), BeforeValidator(_position)]

Names = Annotated[list[str], Field(max_length=limits.MAX_CONDITION_NAMES)]


class AskConditions(Model):
    """Conditions on every path that proves an answer. All given conditions must hold. Names are keys or labels."""

    relations: Names | None = Field(
        default=None, description="Relations that paths may use. ``^`` before a name allows its inverse direction only."
    )
    forbidden: Names = Field(
        default=[], description="Relations that paths must not use. ``^`` has the same meaning as in ``relations``."
    )
    types: Names | None = Field(
        default=None, description="Classes of the answers. An answer must belong to at least one of them."
    )
    types_at: dict[Position, Names] = Field(
        default={},
        description="Classes by position on the path (1: after one hop). The node there must belong to one of them.",
        json_schema_extra={"propertyNames": {"enum": list[JsonValue](POSITIONS)}},
    )
    ends: Names | None = Field(default=None, description="Allowed answers.")
    sources: Names | None = Field(
        default=None, description="Files or named graphs. Every triple must come from one of them."
    )
    languages: Names | None = Field(
        default=None, description="Ignore literals in other languages. Untagged literals are always allowed."
    )
    at: str | None = Field(default=None, description="Time at which every triple must hold: 1999, 1999-05, 1999-05-17.")
    until: str | None = Field(
        default=None,
        description="End of the period that starts at ``at``. A triple matches if it holds at any time in it.",
    )
    throughout: StrictBool = Field(default=False, description="Require triples to hold during the whole period.")
    undated: StrictBool = Field(
        default=True, description="Treat triples without a time as always true. If false, ignore them."
    )


class AskRequest(Model):
    """A question with its options."""

    question: str = Field(
        description="The question in plain English. An entity can be marked with [brackets].",
        json_schema_extra={"minLength": 1, "maxLength": limits.MAX_QUESTION_CHARS},
        examples=["Which rivers flow through the capital of Austria?"],
    )
    topics: list[str] | None = Field(
        default=None,
        max_length=limits.MAX_TOPICS,
        description="Keys or labels of the entities to start from. Default: found in the question.",
    )
    max_hops: Whole = Field(
        default=limits.MAX_HOPS, ge=1, le=limits.MAX_HOPS_CEILING, description="Longest path, in hops."
    )
    max_answers: Whole = Field(
        default=limits.MAX_ANSWERS,
        ge=1,
        le=limits.MAX_ANSWERS,
        description="Maximum number of answers, or of rows, to return.",
    )
    version: str | None = Field(default=None, description="Graph version to ask. Default: the current one.")
    min_hops: Whole = Field(
        default=1,
        ge=1,
        le=limits.MAX_HOPS_CEILING,
        description="Shortest path, in hops. Set it to ``max_hops`` for an exact length.",
    )
    revisit: StrictBool = Field(default=False, description="Whether a step of a path may lead back onto its topic.")
    conditions: AskConditions | None = Field(default=None, description="Conditions on the paths that prove an answer.")
    explain: StrictBool = Field(default=False, description="Also explain the answer in a sentence, next to the proof.")
    search: SearchMethod | None = Field(
        default=None, description="Search for the best paths of a causal LM. Default: the setting of the server."
    )
    score: Scoring | None = Field(
        default=None,
        description="What the path probability of a causal LM is relative to. Default: the setting of the server.",
    )
    evidence: Evidence | None = Field(
        default=None,
        description="How the proof is shown to a model that writes an explanation. Default: the setting of the server.",
    )


class Node(Model):
    """A node of the graph. Only literals have a ``datatype`` and a ``language``."""

    key: str
    label: str
    kind: NodeKind = "entity"
    datatype: str | None = Field(default=None, exclude_if=_absent)
    language: str | None = Field(default=None, exclude_if=_absent)


class Relation(Model):
    """A relation on a path. ``inverse`` means that the path goes from the tail of the stored triple to its head."""

    key: str
    label: str
    direction: Direction


class LinkedEntity(Model):
    """An entity that the question may mention. ``topic``: paths were searched from this entity. ``score``: quality of
    the match, 0 to 1."""

    key: str
    label: str
    score: float
    span: tuple[int, int] | None
    how: str
    ambiguous: bool
    topic: bool


class Source(Model):
    """The file and line that a triple was read from, or the table (``shop.db:orders``) and the number of the row.
    ``line`` is 0 if the format has no lines."""

    file: str
    line: int


class Triple(Model):
    """A triple of a path, in its stored direction."""

    head: Node
    relation: Relation
    tail: Node
    source: Source | None


class Path(Model):
    """A proof. ``relations[i]`` connects ``nodes[i]`` and ``nodes[i+1]``. Every edge was verified in the graph.
    ``score``: probability of its relation path, relative to all relation paths that were ranked. ``classes``: verified
    triples that state the classes of its nodes, where a class decided that it is an answer."""

    id: str
    text: str
    nodes: list[Node]
    relations: list[Relation]
    score: float
    classes: list[Triple] = Field(default_factory=list, exclude_if=_empty)
    verified: Literal[True]


class Answer(Node):
    """An answer with the ids of the paths that prove it. ``score``: probability of the best relation path that leads to
    it."""

    score: float
    paths: list[str]


class Chain(Model):
    """A sequence of triples that a model collected one by one. Each triple starts at one of the ``sources`` (entities
    of the question) or at a node of an earlier triple, so a chain can branch. The last triple ends at ``answer``. The
    chain was verified as one graph. ``thoughts[i]`` is the text that the model wrote before triple i; the last thought
    precedes the decision to stop (``complete``). ``score``: probability of the chain relative to the other chains
    found."""

    sources: list[Node] = Field(default_factory=list)
    answer: Node | None = None
    triples: list[Triple]
    thoughts: list[str]
    score: float
    complete: bool
    verified: Literal[True]


class Alternative(Model):
    """A relation path that was considered. ``chosen``: the answers come from it. ``score``: its probability."""

    topic: Node
    relations: list[Relation]
    score: float
    chosen: bool


class Reason(Model):
    """The reason why there is no answer, or why the result is partial. ``code`` is stable."""

    code: str
    message: str


class Unread(Model):
    """A part of the question that the reading does not stand for: ``question[start:end]`` (code points) is ``text``.
    ``why``: ``entity``, ``name``, ``number``, ``class``, ``relation``, ``qualifier``, ``reason``, ``negation``,
    ``choice``, ``count``, ``superlative``, ``comparison``, ``yes-no`` or ``language``."""

    text: str
    start: int
    end: int
    why: str


class Namesake(Node):
    """An entity with an ambiguous name, with its classes."""

    classes: list[str]


class Corrected(Model):
    """A spelling in the question that was read as another: ``text`` as ``label``, the label of the entity ``key``."""

    text: str
    label: str
    key: str


class Explanation(Model):
    """An answer explained in text. ``source``: ``model`` for text written by a language model, which is not part of the
    proof; ``template`` for a list of the triples of the proof. If ``text`` is null, it was withheld; see ``reason``."""

    text: str | None
    source: Literal["model", "template"]
    model: str
    part_of_proof: Literal[False] = False
    reason: Reason | None = None
    cost: dict[str, float] = Field(default_factory=dict)


class OperatorStep(Model):
    """An operator of a program. ``token``: as the program has it. ``words``: what it leaves, in words. ``span``,
    ``text``: the part of the question that it stands for. ``operands``: the numbers of the steps that it works on, from
    0. ``count``: how many it leaves; null: no set. ``left_out``: how many have no value that compares. ``members``: the
    first of those that it leaves. ``value``: the number of a sum or an average that is compared with, else null. The
    operator was done again over the stored triples."""

    token: str
    words: str
    span: tuple[int, int] | None
    text: str
    operands: list[int]
    count: int | None
    left_out: int
    members: list[Node]
    value: int | float | None = None
    verified: Literal[True]


class UntakenProgram(Model):
    """A program that was considered and not taken. ``probability``: of its result, among the programs found."""

    program: str
    probability: float


class AskResult(Model):
    """The result of a question. ``timings`` are milliseconds.

    ``confidence``: estimated probability that the best relation path answers the question. ``selection``: the selection
    score, 0 to 1. A question is declined if this score is below the threshold. If the model has no selection score, the
    field is absent and ``confidence`` is compared with the threshold. ``suggestions``: if there is no answer, relations
    of the linked entities that are closest in meaning to the question.

    ``reading``: what the best relation path says, in words; empty if there is none. ``unread``: the parts of the
    question that it does not stand for; by default a question with any is declined, and ``otherwise`` lists what the
    reading leads to. ``ambiguous``: the entities that the name may mean, if several give different answers: ask
    again with the ``key`` of one as topic. ``corrected``: spellings that were corrected. ``notices``: what went wrong
    beside the answer, which does not change it: for example, it could not be stored.

    ``sparql``: the same question to the exported RDF; empty where there is none. The following fields are there only
    where a program answers in the place of paths. ``program``: its operators, in post-order. ``program_id``: its id for
    inspection. ``value``: of a count, a sum or an average the number, in ``unit``; of a yes-or-no question the truth
    value. ``columns``, ``rows``: of a table, its header and the texts of its cells. ``steps``: its operators, one by
    one. ``considered``: programs that were not taken, likeliest first.
    """

    question: str
    graph: str
    version: str
    status: Status
    linked: list[LinkedEntity]
    answers: list[Answer]
    paths: list[Path]
    program: str = Field(default="", exclude_if=_empty)
    program_id: str = Field(default="", exclude_if=_empty)
    sparql: str = ""
    value: StrictBool | StrictInt | StrictFloat | None = Field(default=None, exclude_if=_absent)
    unit: str = Field(default="", exclude_if=_empty)
    columns: list[str] = Field(default_factory=list, exclude_if=_empty)
    rows: list[list[str]] | None = Field(default=None, exclude_if=_absent)
    steps: list[OperatorStep] = Field(default_factory=list, exclude_if=_empty)
    considered: list[UntakenProgram] = Field(default_factory=list, exclude_if=_empty)
    confidence: float
    selection: float | None = Field(default=None, exclude_if=_absent)
    reason: Reason | None
    reading: str = ""
    unread: list[Unread] = Field(default_factory=list)
    ambiguous: list[Namesake] = Field(default_factory=list)
    corrected: list[Corrected] = Field(default_factory=list)
    otherwise: list[Node] = Field(default_factory=list, exclude_if=_empty)
    suggestions: list[Relation]
    alternatives: list[Alternative]
    chains: list[Chain] = Field(default_factory=list, exclude_if=_empty)
    explanation: Explanation | None = Field(default=None, exclude_if=_absent)
    notices: list[str] = Field(default_factory=list, exclude_if=_empty)
    model: str
    timings: dict[str, float]


class GraphInfo(Model):
    """A graph in its current version. ``damaged``: why the graph cannot be used; then nothing but its name is sure, and
    the counts are null."""

    name: str
    version: str
    triples: int | None
    entities: int | None
    relations: int | None
    created: str | None = None
    damaged: str | None = Field(default=None, exclude_if=_absent)


class GraphDetail(GraphInfo):
    """A graph with its versions, relations and example questions."""

    versions: list[str]
    relation_labels: list[str]
    examples: list[str]


class Option(Model):
    """A possible continuation of a path. If ``relation`` is null, the path ends here. ``probability``: relative to the
    continuations that the graph allows at this step. ``log_prob``: its natural logarithm."""

    relation: Relation | None
    log_prob: float
    probability: float


class Decision(Model):
    """One step of the decoder: the continuation taken, and the alternatives, best first."""

    taken: Option
    alternatives: list[Option]


class PathInspection(Model):
    """A stored path with its triples, their sources, the probability of each step, and the alternatives not taken.

    ``log_prob``: the score that the model ranks relation paths by, on a logarithmic scale; not the logarithm of
    ``path.score``.
    ``search``: statistics of the search (forward passes, tokens, seconds by stage); ``exact``, ``gap`` and ``partial``
    tell how certain the ranking is. ``warnings``: differences between training and use of the model. ``timings``:
    milliseconds by stage.
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


class ProvedStep(OperatorStep):
    """An operator with triples that show why the first of those that it leaves are among them: what a hop walks, the
    classes, the values that are compared."""

    evidence: list[Triple]


class ProgramInspection(Model):
    """A stored program with its operators, their evidence, and the programs not taken."""

    id: str
    question: str
    graph: str
    version: str
    model: str
    asked: str
    program: str
    reading: str
    sparql: str
    confidence: float
    status: Status
    value: StrictBool | StrictInt | StrictFloat | None = Field(default=None, exclude_if=_absent)
    unit: str = Field(default="", exclude_if=_empty)
    columns: list[str] = Field(default_factory=list, exclude_if=_empty)
    rows: list[list[str]] | None = Field(default=None, exclude_if=_absent)
    answers: list[Answer]
    steps: list[ProvedStep]
    considered: list[UntakenProgram]
    timings: dict[str, float] = Field(default_factory=dict)


class Health(Model):
    """A server that is alive."""

    status: Literal["ok"] = "ok"
    version: str
    model: str
    graphs: int


class Readiness(Model):
    """A server that answers without loading anything first."""

    status: Literal["ready"] = "ready"


class Problem(BaseModel):
    """An error in the problem format of RFC 9457. ``code`` is stable."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, str]] | None = Field(default=None, exclude_if=_absent)


class AskBatchRequest(Model):
    """Several questions to one graph."""

    questions: list[AskRequest] = Field(min_length=1, max_length=limits.MAX_BATCH_QUESTIONS)


class AskBatchResult(Model):
    """For each question, in the order of the request, its result or its problem."""

    results: list[AskResult | Problem]
