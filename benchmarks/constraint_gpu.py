"""The constraint inside the decoding loop of a large model on a GPU, as a share of the loop's step.

    python -m benchmarks.constraint_gpu [--quick] [--json]

A Qwen2-7B-shaped model in bf16 with random weights decodes 32 to 512 rows with a filled KV cache. Per step: the model's
forward alone; the torch automaton (mask, choice, transition) captured in a CUDA graph, so without host synchronisation;
and Hugging Face's prefix processor over a dictionary trie. STATIC's published figures (0.033 ms, 0.25% of its step) are
shown beside, not run. Where no GPU is at hand, the command says so and measures nothing.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.contenders import DictTrie
from benchmarks.graphs import tokenizer
from benchmarks.harness import Bars, Results, bar, main
from benchmarks.power_law import power_law_graph
from tries.graph_automaton import GraphAutomaton
from tries.token_index import TokenIndex
from tries.torch_automaton import TorchAutomaton, TorchStates

SHAPE = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}
PROMPT = 512
BUDGET = 1 << 20
STATIC = {"name": "STATIC (published)", "step_ms": 0.033, "share_percent": 0.25}


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure; see the module."""
    import torch

    if not torch.cuda.is_available():
        return {"note": "no GPU at hand: nothing was measured"}, []
    graph = power_law_graph(60_000, 300_000) if quick else power_law_graph(200_000, 1_000_000)
    index = TokenIndex.build(graph, tokenizer())
    rows = (32, 128) if quick else (32, 64, 128, 256, 512)
    results = measure(torch, graph, index, rows, SHAPE, "cuda", 20 if quick else 100)
    worst = max(row["share_percent"] for row in results)
    return {"steps": results, "published": STATIC}, [
        bar("constraint_share_percent", worst),
        bar("hf_processor_over_ours", min(row["hf_processor_ms"] / row["constraint_ms"] for row in results)),
    ]


def measure(
    torch: Any, graph: Any, index: TokenIndex, sizes: tuple[int, ...], shape: dict[str, int], device: str, repeats: int
) -> list[dict[str, Any]]:
    """One line per number of rows."""
    model = random_model(torch, shape, device)
    end = min(shape["vocab_size"], tokenizer().get_vocab_size()) - 1
    automaton = TorchAutomaton(GraphAutomaton(index, end, 4), device, budget=BUDGET)
    degree = (np.diff(graph.out.ptr) + np.diff(graph.inc.ptr))[: graph.num_entities]
    hubs = np.argsort(-degree, kind="stable")
    lines = []
    for rows in sizes:
        heads = hubs[np.arange(rows) % len(hubs)].tolist()
        forward = decoding_step(torch, model, rows, device)
        constraint, state = constraint_step(torch, automaton, heads, shape["vocab_size"], device)
        model_ms = timed(torch, forward, repeats, device)
        constraint_ms = timed(torch, constraint, repeats, device)
        lines.append(
            {
                "rows": rows,
                "model_ms": model_ms,
                "constraint_ms": constraint_ms,
                "share_percent": 100 * constraint_ms / (model_ms + constraint_ms),
                "hf_processor_ms": hf_processor_ms(torch, index, automaton, heads, shape["vocab_size"], device),
                "rows_over_budget": int(state.overflow.sum()),
            }
        )
    return lines


def random_model(torch: Any, shape: dict[str, int], device: str) -> Any:
    """A causal LM of this shape with random weights, made where it will run."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return Qwen2ForCausalLM(Qwen2Config(**shape)).eval()
    finally:
        torch.set_default_dtype(before)


def decoding_step(torch: Any, model: Any, rows: int, device: str) -> Callable[[], Any]:
    """One forward of one token per row, with ``PROMPT`` tokens in a static cache; captured in a CUDA graph."""
    from transformers import StaticCache

    cache = StaticCache(config=model.config, max_cache_len=PROMPT + 8)
    prompt = torch.randint(0, model.config.vocab_size, (rows, PROMPT), device=device)
    token = prompt[:, :1].clone()
    position = torch.tensor([PROMPT], device=device)
    with torch.inference_mode():
        for begin in range(0, PROMPT, 64):  # in pieces: 512 rows of logits over the vocabulary do not fit at once
            chunk = torch.arange(begin, begin + 64, device=device)
            model.model(prompt[:, begin : begin + 64], past_key_values=cache, cache_position=chunk, use_cache=True)

    def step() -> Any:
        with torch.inference_mode():
            return model(token, past_key_values=cache, cache_position=position, use_cache=True).logits

    return captured(torch, step, device)


def constraint_step(
    torch: Any, automaton: TorchAutomaton, heads: list[int], vocab_size: int, device: str
) -> tuple[Callable[[], Any], TorchStates]:
    """Mask, choose the best, go on: in place, so that it can be captured; finished rows begin anew at their head."""
    fresh = automaton.start(heads)
    state = TorchStates(*(getattr(fresh, name).clone() for name in ("rows", "lo", "hi", "overflow")))
    logits = torch.randn(len(heads), vocab_size, device=device)

    def step() -> None:
        with torch.inference_mode():
            moved = automaton.step(state, automaton.mask(logits, state).argmax(1))
            alive = moved.rows[:, 0] == 0
            state.rows.copy_(torch.where(alive[:, None], moved.rows, fresh.rows))
            state.lo.copy_(torch.where(alive[:, None], moved.lo, fresh.lo))
            state.hi.copy_(torch.where(alive[:, None], moved.hi, fresh.hi))
            state.overflow.logical_or_(moved.overflow)

    return captured(torch, step, device), state


def captured(torch: Any, step: Callable[[], Any], device: str) -> Callable[[], Any]:
    """Return a replay of the step as a CUDA graph; capture fails if the step synchronises with the host."""
    if device != "cuda":
        return step
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    replay: Callable[[], Any] = graph.replay
    return replay


def timed(torch: Any, step: Callable[[], Any], repeats: int, device: str) -> float:
    """Median milliseconds of a step."""
    times = []
    for _ in range(repeats + 5):
        if device == "cuda":
            torch.cuda.synchronize()
        begin = time.perf_counter()
        step()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - begin))
    return statistics.median(times[5:])


def hf_processor_ms(
    torch: Any, index: TokenIndex, automaton: TorchAutomaton, heads: list[int], vocab_size: int, device: str
) -> float:
    """Median milliseconds of Hugging Face's prefix processor over a dictionary trie of 10,000 two-hop paths."""
    from transformers import PrefixConstrainedLogitsProcessor

    from tries.path_enumeration import enumerate_paths

    strings = []
    for path in enumerate_paths(index, heads[0], 2, 1, budget=10_000).paths:
        tokens: list[int] = []
        for r, node in zip(path.relations, path.nodes[1:], strict=True):
            tokens += [*index.relation_tokens(r).tolist(), *index.node_tokens(node).tolist()]
        strings.append([*tokens, automaton.end_token])
    root = DictTrie(strings, vocab_size).root

    def allowed(_: int, input_ids: Any) -> list[int]:
        node = root
        for token in input_ids.tolist():
            node = node[token]
        return list(node)

    processor = PrefixConstrainedLogitsProcessor(allowed, num_beams=1)
    taken = torch.tensor([strings[i % len(strings)][:4] for i in range(len(heads))], device=device)
    scores = torch.randn(len(heads), vocab_size, device=device)
    return timed(torch, lambda: processor(taken, scores), 5, device)


if __name__ == "__main__":
    main(run)
