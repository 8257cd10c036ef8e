"""The service: answers questions about named graphs, with proofs. REST and the command line are thin layers on it.

What a question does not need (looking around, changing graphs) is imported where it is first asked for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from clew.api.schema.certificate.model import Certificate
from clew.api.schema.certificate.writing import certificate_of, settings_of
from clew.api.schema.models import (
    AskRequest,
    AskResult,
    GraphDetail,
    GraphInfo,
    PathInspection,
    Problem,
    ProgramInspection,
)
from clew.api.schema.problems import GraphLoading, problem_of
from clew.api.schema.results import ask_result, explanation_of
from clew.api.service.access import EVERYTHING, Access
from clew.api.service.components import DefaultParts, Parts
from clew.api.service.engine_cache import Engines
from clew.api.service.history import History, answer_id
from clew.api.service.inspection import inspected, record_of
from clew.api.service.keys import KeyStore
from clew.api.service.places import KnownFolders
from clew.api.service.recorder import Recorder
from clew.api.service.requests import checked, checked_search, conditions_of, query_of
from clew.api.service.variants import variant
from clew.api.service.warm_up import WarmUp
from clew.api.settings import EMBEDDED, Settings
from clew.decoding.answering.answered import Answered
from clew.decoding.answering.observer import UNOBSERVED
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.cancellation import Cancellation
from clew.decoding.reasoner import Bounds
from clew.kg import limits
from clew.kg.errors import BadInput, ClewError, LimitReached, UnknownGraph, UnknownVersion
from clew.kg.store.catalogue import Catalogue

if TYPE_CHECKING:
    from clew.api.schema.events import Emit
    from clew.api.schema.exploring import EntityDetail, EntityMatches, RelationPage
    from clew.api.schema.graph_paths import PathCheck, PathCheckRequest, PathPage, PathSearchRequest
    from clew.api.service.answer_events import AnswerEvents
    from clew.api.service.changes import GraphChanges
    from clew.api.service.jobs import Jobs

NOT_IN_THE_ID = {"version", "explain", "search", "score", "evidence"}
"""Fields of a request that its answer's id leaves out: the version and the fingerprint stand for them, or nothing that
is kept depends on them."""

NO_GRAPH = "there is no graph of this name"
"""What is said of an unknown graph to those who may not know which there are."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question of several, and the seconds that it has waited for its graph."""

    request: AskRequest
    cancellation: Cancellation | None
    waited: float
    deadline: float | None


