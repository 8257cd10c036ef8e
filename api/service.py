"""The service: named graphs in, proven answers out. REST and the command line are thin shells around this object."""

from __future__ import annotations

from importlib import metadata

from kg.catalogue import Catalogue

from api.engines import Engines
from api.history import History, answer_id
from api.inspection import inspection, record_of
from api.models import AskRequest, AskResult, GraphInfo, PathInspection
from api.parts import Parts
from api.results import ask_result
from api.settings import Settings
from kg import limits
from kg.errors import BadInput, UnknownGraph, UnknownVersion


class Service:
    """Everything behind one home folder. Safe for threads; any number of processes may share a home."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self.settings = settings
        self.catalogue = Catalogue(settings.catalogue)
        self.history = History(settings.history)
        self.software = metadata.version("clew")
        self._engines = Engines(self.catalogue, settings, parts)

    def ask(self, graph: str, request: AskRequest, record: bool = True) -> AskResult:
        """Answer a question. ``record``: keep the answer, so that its paths can be inspected.

        Raises ``UnknownGraph``, ``UnknownVersion``, ``UnknownNode`` (a given topic), ``BadInput`` (an empty question),
        ``ModelUnavailable``, and ``VerificationFailed`` rather than return a path that is not in the graph.
        """
        question = _checked(request.question)
        engine = self._engines.get(graph, request.version)
        found = engine.answer(question, request.topics, self._bounds(engine, request))
        asked = answer_id(
            engine.graph.name, engine.graph.version, engine.reasoner.name, question, request.topics, request.max_hops
        )
        result = ask_result(engine.graph, question, asked, engine.reasoner.name, found)
        if record and result.paths:
            self.history.put(asked, record_of(engine.graph, result, found))
        return result

    def graphs(self) -> list[GraphInfo]:
        """Return every named graph."""
        raise NotImplementedError

    def path(self, path_id: str) -> PathInspection:
        """Return a stored path with its trace. Raises ``UnknownPath``."""
        record, index = self.history.path(path_id)
        try:
            graph = self._engines.graph(record["graph"], record["version"])
        except (UnknownGraph, UnknownVersion):
            graph = None
        return inspection(record, index, graph)


def _checked(question: str) -> str:
    """Return the question without surrounding space. Raises ``BadInput`` for one that is empty or too long."""
    text = question.strip()
    if not text:
        raise BadInput("the question is empty")
    if len(text) > limits.MAX_QUESTION_CHARS:
        raise BadInput(f"the question has {len(text)} characters; at most {limits.MAX_QUESTION_CHARS} are read")
    return text
