"""The REST service under load: a real server on loopback, the demo graph, eight clients at once.

500 questions (100 with ``--quick``) are asked by 8 clients, each over one kept connection, as fast as answers come: a
closed loop, so that latency includes waiting for the other seven. Every answer is checked: status 200, and every path
verified. The same questions asked by one client tell what the waiting costs, and by 128 clients (of whom the queue
turns some away) whether threads and anonymous memory stay flat. Then a graph of 10 million triples (1 million with
``--quick``) is loaded while the demo graph is asked: see ``benchmarks.serve_isolation``.

    python -m benchmarks.serve [--quick] [--json]
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine, versions
from benchmarks.serve_isolation import HOST, Usage, isolation, put_large, watched
from clew.api.service.demo import DEMO_GRAPH, demo_questions, ensure_demo
from clew.kg.memory import peak_rss_mb_of
from clew.kg.store.catalogue import Catalogue

CLIENTS, MANY_CLIENTS = 8, 128
TRIPLES, QUICK_TRIPLES = 10_000_000, 1_000_000
QUESTIONS, QUICK_QUESTIONS = 500, 100
STARTUP_SECONDS = 120.0
REQUEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question got: seconds, HTTP status, the answer's status, and how many paths it had."""

    seconds: float
    code: int
    status: str
    paths: int


@contextmanager
def served(home: Path) -> Iterator[tuple[int, int]]:
    """Run ``clew serve`` over a home until the block ends; yields its port and process id."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "clew", "serve", "--port", str(port), "--json", "--home", str(home)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        wait_until_up(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait_until_up(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=1)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not answer within {STARTUP_SECONDS:g} s")


def ask(connection: http.client.HTTPConnection, question: str) -> Reply:
    start = time.perf_counter()
    body = json.dumps({"question": question})
    connection.request("POST", f"/v1/graphs/{DEMO_GRAPH}/ask", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    seconds = time.perf_counter() - start
    if response.status != 200:
        return Reply(seconds, response.status, answer["code"], 0)
    assert all(path["verified"] is True for path in answer["paths"])
    return Reply(seconds, response.status, answer["status"], len(answer["paths"]))


def load(port: int, questions: list[str], clients: int) -> tuple[list[Reply], float]:
    """Ask all questions by so many clients, each taking the next one; return the replies and the wall time."""
    queue = iter(questions)

    def client(_: int) -> list[Reply]:
        connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_SECONDS)
        return [ask(connection, question) for question in queue]  # next() of a list's iterator is atomic

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        replies = list(itertools.chain.from_iterable(pool.map(client, range(clients))))
    return replies, time.perf_counter() - start


def summary(replies: list[Reply], seconds: float, clients: int) -> dict[str, Any]:
    times = [1000 * reply.seconds for reply in replies]
    p50, p95, p99 = np.quantile(times, [0.5, 0.95, 0.99]).tolist()
    return {
        "clients": clients,
        "questions": len(replies),
        "errors": sum(reply.code != 200 for reply in replies),
        "answered": sum(reply.status == "answered" for reply in replies),
        "paths": sum(reply.paths for reply in replies),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "questions_per_s": len(replies) / seconds,
    }


def measure(quick: bool) -> dict[str, Any]:
    texts = [question.text for question in demo_questions()]
    questions = list(itertools.islice(itertools.cycle(texts), QUICK_QUESTIONS if quick else QUESTIONS))
    with tempfile.TemporaryDirectory(prefix="clew-serve-") as folder:
        ensure_demo(Catalogue(Path(folder)))
        with served(Path(folder)) as (port, pid):
            load(port, questions[:CLIENTS], 1)  # loads the model, which no later question waits for
            alone = summary(*load(port, questions[: len(questions) // 4], 1), 1)
            with watched(pid) as eight:
                together = summary(*load(port, questions, CLIENTS), CLIENTS)
            with watched(pid) as many:
                crowd = summary(*load(port, questions, MANY_CLIENTS), MANY_CLIENTS)
            memory = peak_rss_mb_of(pid)
            put_large(Path(folder), QUICK_TRIPLES if quick else TRIPLES)
            return {
                "one_client": alone,
                "eight_clients": together | used(eight),
                "many_clients": crowd | used(many),
                "server_rss_mb": memory,
                "isolation": isolation(port, pid, texts, DEMO_GRAPH),
            }


def used(usage: Usage) -> dict[str, float]:
    return {"threads": usage.threads, "anonymous_mb": usage.anonymous_mb}


def bars(results: dict[str, Any]) -> list[dict[str, Any]]:
    alone, together = results["one_client"], results["eight_clients"]
    found = {
        "errors": alone["errors"] + together["errors"],
        "p50_ms": together["p50_ms"],
        "p95_ms": together["p95_ms"],
        "questions_per_s": together["questions_per_s"],
        "p50_ms_one_client": alone["p50_ms"],
        "p95_ms_one_client": alone["p95_ms"],
        "server_rss_mb": results["server_rss_mb"],
        "threads_8_clients": together["threads"],
        "threads_128_clients": results["many_clients"]["threads"],
        "anonymous_mb_8_clients": together["anonymous_mb"],
        "anonymous_mb_128_clients": results["many_clients"]["anonymous_mb"],
        "small_graph_p95_ms": results["isolation"]["without"]["p95_ms"],
        "small_graph_p95_ms_while_loading": results["isolation"]["loading"]["p95_ms"],
        "small_graph_max_ms_while_loading": results["isolation"]["loading"]["max_ms"],
        "healthz_p99_ms_while_loading": results["isolation"]["loading"]["healthz_p99_ms"],
        "loading_s": results["isolation"]["loading_s"],
        "errors_while_loading": results["isolation"]["errors"],
    }
    return [{"name": name, "value": round(value, 3)} for name, value in found.items() if value is not None]


def print_table(report: dict[str, Any]) -> None:
    print(report["machine"], report["versions"])
    for name in ("one_client", "eight_clients", "many_clients"):
        result = report["results"][name]
        print(f"{name}: " + ", ".join(f"{key} {value:.4g}" for key, value in result.items()))
    for bar in report["bars"]:
        print(f"{bar['name']:<36}{bar['value']:>10.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smaller run, about a minute on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    results = measure(options.quick)
    packages = versions("clew", "fastapi", "starlette", "uvicorn", "torch", "numpy")
    report = {"machine": machine(), "versions": packages, "results": results, "bars": bars(results)}
    print(json.dumps(report)) if options.json else print_table(report)


if __name__ == "__main__":
    main()
