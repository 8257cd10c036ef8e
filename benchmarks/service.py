"""The service as an operator runs it: 64 clients on MetaQA's graph, overload, aborted streams, versions swapped.

A real ``clew serve`` on loopback answers questions of MetaQA's dev sets (the demo graph's where there is no shared
folder) from 64 clients, each over one kept connection, as fast as answers come. Then: crowds of 200 clients at once, of
whom the queue turns some away (how soon?); streams whose clients leave after the first event (do their tasks end?); new
versions of the graph published while clients ask (does a request fail?). The clients run on the server's cores.

    python -m benchmarks.service [--quick] [--json]
    python -m benchmarks.service --sizes [--quick] [--json]     graph size x memory x questions a second
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import numpy as np

from benchmarks.harness import SHARED
from benchmarks.machine import machine, versions
from benchmarks.serve import served
from benchmarks.serve_isolation import HOST, LARGE, put_large
from benchmarks.service_crowd import Served, crowd
from benchmarks.service_streams import leaked_tasks
from benchmarks.synthetic import label_of
from clew.api.service.demo import DEMO_GRAPH, demo_questions
from clew.kg.memory import anonymous_mb

CLIENTS, CROWD, CROWDS = 64, 200, 5
WARM_UP_SECONDS, SECONDS, QUICK_SECONDS = 45.0, 60.0, 20.0
SWAPS, QUICK_SWAPS = 10, 2
STREAMS, QUICK_STREAMS = 1_000, 16
MEMORY_SECONDS, MEMORY_SAMPLES = 10.0, 40
SIZES, QUICK_SIZES = (1_000_000, 10_000_000), (1_000_000,)
READY_SECONDS, REQUEST_SECONDS = 600.0, 300.0
METAQA = SHARED / "metaqa"


@dataclass(frozen=True, slots=True)
class Subject:
    """A graph of a home, and questions to it."""

    home: Path
    graph: str
    questions: list[str]


def clew(home: Path, *words: str) -> None:
    """Run a command to its end, in a process of its own."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "clew", "--home", str(home), *words, "--json"]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def metaqa(home: Path) -> Subject:
    """Load MetaQA's graph with its indices; the demo graph where there is none."""
    if not METAQA.is_dir():
        return demo(home)
    clew(home, "ingest", str(METAQA / "kb.txt"), "--graph", "metaqa", "--delimiter", "|", "--no-header")
    texts = [
        line.split("\t")[0]
        for hops in ("1-hop", "2-hop", "3-hop")
        for line in (METAQA / hops / "qa_dev.txt").read_text(encoding="utf-8").splitlines()
    ]
    random.Random(0).shuffle(texts)
    return Subject(home, "metaqa", texts)


def demo(home: Path) -> Subject:
    clew(home, "demo")
    return Subject(home, DEMO_GRAPH, [question.text for question in demo_questions()])


def wait_until_ready(port: int) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_SECONDS)
        connection.request("GET", "/readyz")
        if connection.getresponse().status == 200:
            return
        time.sleep(0.2)
    raise RuntimeError("the server did not get ready")


def ask(connection: http.client.HTTPConnection, graph: str, question: str) -> Served:
    start, body = time.perf_counter(), json.dumps({"question": question})
    try:
        connection.request("POST", f"/v1/graphs/{graph}/ask", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return Served(time.perf_counter() - start, 0)
    return Served(time.perf_counter() - start, response.status)


def load(port: int, graph: str, questions: list[str], clients: int, over: Event | None = None) -> list[Served]:
    """Ask all questions by so many clients, each taking the next one, until they are asked or it is ``over``. They
    begin at the same moment, once all of them are there."""
    queue, there = iter(questions), Barrier(clients)

    def client(_: int) -> list[Served]:
        there.wait()
        connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_SECONDS)
        mine = itertools.takewhile(lambda _: over is None or not over.is_set(), queue)
        return [ask(connection, graph, question) for question in mine]

    with ThreadPoolExecutor(clients) as pool:
        return list(itertools.chain.from_iterable(pool.map(client, range(clients))))


def rss_mb(pid: int) -> float:
    """The anonymous memory of a process and of those that it started, in MiB: what is mapped from files is given back
    when it is needed."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return (anonymous_mb(pid) or 0.0) + sum(rss_mb(int(child)) for child in children)


def load_for(port: int, pid: int, subject: Subject, seconds: float) -> tuple[list[Served], float]:
    """Ask so many seconds long, beginning with the first question; return also the median memory of the server in the
    last ``MEMORY_SECONDS`` of them: from one moment to the next it differs by a batch's tensors."""
    over, endless = Event(), list(itertools.islice(itertools.cycle(subject.questions), 1_000_000))
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(load, port, subject.graph, endless, CLIENTS, over)
        time.sleep(seconds - MEMORY_SECONDS)
        held: list[float] = []
        while len(held) < MEMORY_SAMPLES:
            held.append(rss_mb(pid))
            time.sleep(MEMORY_SECONDS / MEMORY_SAMPLES)
        over.set()
        return asking.result(), float(np.median(held))


