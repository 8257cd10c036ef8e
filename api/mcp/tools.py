"""The tools: what an agent may do with the graphs of a service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from clew.api.rest.admission import Gate
from clew.api.rest.arrivals import Arrivals
from clew.api.rest.connection import withdrawable
from clew.api.rest.readers import Readers
from clew.api.schema.exploring import EntityMatches
from clew.api.schema.graph_paths import ClaimedRelation, PathCheck, PathCheckRequest
from clew.api.schema.models import AskRequest, Unread
from clew.api.schema.tool_results import (
    GraphOverview,
    ToolAnswer,
    ToolProof,
    tool_answer,
    tool_proof,
    unresolved_answer,
)
from clew.api.service.access import EVERYTHING, Access
from clew.api.service.conversation import Conversation
from clew.api.service.requests import checked
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.decoding.reading.pronouns import pronouns
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError

GraphArgument = Annotated[
    str | None, Field(description="Name of the graph. May be left out if there is only one, or a default.")
]
Question = Annotated[
    str,
    Field(
        min_length=1,
        max_length=limits.MAX_QUESTION_CHARS,
        description="A whole question in plain English. Name the entities; an entity can be marked with [brackets].",
    ),
]
Topics = Annotated[
    list[str] | None,
    Field(
        max_length=limits.MAX_TOPICS,
        description="Keys or labels of the entities to start from. Default: found in the question.",
    ),
]
Hops = Annotated[int, Field(ge=1, le=limits.MAX_HOPS_CEILING, description="Longest path, in hops.")]
MostAnswers = Annotated[int, Field(ge=1, le=limits.MAX_TOOL_ANSWERS, description="Most answers to return.")]
Name = Annotated[
    str,
    Field(min_length=1, max_length=limits.MAX_QUESTION_CHARS, description="A name, its beginning, or a misspelling."),
]
MostEntities = Annotated[int, Field(ge=1, le=limits.MAX_TOOL_ANSWERS, description="Most entities to return.")]
ProofId = Annotated[str, Field(max_length=100, description="Id of a path or a program, from an answer of `ask`.")]
Nodes = Annotated[
    list[str],
    Field(
        min_length=2,
        max_length=limits.MAX_HOPS_CEILING + 1,
        description="Keys or labels of the entities along the path, in order; of a literal its text.",
    ),
]
Claimed = Annotated[
    list[ClaimedRelation],
    Field(
        min_length=1,
        max_length=limits.MAX_HOPS_CEILING,
        description="The relations between them: `relations[i]` connects `nodes[i]` and `nodes[i+1]`.",
    ),
]


CALLER: ContextVar[Access] = ContextVar("caller", default=EVERYTHING)
"""What whoever calls may do: over HTTP that of his API key."""


class Tools:
    """The tools over one service. An instance belongs to one event loop."""

    def __init__(
        self, service: Service, gate: Gate, arrivals: Arrivals, readers: Readers, graph: str | None = None
    ) -> None:
        """``gate``, ``arrivals``, ``readers``: those of the server, whose limits tools keep to, too. ``graph``: the one
        that is meant where none is named; None: the only one that there is."""
        self._service, self._gate, self._arrivals, self._readers = service, gate, arrivals, readers
        self._default = graph

    async def ask(
        self,
        question: Question,
        graph: GraphArgument = None,
        topics: Topics = None,
        max_hops: Hops = limits.MAX_HOPS,
        max_answers: MostAnswers = limits.TOOL_ANSWERS,
    ) -> ToolAnswer:
        """Answer a question from the graph, with the paths of triples that prove each answer.

        Only `answered` and `partial` come with answers. Any other `status` means that there is none: tell the user so,
        with the `reason`, and do not answer from memory. Check that `reading` is what was meant; `unread` are words
        that it does not stand for. Each question stands alone: put names in place of pronouns.
        """
        with self._told():
            name = await self._graph(graph, "ask")
            request = checked(AskRequest(question=question, topics=topics, max_hops=max_hops, max_answers=max_answers))
            return await withdrawable(partial(self._asked, name, request))

    async def find_entity(self, text: Name, graph: GraphArgument = None, limit: MostEntities = 10) -> EntityMatches:
        """Find the entities whose names are a text, begin with it, hold its words, or are spelled like it.

        Use it to learn how the graph calls something, and for the `key` of an entity whose name is ambiguous.
        """
        with self._told():
            name = await self._graph(graph)
            return await self._readers.slow(partial(self._service.entities, name, text, limit))

    async def inspect_path(self, id: ProofId) -> ToolProof:  # noqa: A002
        """Show the proof of an answer: its triples, each with the file and line that it was read from, or the operators
        of its program with their evidence."""
        with self._told():
            return tool_proof(await self._readers.slow(partial(self._service.path, id, CALLER.get())))

    async def check_path(self, nodes: Nodes, relations: Claimed, graph: GraphArgument = None) -> PathCheck:
        """Tell whether the graph states a path, step by step, and which steps it does not. No model is asked.

        Use it to check a claim of your own or of a text: `found` is true only if every step is stated.
        """
        with self._told():
            name = await self._graph(graph)
            claim = PathCheckRequest(nodes=nodes, relations=relations)
            return await self._readers.slow(partial(self._service.check_path, name, claim))

    async def describe_graph(self, graph: GraphArgument = None) -> GraphOverview:
        """Describe a graph: its size, its most used relations, and example questions. Begin here."""
        with self._told():
            name = await self._graph(graph)
            return await self._readers.slow(partial(self._overview, name))

    async def _asked(self, graph: str, request: AskRequest, token: Cancellation) -> ToolAnswer:
        until = time.monotonic() + self._service.settings.ask_seconds

        async def begun(waited: float) -> ToolAnswer:
            work = self._answer if request.topics is None else self._answer_about
            return await self._gate.run(partial(work, graph, request, token, waited, until))

        return await self._arrivals.ask(graph, {None}, begun)

    def _answer_about(
        self, graph: str, request: AskRequest, token: Cancellation, waited: float, until: float
    ) -> ToolAnswer:
        """Answer a question whose topics are given."""
        found = self._service.ask(graph, request, cancellation=token, waited=waited, deadline=until)
        return tool_answer(found)

    def _answer(self, graph: str, request: AskRequest, token: Cancellation, waited: float, until: float) -> ToolAnswer:
        """Answer a question, unless it has a pronoun that nothing in it is named for: that would be ignored."""
        conversation = Conversation(self._service, graph, waited, until, token, request)
        turn = conversation.answer([request.question])
        if turn.result is not None:
            return tool_answer(turn.result)
        unread = [
            Unread(text=request.question[place.start : place.end], start=place.start, end=place.end, why="name")
            for pronoun in pronouns(request.question)
            for place in pronoun.places
        ]
        return unresolved_answer(request.question, graph, conversation.version, turn.unresolved, unread)

    def _overview(self, name: str) -> GraphOverview:
        found = self._service.graph(name)
        return GraphOverview(
            graph=found.name,
            version=found.version,
            triples=found.triples,
            entities=found.entities,
            relations=found.relations,
            most_used=self._service.relations(name, limits.MAX_PAGE).relations,
            examples=found.examples,
            graphs=self._visible("read"),
        )

    async def _graph(self, name: str | None, operation: str = "read") -> str:
        """Return which graph is meant. Raises ``BadInput``, with the names, where that is not clear, and
        ``InsufficientScope``."""
        meant = name or self._default
        if not meant:
            names = await self._readers.quick(partial(self._visible, operation))
            if len(names) != 1:
                raise BadInput(f"name a graph; there are: {', '.join(names)}" if names else "there is no graph yet")
            meant = names[0]
        CALLER.get().check(operation, meant)
        return meant

    def _visible(self, operation: str) -> list[str]:
        """Return the graphs that the caller may do something in. Threads of the readers have his context."""
        return [name for name in self._service.catalogue.names() if CALLER.get().may(operation, name)]

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tell of errors as clients get to read them: with their code, without the folders of this machine."""
        try:
            yield
        except ClewError as error:
            problem = self._service.problem(error)
            raise ToolError(f"{problem.code}: {problem.detail}") from error
