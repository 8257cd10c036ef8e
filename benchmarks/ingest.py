"""Loading N-Triples: Clew beside rdflib, pyoxigraph's store and networkx, on the same file in the same run.

    python -m benchmarks.ingest [--quick] [--json]

Every contender runs in a process of its own; its seconds are from the first byte read to the graph ready to use, its
memory is the peak resident size of that process. Clew's seconds are those of a whole ingest: starting its child
process, parsing, indexing, hashing, writing and publishing the snapshot, flushed to the disk. Measured too: an update
of a thousand statements and building the whole version after it (``Catalogue.compact``).

``--quick`` leaves out the 10 million triples and runs rdflib beside the others, on the second core.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions
from benchmarks.synthetic import PER_ENTITY, write_ntriples

MILLION = 1_000_000
BILLION = 1000 * MILLION
CHANGED = 1000  # statements of an update
REPEATS = 3  # of the fast contenders


def clew(file: Path, home: Path) -> dict[str, Any]:
    from clew.kg.ingest.ingest import ingest
    from clew.kg.store.catalogue import Catalogue

    catalogue = Catalogue(home)
    report = ingest(catalogue, [file], "synthetic")
    folder = catalogue.folder("synthetic")
    size = sum(path.stat().st_size for path in folder.iterdir())
    return {
        "seconds": report.seconds,
        "peak_rss_mb": report.peak_rss_mb,
        "triples": report.triples,
        "bytes_per_triple": size / report.triples,
        "open_ms": _open_ms(catalogue),
        **_update(catalogue, home, report.triples),
    }


def _update(catalogue: Any, home: Path, triples: int) -> dict[str, Any]:
    """Delete and add ``CHANGED`` statements: the update, and building the whole of it afterwards, in seconds."""
    from clew.kg.ingest.update import update

    patch, apart = home / "change.patch", max(1, triples // PER_ENTITY // CHANGED)
    base = "http://graph.example.org"
    with patch.open("w", encoding="utf-8") as stream:
        for i in range(CHANGED // 2):
            subject = f"<{base}/entity/{i * apart}>"
            label = f'"Entity {i * apart} anew"@en'
            stream.write(f"A {subject} <http://www.w3.org/2000/01/rdf-schema#label> {label} .\n")
            stream.write(f"A {subject} <{base}/property/p{i % 9}> <{base}/entity/new{i}> .\n")
    before = catalogue.current("synthetic")
    added = update(catalogue, "synthetic", patch=[patch])
    start = time.perf_counter()
    catalogue.compact("synthetic")
    compaction = time.perf_counter() - start
    patch.write_text(patch.read_text(encoding="utf-8").replace("A <", "D <"), encoding="utf-8")
    deleted = update(catalogue, "synthetic", patch=[patch])
    if deleted.version != before or added.triples != triples + CHANGED:
        told = f"{added.triples:,} and {deleted.version}, not {triples + CHANGED:,} and {before}"
        raise SystemExit(f"an update gave {told}")
    return {"update_seconds": max(added.seconds, deleted.seconds), "compaction_seconds": compaction}


def _open_ms(catalogue: Any) -> float:
    times = []
    for _ in range(9):
        start = time.perf_counter()
        catalogue.open("synthetic")
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def rdflib(file: Path, home: Path) -> dict[str, Any]:
    import rdflib

    graph = rdflib.Graph()
    return _timed(lambda: graph.parse(file, format="nt"), lambda: len(graph))


def pyoxigraph_store(file: Path, home: Path) -> dict[str, Any]:
    import pyoxigraph

    store = pyoxigraph.Store()
    return _timed(lambda: store.bulk_load(path=file, format=pyoxigraph.RdfFormat.N_TRIPLES), lambda: len(store))


def networkx(file: Path, home: Path) -> dict[str, Any]:
    import networkx
    import pyoxigraph

    graph = networkx.MultiDiGraph()

    def load() -> None:
        for quad in pyoxigraph.parse(path=file, format=pyoxigraph.RdfFormat.N_TRIPLES):
            graph.add_edge(str(quad.subject), str(quad.object), key=quad.predicate.value)

    return _timed(load, graph.number_of_edges)


CONTENDERS: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
    "clew": clew,
    "rdflib": rdflib,
    "pyoxigraph_store": pyoxigraph_store,
    "networkx": networkx,
}


def _timed(load: Callable[[], object], count: Callable[[], int]) -> dict[str, Any]:
    from clew.kg.memory import peak_rss_mb

    start = time.perf_counter()
    load()
    return {"seconds": time.perf_counter() - start, "peak_rss_mb": peak_rss_mb(), "triples": count()}


def start(contender: str, file: Path, home: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.ingest", "--contender", contender, str(file), str(home)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def finish(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a contender failed with exit status {process.returncode}")
    result: dict[str, Any] = json.loads(output)
    return result


def median_run(contender: str, file: Path, home: Path, repeats: int) -> dict[str, Any]:
    """The run with the median time; memory is the same in all."""
    runs = sorted((finish(start(contender, file, home)) for _ in range(repeats)), key=lambda run: run["seconds"])
    return runs[len(runs) // 2]


def measure(folder: Path, quick: bool) -> dict[str, Any]:
    home, small, file = folder / "home", folder / "small.nt", folder / "million.nt"
    write_ntriples(small, 600)
    finish(start("clew", small, home))  # compiled kernels come from a cache that the first run ever fills
    write_ntriples(file, MILLION)
    results: dict[str, Any] = {}
    beside = start("rdflib", file, home) if quick else None
    for contender in ("clew", "pyoxigraph_store", "networkx"):
        results[contender] = median_run(contender, file, home, REPEATS if contender == "clew" or not quick else 1)
    results["rdflib"] = finish(beside or start("rdflib", file, home))
    if not quick:
        file.unlink()
        large = folder / "ten_million.nt"
        write_ntriples(large, 10 * MILLION)
        results["clew_10m"] = finish(start("clew", large, home))
        results["extrapolation_1b"] = extrapolate(results["clew"], results["clew_10m"])
    return results


def extrapolate(one: dict[str, Any], ten: dict[str, Any]) -> dict[str, float]:
    """What a billion triples would take if cost went on growing as from one million to ten."""
    per_triple = (ten["seconds"] - one["seconds"]) / (ten["triples"] - one["triples"])
    per_byte = (ten["peak_rss_mb"] - one["peak_rss_mb"]) / (ten["triples"] - one["triples"])
    return {
        "minutes": (ten["seconds"] + per_triple * (BILLION - ten["triples"])) / 60,
        "memory_gb": (ten["peak_rss_mb"] + per_byte * (BILLION - ten["triples"])) / 1024,
        "disk_gb": ten["bytes_per_triple"] * BILLION / 2**30,
    }


def bars(results: dict[str, Any]) -> list[dict[str, Any]]:
    ours, theirs = results["clew"], results["rdflib"]
    found = {
        "rate_vs_rdflib": theirs["seconds"] / ours["seconds"],
        "memory_vs_rdflib": ours["peak_rss_mb"] / theirs["peak_rss_mb"],
        "bytes_per_triple": ours["bytes_per_triple"],
        "open_ms": ours["open_ms"],
        "update_vs_ingest": ours["update_seconds"] / ours["seconds"],
        "compaction_vs_ingest": ours["compaction_seconds"] / ours["seconds"],
    }
    if "clew_10m" in results:
        ten = results["clew_10m"]
        found["bytes_per_triple"] = max(ours["bytes_per_triple"], ten["bytes_per_triple"])
        found["open_ms"] = max(ours["open_ms"], ten["open_ms"])
        found["update_vs_ingest_10m"] = ten["update_seconds"] / ten["seconds"]
        found["compaction_vs_ingest_10m"] = ten["compaction_seconds"] / ten["seconds"]
        found["peak_rss_mb_10m"] = ten["peak_rss_mb"]
        found["slope_10m_vs_1m"] = (ten["seconds"] / ten["triples"]) / (ours["seconds"] / ours["triples"])
    return [{"name": name, "value": round(value, 4)} for name, value in found.items()]


def print_table(report: dict[str, Any]) -> None:
    print(report["machine"], report["versions"])
    print(f"{'':<18}{'seconds':>10}{'triples/s':>12}{'peak MB':>10}")
    for name, result in report["results"].items():
        if "seconds" in result:
            rate = result["triples"] / result["seconds"]
            print(f"{name:<18}{result['seconds']:>10.2f}{rate:>12,.0f}{result['peak_rss_mb']:>10,.0f}")
        if "update_seconds" in result:
            update, compaction = result["update_seconds"], result["compaction_seconds"]
            print(f"  an update of {CHANGED:,} statements {update:.2f} s, building it {compaction:.2f} s")
    if "extrapolation_1b" in report["results"]:
        print("1 billion triples would take", report["results"]["extrapolation_1b"])
    for bar in report["bars"]:
        print(f"{bar['name']:<26}{bar['value']:>10.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only what takes less than 50 seconds on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        name, file, home = options.contender
        print(json.dumps(CONTENDERS[name](Path(file), Path(home))))
        return
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), options.quick)
    packages = versions("clew", "numba", "numpy", "rdflib", "pyoxigraph", "networkx")
    report = {"machine": machine(), "versions": packages, "results": results, "bars": bars(results)}
    print(json.dumps(report)) if options.json else print_table(report)


if __name__ == "__main__":
    main()
