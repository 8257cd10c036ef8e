"""The service: named graphs in, proven answers out. REST and the command line are thin shells around this object."""

from __future__ import annotations

import time
from importlib import metadata

from api.engine import Engine
from api.engines import Engines
from api.examples import examples
from api.graph_info import graph_info
from api.history import History, answer_id
from api.inspection import inspection, record_of
from api.models import AskRequest, AskResult, GraphDetail, GraphInfo, PathInspection
from api.parts import DefaultParts, Parts
from api.results import ask_result
from api.settings import Settings
from decoding.reasoner import Bounds
from kg import limits
from kg.catalogue import Catalogue
from kg.errors import BadInput, UnknownGraph, UnknownVersion

RELATIONS_SHOWN = 200
"""Relation names given with a graph: enough for a person to see what may be asked; Wikidata has 12,000."""


class Service:
    """Everything behind one home folder. Safe for threads; any number of processes may share a home."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self.settings = settings
        self.catalogue = Catalogue(settings.home)
        self.history = History(settings.history)
        self.software = _software_version()
        self.parts = parts or DefaultParts(self.catalogue, settings)
        self._engines = Engines(self.catalogue, self.parts, settings.threshold)

    def ask(self, graph: str, request: AskRequest, record: bool = True) -> AskResult:
        """Answer a question. ``record``: keep the answer, so that its paths can be inspected.

        Raises ``UnknownGraph``, ``UnknownVersion``, ``UnknownNode`` (a given topic), ``BadInput`` (an empty question),
        ``ModelUnavailable``, and ``VerificationFailed`` rather than return a path that is not in the graph.
        """
        start = time.monotonic()
        request = request.model_copy(update={"question": _checked(request.question, request.topics)})
        engine = self._engines.get(graph, request.version)
        loaded = time.monotonic()
        bounds = Bounds(max_hops=request.max_hops, deadline=loaded + self.settings.ask_seconds)
        found = engine.answer(request.question, request.topics, bounds)
        model, version = engine.reasoner.name, engine.graph.version
        weights = getattr(engine.reasoner, "fingerprint", "")
        asked = answer_id(graph, version, model, weights, request.model_dump(exclude={"version"}))
        result = ask_result(engine.graph, request, asked, model, found)
        result.timings = {"load": _ms(start, loaded), **found.timings, "total": _ms(start, time.monotonic())}
        if record and result.paths:
            self.history.put(asked, record_of(engine.graph, result, found))
        return result

    def engine(self, graph: str, version: str | None = None) -> Engine:
        """Return what answers over a graph version, for callers that need its parts. Raises as ``ask`` does."""
        return self._engines.get(graph, version)

    def close(self) -> None:
        """Let go of files; the next question opens them again."""
        self.history.close()

    def warm(self, graph: str) -> None:
        """Load whatever the first question to a graph would have to wait for."""
        self._engines.get(graph).answer("?", None, Bounds(max_hops=1))

    def graphs(self) -> list[GraphInfo]:
        """Return every named graph in its current version."""
        return [graph_info(self.catalogue, name) for name in self.catalogue.names()]

    def graph(self, name: str) -> GraphDetail:
        """Return one graph with its versions, relations and example questions. Raises ``UnknownGraph``."""
        info = graph_info(self.catalogue, name)
        graph = self.catalogue.open(name)
        relations = [graph.relation_label(relation) for relation in range(min(graph.num_relations, RELATIONS_SHOWN))]
        return GraphDetail(
            **info.model_dump(),
            versions=self.catalogue.versions(name),
            relation_labels=relations,
            examples=examples(graph),
        )

    def path(self, path_id: str) -> PathInspection:
        """Return a stored path with its trace. Raises ``UnknownPath``."""
        record, index = self.history.path(path_id)
        try:
            graph = self.catalogue.open(record["graph"], record["version"])
        except (UnknownGraph, UnknownVersion):
            graph = None  # the version is no longer kept: its sources are gone, what was proven is not
        return inspection(record, index, graph)


def _checked(question: str, topics: list[str] | None) -> str:
    """Return the question without surrounding space. Raises ``BadInput`` for one that is empty, too long or no text."""
    text = question.strip()
    if not text:
        raise BadInput("the question is empty")
    for given in (text, *(topics or ())):
        if any("\ud800" <= character <= "\udfff" for character in given):  # half a character, from bytes or JSON
            raise BadInput(f"not Unicode text: {given[:80]!r}")
    if len(text) > limits.MAX_QUESTION_CHARS:
        raise BadInput(f"the question has {len(text):,} characters; at most {limits.MAX_QUESTION_CHARS:,} are read")
    return text


def _ms(start: float, end: float) -> float:
    return round(1000 * (end - start), 3)


def _software_version() -> str:
    """Return the installed version; a tree that runs without being installed has none."""
    try:
        return metadata.version("clew")
    except metadata.PackageNotFoundError:
        return "0+source"
