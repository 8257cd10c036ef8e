"""The data models of questions: what a client sends."""

from __future__ import annotations

from pydantic import Field, JsonValue, StrictBool

from clew.api.model_settings import Scoring, SearchMethod
from clew.api.schema.base import POSITIONS, Model, Names, Position, Whole
from clew.decoding.text.text_writer import Evidence
from clew.kg import limits


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


class AskBatchRequest(Model):
    """Several questions to one graph."""

    questions: list[AskRequest] = Field(
        min_length=1, max_length=limits.MAX_BATCH_QUESTIONS, description="The questions, each with options of its own."
    )
