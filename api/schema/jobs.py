"""The data models of jobs: work that goes on after its request was answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from clew.api.schema.base import Model, absent
from clew.api.schema.server import Problem

JobKind = Literal["ingest", "update"]
JobState = Literal["waiting", "running", "done", "failed", "cancelled"]


class JobProgress(Model):
    """How far a job is."""

    bytes_read: int = Field(description="Bytes of the files that were read.")
    bytes_total: int = Field(description="Bytes of the files; 0: unknown.")
    accepted: int = Field(description="Statements read.")
    rejected: int = Field(description="Statements that cannot be read.")
    step: str | None = Field(
        default=None,
        exclude_if=absent,
        description="What is built for questions, once the graph is published; absent while files are read.",
        examples=["indexing names"],
    )


class IngestResult(Model):
    """What an ingest has loaded, or the graph that an update has made."""

    version: str = Field(description="The new version of the graph, which is the current one now.")
    triples: int = Field(description="Number of distinct statements.")
    entities: int = Field(description="Number of entities.")
    relations: int = Field(description="Number of relations.")
    rejected: dict[str, int] = Field(description="Statements that cannot be read, by kind.")
    first_rejected: list[str] = Field(description="Some of them, with their lines and the reasons.")
    seconds: float = Field(description="Seconds that it took, without indices.")
    indexed: bool = Field(
        description="Whether the indices for questions are there; else the first question builds them."
    )


class JobStatus(Model):
    """A job. Jobs are kept in memory: they end with the server, and only the last ones are kept."""

    id: str = Field(description="Id for `/v1/jobs/{id}`.", examples=["0123456789abcdef"])
    kind: JobKind = Field(description="What it does: it loads files, or updates a graph.")
    graph: str = Field(description="Name of the graph.")
    state: JobState = Field(description="`done`, `failed` and `cancelled` are final.")
    created: str = Field(description="Time of the request, ISO 8601.")
    progress: JobProgress | None = Field(default=None, description="How far it is, if it is running.")
    result: IngestResult | None = Field(default=None, description="What it has loaded, if it is done.")
    problem: Problem | None = Field(default=None, description="Why it failed.")

    @property
    def final(self) -> bool:
        """Whether nothing changes any more."""
        return self.state in ("done", "failed", "cancelled")
