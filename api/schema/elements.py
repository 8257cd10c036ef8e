"""The data models of the graph's parts: nodes, relations, triples, paths and chains."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from clew.api.schema.base import Direction, Model, NodeKind, absent, empty

NODES = "The nodes of the path, from the topic to the answer."
RELATIONS = "The relations between the nodes: `relations[i]` connects `nodes[i]` and `nodes[i+1]`."


class Node(Model):
    """A node of the graph. Only literals have a ``datatype`` and a ``language``."""

    key: str = Field(description="Its key in the graph: an IRI or a name; of a literal, its text.", examples=["Vienna"])
    label: str = Field(description="Its name, for people.", examples=["Vienna"])
    kind: NodeKind = Field(default="entity", description="`entity`, or `literal`: a text, a number or a date.")
    datatype: str | None = Field(default=None, exclude_if=absent, description="IRI of a literal's datatype, if known.")
    language: str | None = Field(
        default=None, exclude_if=absent, description="Language tag of a literal, if it has one."
    )


class Relation(Model):
    """A relation on a path. ``inverse`` means that the path goes from the tail of the stored triple to its head."""

    key: str = Field(description="Its key in the graph: an IRI or a name.", examples=["capital_of"])
    label: str = Field(description="Its name, for people.", examples=["capital of"])
    direction: Direction = Field(description="`forward`: from head to tail, as stored; `inverse`: from tail to head.")


class LinkedEntity(Model):
    """An entity that the question may mention."""

    key: str = Field(description="Key of the entity.")
    label: str = Field(description="Label of the entity.")
    score: float = Field(description="Quality of the match, 0 to 1.")
    span: tuple[int, int] | None = Field(description="Where the question mentions it: first character and end.")
    how: str = Field(description="`exact`, `alternative`, `case`, `typo`, `embedding` or `given`.", examples=["exact"])
    ambiguous: bool = Field(description="Whether other entities match the same words as well.")
    topic: bool = Field(description="Whether paths were searched from this entity.")


class Source(Model):
    """The file and line that a triple was read from, or the table (``shop.db:orders``) and the number of the row."""

    file: str = Field(
        description="Name of the file, named graph or table; never an absolute path.", examples=["art.ttl"]
    )
    line: int = Field(description="Number of the line or row, from 1; 0 if the format has no lines.")


class Triple(Model):
    """A triple of a path, in its stored direction."""

    head: Node = Field(description="Subject of the triple.")
    relation: Relation = Field(description="Predicate of the triple.")
    tail: Node = Field(description="Object of the triple.")
    source: Source | None = Field(description="Where the triple was read from; null if unknown.")


class Path(Model):
    """A proof. Every edge was verified in the graph."""

    id: str = Field(description="Id for `GET /v1/paths/{id}`.", examples=["0123456789abcdef-0"])
    text: str = Field(description="The path on one line; arrows point from head to tail.")
    nodes: list[Node] = Field(description=NODES)
    relations: list[Relation] = Field(description=RELATIONS)
    score: float = Field(description="Probability of its relation path, relative to all relation paths ranked.")
    classes: list[Triple] = Field(
        default_factory=list,
        exclude_if=empty,
        description="Verified triples that state the classes of its nodes, where a class decided that it is an answer.",
    )
    verified: Literal[True] = Field(description="Always true: each edge was looked up in the graph.")


class Answer(Node):
    """An answer with the ids of the paths that prove it."""

    score: float = Field(description="Probability of the best relation path that leads to it.")
    paths: list[str] = Field(description="Ids of the paths that prove it; empty where a program answers.")


class Chain(Model):
    """A sequence of triples that a model collected one by one. Each triple starts at one of the ``sources`` or at a
    node of an earlier triple, so a chain can branch. The chain was verified as one graph."""

    sources: list[Node] = Field(default_factory=list, description="Entities of the question that it starts from.")
    answer: Node | None = Field(default=None, description="Where its last triple ends.")
    triples: list[Triple] = Field(description="Its triples, in the order in which they were collected.")
    thoughts: list[str] = Field(
        description="`thoughts[i]`: what the model wrote before triple i; the last one precedes its decision to stop."
    )
    score: float = Field(description="Probability of the chain relative to the other chains found.")
    complete: bool = Field(description="Whether the model chose to stop.")
    verified: Literal[True] = Field(description="Always true: each triple was looked up in the graph.")


class Alternative(Model):
    """A relation path that was considered."""

    topic: Node = Field(description="Where the relation path starts.")
    relations: list[Relation] = Field(description="Its relations, in order.")
    score: float = Field(description="Its probability, relative to all relation paths ranked.")
    chosen: bool = Field(description="Whether the answers come from it.")


class Namesake(Node):
    """An entity with an ambiguous name, with its classes."""

    classes: list[str] = Field(description="Labels of its classes.")
