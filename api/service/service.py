"""The service: named graphs in, proven answers out. REST and the command line are thin shells around this object."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import metadata

from clew.api.schema.models import AskRequest, AskResult, GraphDetail, GraphInfo, PathInspection
from clew.api.schema.results import ask_result, explanation_of
from clew.api.service.components import DefaultParts, Parts
from clew.api.service.engine import Engine, Found, Query
from clew.api.service.engine_cache import Engines
from clew.api.service.examples import examples
from clew.api.service.graph_info import graph_info
from clew.api.service.history import History, answer_id
from clew.api.service.inspection import inspection, record_of
from clew.api.settings import EMBEDDED, Settings
from clew.decoding.cancellation import Cancellation
from clew.decoding.reasoner import Bounds
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError, LimitReached, UnknownGraph, UnknownVersion
from clew.kg.store.catalogue import Catalogue

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

    @property
    def gathers(self) -> bool:
        """Whether questions that arrive together are asked together: of a large model, which takes seconds for each,
        the first would wait for the last."""
        return self.settings.model == EMBEDDED

    def ask(
        self, graph: str, request: AskRequest, record: bool = True, cancellation: Cancellation | None = None
    ) -> AskResult:
        """Answer a question. ``record``: keep the answer, so that its paths can be inspected. By ``cancellation``
        another thread may withdraw the question.

        Raises ``UnknownGraph``, ``UnknownVersion``, ``UnknownNode`` (a given topic, or a class of a condition),
        ``UnknownRelation``, ``BadInput`` (an empty question, a condition that cannot be kept to), ``ModelUnavailable``,
        ``Cancelled``, and ``VerificationFailed`` rather than return a path that is not in the graph.
        """
        start = time.monotonic()
        request = _checked(request)
        engine = self._engines.get(graph, request.version)
        loaded = time.monotonic()
        bounds = self._bounds(request, loaded, cancellation)
        found = engine.answer(request.question, request.topics, bounds, request.conditions)
        result = self._result(graph, engine, request, found, bounds, record)
        result.timings = {"load": _ms(start, loaded), **found.timings, "total": _ms(start, time.monotonic())}
        return result

    def ask_many(
        self,
        graph: str,
        requests: Sequence[AskRequest],
        record: bool = True,
        cancellations: Sequence[Cancellation | None] | None = None,
    ) -> list[AskResult | ClewError]:
        """Answer questions together: for each what ``ask`` gives, or the error that it raises. ``cancellations[i]``
        withdraws question i; the others go on.

        Several times faster than one by one where the reasoner is a ``BatchReasoner``. Each question may take
        ``settings.ask_seconds``, counted from when the graph is open; in ``timings``, ``reason`` is an even share of
        what the questions took together, and ``total`` the sum of the stages. Raises what concerns all questions:
        ``UnknownGraph``, ``ModelUnavailable``, ``LimitReached`` for more than ``limits.MAX_BATCH_QUESTIONS``.
        """
        if len(requests) > limits.MAX_BATCH_QUESTIONS:
            most = limits.MAX_BATCH_QUESTIONS
            raise LimitReached(f"{len(requests)} questions; the limit is {most} per request")
        self.catalogue.current(graph)  # an unknown graph is nobody's single mistake
        results: dict[int, AskResult | ClewError] = {}
        tokens = cancellations or [None] * len(requests)
        engines: dict[str | None, Engine] = {}
        asked: dict[str | None, dict[int, AskRequest]] = {}
        for at, request in enumerate(requests):
            try:
                checked = _checked(request)
                if checked.version not in engines:
                    engines[checked.version] = self._engines.get(graph, checked.version)
                asked.setdefault(checked.version, {})[at] = checked
            except (BadInput, UnknownVersion) as error:
                results[at] = error
        for version, some in asked.items():
            asking = [(request, tokens[at]) for at, request in some.items()]
            results |= zip(some, self._answer_all(graph, engines[version], asking, record), strict=True)
        return [results[at] for at in range(len(requests))]

    def _answer_all(
        self,
        graph: str,
        engine: Engine,
        requests: Sequence[tuple[AskRequest, Cancellation | None]],
        record: bool,
    ) -> list[AskResult | ClewError]:
        loaded = time.monotonic()
        queries = [
            Query(one.question, one.topics, self._bounds(one, loaded, token), one.conditions) for one, token in requests
        ]
        results: list[AskResult | ClewError] = []
        for (request, _), query, found in zip(requests, queries, engine.answer_many(queries), strict=True):
            try:
                if isinstance(found, ClewError):
                    raise found
                result = self._result(graph, engine, request, found, query.bounds, record)
            except ClewError as error:
                results.append(error)
                continue
            result.timings = {"load": 0.0, **found.timings, "total": round(sum(found.timings.values()), 3)}
            results.append(result)
        return results

    def _bounds(self, request: AskRequest, now: float, cancellation: Cancellation | None) -> Bounds:
        deadline = now + self.settings.ask_seconds
        return Bounds(request.max_hops, deadline=deadline, min_hops=request.min_hops, cancellation=cancellation)

    def _result(
        self, graph: str, engine: Engine, request: AskRequest, found: Found, bounds: Bounds, record: bool
    ) -> AskResult:
        """Return what was found as it is answered, and keep it in the history."""
        model, version = engine.reasoner.name, engine.graph.version
        weights = getattr(engine.reasoner, "fingerprint", "")
        asked = answer_id(graph, version, model, weights, request.model_dump(exclude={"version", "explain"}))
        result = ask_result(engine.graph, request, asked, model, found)
        if request.explain:
            result.explanation = explanation_of(engine.explain(found, request.question, bounds), model)
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


def _checked(request: AskRequest) -> AskRequest:
    """Return the request, its question without surrounding space.

    Raises ``BadInput`` for a question that is empty, too long or no text.
    """
    text = request.question.strip()
    if not text:
        raise BadInput("the question is empty")
    for given in (text, *(request.topics or ()), *_names(request)):
        if any("\ud800" <= character <= "\udfff" for character in given):  # half a character, from bytes or JSON
            raise BadInput(f"invalid Unicode text: {given[:80]!r}")
    if request.min_hops > request.max_hops:
        raise BadInput(f"min_hops ({request.min_hops}) exceeds max_hops ({request.max_hops})")
    if len(text) > limits.MAX_QUESTION_CHARS:
        raise BadInput(f"the question has {len(text):,} characters; the limit is {limits.MAX_QUESTION_CHARS:,}")
    return request.model_copy(update={"question": text})


def _names(request: AskRequest) -> list[str]:
    """Return every name that the conditions give."""
    if request.conditions is None:
        return []
    asked = request.conditions
    lists = [asked.relations, asked.forbidden, asked.types, *asked.types_at.values(), asked.ends, asked.sources]
    return [name for names in [*lists, asked.languages] for name in names or ()]


def _ms(start: float, end: float) -> float:
    return round(1000 * (end - start), 3)


def _software_version() -> str:
    """Return the installed version; a tree that runs without being installed has none."""
    try:
        return metadata.version("clew")
    except metadata.PackageNotFoundError:
        return "0+source"
