"""The GPU benchmark's functions at toy size on the CPU, so that they cannot rot; and it says where it cannot run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from benchmarks import constraint_gpu as gpu  # noqa: E402
from benchmarks.graphs import tokenizer  # noqa: E402
from benchmarks.power_law import power_law_graph  # noqa: E402
from clew.tries.tokens.token_index import TokenIndex  # noqa: E402
from tests.tries.syncs import NoSync  # noqa: E402

SHAPE = gpu.SHAPE | {
    "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1,
}  # fmt: skip


def test_every_part_runs_at_toy_size() -> None:
    graph = power_law_graph(200, 600)
    (line,) = gpu.measure(torch, graph, TokenIndex.build(graph, tokenizer()), (3,), SHAPE, "cpu", 4, True)
    assert line["rows"] == 3
    assert all(line[name] > 0 for name in ("model_ms", "constraint_ms", "masked_ms", "hf_processor_ms"))
    assert 0 < line["share_percent"] < 100
    assert line["rows_over_budget"] == 0


def test_the_models_step_repeats_itself_and_never_asks_the_host() -> None:
    model = gpu.random_model(torch, SHAPE | {"vocab_size": 50}, "cpu")
    step = gpu.decoding_step(torch, model, 2, "cpu")
    first = step()
    with NoSync():
        again = step()
    assert torch.equal(first, again)


def test_without_a_gpu_it_says_so() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "benchmarks.constraint_gpu", "--quick", "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == gpu.NO_GPU, done.stderr
    record = json.loads(done.stdout)
    assert "no GPU" in record["results"]["skipped"]
    assert record["bars"] == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_quick_run() -> None:
    results, bars = gpu.run(quick=True)
    assert {entry["name"] for entry in bars} == {"constraint_share_percent", "hf_processor_over_ours"}
    assert results["steps"]
    assert all("CUDA graph" in line["constraint_how"] for line in results["steps"])
