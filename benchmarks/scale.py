"""Graphs of 1, 10 and 100 million triples: what loading, the first and later questions, an update and a hub cost.

    python -m benchmarks.scale [--quick] [--json]

Every step is a command of its own (``clew ingest``, ``clew ask``, ``clew update``), so that its CPU seconds (user and
system, of the process and those that it starts) and its peak memory are those that a user pays, start-up included. An
update changes ten statements. The hub is one entity with a million edges; its questions have a
limit, and are asked of a service that has answered before. ``--quick`` leaves out the 100 million.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness import Bars, Results, bar, main
from benchmarks.synthetic import BASE, label_of, write_hub, write_ntriples
from clew.kg.limits import MAX_QUESTION_CHARS

MILLION = 1_000_000
SIZES = (MILLION, 10 * MILLION, 100 * MILLION)
HUB_EDGES = MILLION
LIMITS = (0.2, 1.0)  # seconds that a question to the hub may take
CHANGED = 10
ASKED = 4711  # the entity that questions name
LATER = 3  # runs of which the cheapest counts
WARM = 200  # questions in one process


def timed(*command: str, home: Path) -> dict[str, float]:
    """Run ``python -m clew`` with these arguments; its wall and CPU seconds, and the peak memory (MiB) of its largest
    process. ``SystemExit`` where it fails."""
    env = {**os.environ, "CLEW_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, "-m", "clew", *command], stdout=said, stderr=said, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)  # for its destructor: it has been waited for
        if process.returncode not in (0, 3):  # 3: a question that is declined
            said.seek(0)
            raise SystemExit(f"clew {' '.join(command)}: {said.read().decode()}")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": peak}


def measure(triples: int, folder: Path) -> dict[str, Any]:
    """One size: a row of figures."""
    home, graph, file = folder / "home", f"s{triples}", folder / "graph.nt"
    write_ntriples(file, triples)
    loading = timed("ingest", str(file), "--graph", graph, home=home)
    file.unlink()
    question = f"What is the dated of {label_of(ASKED, triples)}?"
    ask = ("ask", "--graph", graph, question)
    first = timed(*ask, home=home)
    later = min((timed(*ask, home=home) for _ in range(LATER)), key=lambda one: one["cpu_s"])
    patch = folder / "change.patch"
    patch.write_text("".join(_changes()), encoding="utf-8")
    update = timed("update", "--graph", graph, "--patch", str(patch), home=home)
    after = timed(*ask, home=home)
    warm = _apart("warm", home, graph, question)
    disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return {
        "triples": triples,
        "ingest_cpu_s": loading["cpu_s"],
        "ingest_peak_mb": loading["peak_mb"],
        "first_ask_cpu_s": first["cpu_s"],
        "first_ask_peak_mb": first["peak_mb"],
        "later_ask_cpu_s": later["cpu_s"],
        "later_ask_peak_mb": later["peak_mb"],
        "update_cpu_s": update["cpu_s"],
        "ask_after_update_cpu_s": after["cpu_s"],
        "ask_after_update_peak_mb": after["peak_mb"],
        "disk_bytes_per_triple": disk / triples,
        **warm,
    }


def _changes() -> list[str]:
    """Half of them name a new entity each, the others link it."""
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    return [
        line
        for i in range(CHANGED // 2)
        for line in (
            f'A <{BASE}entity/new{i}> {label} "Novel entity {i}"@en .\n',
            f"A <{BASE}entity/{i * 1000}> <{BASE}property/p{i}> <{BASE}entity/new{i}> .\n",
        )
    ]


def _apart(part: str, *arguments: object) -> Any:
    """Run a part of this benchmark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", f"--{part}", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=env)
    return json.loads(done.stdout)


def warm(home: str, graph: str, question: str) -> dict[str, float]:
    """Questions to a service that is open: opening it, milliseconds a question, and the share of checking files."""
    from clew.api.schema.models import AskRequest
    from clew.api.service.service import Service
    from clew.api.settings import Settings
    from clew.kg.store import mapped_file
    from clew.kg.store.catalogue import Catalogue

    spent = 0.0

    def timed_calls(call: Any) -> Any:
        def timed_call(*arguments: Any) -> Any:
            nonlocal spent
            begin = time.thread_time()
            try:
                return call(*arguments)
            finally:
                spent += time.thread_time() - begin

        return timed_call

    mapped_file.MappedFile.check = timed_calls(mapped_file.MappedFile.check)  # type: ignore[method-assign]
    mapped_file.MappedFile.check_all = timed_calls(mapped_file.MappedFile.check_all)  # type: ignore[method-assign]
    mapped_file.Watched.check_unchanged = timed_calls(mapped_file.Watched.check_unchanged)  # type: ignore[method-assign]
    catalogue = Catalogue(Path(home))
    begin = time.perf_counter()
    catalogue.open(graph)
    opened = time.perf_counter() - begin
    service = Service(Settings(home=Path(home)))
    service.ask(graph, AskRequest(question=question))
    checked_at_opening, spent = spent, 0.0
    begin = time.thread_time()
    for _ in range(WARM):
        service.ask(graph, AskRequest(question=question))
    total = time.thread_time() - begin
    return {
        "open_ms": 1000 * opened,
        "warm_ask_ms": 1000 * total / WARM,
        "checks_when_opened_ms": 1000 * checked_at_opening,
        "checksum_cost": spent / total,
    }


