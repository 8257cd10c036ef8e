"""The data model of ``clew query``: what a program gives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from clew.api.schema.models import Model, Node


class QueryRow(Model):
    """A row of a table: a node, and the nodes of each column or their number; of groups, a node and the totals of its
    group; of totals of a whole set, these only."""

    node: Node | None = None
    cells: list[list[Node] | int] = Field(default_factory=list, description="Of each column its nodes, or a number.")
    number: str = Field(default="", description="Exact: a whole number, a decimal, or a fraction such as `1/3`.")
    numbers: list[str] = Field(
        default_factory=list,
        description="Of several totals: each, exact as `number`, which is then empty. Empty: there are no values.",
    )


class QueryResult(Model):
    """What a program gives. `verified`: every operator was done again by the checker, over the stored statements."""

    graph: str
    version: str
    program: str
    kind: Literal["set", "number", "truth", "table"]
    size: int = Field(description="The answers of a set, or the rows of a table; all of them, shown or not.")
    nameless: int = Field(default=0, description="Members or rows without a name, besides those of `size`.")
    answers: list[Node] = Field(default_factory=list)
    number: str = Field(default="", description="Exact, as in a row. Of values with a unit: in `unit`.")
    unit: str = ""
    truth: bool | None = None
    columns: list[str] = Field(default_factory=list)
    rows: list[QueryRow] = Field(default_factory=list)
    sparql: str = Field(default="", description="The same question to the exported RDF; empty where there is none.")
    no_sparql: str = Field(default="", description="Why there is no SPARQL query.")
    verified: bool = False
    unproved: str = Field(default="", description="Why the checker could not do it again.")
