"""The data models of paths that are checked or searched for in a graph, without a question."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool

from clew.api.schema.base import Direction, Model, Whole
from clew.api.schema.elements import NODES, RELATIONS, Node, Relation, Triple
from clew.api.schema.request import AskConditions
from clew.kg import limits

GRAPH, VERSION = "Name of the graph.", "Version of the graph."
WHICH_VERSION = "Version of the graph. Default: the current one."

Unfound = Literal["unknown-node", "unknown-relation", "not-stated"]


class ClaimedRelation(Model):
    """A relation on a path that is to be checked."""

    key: str = Field(description="Its key or label.", examples=["painted"])
    direction: Direction = Field(
        default="forward", description="`forward`: the triple leads from the node before it to the node after it."
    )


class PathCheckRequest(Model):
    """A path that may be in the graph."""

    nodes: list[str] = Field(
        min_length=2,
        max_length=limits.MAX_HOPS_CEILING + 1,
        description="Keys or labels of the nodes, in order; of a literal also its text.",
    )
    relations: list[ClaimedRelation] = Field(
        min_length=1,
        max_length=limits.MAX_HOPS_CEILING,
        description="The relations between them: `relations[i]` connects `nodes[i]` and `nodes[i+1]`.",
    )
    version: str | None = Field(default=None, description=WHICH_VERSION)


class ClaimedStep(Model):
    """What is known of one step of a path."""

    found: bool = Field(description="Whether the graph states it.")
    triple: Triple | None = Field(
        default=None, description="The triple that states it, with its source; null: there is none."
    )
    reason: Unfound | None = Field(
        default=None, description="Why it was not found: a name is unknown, or the graph does not state the triple."
    )
    detail: str | None = Field(
        default=None, description="The reason in words, with similar names; null if the step was found."
    )


class PathCheck(Model):
    """Whether a path is in the graph."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    found: bool = Field(description="Whether the graph states every step. Then each was looked up once more.")
    missing: list[int] = Field(description="The numbers, from 0, of the steps that the graph does not state.")
    steps: list[ClaimedStep] = Field(description="The steps, in order.")


class PathSearchRequest(Model):
    """Which paths to search for."""

    start: list[str] = Field(
        min_length=1, max_length=limits.MAX_TOPICS, description="Keys or labels of the entities to start from."
    )
    end: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=limits.MAX_CONDITION_NAMES,
        description="Keys or labels of the entities to end at. Default: anywhere.",
    )
    min_hops: Whole = Field(default=1, ge=1, le=limits.MAX_HOPS_CEILING, description="Shortest path, in hops.")
    max_hops: Whole = Field(
        default=limits.MAX_HOPS, ge=1, le=limits.MAX_HOPS_CEILING, description="Longest path, in hops."
    )
    revisit: StrictBool = Field(default=False, description="Whether a node may occur twice on a path.")
    conditions: AskConditions | None = Field(default=None, description="Conditions on the paths.")
    version: str | None = Field(default=None, description=WHICH_VERSION)
    limit: Whole = Field(default=50, ge=1, le=limits.MAX_PAGE, description="Most paths to return.")
    cursor: str | None = Field(
        default=None, max_length=4096, description="`next` of the page before, with the same request otherwise."
    )


class FoundPath(Model):
    """A path of the graph. Every edge was verified."""

    text: str = Field(description="The path on one line; arrows point from head to tail.")
    nodes: list[Node] = Field(description=NODES)
    relations: list[Relation] = Field(description=RELATIONS)
    triples: list[Triple] = Field(description="Its triples, in their stored direction, with their sources.")
    verified: Literal[True] = Field(description="Always true: each edge was looked up in the graph.")


class PathPage(Model):
    """A page of paths."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    paths: list[FoundPath] = Field(description="The paths, shortest first.")
    partial: bool = Field(description="Whether the time limit was reached. There may be more paths: see `next`.")
    next: str | None = Field(
        default=None, description="Cursor of the next page, to be sent as `cursor`; null: there are no more paths."
    )
