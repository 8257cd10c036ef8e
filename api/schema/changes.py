"""The data models of changes to a graph: its versions, what is loaded from the server, what was done."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from clew.api.schema.base import Model, absent
from clew.kg import limits

_Path = Annotated[str, Field(max_length=1024)]
_Paths = Annotated[list[_Path], Field(max_length=limits.MAX_UPLOAD_FILES)]


class VersionInfo(Model):
    """A version of a graph that is kept."""

    version: str = Field(description="Its name.", examples=["0123456789ab"])
    current: bool = Field(description="Whether questions are answered from it.")
    triples: int | None = Field(description="Number of triples; null if the version is damaged, as are the next three.")
    entities: int | None = Field(description="Number of entities.")
    relations: int | None = Field(description="Number of relations.")
    created: str | None = Field(description="When it was made, ISO 8601.")
    damaged: str | None = Field(
        default=None, exclude_if=absent, description="Why the version cannot be used; absent if it can."
    )


class RollBackRequest(Model):
    """Which version is to become the current one."""

    version: str | None = Field(
        default=None,
        min_length=1,
        description="A version that is kept, or the beginning of its name; null: the one before.",
    )


class RolledBack(Model):
    """A graph whose current version is another one now."""

    graph: str = Field(description="Name of the graph.")
    version: str = Field(description="The current version now.")
    before: str = Field(description="The current version before.")


class DeletedGraph(Model):
    """A graph that was deleted."""

    graph: str = Field(description="Name of the graph.")
    removed: list[str] = Field(description="Its versions, all of which were deleted.")
    answers: int = Field(description="Number of stored answers that were deleted.")


class FilesToLoad(Model):
    """Files on the server that are to be loaded, by their paths in the folder of `clew serve --ingest-from`."""

    files: Annotated[_Paths, Field(min_length=1)] = Field(description="Files with statements, tables, or databases.")
    labels: _Paths = Field(default=[], description="Tables of keys and labels.")
    mapping: _Path | None = Field(default=None, description="Mapping file: what tables and columns become.")


class FilesOfUpdate(Model):
    """Files on the server with changes, by their paths in the folder of `clew serve --ingest-from`."""

    add: _Paths = Field(default=[], description="Files with statements to add.")
    delete: _Paths = Field(default=[], description="Files with statements to delete.")
    patch: _Paths = Field(default=[], description="RDF patches.")
    mapping: _Path | None = Field(default=None, description="Mapping file: what tables and columns become.")
