"""Questions a second on a GPU: best-first search over the graph automaton against Hugging Face's ten beams over a trie.

Models in the shapes of Qwen2-7B and Llama-3.1-8B, bf16, random weights (both with the vocabulary of the tokenizer at
hand, 151,936). Ours answers 1, 8 and 64 questions at once through the scheduler; the baseline one at a time, like GCR.
Ten paths each, of up to two hops from MetaQA's topics.

    python -m benchmarks.decoding_gpu [--quick] [--json] [--model NAME] [--device cuda] [--data FOLDER]

Where there is no GPU it measures nothing: it says so (``unavailable`` in the JSON, no bars) and exits with 3.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, Qwen2Config

from benchmarks.decoding_cases import HOPS, Case, K, cases, metaqa_graph, metaqa_topics
from benchmarks.decoding_models import VOCABULARY, load_tokenizer, random_model
from benchmarks.decoding_runs import hugging_face
from benchmarks.harness import SHARED
from benchmarks.machine import machine, versions
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Score
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import Budget, SearchProblem, SearchResult
from clew.decoding.search.scheduler import Job, Scheduler
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex

COMMON = {"vocab_size": VOCABULARY, "max_position_embeddings": 8192, "tie_word_embeddings": False}
MODELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "Qwen2-7B": (
        Qwen2Config,
        {
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
    ),
    "Llama-3.1-8B": (
        LlamaConfig,
        {
            "hidden_size": 4096,
            "intermediate_size": 14336,
            "num_hidden_layers": 32,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
        },
    ),
    "tiny": (
        Qwen2Config,
        {
            "hidden_size": 256,
            "intermediate_size": 768,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        },
    ),
}
BATCHES = (1, 8, 64)
UNAVAILABLE = 3
"""Exit code where there is nothing to measure on."""


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def batched(
    lm: CausalLM, automaton: GraphAutomaton, prompts: list[list[int]], topics: list[int], score: Score, batch: int
) -> dict[str, float]:
    """Ask all questions, ``batch`` of them at a time. The model's share of the time is that of its calls, which end in
    a copy of scores to the host: nothing it was asked for is still under way then."""
    synchronise(lm.device)
    begin, forwards = time.perf_counter(), lm.forwards
    model_seconds = 0.0
    exact = []
    scheduler = Scheduler(lm, max_active=batch)
    for first in range(0, len(prompts), batch):
        part = range(first, min(first + batch, len(prompts)))
        encoding = time.perf_counter()
        contexts = lm.encode_tokens([prompts[i] for i in part])
        synchronise(lm.device)
        model_seconds += time.perf_counter() - encoding
        jobs = [job(automaton, topics[i], context, score) for i, context in zip(part, contexts, strict=True)]
        exact += [result.exact for result in scheduler.run(jobs)]
        model_seconds += sum(one.model_seconds for one in jobs)
        for context in contexts:
            lm.release(context)
    synchronise(lm.device)
    seconds = time.perf_counter() - begin
    return {
        "questions_per_second": len(prompts) / seconds,
        "not_model_share": max(0.0, 1 - model_seconds / seconds),
        "forwards_per_question": (lm.forwards - forwards) / len(prompts),
        "exact_share": float(np.mean(exact)),
    }


def job(automaton: GraphAutomaton, topic: int, context: TokenTree, score: Score) -> Job[SearchResult[Any]]:
    """The search for the best ten paths of one question."""
    problem = SearchProblem(
        automaton, automaton.start([topic]), np.zeros(1, np.int64), np.zeros(1), len(context), score, K,
        Budget(expansions=100_000),
    )  # fmt: skip
    return Job(BestFirst(16, lookahead=64).steps(problem), context, score)


def measure(name: str, device: str, questions: int, data: Path) -> dict[str, Any]:
    """Ours at each batch size and the baseline, per score."""
    config_class, shape = MODELS[name]
    tokenizer = load_tokenizer(data)
    config = config_class(**COMMON, **shape, bos_token_id=None, eos_token_id=tokenizer.eos_token_id)
    model = random_model(config, device, torch.bfloat16 if device.startswith("cuda") else torch.float32)
    lm = CausalLM(model, tokenizer)
    graph = metaqa_graph(data)
    automaton = GraphAutomaton(TokenIndex.build(graph, tokenizer), tokenizer.eos_token_id, HOPS, simple=True)
    asked = cases(graph, metaqa_topics(graph, data), automaton, questions, 2_000)
    prompts = [tokenizer(f"Question: {case.question}\nPath: {graph.label(case.topic)}")["input_ids"] for case in asked]
    topics = [case.topic for case in asked]
    found: dict[str, Any] = {}
    for score in Score:
        batched(lm, automaton, prompts[:2], topics[:2], score, 2)  # warm up
        found[str(score)] = {str(b): batched(lm, automaton, prompts, topics, score, b) for b in BATCHES}
        found[str(score)]["hf"] = baseline(model, prompts, asked, automaton.end_token, score)
    del model, lm
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    return found


def baseline(model: Any, prompts: list[list[int]], asked: list[Case], end: int, score: Score) -> dict[str, float]:
    """Hugging Face's beams on an eighth of the questions, one at a time: each takes seconds."""
    few = asked[: max(2, len(asked) // 8)]
    hugging_face(model, prompts[0], asked[0], end, score)  # warm up
    synchronise(model.device)
    runs = [hugging_face(model, prompt, case, end, score) for prompt, case in zip(prompts, few, strict=False)]
    return {
        "questions_per_second": len(runs) / sum(run.seconds for run in runs),
        "forwards_per_question": sum(run.forwards for run in runs) / len(runs),
    }


def bars(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Our questions a second over the baseline's at batch 1 (the bar is 10), and throughput at each batch size."""
    found = {}
    for name, of_model in results.items():
        for score, row in of_model.items():
            key = f"{name}_{score}"
            found[f"{key}_vs_hf"] = row["1"]["questions_per_second"] / row["hf"]["questions_per_second"]
            for batch in BATCHES:
                found[f"{key}_batch{batch}_qps"] = row[str(batch)]["questions_per_second"]
            found[f"{key}_not_model_share"] = row["1"]["not_model_share"]
    return [{"name": name, "value": round(value, 3)} for name, value in found.items()]


def report(names: list[str], device: str, quick: bool, data: Path) -> dict[str, Any]:
    """What is printed: the machine, the results and the bars; ``unavailable`` and why, where there is no GPU."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    head: dict[str, Any] = {
        "machine": machine() | {"gpu": gpu},
        "versions": versions("clew", "torch", "transformers", "numpy"),
        "quick": quick,
    }
    if device.startswith("cuda") and gpu is None:
        return head | {"unavailable": "no GPU here: nothing was measured", "results": {}, "bars": []}
    if not data.is_dir():
        return head | {"unavailable": f"no folder {data} with metaqa/ and tokenizers/", "results": {}, "bars": []}
    results = {name: measure(name, device, 8 if quick else 64, data) for name in names}
    return head | {"results": results, "bars": bars(results)}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 questions instead of 64")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--model", choices=MODELS, action="append", help="default: the two real shapes")
    parser.add_argument("--device", default="cuda", help="cpu with --model tiny tries it out")
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder with metaqa/ and tokenizers/")
    options = parser.parse_args(arguments)
    names = options.model or [name for name in MODELS if name != "tiny"]
    found = report(names, options.device, options.quick, options.data)
    if options.json:
        print(json.dumps(found))
    else:
        print(found["machine"], found["versions"], found.get("unavailable", ""))
        for bar in found["bars"]:
            print(f"{bar['name']:<48}{bar['value']:>10.2f}")
    return UNAVAILABLE if "unavailable" in found else 0


if __name__ == "__main__":
    sys.exit(main())
