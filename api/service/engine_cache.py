"""A cache of pipelines by graph version. Loads them on first use and drops the least recently used."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from weakref import WeakKeyDictionary

from clew.api.service.components import Parts
from clew.api.service.loaders import Loaders, LoadingTask, finished
from clew.api.startup import settle, unsettle
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.reasoner import Reasoner
from clew.kg.columnar.compiled import interpret
from clew.kg.errors import CorruptSnapshot, UnknownVersion
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_INTERPRETED_EDGES, MAX_LOADING, MAX_PREPARED_GRAPHS
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.mapped_file import Watched, watching

LOG = logging.getLogger(__name__)

Key = tuple[str, str, str]
"""A graph's name, its version, and the name of its own model ("": the one that all graphs share)."""


class Engines:
    """Safe for threads. An engine that several want is loaded once; the others stay available meanwhile. One that
    failed to load is loaded again when it is next wanted."""

    def __init__(self, catalogue: Catalogue, parts: Parts, threshold: float | None) -> None:
        self._catalogue, self._parts, self._threshold = catalogue, parts, threshold
        self._engines: OrderedDict[Key, Pipeline] = OrderedDict()
        self._files: WeakKeyDictionary[Graph, Watched] = WeakKeyDictionary()
        self._coming: dict[Key, LoadingTask[Pipeline]] = {}
        self._lock = threading.Lock()
        self._loaders = Loaders(MAX_LOADING)
        self._loading_model = threading.Lock()
        self._reasoner: Reasoner | None = None

    def get(self, name: str, version: str | None = None) -> Pipeline:
        """Return the engine of a graph at a version (or a prefix of one); None is the version that is current now.

        Loads it, in this thread unless another does. Raises ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``,
        ``ModelUnavailable``.
        """
        return self._coming_from(self._key(name, version), LoadingTask.run).result()

    def load(self, name: str, version: str | None = None) -> Future[Pipeline]:
        """Return the engine as a future, which fails as ``get`` does; begin to load it, in a thread of its own, unless
        that is done.

        Raises what does not need loading to be told: ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``.
        """
        return self._coming_from(self._key(name, version), self._loaders.submit)

    def held(self, name: str, version: str | None = None) -> Pipeline | None:
        """Return the engine if it is loaded. Raises ``UnknownGraph``, ``UnknownVersion``, ``CorruptSnapshot``."""
        key = self._key(name, version)
        with self._lock:
            return self._held(key)

    def load_model(self) -> None:
        """Load the model that all graphs share. Raises ``ModelUnavailable``."""
        task = LoadingTask(lambda: self._shared_reasoner().fingerprint)  # some load their weights with it
        self._loaders.submit(task)
        task.future.result()

    @property
    def loading(self) -> bool:
        """Whether a thread is loading anything."""
        return self._loaders.busy

    def _coming_from(self, key: Key, run: Callable[[LoadingTask[Pipeline]], None]) -> Future[Pipeline]:
        """Return the future of an engine, which ``run`` is to load if it is new."""
        with self._lock:
            if (engine := self._held(key)) is not None:
                return finished(engine)
            if key in self._coming:
                return self._coming[key].future
            task = self._coming[key] = LoadingTask(partial(self._load, key))
        run(task)
        return task.future

    def _key(self, name: str, version: str | None) -> Key:
        return name, self._catalogue.resolve(name, version), self._parts.own_model(name)

    def _held(self, key: Key) -> Pipeline | None:
        """Return an engine whose files are still as they were; another is dropped, to be loaded anew."""
        if key not in self._engines:
            return None
        try:
            self._files[self._engines[key].graph].check_unchanged()
        except CorruptSnapshot as error:
            LOG.warning("graph %r is loaded anew: %s", key[0], error)
            del self._engines[key]
            return None
        self._engines.move_to_end(key)
        return self._engines[key]

    @contextmanager
    def sound(self, engine: Pipeline) -> Iterator[None]:
        """Let nothing that was made of an engine out where its files were damaged meanwhile: ``CorruptSnapshot``."""
        try:
            yield
        finally:  # what was raised may have come of the damage
            self._files[engine.graph].check_unchanged()

    def _load(self, key: Key) -> Pipeline:
        try:
            engine = self._build(*key)
            with self._lock:
                self._engines[key] = engine
                while len(self._engines) > MAX_PREPARED_GRAPHS:
                    unsettle()
                    self._engines.popitem(last=False)
            settle()
            return engine
        finally:
            with self._lock:
                del self._coming[key]

    def _build(self, name: str, version: str, own_model: str) -> Pipeline:
        with watching() as files:
            engine = self._built(name, version, own_model)
        self._files[engine.graph] = files
        return engine

    def _built(self, name: str, version: str, own_model: str) -> Pipeline:
        graph = self._open(name, version)
        if graph.num_edges > MAX_INTERPRETED_EDGES:
            interpret(0)
        linker = self._parts.linker(graph)
        own = self._parts.own_reasoner(graph) if own_model else None
        reasoner = own or self._shared_reasoner()
        reasoner.prepare(graph)
        pipeline = Pipeline(graph, linker, reasoner, self._threshold, self._parts.suggest(graph))
        pipeline.prepare()
        return pipeline

    def _open(self, name: str, version: str) -> Graph:
        try:
            return self._catalogue.open(name, version)
        except UnknownVersion as error:  # it is known, or was a moment ago
            raise CorruptSnapshot(f"the files of graph {name!r} at version {version} are gone") from error

    def _shared_reasoner(self) -> Reasoner:
        with self._loading_model:
            if self._reasoner is None:
                self._reasoner = self._parts.reasoner()
            return self._reasoner
