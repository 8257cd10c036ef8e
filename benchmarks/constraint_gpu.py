"""The constraint inside the decoding loop of a large model on a GPU, as a share of the loop's step.

    python -m benchmarks.constraint_gpu [--quick] [--json]

A Qwen2-7B-shaped model in bf16 with random weights decodes 32 to 512 rows with a filled KV cache. Per step: the model's
forward alone, in a CUDA graph; the constraint (choice of the best allowed token, transition) as
``clew.tries.torch.step`` captures it, so without host synchronisation, and the same with a mask over the whole
vocabulary; and Hugging Face's prefix processor over a dictionary trie. STATIC's published figures (0.033 ms, 0.25% of
its step) are shown beside, not run. Where no GPU is at hand the command says so in ``results.skipped``, measures
nothing and exits with code 3.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.contenders import DictTrie
from benchmarks.graphs import tokenizer
from benchmarks.harness import Bars, Results, bar, main
from benchmarks.power_law import power_law_graph
from clew.decoding.causal.kv_arena import cache_argument
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex

SHAPE = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
}
PROMPT = 512
BUDGET = 1 << 19
NO_GPU = 3
"""Exit code where nothing could be measured."""
STATIC = {"name": "STATIC (published)", "step_ms": 0.033, "share_percent": 0.25}


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure; see the module."""
    import torch

    if not torch.cuda.is_available():
        return {"skipped": "no GPU at hand (torch.cuda.is_available() is false): nothing was measured"}, []
    graph = power_law_graph(60_000, 300_000) if quick else power_law_graph(200_000, 1_000_000)
    index = TokenIndex.build(graph, tokenizer())
    rows = (32, 128) if quick else (32, 64, 128, 256, 512)
    results = measure(torch, graph, index, rows, SHAPE, "cuda", 20 if quick else 100, not quick)
    worst = max(row["share_percent"] for row in results)
    return {"steps": results, "published": STATIC}, [
        bar("constraint_share_percent", worst),
        bar("hf_processor_over_ours", min(row["hf_processor_ms"] / row["constraint_ms"] for row in results)),
    ]


def measure(
    torch: Any,
    graph: Any,
    index: TokenIndex,
    sizes: tuple[int, ...],
    shape: dict[str, int],
    device: str,
    repeats: int,
    masked: bool,
) -> list[dict[str, Any]]:
    """One line per number of rows; with ``masked`` also the step that masks the vocabulary, compiled for itself."""
    from clew.tries.torch.automaton import TorchAutomaton
    from clew.tries.torch.step import best_of_mask, best_token

    model = random_model(torch, shape, device)
    end = min(shape["vocab_size"], tokenizer().get_vocab_size()) - 1
    automaton = TorchAutomaton(GraphAutomaton(index, end, 4), device, budget=BUDGET if device == "cuda" else 4096)
    degree = (np.diff(graph.out.ptr) + np.diff(graph.inc.ptr))[: graph.num_entities]
    hubs = np.argsort(-degree, kind="stable")
    lines = []
    for rows in sizes:
        heads = hubs[np.arange(rows) % len(hubs)].tolist()
        forward, model_how = captured(torch, decoding_step(torch, model, rows, device), device)
        model_ms = timed(torch, forward, repeats, device)
        del forward  # with its graph goes its memory
        best = constraint_ms(torch, automaton, heads, shape["vocab_size"], device, repeats, best_token)
        lines.append(
            {
                "rows": rows,
                "model_ms": model_ms,
                "model_how": model_how,
                "constraint_ms": best["ms"],
                "share_percent": 100 * best["ms"] / (model_ms + best["ms"]),
                "constraint_how": best["how"],
                "rows_over_budget": best["overflow"],
                "hf_processor_ms": hf_processor_ms(torch, index, end, heads, shape["vocab_size"], device),
            }
        )
        if masked:
            over_all = constraint_ms(torch, automaton, heads, shape["vocab_size"], device, repeats, best_of_mask)
            lines[-1]["masked_ms"] = over_all["ms"]
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
    """One forward of one token per row, with ``PROMPT`` tokens in a static cache, always at the same position."""
    from transformers import StaticCache

    cache = StaticCache(config=model.config, max_cache_len=PROMPT + 8)
    inner, outer = {cache_argument(model.model): cache}, {cache_argument(model): cache}
    prompt = torch.randint(0, model.config.vocab_size, (rows, PROMPT), device=device)
    token = prompt[:, :1].clone()
    position = torch.full((1, 1), PROMPT, device=device)
    with torch.inference_mode():
        for begin in range(0, PROMPT, 64):  # in pieces: 512 rows of activations over the prompt do not fit at once
            where = torch.arange(begin, begin + 64, device=device)[None]
            model.model(prompt[:, begin : begin + 64], position_ids=where, use_cache=True, **inner)

    def step() -> Any:
        with torch.inference_mode():
            logits = model(token, position_ids=position, use_cache=True, **outer).logits
            for layer in cache.layers:  # the cache counts what it holds: the next step writes where this one did
                layer.cumulative_length.sub_(1)
            return logits

    return step


