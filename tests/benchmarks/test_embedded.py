"""The embedded model's benchmark at small size: what it says of batches and prints for those who rely on it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = "import benchmarks.embedded as b; b.QUICK_PER_HOP, b.COSINE_QUESTIONS = 22, 2; b.main(b.run)"


@pytest.mark.shared
def test_it_prints_the_bars_and_batches_answer_as_alone(shared_data: Path) -> None:
    """It asks MetaQA's questions, which are in the data folder."""
    told = subprocess.run(
        [sys.executable, "-c", SMALL, "--quick", "--json"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    record = json.loads(told.stdout)
    bars = {entry["name"]: entry["value"] for entry in record["bars"]}
    assert set(bars) == {"p50_ms", "p95_ms", "batch64_speedup", "rss_mb", "weights_mb"}
    assert 0 < bars["p50_ms"] <= bars["p95_ms"]
    assert bars["batch64_speedup"] > 0
    assert 1 < bars["weights_mb"] <= 32
    assert bars["rss_mb"] > 100
    results = record["results"]
    assert [(row["hops"], row["questions"]) for row in results["alone"]] == [(1, 22), (2, 22), (3, 22)]
    assert results["batch"]["batches"] == 2
    assert results["batch"]["same_answers"] >= 0.98
    assert min(row["answered"] for row in results["alone"]) > 0.8
    assert [row["hops"] for row in results["baseline"]] == [1, 2, 3]