def steady(port: int, pid: int, subject: Subject, seconds: float) -> dict[str, Any]:
    """So many seconds of 64 clients, after ``WARM_UP_SECONDS``, which do not count: further processes start in them,
    and caches fill up."""
    ready = rss_mb(pid)
    warming, before = load_for(port, pid, subject, WARM_UP_SECONDS)
    start = time.perf_counter()
    found, after = load_for(port, pid, replace(subject, questions=subject.questions[len(warming) :]), seconds)
    took = time.perf_counter() - start
    times = [1000 * each.seconds for each in found]
    p50, p99 = np.quantile(times, [0.5, 0.99]).tolist()
    return {
        "warm_up_seconds": WARM_UP_SECONDS,
        "warm_up_questions": len(warming),
        "questions": len(found),
        "seconds": took,
        "qps": len(found) / took,
        "p50_ms": p50,
        "p99_ms": p99,
        "errors": sum(each.code != 200 for each in [*warming, *found]),
        "rss_ready_mb": ready,
        "rss_warm_mb": before,
        "rss_mb": after,
        "warm_up_growth": before / ready - 1,
        "rss_growth": after / before - 1,
    }


def overload(port: int, subject: Subject) -> dict[str, Any]:
    """More clients at once than the queue takes, several times: how soon the others are told."""
    found = []
    for number in range(CROWDS):
        found += crowd(port, subject.graph, subject.questions[number * CROWD :][:CROWD], REQUEST_SECONDS)
        time.sleep(2.0)
    refused = [1000 * each.seconds for each in found if each.code == 503]
    return {
        "crowds": CROWDS,
        "clients": CROWD,
        "refused": len(refused),
        "other_errors": sum(each.code not in (200, 503) for each in found),
        "overload_ms": float(np.quantile(refused, 0.99)) if refused else 0.0,
    }


def swaps(port: int, subject: Subject, count: int) -> dict[str, Any]:
    """Publish versions while clients ask; each adds one statement, and answers the next question."""
    over = Event()
    endless = list(itertools.islice(itertools.cycle(subject.questions), 1_000_000))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(load, port, subject.graph, endless, 8, over)
        for number in range(count):
            file = Path(folder) / f"{number}.nt"
            file.write_text(f'<http://x.example/{number}> <http://x.example/noted> "{number}" .\n', encoding="utf-8")
            clew(subject.home, "update", subject.graph, "--add", str(file))
            time.sleep(2.0)
        over.set()
        found = asking.result()
    return {"versions": count, "questions": len(found), "swap_failures": sum(each.code != 200 for each in found)}


def measure(quick: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with tempfile.TemporaryDirectory(prefix="clew-service-") as folder:
        subject = metaqa(Path(folder))
        with served(subject.home) as (port, pid):
            wait_until_ready(port)
            found: dict[str, Any] = {"steady": steady(port, pid, subject, QUICK_SECONDS if quick else SECONDS)}
            found["overload"] = overload(port, subject)
            found["swaps"] = swaps(port, subject, QUICK_SWAPS if quick else SWAPS)
        found["streams"] = leaked_tasks(
            subject.home, subject.graph, subject.questions[: QUICK_STREAMS if quick else STREAMS]
        )
    names = {
        "steady": ("qps", "p50_ms", "p99_ms", "errors", "rss_growth"),
        "overload": ("overload_ms",),
        "streams": ("leaked_tasks",),
        "swaps": ("swap_failures",),
    }
    bars = [{"name": name, "value": round(found[part][name], 3)} for part in names for name in names[part]]
    return found, bars


def large(home: Path, triples: int) -> Subject:
    """Load a synthetic graph of so many triples, with its indices."""
    put_large(home, triples)
    return Subject(home, LARGE, [f"What is the dated of {label_of(number, triples)}?" for number in range(100, 140)])


def sizes(quick: bool) -> list[dict[str, Any]]:
    """Graphs of several sizes: the memory that the server takes, and the questions of 8 clients that it answers a
    second."""
    counts = QUICK_SIZES if quick else SIZES
    subjects: list[Callable[[Path], Subject]] = [demo, metaqa, *(partial(large, triples=count) for count in counts)]
    rows = []
    for subject_of in subjects:
        with tempfile.TemporaryDirectory(prefix="clew-service-") as folder:
            subject = subject_of(Path(folder))
            with served(subject.home) as (port, pid):
                wait_until_ready(port)
                rows.append(_size(port, pid, subject, 64 if quick else 400))
    return rows


def _size(port: int, pid: int, subject: Subject, count: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_SECONDS)
    connection.request("GET", "/v1/graphs")
    (info,) = json.loads(connection.getresponse().read())
    asked = list(itertools.islice(itertools.cycle(subject.questions), count))
    ready = rss_mb(pid)
    load(port, subject.graph, asked[:8], 1)
    start = time.perf_counter()
    found = load(port, subject.graph, asked, 8)
    return {
        "graph": subject.graph,
        "triples": info["triples"],
        "ready_mb": ready,
        "asked_mb": rss_mb(pid),
        "qps": len(found) / (time.perf_counter() - start),
        "errors": sum(each.code != 200 for each in found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller run, some three minutes on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sizes", action="store_true", help="measure graphs of several sizes instead")
    options = parser.parse_args()
    report: dict[str, Any] = {"machine": machine(), "versions": versions("clew", "uvicorn", "torch", "numpy")}
    if options.sizes:
        report["sizes"] = sizes(options.quick)
    else:
        report["results"], report["bars"] = measure(options.quick)
    if options.json:
        print(json.dumps(report))
        return
    for row in report.get("sizes", ()):
        figures = (value if isinstance(value, str) else f"{value:,.4g}" for value in row.values())
        print(", ".join(map(" ".join, zip(row, figures, strict=True))))
    for bar in report.get("bars", ()):
        print(f"{bar['name']:<16}{bar['value']:>12.3f}")


if __name__ == "__main__":
    main()
