"""What every benchmark shares: ``--quick``, ``--json``, the machine's description, and how results are shown.

A benchmark is a module with ``run(quick) -> (results, bars)`` that ends in ``main(run)``. It prints one object:
``machine``, ``versions``, ``results`` (whatever it likes, JSON values) and ``bars``, a list of {"name", "value"}.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine, versions

Results = dict[str, Any]
Bars = list[dict[str, Any]]

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
PACKAGES = (
    "numpy", "numba", "torch", "transformers", "tokenizers", "marisa-trie", "faiss-cpu", "faiss-gpu-cu12", "llguidance",
    "xgrammar", "outlines-core", "pyoxigraph", "rdflib", "networkx",
)  # fmt: skip


def main(run: Callable[[bool], tuple[Results, Bars]], plot: Callable[[Path, Results], None] | None = None) -> Results:
    """Parse the command line, run the benchmark, print its object; return it too.

    A benchmark that can ``plot`` its results takes ``--plot FILE``.
    """
    parser = argparse.ArgumentParser(description=sys.modules[run.__module__].__doc__)
    parser.add_argument("--quick", action="store_true", help="a smaller run, under 50 seconds on two cores")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    if plot is not None:
        parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the results to this SVG file")
    options = parser.parse_args()
    begin = time.perf_counter()
    results, bars = run(options.quick)
    record = {
        "machine": machine() | {"gpu": _gpu()},
        "versions": versions(*PACKAGES),
        "quick": options.quick,
        "seconds": round(time.perf_counter() - begin, 1),
        "results": results,
        "bars": bars,
    }
    if plot is not None and options.plot is not None:
        plot(options.plot, results)
    if options.json:
        print(json.dumps(record, indent=1, default=float))
    else:
        show(record)
    return record


def bar(name: str, value: float) -> dict[str, Any]:
    """Return one entry of ``bars``."""
    return {"name": name, "value": float(value)}


def show(record: dict[str, Any]) -> None:
    """Print a record for people: tables of the results, then the bars on a logarithmic scale."""
    print(f"{record['machine']['processor']}, {record['machine']['cores']} cores, {record['seconds']} s")
    print(", ".join(f"{name} {version}" for name, version in record["versions"].items()))
    _show("", record["results"])
    print()
    width = max((len(entry["name"]) for entry in record["bars"]), default=0)
    for entry in record["bars"]:
        length = round(6 * math.log10(1 + abs(entry["value"])))
        print(f"{entry['name']:<{width}}  {entry['value']:>12,.2f}  {'█' * length}")


def _show(title: str, value: Any) -> None:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        columns = list(dict.fromkeys(key for row in value for key in row))
        cells = [columns, *([_text(row.get(column, "")) for column in columns] for row in value)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
        print(f"\n{title}")
        for row in cells:
            print("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    elif isinstance(value, dict):
        plain = {key: inner for key, inner in value.items() if not isinstance(inner, dict | list)}
        if plain:
            print(f"\n{title}" if title else "")
            for key, inner in plain.items():
                print(f"  {key}: {_text(inner)}")
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                _show(f"{title} / {key}" if title else str(key), inner)
    else:
        print(f"\n{title}: {value}")


def _text(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _gpu() -> str | None:
    torch = sys.modules.get("torch")  # a benchmark that needs no torch should not pay for it
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name())
