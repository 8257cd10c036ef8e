"""The data models of results: what a question gets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt

from clew.api.schema.base import Model, Status, absent, empty
from clew.api.schema.certificate.model import Certificate
from clew.api.schema.elements import Alternative, Answer, Chain, LinkedEntity, Namesake, Node, Path, Relation
from clew.api.schema.server import Problem

PROGRAM = "The operators of the program, in post-order."
VALUE = "Of a count, a sum or an average, the number; of a yes-or-no question, the truth value."
UNIT = "Unit of `value`, if it has one."
COLUMNS = "Of a table: its header."
ROWS = "Of a table: its rows, each a list of texts. A cell of several values joins them by `; `."
CONSIDERED = "Programs that were found and not taken, most probable first."
READING = "What the best relation path or the program says, in words; empty if there is none."
SPARQL = "The same question as a SPARQL query to the exported RDF; empty where there is none."
ALTERNATIVES = "The relation paths considered, best first."
TIMINGS = "Milliseconds by stage."
STATUS = "Whether there is an answer; if not, why."


class Reason(Model):
    """The reason why there is no answer, or why the result is partial."""

    code: str = Field(description="Stable code of the reason.", examples=["low-confidence"])
    message: str = Field(description="The reason in a sentence.")


class Unread(Model):
    """A part of the question that the reading does not stand for."""

    text: str = Field(description="The part: `question[start:end]`.")
    start: int = Field(description="Its first character, in code points from 0.")
    end: int = Field(description="The character after its last one.")
    why: str = Field(
        description="`entity`, `name`, `number`, `class`, `relation`, `qualifier`, `reason`, `unit`, `negation`, "
        "`choice`, `count`, `superlative`, `comparison`, `yes-no` or `language`."
    )


class Corrected(Model):
    """A spelling in the question that was read as another."""

    text: str = Field(description="The spelling in the question.")
    label: str = Field(description="Label of the entity that it was read as.")
    key: str = Field(description="Key of that entity.")


class Explanation(Model):
    """An answer explained in text."""

    text: str | None = Field(description="The explanation; null if it was withheld (see `reason`).")
    source: Literal["model", "template"] = Field(
        description="`model`: written by a language model, and not part of the proof; `template`: a list of the "
        "triples of the proof."
    )
    model: str = Field(description="The model that answered.")
    part_of_proof: Literal[False] = Field(default=False, description="Always false: only `paths` are proof.")
    reason: Reason | None = Field(default=None, description="Why the text was withheld.")
    cost: dict[str, float] = Field(default_factory=dict, description="What the text cost: forward passes, tokens.")


class OperatorStep(Model):
    """An operator of a program. It was done again over the stored triples."""

    token: str = Field(description="The operator as the program has it.")
    words: str = Field(description="What it leaves, in words.")
    span: tuple[int, int] | None = Field(description="The part of the question that it stands for; null: none.")
    text: str = Field(description="The text of that part; empty: none.")
    operands: list[int] = Field(description="The numbers of the steps that it works on, from 0.")
    count: int | None = Field(description="How many it leaves; null: no set.")
    left_out: int = Field(description="How many have no value that compares.")
    members: list[Node] = Field(description="The first of those that it leaves.")
    value: int | float | None = Field(
        default=None, description="The number of a sum or an average that is compared with, else null."
    )
    verified: Literal[True] = Field(description="Always true: the checker did the operator again.")


class UntakenProgram(Model):
    """A program that was considered and not taken."""

    program: str = Field(description=PROGRAM)
    probability: float = Field(description="Probability of its result, among the programs found.")


class AskResult(Model):
    """The result of a question. The fields `program`, `program_id`, `value`, `unit`, `columns`, `rows`, `steps` and
    `considered` are there only where a program answers in the place of paths."""

    question: str = Field(description="The question.")
    graph: str = Field(description="Name of the graph.", examples=["demo"])
    version: str = Field(description="Version of the graph.", examples=["0123456789ab"])
    status: Status = Field(description=STATUS)
    linked: list[LinkedEntity] = Field(description="Entities that the question may mention, best first.")
    answers: list[Answer] = Field(description="All answers, best first; of a program that gives a set, its members.")
    paths: list[Path] = Field(description="The paths that prove the answers.")
    program: str = Field(default="", exclude_if=empty, description=PROGRAM)
    program_id: str = Field(default="", exclude_if=empty, description="Id of the program for `GET /v1/paths/{id}`.")
    sparql: str = Field(default="", description=SPARQL)
    value: StrictBool | StrictInt | StrictFloat | None = Field(default=None, exclude_if=absent, description=VALUE)
    unit: str = Field(default="", exclude_if=empty, description=UNIT)
    columns: list[str] = Field(default_factory=list, exclude_if=empty, description=COLUMNS)
    rows: list[list[str]] | None = Field(default=None, exclude_if=absent, description=ROWS)
    steps: list[OperatorStep] = Field(
        default_factory=list, exclude_if=empty, description="The operators of the program, one by one."
    )
    considered: list[UntakenProgram] = Field(default_factory=list, exclude_if=empty, description=CONSIDERED)
    confidence: float = Field(
        description="Estimated probability that the best relation path, or the program, answers the question."
    )
    selection: float | None = Field(
        default=None,
        exclude_if=absent,
        description="Selection score, 0 to 1; below the threshold the question is declined. Absent if the model has "
        "none: `confidence` is compared with the threshold then.",
    )
    reason: Reason | None = Field(description="Why there is no answer, or why the result is partial; else null.")
    reading: str = Field(default="", description=READING)
    unread: list[Unread] = Field(
        default_factory=list,
        description="Parts of the question that the reading does not stand for. By default a question with any is "
        "declined.",
    )
    ambiguous: list[Namesake] = Field(
        default_factory=list,
        description="The entities that the name may mean, if several give different answers: ask again with the `key` "
        "of one as topic.",
    )
    corrected: list[Corrected] = Field(default_factory=list, description="Spellings that were corrected.")
    otherwise: list[Node] = Field(
        default_factory=list,
        exclude_if=empty,
        description="If the question is declined because of unread parts: what the reading leads to.",
    )
    suggestions: list[Relation] = Field(
        description="If there is no answer: relations of the linked entities that are closest in meaning."
    )
    alternatives: list[Alternative] = Field(description=ALTERNATIVES)
    chains: list[Chain] = Field(
        default_factory=list, exclude_if=empty, description="If the model reasoned in chains: those behind the answers."
    )
    explanation: Explanation | None = Field(
        default=None, exclude_if=absent, description="The answer in a sentence, if that was asked for."
    )
    notices: list[str] = Field(
        default_factory=list,
        exclude_if=empty,
        description="What went wrong beside the answer and does not change it: for example, it could not be stored.",
    )
    certificate: Certificate | None = Field(
        default=None,
        exclude_if=absent,
        description="What `clew verify` needs to check the result again, without a model.",
    )
    model: str = Field(description="The model that answered.", examples=["embedded"])
    timings: dict[str, float] = Field(description=TIMINGS)


class AskBatchResult(Model):
    """For each question, in the order of the request, its result or its problem."""

    results: list[AskResult | Problem] = Field(
        description="Results and problems, in the order of the questions. A problem has a `code`; a result does not."
    )
