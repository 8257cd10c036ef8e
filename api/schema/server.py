"""The data models of the server itself: its graphs, its health, its problems."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from clew.api.schema.base import Model, absent


class GraphInfo(Model):
    """A graph in its current version."""

    name: str = Field(description="Name of the graph.", examples=["demo"])
    version: str = Field(description="Its current version.", examples=["0123456789ab"])
    triples: int | None = Field(description="Number of triples; null if the graph is damaged, as are the next two.")
    entities: int | None = Field(description="Number of entities.")
    relations: int | None = Field(description="Number of relations.")
    created: str | None = Field(default=None, description="When the version was made, ISO 8601.")
    damaged: str | None = Field(
        default=None, exclude_if=absent, description="Why the graph cannot be used; absent if it can."
    )


class GraphDetail(GraphInfo):
    """A graph with its versions, relations and example questions."""

    versions: list[str] = Field(description="Its versions, oldest first.")
    relation_labels: list[str] = Field(description="Labels of its relations.")
    examples: list[str] = Field(description="Questions that it can answer.")


class Health(Model):
    """A server that is alive."""

    status: Literal["ok"] = Field(default="ok", description="Always `ok`.")
    version: str = Field(description="Version of Clew.")
    model: str = Field(description="The model that answers questions.")
    graphs: int = Field(description="Number of graphs.")


class Readiness(Model):
    """A server that answers without loading anything first."""

    status: Literal["ready"] = Field(default="ready", description="Always `ready`.")


class Problem(BaseModel):
    """An error in the problem format of RFC 9457."""

    type: str = Field(
        description="Address of the description of the problem, relative to the server.",
        examples=["/problems/unknown-graph"],
    )
    title: str = Field(description="The kind of problem, in a few words.", examples=["Unknown graph"])
    status: int = Field(description="HTTP status code.", examples=[404])
    detail: str = Field(description="What is wrong with this request.", examples=["no graph 'art'; there are: demo"])
    code: str = Field(description="Stable code of the kind of problem.", examples=["unknown-graph"])
    errors: list[dict[str, str]] | None = Field(
        default=None, exclude_if=absent, description="The invalid fields of the request: `field` and `reason` of each."
    )