def hub(folder: str) -> list[dict[str, Any]]:
    """A hub: milliseconds beyond the limit, for several questions and limits."""
    from clew.api.schema.models import AskRequest
    from clew.api.service.service import Service
    from clew.api.settings import Settings
    from clew.api.startup import own_process
    from clew.kg.ingest.ingest import ingest
    from clew.kg.store.catalogue import Catalogue

    own_process()  # as a server
    file, catalogue = Path(folder) / "hub.nt", Catalogue(Path(folder) / "hub")
    write_hub(file, HUB_EDGES)
    ingest(catalogue, [file], "hub")
    rows = []
    for limit in LIMITS:
        service = Service(Settings(home=catalogue.home, ask_seconds=limit))
        service.ask("hub", AskRequest(question="What does Leaf 7 point to?"))
        for name, question, least, most in _hub_questions():
            begin = time.perf_counter()
            result = service.ask("hub", AskRequest(question=question, min_hops=least, max_hops=most))
            seconds = time.perf_counter() - begin
            over = max(0.0, 1000 * (seconds - limit))
            rows.append({"question": name, "limit_s": limit, "s": seconds, "over_ms": over, "status": result.status})
    return rows


def _hub_questions() -> list[tuple[str, str, int, int]]:
    """Name, question, and the fewest and the most hops."""

    def long(part: str) -> str:
        text = ""
        for number in itertools.count(1):
            more = part.format(number)
            if len(text) + len(more) > MAX_QUESTION_CHARS:
                return text
            text += more
        raise AssertionError

    return [
        ("outwards", "What does the Great Hub hold?", 1, 1),
        ("inwards", "Which leaves point to the Great Hub?", 1, 1),
        ("through", "What points to what Leaf 7 points to?", 2, 2),
        ("six hops", "What points to what holds what points to what holds what points to Leaf 7?", 1, 6),
        ("exactly six hops", "What points to what holds what points to what holds Leaf 7?", 6, 6),
        ("names", long("What does Leaf {} hold? "), 1, 3),
        ("names in a list", "What does " + long("Leaf {}, ")[:-40] + "hold?", 1, 3),
        ("nearly names", long("Leef {} "), 1, 3),
        ("hyphens", long("leaf-hub-{}-"), 1, 3),
        ("one-letter words", long("a b "), 1, 3),
        ("one word", "h" * MAX_QUESTION_CHARS, 1, 3),
        ("relation words", long("hold point to "), 1, 3),
        ("no spaces", "\u8449" * MAX_QUESTION_CHARS, 1, 3),
        ("brackets", long("[Leaf {}"), 1, 3),
    ]


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure the sizes, and the hub."""
    rows = []
    for triples in SIZES[: 2 if quick else 3]:
        with tempfile.TemporaryDirectory(prefix="clew-scale-") as name:
            rows.append(measure(triples, Path(name)))
    with tempfile.TemporaryDirectory(prefix="clew-scale-") as name:
        over = _apart("hub", name)
    one, ten = rows[0], rows[1]
    bars = [
        bar("ingest_slope", ten["ingest_cpu_s"] / 10 / one["ingest_cpu_s"]),
        bar("first_ask_cpu_s_10m", ten["first_ask_cpu_s"]),
        bar("first_ask_rss_mb_10m", ten["first_ask_peak_mb"]),
        bar("later_ask_cpu_s_10m", ten["later_ask_cpu_s"]),
        bar("update_then_ask_cpu_s_10m", ten["update_cpu_s"] + ten["ask_after_update_cpu_s"]),
        bar("hub_ask_over_limit_ms", max(row["over_ms"] for row in over)),
        bar("checksum_cost", ten["checksum_cost"]),
    ]
    if len(rows) == len(SIZES):
        large = rows[2]
        bars += [
            bar("ingest_slope_100m", large["ingest_cpu_s"] / 10 / ten["ingest_cpu_s"]),
            bar("first_ask_cpu_s_100m", large["first_ask_cpu_s"]),
            bar("first_ask_rss_mb_100m", large["first_ask_peak_mb"]),
            bar("update_then_ask_cpu_s_100m", large["update_cpu_s"] + large["ask_after_update_cpu_s"]),
        ]
    return {"sizes": rows, "hub": over}, bars


if __name__ == "__main__":
    parts: dict[str, Callable[..., Any]] = {"--warm": warm, "--hub": hub}
    if sys.argv[1:2] and sys.argv[1] in parts:
        print(json.dumps(parts[sys.argv[1]](*sys.argv[2:])))
    else:
        main(run)
