"""The data models of stored proofs: a path with its decode trace, a program with its evidence."""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from clew.api.schema import ask_result as result
from clew.api.schema.ask_result import OperatorStep, UntakenProgram
from clew.api.schema.base import Model, Status, absent, empty
from clew.api.schema.elements import Alternative, Answer, Chain, Node, Path, Relation, Triple

QUESTION, GRAPH, VERSION = "The question that was asked.", "Name of the graph.", "Version of the graph."
MODEL, ASKED = "The model that answered.", "Time of the question, ISO 8601."


class Option(Model):
    """A possible continuation of a path."""

    relation: Relation | None = Field(description="The next relation; null: the path ends here.")
    log_prob: float = Field(description="Natural logarithm of `probability`.")
    probability: float = Field(description="Relative to the continuations that the graph allows at this step.")


class Decision(Model):
    """One step of the decoder."""

    taken: Option = Field(description="The continuation that was taken.")
    alternatives: list[Option] = Field(description="The continuations that were not, best first.")


class PathInspection(Model):
    """A stored path with its triples, their sources, the probability of each step, and the alternatives not taken."""

    path: Path = Field(description="The path.")
    question: str = Field(description=QUESTION)
    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    model: str = Field(description=MODEL)
    asked: str = Field(description=ASKED)
    answer: Node = Field(description="The answer that the path proves.")
    triples: list[Triple] = Field(description="Its triples, in their stored direction, with their sources.")
    steps: list[Decision] = Field(description="The decisions of the decoder, one for each relation and one to end.")
    log_prob: float = Field(
        description="The score that the model ranks relation paths by, logarithmic; not the logarithm of `path.score`."
    )
    alternatives: list[Alternative] = Field(description=result.ALTERNATIVES)
    chains: list[Chain] = Field(
        default_factory=list, exclude_if=empty, description="If the model reasoned in chains: those behind the answers."
    )
    search: dict[str, float] = Field(
        default_factory=dict,
        description="Statistics of the search; `exact`, `gap` and `partial` tell how certain the ranking is.",
    )
    warnings: list[str] = Field(
        default_factory=list, exclude_if=empty, description="Differences between training and use of the model."
    )
    timings: dict[str, float] = Field(default_factory=dict, description=result.TIMINGS)


class ProvedStep(OperatorStep):
    """An operator of a program, with its evidence."""

    evidence: list[Triple] = Field(
        description="Triples that show why the first of those that it leaves are among them: what a hop walks, the "
        "classes, the values that are compared."
    )


class ProgramInspection(Model):
    """A stored program with its operators, their evidence, and the programs not taken."""

    id: str = Field(description="Id of the program.")
    question: str = Field(description=QUESTION)
    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    model: str = Field(description=MODEL)
    asked: str = Field(description=ASKED)
    program: str = Field(description=result.PROGRAM)
    reading: str = Field(description="What the program says, in words.")
    sparql: str = Field(description=result.SPARQL)
    confidence: float = Field(description="Estimated probability that the program is what was asked.")
    status: Status = Field(description=result.STATUS)
    value: StrictBool | StrictInt | StrictFloat | None = Field(
        default=None, exclude_if=absent, description=result.VALUE
    )
    unit: str = Field(default="", exclude_if=empty, description=result.UNIT)
    columns: list[str] = Field(default_factory=list, exclude_if=empty, description=result.COLUMNS)
    rows: list[list[str]] | None = Field(default=None, exclude_if=absent, description=result.ROWS)
    answers: list[Answer] = Field(description="Of a set: the first of its members.")
    steps: list[ProvedStep] = Field(description="Its operators, one by one, with their evidence.")
    considered: list[UntakenProgram] = Field(description=result.CONSIDERED)
    timings: dict[str, float] = Field(default_factory=dict, description=result.TIMINGS)
