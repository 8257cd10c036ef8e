"""The data models of certificates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, StrictInt

from clew.api.schema.base import Direction, Model, absent, empty
from clew.api.schema.request import AskConditions

CERTIFICATE_FORMAT: Literal[1] = 1


def _false(value: object) -> bool:
    return value is False


def _zero(value: object) -> bool:
    return value == 0


def _one(value: object) -> bool:
    return value == 1


class CertifiedSettings(Model):
    """What the question was asked with."""

    topics: list[str] | None = Field(default=None, description="The entities that were given, as they were given.")
    max_hops: StrictInt = Field(description="Longest path, in hops.")
    min_hops: StrictInt = Field(description="Shortest path, in hops.")
    max_answers: StrictInt = Field(description="Maximum number of answers, or of rows.")
    revisit: StrictBool = Field(description="Whether a step of a path may lead back onto its topic.")
    conditions: AskConditions | None = Field(default=None, description="The conditions, as they were given.")
    model: str = Field(description="Fingerprint of the model that answered; empty: it has none.")
    threshold: float | None = Field(default=None, description="Threshold that was set; null: the model's own.")


class CertifiedRelation(Model):
    """A relation in one direction."""

    key: str = Field(description="Its key in the graph.")
    direction: Direction = Field(description="`forward`: from head to tail; `inverse`: from tail to head.")


class CertifiedWalk(Model):
    """A relation path."""

    relations: list[CertifiedRelation] = Field(min_length=1, description="Its relations, in order.")
    behind: StrictInt = Field(
        default=0,
        ge=0,
        exclude_if=_zero,
        description="The last so many relations go on from nodes without a name only.",
    )


class CertifiedConditions(Model):
    """The conditions on every path, in keys of the graph."""

    relations: list[CertifiedRelation] | None = Field(default=None, exclude_if=absent, description="May be used.")
    forbidden: list[CertifiedRelation] = Field(default=[], exclude_if=empty, description="Must not be used.")
    types: list[str] | None = Field(default=None, exclude_if=absent, description="Classes of the answers.")
    types_at: dict[int, list[str]] = Field(default={}, exclude_if=lambda found: not found, description="By position.")
    ends: list[str] | None = Field(default=None, exclude_if=absent, description="Allowed answers.")
    sources: list[str] | None = Field(default=None, exclude_if=absent, description="Files or named graphs.")
    languages: list[str] | None = Field(default=None, exclude_if=absent, description="Of literals on the path.")
    at: str | None = Field(default=None, exclude_if=absent, description="When every triple holds.")
    until: str | None = Field(default=None, exclude_if=absent, description="End of the period.")
    throughout: StrictBool = Field(default=False, exclude_if=_false, description="During the whole period.")
    undated: StrictBool = Field(default=True, description="Whether triples without a time count.")


class CertifiedPaths(Model):
    """Answers that are the ends of relation paths."""

    topic: str = Field(description="Key of the node that the relation paths start from.")
    alternatives: list[list[CertifiedWalk]] = Field(
        min_length=1,
        description="Each is some relation paths whose ends together are the answers; all lead to the same answers.",
    )
    conditions: CertifiedConditions | None = Field(default=None, exclude_if=absent, description="In keys.")


class CertifiedReading(Model):
    """How the values of an attribute were read."""

    kind: str = Field(description="`number`, `time`, ...")
    unit: str = Field(default="", exclude_if=empty, description="Unit that values were converted to; empty: none.")
    texts: StrictBool = Field(default=False, exclude_if=_false, description="Whether plain texts are among them.")


class CertifiedStep(Model):
    """An operator of a program, with what it leaves."""

    op: str = Field(description="Name of the operator.")
    operands: list[StrictInt] = Field(default=[], exclude_if=empty, description="Numbers of its operands, from 0.")
    key: str = Field(default="", exclude_if=empty, description="Key of the node or of the literal that it names.")
    relation: str = Field(default="", exclude_if=empty, description="Key of the relation that it walks or reads.")
    inverse: StrictBool = Field(default=False, exclude_if=_false, description="Whether from tail to head.")
    how: str = Field(default="", exclude_if=empty, description="A comparison, `max` or `min`.")
    size: StrictInt = Field(default=1, exclude_if=_one, description="Of a superlative: how many.")
    reads: CertifiedReading | None = Field(default=None, exclude_if=absent, description="How values were read.")
    count: StrictInt = Field(default=0, exclude_if=_zero, description="How many it leaves.")
    digest: str = Field(default="", exclude_if=empty, description="BLAKE2b digest of the keys that it leaves.")
    left_out: StrictInt = Field(default=0, exclude_if=_zero, description="How many have no value that compares.")
    within: StrictBool = Field(
        default=False,
        exclude_if=_false,
        description="Of a number of neighbours: whether those alone count from which the last hop came.",
    )
    number: str = Field(default="", exclude_if=empty, description="Exact number that is compared with.")


class CertifiedProgram(Model):
    """A value that a program gives."""

    steps: list[CertifiedStep] = Field(min_length=1, description="Its operators, in post-order.")
    named_rows: StrictBool = Field(default=True, description="Of a table: whether the first column names the rows.")


class Certificate(Model):
    """What `clew verify` needs to check the result again, without a model. Neither `paths` nor `program`: nothing was
    answered."""

    format: Literal[1] = Field(default=CERTIFICATE_FORMAT, description="Version of this form.")
    content_hash: str = Field(
        pattern="^[0-9a-f]{64}$", description="SHA-256 over the statements of the graph; `version` is its beginning."
    )
    whole: StrictBool = Field(description="Whether all answers or rows are given; false: a limit left some out.")
    settings: CertifiedSettings = Field(description="The bounds and conditions of the question, and the model.")
    paths: CertifiedPaths | None = Field(default=None, exclude_if=absent, description="Where paths answer.")
    program: CertifiedProgram | None = Field(default=None, exclude_if=absent, description="Where a program answers.")
