"""The data models of a graph's entities and relations, for those who look around in it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from clew.api.schema.base import Model
from clew.api.schema.elements import Node, Relation, Triple

GRAPH, VERSION = "Name of the graph.", "Version of the graph."
NEXT = (
    "Cursor of the next page, to be sent as `cursor`; null on the last page. It stays with this version of the graph."
)


class EntityMatch(Node):
    """An entity whose name completes a text."""

    how: Literal["exact", "prefix", "word", "typo"] = Field(
        description="`exact`: the name is the text; `prefix`: it begins with it; `word`: it holds its words; "
        "`typo`: it is spelled like it."
    )
    classes: list[str] = Field(description="Labels of its classes.")
    edges: int = Field(description="Number of its edges, in both directions.")


class EntityMatches(Model):
    """Entities whose names complete a text."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    entities: list[EntityMatch] = Field(description="The entities, best first.")


class RelationCount(Relation):
    """A directed relation at an entity, with the number of its edges there."""

    edges: int = Field(description="Number of the entity's edges of this relation in this direction.")


class EntityDetail(Model):
    """An entity with its classes, its relations and a page of its triples."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    entity: Node = Field(description="The entity.")
    classes: list[str] = Field(description="Labels of its classes.")
    edges: int = Field(description="Number of its edges, in both directions.")
    relations: list[RelationCount] = Field(description="Its relations, those that lead away first; at most 200.")
    triples: list[Triple] = Field(description="A page of its triples: those that it is the head of, then the others.")
    next: str | None = Field(default=None, description=NEXT)


class RelationInfo(Model):
    """A relation of the graph."""

    key: str = Field(description="Its key in the graph.")
    label: str = Field(description="Its name, for people.")
    triples: int = Field(description="Number of triples that have it.")


class RelationPage(Model):
    """A page of the relations of a graph."""

    graph: str = Field(description=GRAPH)
    version: str = Field(description=VERSION)
    relations: list[RelationInfo] = Field(description="The relations, those of the most triples first.")
    next: str | None = Field(default=None, description=NEXT)
