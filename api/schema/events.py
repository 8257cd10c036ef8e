"""The events of a question that is being answered, or of a job, as a client gets them one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from clew.api.schema.ask_result import READING, Unread
from clew.api.schema.base import Model
from clew.api.schema.elements import LinkedEntity

EventKind = Literal["linked", "reading", "path", "answer", "done", "problem", "job", "chunk"]


class LinkedEvent(Model):
    """The question was linked. The event `linked`."""

    linked: list[LinkedEntity] = Field(description="Entities that the question may mention, best first.")


class ReadingEvent(Model):
    """A path or a program was found. The event `reading`; a later one takes its place."""

    reading: str = Field(description=READING)
    unread: list[Unread] = Field(description="Parts of the question that the reading does not stand for.")


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event. ``data`` is a ``LinkedEvent``, a ``ReadingEvent``, a ``Path``, an ``Answer``, an ``AskResult``, a
    ``Problem``, a ``JobStatus`` or a ``ChatChunk``."""

    kind: EventKind
    data: BaseModel


Emit = Callable[[StreamEvent], None]
"""Takes an event, from any thread, without waiting."""
