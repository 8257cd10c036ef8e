"""``Session``: questions to one graph, each of which may refer to those before."""

from __future__ import annotations

import time
from dataclasses import dataclass

from clew.api.schema.ask_result import AskResult
from clew.api.schema.request import AskRequest
from clew.api.service.conversation import Conversation
from clew.api.service.service import Service
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import BadInput, UnknownNode


@dataclass(frozen=True, slots=True)
class ShellReply:
    """What came of a question. ``about``: what it was taken to refer to, in words; empty: it says so itself.
    ``unresolved``: why it was not asked (``result`` is None)."""

    result: AskResult | None
    about: str = ""
    unresolved: str = ""


class Session:
    """The questions that were asked, and the entity that the last one was about."""

    def __init__(self, service: Service, graph: str) -> None:
        """Load what answers questions about a graph. Raises as ``Service.ask``."""
        self._service, self.graph = service, graph
        self._questions: list[str] = []
        self.topic: tuple[str, str] | None = None
        service.warm(graph)

    def ask(self, question: str, cancellation: Cancellation | None = None) -> ShellReply:
        """Answer a question; one that names no entity is asked of the last topic. Raises as ``Service.ask``."""
        deadline = time.monotonic() + self._service.settings.ask_seconds
        talk = Conversation(self._service, self.graph, 0.0, deadline, cancellation)
        turn = talk.answer([*self._questions, question])
        if turn.result is None:
            return ShellReply(None, unresolved=turn.unresolved)
        about = ", ".join(f"{referent.text}: {referent.label}" for referent in turn.referents)
        result = turn.result
        if result.status == "no_entity" and self.topic is not None:
            request = AskRequest(question=question, topics=[self.topic[0]])
            found = self._service.ask(self.graph, request, cancellation=cancellation, deadline=deadline)
            if found.status in ("answered", "partial"):
                result, about = found, f"about {self.topic[1]}"
        self._remember(turn.question, result)
        return ShellReply(result, about)

    def take(self, name: str) -> None:
        """Let questions that name no entity be about this one, by key or label. Raises ``UnknownNode``; ``BadInput``
        where several have the name."""
        pipeline = self._service.pipeline(self.graph)
        graph = pipeline.graph
        node = graph.find_node(name)
        if node is None:
            mentions = pipeline.linker.link(name, [name]).mentions
            nodes = {candidate.node for mention in mentions for candidate in mention.candidates}
            if not nodes:
                raise UnknownNode(f"no entity is called {name!r}")
            if len(nodes) > 1:
                raise BadInput(f"{len(nodes)} entities are called {name!r}; give the key of one")
            node = nodes.pop()
        self.topic = graph.key(node), graph.label(node)

    def forget(self) -> None:
        """Forget the questions and the topic."""
        self._questions, self.topic = [], None

    def _remember(self, question: str, result: AskResult) -> None:
        self._questions = [*self._questions, question][-limits.MAX_TURNS :]
        topics = [(entity.key, entity.label) for entity in result.linked if entity.topic]
        if len(topics) == 1:
            self.topic = topics[0]