def constraint_ms(
    torch: Any, automaton: Any, heads: list[int], vocab_size: int, device: str, repeats: int, choose: Any
) -> dict[str, Any]:
    """Median milliseconds of choosing a token per row and going on; finished rows begin anew, which is not timed."""
    from clew.tries.torch.step import TorchStep, restarting

    fresh = automaton.start(heads)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    step = TorchStep(automaton, fresh, vocab_size, choose, dtype)
    step.logits.normal_()
    again, overflow = restarting(step, fresh), torch.zeros(len(heads), dtype=torch.bool, device=device)
    times = []
    for repeat in range(repeats + 5):
        step.logits.copy_(step.logits.roll(1 + repeat, 1))
        ms = timed_once(torch, step, device)
        overflow |= step.states.overflow
        again()
        times.append(ms)
    return {"ms": statistics.median(times[5:]), "how": step.how, "overflow": int(overflow.sum())}


def captured(torch: Any, step: Callable[[], Any], device: str) -> tuple[Callable[[], Any], str]:
    """Return a replay of the step as a CUDA graph, or the step itself, and which it is."""
    if device != "cuda":
        return step, "as it is"
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    try:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
    except RuntimeError as error:  # a slower model flatters the constraint's share: say so
        torch.cuda.synchronize()
        return step, f"not captured: {str(error).splitlines()[0][:120]}"
    return graph.replay, "a CUDA graph"


def timed_once(torch: Any, step: Callable[[], Any], device: str) -> float:
    """Milliseconds of one step, with the device idle before and after."""
    if device == "cuda":
        torch.cuda.synchronize()
    begin = time.perf_counter()
    step()
    if device == "cuda":
        torch.cuda.synchronize()
    return 1000 * (time.perf_counter() - begin)


def timed(torch: Any, step: Callable[[], Any], repeats: int, device: str) -> float:
    """Median milliseconds of a step."""
    return statistics.median([timed_once(torch, step, device) for _ in range(repeats + 5)][5:])


def hf_processor_ms(torch: Any, index: TokenIndex, end: int, heads: list[int], vocab_size: int, device: str) -> float:
    """Median milliseconds of Hugging Face's prefix processor over a dictionary trie of 10,000 two-hop paths."""
    from transformers import PrefixConstrainedLogitsProcessor

    from clew.tries.reference.path_enumeration import enumerate_paths

    strings = []
    for path in enumerate_paths(index, heads[0], 2, 1, budget=10_000).paths:
        tokens: list[int] = []
        for r, node in zip(path.relations, path.nodes[1:], strict=True):
            tokens += [*index.relation_tokens(r).tolist(), *index.node_tokens(node).tolist()]
        strings.append([*tokens, end])
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
    sys.exit(NO_GPU if "skipped" in main(run)["results"] else 0)
