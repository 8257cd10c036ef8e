"""A cache of pipelines by graph version. Creates them on first use and drops the least recently used."""

from __future__ import annotations

import threading
from collections import OrderedDict

from clew.api.service.components import Parts
from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.reasoner import Reasoner
from clew.kg.limits import MAX_PREPARED_GRAPHS
from clew.kg.store.catalogue import Catalogue

Key = tuple[str, str, str]
"""A graph's name, its version, and the name of its own model ("": the one that all graphs share)."""


class Engines:
    """Safe for threads. Two that want the same new engine build it once; other engines stay available meanwhile."""

    def __init__(self, catalogue: Catalogue, parts: Parts, threshold: float | None) -> None:
        self._catalogue, self._parts, self._threshold = catalogue, parts, threshold
        self._engines: OrderedDict[Key, Pipeline] = OrderedDict()
        self._building: dict[Key, threading.Lock] = {}
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._reasoner: Reasoner | None = None

    def get(self, name: str, version: str | None = None) -> Pipeline:
        """Return the engine of a graph at a version (or a prefix of one); None is the version that is current now.

        Raises ``UnknownGraph``, ``UnknownVersion``, ``ModelUnavailable``.
        """
        key = (name, self._catalogue.resolve(name, version), self._parts.own_model(name))
        engine = self._held(key)
        if engine is not None:
            return engine
        with self._lock:
            building = self._building.setdefault(key, threading.Lock())
        with building:
            return self._held(key) or self._keep(key, self._build(*key))

    def _held(self, key: Key) -> Pipeline | None:
        with self._lock:
            engine = self._engines.get(key)
            if engine is not None:
                self._engines.move_to_end(key)
            return engine

    def _keep(self, key: Key, engine: Pipeline) -> Pipeline:
        with self._lock:
            self._engines[key] = engine
            while len(self._engines) > MAX_PREPARED_GRAPHS:
                dropped, _ = self._engines.popitem(last=False)
                self._building.pop(dropped, None)
        return engine

    def _build(self, name: str, version: str, own_model: str) -> Pipeline:
        graph = self._catalogue.open(name, version)
        linker = self._parts.linker(graph)
        own = self._parts.own_reasoner(graph) if own_model else None
        reasoner = own or self._shared_reasoner()
        reasoner.prepare(graph)
        return Pipeline(graph, linker, reasoner, self._threshold, self._parts.suggest(graph))

    def _shared_reasoner(self) -> Reasoner:
        with self._loading:
            if self._reasoner is None:
                self._reasoner = self._parts.reasoner()
            return self._reasoner
