"""The data models of what an agent's tools give: the parts of results that an agent may go by, and no others.

What a question was declined for does not come with what would have been answered: an agent would repeat it.
"""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from clew.api.schema import ask_result as result
from clew.api.schema.ask_result import AskResult, Corrected, OperatorStep, Reason, Unread
from clew.api.schema.base import Model, Status, absent, empty
from clew.api.schema.elements import Answer, Namesake, Node, Path, Relation, Triple
from clew.api.schema.exploring import RelationInfo
from clew.api.schema.inspections import PathInspection, ProgramInspection, ProvedStep

GRAPH, VERSION = "Name of the graph.", "Version of the graph that was asked."
PROVED = ("answered", "partial")
"""The statuses with answers."""
SAID_OF_THE_GRAPH = frozenset(
    ("answers", "paths", "program", "program_id", "value", "unit", "columns", "rows", "steps")
)
"""The fields of answers and their proofs."""


class ToolAnswer(Model):
    """What a question gets: a proven answer, or the reason why there is none."""

    question: str = Field(description="The question.")
    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    status: Status = Field(
        description="`answered`, `partial` (a limit was reached: there may be more), or without an answer: "
        "`none_in_graph` (the graph does not state it), `not_understood`, `no_entity` (the question names no entity of "
        "the graph), `ambiguous` (a name means several entities)."
    )
    reason: Reason | None = Field(description="Why there is no answer, or why it is partial; null if answered.")
    reading: str = Field(description="What the question was read as, in words. Compare it with what you meant.")
    unread: list[Unread] = Field(description="Parts of the question that the reading does not stand for.")
    corrected: list[Corrected] = Field(description="Spellings that were read as others.")
    answers: list[Answer] = Field(description="The answers, best first. Empty: see `status`, `value` and `rows`.")
    paths: list[Path] = Field(description="The proofs: an answer's `paths` are ids of these.")
    program: str = Field(default="", exclude_if=empty, description=result.PROGRAM)
    program_id: str = Field(default="", exclude_if=empty, description="Id of the program for `inspect_path`.")
    value: StrictBool | StrictInt | StrictFloat | None = Field(
        default=None, exclude_if=absent, description=result.VALUE
    )
    unit: str = Field(default="", exclude_if=empty, description=result.UNIT)
    columns: list[str] = Field(default_factory=list, exclude_if=empty, description=result.COLUMNS)
    rows: list[list[str]] | None = Field(default=None, exclude_if=absent, description=result.ROWS)
    steps: list[OperatorStep] = Field(
        default_factory=list, exclude_if=empty, description="The operators of the program, each done again."
    )
    confidence: float = Field(description="Estimated probability that the reading is what was asked.")
    ambiguous: list[Namesake] = Field(
        description="If a name means several entities: these. Ask again with the `key` of one in `topics`."
    )
    suggestions: list[Relation] = Field(description="If there is no answer: relations that could be asked about.")


class ToolProof(Model):
    """A stored proof: a path with its triples, or a program with its operators."""

    id: str = Field(description="Id of the path or the program.")
    question: str = Field(description="The question that was asked.")
    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    asked: str = Field(description="Time of the question, ISO 8601.")
    model: str = Field(description="The model that read the question.")
    text: str = Field(description="The path on one line, or what the program says in words.")
    answers: list[Node] = Field(description="What it proves; of a program that gives no set: empty.")
    triples: list[Triple] = Field(description="Of a path: its triples as they are stored, with their sources.")
    program: str = Field(default="", exclude_if=empty, description=result.PROGRAM)
    value: StrictBool | StrictInt | StrictFloat | None = Field(
        default=None, exclude_if=absent, description=result.VALUE
    )
    steps: list[ProvedStep] = Field(
        default_factory=list, exclude_if=empty, description="Of a program: its operators, with their evidence."
    )


class GraphOverview(Model):
    """What a graph holds, and what can be asked of it."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description="Its current version.")
    triples: int | None = Field(description="Number of its triples.")
    entities: int | None = Field(description="Number of its entities.")
    relations: int | None = Field(description="Number of its relations.")
    most_used: list[RelationInfo] = Field(description="The relations with the most triples, at most 200.")
    examples: list[str] = Field(description="Questions that it can answer.")
    graphs: list[str] = Field(description="All graphs of this server.")


def tool_answer(found: AskResult) -> ToolAnswer:
    """Return what an agent gets of a result: nothing of what was declined."""
    hidden = frozenset() if found.status in PROVED else SAID_OF_THE_GRAPH
    fields = {name: getattr(found, name) for name in ToolAnswer.model_fields if name not in hidden}
    return ToolAnswer(**({"answers": [], "paths": []} | fields))


def unresolved_answer(question: str, graph: str, version: str, why: str, unread: list[Unread]) -> ToolAnswer:
    """Return what an agent gets for a question that was not asked: it is not clear what its pronouns stand for."""
    return ToolAnswer(
        question=question,
        graph=graph,
        version=version,
        status="not_understood",
        reason=Reason(code="unread", message=why),
        reading="",
        unread=unread,
        corrected=[],
        answers=[],
        paths=[],
        confidence=0.0,
        ambiguous=[],
        suggestions=[],
    )


def tool_proof(found: PathInspection | ProgramInspection) -> ToolProof:
    """Return what an agent gets of a stored proof."""
    general = {name: getattr(found, name) for name in ("question", "graph", "version", "asked", "model")}
    if isinstance(found, PathInspection):
        path = found.path
        triples = [*found.triples, *path.classes]
        return ToolProof(id=path.id, text=path.text, answers=[found.answer], triples=triples, **general)
    answers = [Node.model_validate(one.model_dump(exclude={"score", "paths"})) for one in found.answers]
    return ToolProof(
        id=found.id,
        text=found.reading,
        answers=answers,
        triples=[],
        program=found.program,
        value=found.value,
        steps=found.steps,
        **general,
    )