class Service:
    """Everything behind one home folder. Safe for threads; any number of processes may share a home."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self.settings = settings
        self.catalogue = Catalogue(settings.home)
        self.places = KnownFolders(settings)
        self.history = History(settings.history, days=settings.history_days)
        self._recorder = Recorder(self.history)
        self.software = _software_version()
        self.parts = parts or DefaultParts(self.catalogue, settings)
        self._engines = Engines(self.catalogue, self.parts, settings.threshold)
        self.keys = KeyStore(settings.keys)
        self.warm_up = WarmUp(self.catalogue, self._engines)
        self._making = threading.RLock()
        self._jobs: Jobs | None = None
        self._changes: GraphChanges | None = None

    @property
    def jobs(self) -> Jobs:
        """The work that goes on after its request was answered."""
        with self._making:
            if self._jobs is None:
                from clew.api.service.jobs import Jobs

                self._jobs = Jobs(self._job_problem)
            return self._jobs

    @property
    def changes(self) -> GraphChanges:
        """What changes graphs."""
        with self._making:
            if self._changes is None:
                from clew.api.service.changes import GraphChanges

                self._changes = GraphChanges(self.catalogue, self.settings, self.jobs, self.history, self.parts.index)
            return self._changes

    @property
    def gathers(self) -> bool:
        """Whether questions that arrive together are asked together: of a large model, which takes seconds for each,
        the first would wait for the last."""
        return self.settings.model == EMBEDDED

    def load(self, graph: str, version: str | None = None) -> Future[Pipeline]:
        """Begin to load what answers questions about a graph version, unless it is loaded, in a thread of its own.

        The future fails as ``ask`` does. Raises ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``.
        """
        return self._engines.load(graph, version)

    def ask(
        self,
        graph: str,
        request: AskRequest,
        record: bool = True,
        cancellation: Cancellation | None = None,
        waited: float | None = None,
        emit: Emit | None = None,
        deadline: float | None = None,
    ) -> AskResult:
        """Answer a question. ``record``: keep the answer, so that its paths can be inspected. By ``cancellation``
        another thread may withdraw the question. ``waited``: seconds of its time limit that the question has waited for
        its graph to be loaded; None: load it now, outside the limit. ``emit``: is given the events of the answer as
        they happen, by this thread; the last one is the result. ``deadline``: until when whoever asks waits, if that is
        less than the time limit (``time.monotonic`` seconds).

        Raises ``GraphLoading`` if it has ``waited`` and the graph is not loaded (any more), ``UnknownGraph``,
        ``UnknownVersion``, ``UnknownNode`` (a given topic, or a class of a condition), ``UnknownRelation``,
        ``BadInput`` (an empty question, a condition that cannot be kept to), ``CorruptSnapshot``,
        ``ModelUnavailable``, ``Cancelled``, and ``VerificationFailed`` rather than return a path that is not in the
        graph.
        """
        start = time.monotonic() - (waited or 0.0)
        request = checked(request)
        pipeline = variant(self._engine(graph, request.version, waited), request)
        loaded = time.monotonic()
        events = None if emit is None else _events(graph, pipeline, request, emit)
        begin = loaded - (waited or 0.0)
        query = query_of(request, self._bounds(request, begin, cancellation, deadline), events or UNOBSERVED)
        with self._engines.sound(pipeline):
            answered = pipeline.answer(query)
            result = self._result(graph, pipeline, request, answered, query.bounds)
            self._keep(graph, pipeline, [(request, result, answered)] if record else [])
        result.timings = {"load": _ms(start, loaded), **answered.timings, "total": _ms(start, time.monotonic())}
        if events is not None:
            events.done(result)
        return result

    def ask_many(
        self,
        graph: str,
        requests: Sequence[AskRequest],
        record: bool = True,
        cancellations: Sequence[Cancellation | None] | None = None,
        waited: Sequence[float] | None = None,
        deadlines: Sequence[float | None] | None = None,
    ) -> list[AskResult | ClewError]:
        """Answer questions together: for each what ``ask`` gives, or the error that it raises. ``cancellations[i]``
        withdraws question i; the others go on. ``waited[i]``, ``deadlines[i]``: see ``ask``.

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
        until = deadlines or [None] * len(requests)
        pipelines: dict[Hashable, Pipeline] = {}
        asked: dict[Hashable, dict[int, _Asking]] = {}
        for at, request in enumerate(requests):
            try:
                valid = checked(request)
                kind = (valid.version, valid.search, valid.score, valid.evidence)
                if kind not in pipelines:
                    pipelines[kind] = variant(self._engine(graph, valid.version, waited[at] if waited else None), valid)
                asked.setdefault(kind, {})[at] = _Asking(valid, tokens[at], waited[at] if waited else 0.0, until[at])
            except (BadInput, GraphLoading) as error:
                results[at] = error
        for same, some in asked.items():
            with self._engines.sound(pipelines[same]):
                results |= zip(some, self._answer_all(graph, pipelines[same], list(some.values()), record), strict=True)
        return [results[at] for at in range(len(requests))]

    def _answer_all(
        self,
        graph: str,
        pipeline: Pipeline,
        asked: Sequence[_Asking],
        record: bool,
    ) -> list[AskResult | ClewError]:
        now = time.monotonic()
        queries = [
            query_of(x.request, self._bounds(x.request, now - x.waited, x.cancellation, x.deadline)) for x in asked
        ]
        results: list[AskResult | ClewError] = []
        made: list[tuple[AskRequest, AskResult, Answered]] = []
        for one, query, answered in zip(asked, queries, pipeline.answer_many(queries), strict=True):
            try:
                if isinstance(answered, ClewError):
                    raise answered
                result = self._result(graph, pipeline, one.request, answered, query.bounds)
            except ClewError as error:
                results.append(error)
                continue
            made.append((one.request, result, answered))
            load = round(1000 * one.waited, 3)
            total = round(load + sum(answered.timings.values()), 3)
            result.timings = {"load": load, **answered.timings, "total": total}
            results.append(result)
        self._keep(graph, pipeline, made if record else [])
        return results

    def _engine(self, graph: str, version: str | None, waited: float | None) -> Pipeline:
        if waited is None:
            return self._engines.get(graph, version)
        engine = self._engines.held(graph, version)
        if engine is None:
            raise GraphLoading(f"the graph {graph!r} is being loaded; retry in a few seconds")
        return engine

    def _bounds(
        self, request: AskRequest, begin: float, cancellation: Cancellation | None, deadline: float | None
    ) -> Bounds:
        limit = begin + self.settings.ask_seconds
        return Bounds(
            request.max_hops,
            deadline=limit if deadline is None else min(limit, deadline),
            min_hops=request.min_hops,
            revisit=request.revisit,
            cancellation=cancellation,
        )

    def _result(
        self, graph: str, pipeline: Pipeline, request: AskRequest, answered: Answered, bounds: Bounds
    ) -> AskResult:
        """Return what was answered as a result."""
        model, asked = pipeline.reasoner.name, _id_of(graph, pipeline, request)
        result = ask_result(pipeline.graph, request, asked, model, answered)
        result.certificate = self._certificate(pipeline, request, answered, result)
        if request.explain:
            result.explanation = explanation_of(pipeline.explain(answered, request.question, bounds), model)
        return result

    def _keep(self, graph: str, pipeline: Pipeline, made: Sequence[tuple[AskRequest, AskResult, Answered]]) -> None:
        """Keep results in the history, if there is one; each says so if it is not stored."""
        some = [one for one in made if one[1].paths or one[1].program]
        if not some or not self.settings.keep_history:
            return
        failure = self._recorder.keep(
            [
                (_id_of(graph, pipeline, request), partial(record_of, pipeline.graph, result, answered))
                for request, result, answered in some
            ]
        )
        for _, result, _ in some:
            result.notices = [] if failure is None else [self.places.hidden(f"This answer is not stored: {failure}")]

    def _certificate(
        self, pipeline: Pipeline, request: AskRequest, answered: Answered, result: AskResult
    ) -> Certificate:
        """Return what the result can be checked again by."""
        conditions = None if request.conditions is None else conditions_of(request.conditions)
        in_keys = None if conditions is None else pipeline.conditioned.in_keys(conditions)
        settings = settings_of(request, pipeline.reasoner.fingerprint, self.settings.threshold)
        return certificate_of(pipeline.graph, answered, settings, in_keys, result.status != "partial")

    def pipeline(self, graph: str, version: str | None = None) -> Pipeline:
        """Return the pipeline over a graph version, for callers that need its parts. Raises as ``ask`` does."""
        return self._engines.get(graph, version)

    def close(self) -> None:
        """Let go of files, which the next question opens again, and cancel jobs."""
        if self._jobs is not None:
            self._jobs.close()
        self.history.close()

    def warm(self, graph: str) -> None:
        """Load whatever the first question to a graph would have to wait for."""
        self._engines.get(graph)

    @property
    def loading(self) -> bool:
        """Whether a graph or the model is being loaded."""
        return self._engines.loading

    def graphs(self) -> list[GraphInfo]:
        """Return every named graph in its current version; of a damaged one, that it is."""
        from clew.api.service.graph_info import graph_infos

        return graph_infos(self.catalogue)

    def num_graphs(self) -> int:
        """Return the number of graphs, damaged ones included; 0 if the home cannot be read."""
        try:
            return len(self.catalogue.names())
        except OSError:
            return 0

    def graph_info(self, name: str) -> GraphInfo:
        """Return one graph in its current version. Raises ``UnknownGraph``."""
        from clew.api.service.graph_info import graph_info

        return graph_info(self.catalogue, name)

    def graph(self, name: str) -> GraphDetail:
        """Return one graph with its versions, relations and example questions. Raises ``UnknownGraph``."""
        from clew.api.service.examples import examples

        info = self.graph_info(name)
        graph = self.catalogue.open(name)
        offered = [relation for relation in range(graph.num_relations) if relation not in graph.plumbing]
        relations = [graph.relation_label(relation) for relation in offered[: limits.MAX_LISTED_RELATIONS]]
        return GraphDetail(
            **info.model_dump(),
            versions=self.catalogue.versions(name),
            relation_labels=relations,
            examples=examples(graph),
        )

    def version(self, name: str) -> str:
        """Return the current version of a graph, without opening it. Raises ``UnknownGraph``."""
        return self.catalogue.current(name)

    def entities(self, name: str, text: str, limit: int) -> EntityMatches:
        """Return the entities whose names complete a text. Raises as ``ask`` does where a graph cannot be loaded."""
        from clew.api.service import exploring

        pipeline = self._engines.get(name)
        return exploring.matches(pipeline.graph, pipeline.linker.complete(text, limit))

    def entity(self, name: str, key: str, limit: int, cursor: str | None = None) -> EntityDetail:
        """Return what is around an entity; see ``exploring.neighbourhood``."""
        from clew.api.service import exploring

        return exploring.neighbourhood(self.catalogue, name, key, limit, cursor)

    def relations(self, name: str, limit: int, cursor: str | None = None) -> RelationPage:
        """Return the relations of a graph; see ``exploring.relations``."""
        from clew.api.service import exploring

        return exploring.relations(self.catalogue, name, limit, cursor)

    def _job_problem(self, error: ClewError) -> Problem:
        """Return the problem that tells of an error in a file that was sent, by the name that it was sent with."""
        from clew.api.service.uploads import called_as_sent

        found = self.problem(error)
        detail = NO_GRAPH if isinstance(error, UnknownGraph) else called_as_sent(found.detail)
        return found.model_copy(update={"detail": detail})

    def check_path(self, name: str, request: PathCheckRequest) -> PathCheck:
        """Return whether a path is in a graph; see ``path_check.check_path``."""
        from clew.api.service.path_check import check_path

        pipeline = self._engines.get(name, request.version)
        with self._engines.sound(pipeline):
            return check_path(pipeline, request)

    def search_paths(
        self,
        name: str,
        request: PathSearchRequest,
        cancellation: Cancellation | None = None,
        waited: float | None = None,
        deadline: float | None = None,
    ) -> PathPage:
        """Return a page of paths; see ``path_pages.search_paths``, and ``ask`` for the others."""
        from clew.api.service.path_pages import search_paths, version_of

        request = checked_search(request)
        pipeline = self._engine(name, version_of(request), waited)
        limit = time.monotonic() + min(self.settings.ask_seconds, limits.MAX_PATHS_SECONDS)
        until = limit if deadline is None else min(limit, deadline)
        bounds = Bounds(request.max_hops, deadline=until, cancellation=cancellation)
        with self._engines.sound(pipeline):
            return search_paths(pipeline, request, bounds)

    def problem(self, error: ClewError) -> Problem:
        """Return the problem that tells a client of an error: without the folders of this machine."""
        found = problem_of(error)
        return found.model_copy(update={"detail": self.places.hidden(found.detail)})

    def path(self, path_id: str, access: Access = EVERYTHING) -> PathInspection | ProgramInspection:
        """Return a stored path with its trace, or a stored program. Raises ``UnknownPath``, also for one of a graph
        that this access does not allow to ask."""
        record, index = self.history.path(path_id)
        if not access.may("ask", record["graph"]):
            raise self.history.unknown(path_id)
        try:
            graph = self.catalogue.open(record["graph"], record["version"])
        except (UnknownGraph, UnknownVersion):
            graph = None  # the version is no longer kept: its sources are gone, what was proven is not
        return inspected(record, index, graph)


def _id_of(graph: str, pipeline: Pipeline, request: AskRequest) -> str:
    """Return the id of the answer to a request."""
    model, weights = pipeline.reasoner.name, pipeline.reasoner.fingerprint
    return answer_id(graph, pipeline.graph.version, model, weights, request.model_dump(exclude=NOT_IN_THE_ID))


def _events(graph: str, pipeline: Pipeline, request: AskRequest, emit: Emit) -> AnswerEvents:
    from clew.api.service.answer_events import AnswerEvents

    return AnswerEvents(pipeline.graph, request, _id_of(graph, pipeline, request), emit)


def _ms(start: float, end: float) -> float:
    return round(1000 * (end - start), 3)


def _software_version() -> str:
    """Return the installed version; a tree that runs without being installed has none."""
    try:
        return metadata.version("clew")
    except metadata.PackageNotFoundError:
        return "0+source"
