"""What a large graph's loading costs the questions of a small one, and the server's memory and threads under load.

Part of ``benchmarks.serve``. The large graph is loaded by its own first question, without any index made beforehand
(``derived`` is deleted): the most that loading can cost. Meanwhile a client asks the demo graph and another
``/healthz``, one request after the other.
"""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.synthetic import write_ntriples
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue

HOST = "127.0.0.1"
LARGE = "large"
LARGE_QUESTION = "What is the dated of Entity 4711 of kind 19?"
LOADING_SECONDS = 600.0
PATIENCE = 60.0
WATCH_SECONDS = 0.05


@dataclass(slots=True)
class Usage:
    """The most threads, and the most anonymous memory in MiB, that a process was seen with."""

    threads: int = 0
    anonymous_mb: float = 0.0

    def note(self, pid: int) -> None:
        """Read ``/proc`` once; nothing is noted off Linux."""
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            return
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        self.threads = max(self.threads, int(fields["Threads"]))
        self.anonymous_mb = max(self.anonymous_mb, int(fields["RssAnon"].split()[0]) / 1024)


@contextmanager
def watched(pid: int) -> Iterator[Usage]:
    """Watch a process during the block; yields what it used at most."""
    usage, over = Usage(), threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_SECONDS):
            usage.note(pid)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield usage
    finally:
        over.set()
        watcher.join()


@dataclass(slots=True)
class Stream:
    """Requests made one after the other until told to stop: the seconds of each, and how many failed."""

    request: Callable[[http.client.HTTPConnection], bool]
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def run(self, port: int, stop: threading.Event) -> None:
        while not stop.is_set():
            connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
            start = time.perf_counter()
            try:
                self.errors += not self.request(connection)
            except OSError:
                self.errors += 1
            finally:
                connection.close()
            self.seconds.append(time.perf_counter() - start)
            stop.wait(0.01)

    def quantile(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * float(np.quantile(self.seconds, share))


def ask(connection: http.client.HTTPConnection, graph: str, question: str) -> int:
    """The HTTP status of a question."""
    body = json.dumps({"question": question})
    connection.request("POST", f"/v1/graphs/{graph}/ask", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return response.status


def healthy(connection: http.client.HTTPConnection) -> bool:
    """Whether ``/healthz`` answers."""
    connection.request("GET", "/healthz")
    response = connection.getresponse()
    response.read()
    return response.status == 200


def streams(questions: list[str], graph: str) -> tuple[Stream, Stream]:
    """A stream of questions to a graph, and one of ``/healthz``."""
    asked = iter(questions * 10_000)
    return Stream(lambda connection: ask(connection, graph, next(asked)) == 200), Stream(healthy)


def during(port: int, streaming: tuple[Stream, ...], work: Callable[[], None]) -> None:
    """Run the streams for as long as ``work`` takes."""
    stop = threading.Event()
    threads = [threading.Thread(target=stream.run, args=(port, stop)) for stream in streaming]
    for thread in threads:
        thread.start()
    try:
        work()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def put_large(home: Path, triples: int) -> None:
    """Load a synthetic graph of so many triples as ``LARGE``, without what is derived from it."""
    with tempfile.TemporaryDirectory(prefix="clew-large-") as folder:
        file = Path(folder) / "large.nt"
        write_ntriples(file, triples)
        ingest(Catalogue(home), [file], LARGE)
    version = Catalogue(home).current(LARGE)
    for derived in (home / "derived").glob(f"{version}*"):
        shutil.rmtree(derived)


def first_question(port: int) -> int:
    """Ask the large graph until it is loaded; the status of the last answer."""
    deadline = time.monotonic() + LOADING_SECONDS
    while True:
        connection = http.client.HTTPConnection(HOST, port, timeout=LOADING_SECONDS)
        status = ask(connection, LARGE, LARGE_QUESTION)
        connection.close()
        if status != 503 or time.monotonic() > deadline:
            return status
        time.sleep(0.5)


def isolation(port: int, pid: int, questions: list[str], graph: str, seconds: float = 5.0) -> dict[str, Any]:
    """Ask a small graph without, and while, the large one loads."""
    before, while_loading = streams(questions, graph), streams(questions, graph)
    during(port, before, lambda: time.sleep(seconds))
    status: list[int] = []
    start = time.perf_counter()
    with watched(pid) as usage:
        during(port, while_loading, lambda: status.append(first_question(port)))
    return {
        "loading_s": time.perf_counter() - start,
        "loading_status": status[0],
        "loading_anonymous_mb": usage.anonymous_mb,
        "errors": sum(stream.errors for stream in (*before, *while_loading)),
        "without": _quantiles(before),
        "loading": _quantiles(while_loading),
    }


def _quantiles(streaming: tuple[Stream, Stream]) -> dict[str, float]:
    asked, health = streaming
    return {
        "questions": len(asked.seconds),
        "p50_ms": asked.quantile(0.5),
        "p95_ms": asked.quantile(0.95),
        "max_ms": 1000 * max(asked.seconds),
        "healthz_p99_ms": health.quantile(0.99),
        "healthz_max_ms": 1000 * max(health.seconds),
    }
