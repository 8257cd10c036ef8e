"""Tells what becomes of a question as the events that a client gets."""

from __future__ import annotations

from collections.abc import Sequence

from clew.api.schema.ask_result import AskResult
from clew.api.schema.events import Emit, LinkedEvent, ReadingEvent, StreamEvent
from clew.api.schema.request import AskRequest
from clew.api.schema.results import Numbered, Shown, linked_entities, unread_parts
from clew.decoding.answering.observer import Observer
from clew.decoding.answering.topics import Link
from clew.decoding.answers.class_edges import Demands
from clew.decoding.answers.gather import AnswerItem
from clew.decoding.reading.unread import Unread
from clew.kg.graph.graph import Graph


class AnswerEvents(Observer):
    """Emits the events of one question.

    Law: ``done`` is the result; the paths, the answers, the last ``linked`` and the last ``reading`` are those of it.
    """

    def __init__(self, graph: Graph, request: AskRequest, answer_id: str, emit: Emit) -> None:
        self._graph, self._emit = graph, emit
        self._numbered = Numbered(Shown(graph), answer_id, request.max_answers)
        self._linked = LinkedEvent(linked=[])
        self._reading = ReadingEvent(reading="", unread=[])

    def linked(self, links: Sequence[Link]) -> None:
        """Emit what the question was linked to."""
        self._say_linked(LinkedEvent(linked=linked_entities(self._graph, links)))

    def read(self, reading: str, unread: Sequence[Unread]) -> None:
        """Emit what was understood."""
        self._say_reading(ReadingEvent(reading=reading, unread=unread_parts(unread)))

    def proved(self, answer: AnswerItem, demands: Demands) -> None:
        """Emit the paths of an answer, then the answer, if the request wants so many."""
        given = self._numbered.add(answer, demands)
        if given is not None:
            for path in given[1]:
                self._emit(StreamEvent("path", path))
            self._emit(StreamEvent("answer", given[0]))

    def done(self, result: AskResult) -> None:
        """Emit what has not been told of the result (a program gives all at once), then the result."""
        linked = LinkedEvent(linked=result.linked)
        if linked != self._linked:
            self._say_linked(linked)
        reading = ReadingEvent(reading=result.reading, unread=result.unread)
        if reading != self._reading:
            self._say_reading(reading)
        for path in result.paths[len(self._numbered.paths) :]:
            self._emit(StreamEvent("path", path))
        for answer in result.answers[len(self._numbered.answers) :]:
            self._emit(StreamEvent("answer", answer))
        self._emit(StreamEvent("done", result))

    def _say_linked(self, event: LinkedEvent) -> None:
        self._linked = event
        self._emit(StreamEvent("linked", event))

    def _say_reading(self, event: ReadingEvent) -> None:
        self._reading = event
        self._emit(StreamEvent("reading", event))
