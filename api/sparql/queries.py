"""Answers SPARQL queries: over a copy of the graph in a store on disk, by processes of its own."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import LifoQueue

from clew.api.schema.problems import GraphLoading
from clew.api.sparql.process import WorkerProcess
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import LimitReached
from clew.kg.store.catalogue import Catalogue

Version = tuple[str, str]
"""A graph's name and one of its versions."""


@dataclass(frozen=True, slots=True)
class SparqlQuery:
    """A query, with the media types that its result may have: of variables' values, and of triples (None: none)."""

    text: str
    bindings: str | None
    triples: str | None


@dataclass(frozen=True, slots=True)
class SparqlResult:
    """A result, whole, and its media type."""

    kind: str
    body: bytes


class SparqlQueries:
    """Safe for threads. The copies are made at the first query, and deleted with the instance."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._folder: Path | None = None
        self._copies: OrderedDict[Version, Future[Path]] = OrderedDict()
        self._copying, self._starter = (ThreadPoolExecutor(1, f"clew-sparql-{name}") for name in ("copy", "start"))
        self._lock = threading.Lock()
        self._idle: LifoQueue[WorkerProcess] = LifoQueue()
        self._processes = [WorkerProcess(self._starter) for _ in range(limits.MAX_SPARQL_WORKERS)]
        for process in self._processes:
            self._idle.put(process)
        self._copier = WorkerProcess(self._starter)

    def answer(
        self, graph: str, query: SparqlQuery, deadline: float, cancellation: Cancellation | None = None
    ) -> SparqlResult:
        """Return the whole result of a query to the current version of a graph; it is never cut.

        Raises ``UnknownGraph``, ``BadInput`` (no query that only reads this graph), ``NotAcceptable``, ``LimitReached``
        (the graph, the time, the memory, or the size of the result), ``GraphLoading`` if the copy is not made in time,
        ``Cancelled``.
        """
        copied = self._copy(graph, self._catalogue.current(graph))
        try:
            folder = copied.result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise GraphLoading(f"the graph {graph!r} is being copied for SPARQL; retry in a few seconds") from None
        request = {
            "do": "query",
            "folder": str(folder),
            "query": query.text,
            "bindings": query.bindings,
            "triples": query.triples,
            "rows": limits.MAX_SPARQL_ROWS,
            "bytes": limits.MAX_SPARQL_BYTES,
        }
        with self._process() as process:
            head, body = process.do(request, deadline, cancellation)
        return SparqlResult(head["kind"], body)

    def close(self) -> None:
        """End the processes, and delete the copies."""
        for process in (self._copier, *self._processes):
            process.close()
        for threads in (self._copying, self._starter):
            threads.shutdown(wait=False, cancel_futures=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _copy(self, graph: str, version: str) -> Future[Path]:
        """Return the folder of a copy, which is made unless it is there. One that failed is made again."""
        with self._lock:
            known = self._copies.get((graph, version))
            if known is not None and not (known.done() and known.exception()):
                self._copies.move_to_end((graph, version))
                return known
            size = self._catalogue.open(graph, version).num_statements
            if size > limits.MAX_SPARQL_STATEMENTS:
                raise LimitReached(
                    f"the graph {graph!r} has {size:,} statements; SPARQL is answered over at most "
                    f"{limits.MAX_SPARQL_STATEMENTS:,}: load the files into a triple store"
                )
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="clew-sparql-"))
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            future = self._copies[graph, version] = self._copying.submit(partial(self._made, graph, version, folder))
            while len(self._copies) > limits.MAX_SPARQL_COPIES:
                _, old = self._copies.popitem(last=False)
                old.add_done_callback(_delete)
            return future

    def _made(self, graph: str, version: str, folder: Path) -> Path:
        request = {
            "do": "copy",
            "home": str(self._catalogue.home),
            "graph": graph,
            "version": version,
            "folder": str(folder),
        }
        try:
            self._copier.do(request, time.monotonic() + limits.SPARQL_COPY_SECONDS)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self._copier.close()
        return folder

    @contextmanager
    def _process(self) -> Iterator[WorkerProcess]:
        process = self._idle.get()
        try:
            yield process
        finally:
            self._idle.put(process)


def _delete(copied: Future[Path]) -> None:
    if not copied.cancelled() and copied.exception() is None:
        shutil.rmtree(copied.result(), ignore_errors=True)
