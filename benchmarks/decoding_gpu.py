"""Questions a second on a GPU: best-first search over the graph automaton against Hugging Face's ten beams over a trie.

Models in the shapes of Qwen2-7B and Llama-3.1-8B, bf16, random weights (both with the vocabulary of the tokenizer at
hand, 151,936). Ours answers 1, 8 and 64 questions at once through the scheduler; the baseline one at a time, like GCR.
Ten paths each, of up to two hops from MetaQA's topics.

    python -m benchmarks.decoding_gpu [--quick] [--json] [--model NAME] [--device cuda] [--data FOLDER]
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

from benchmarks import decoding as base
from benchmarks.machine import machine, versions
from decoding.best_first import BestFirst
from decoding.causal_lm import CausalLM
from decoding.language_model import Score
from decoding.scheduler import Job, Scheduler
from decoding.search import Budget, Problem
from tries.graph_automaton import GraphAutomaton
from tries.token_index import TokenIndex

COMMON = {"vocab_size": base.VOCABULARY, "max_position_embeddings": 8192, "tie_word_embeddings": False}
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


def synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def batched(
    lm: CausalLM, automaton: GraphAutomaton, prompts: list[list[int]], topics: list[int], score: Score, batch: int
) -> dict[str, float]:
    """Ask all questions, ``batch`` of them live at a time."""
    synchronise(str(lm.device))
    begin, forwards = time.perf_counter(), lm.forwards
    model_seconds = 0.0
    exact = []
    scheduler = Scheduler(lm, max_active=batch)
    for first in range(0, len(prompts), batch):
        part = range(first, min(first + batch, len(prompts)))
        encoding = time.perf_counter()
        contexts = lm.encode_tokens([prompts[i] for i in part])
        synchronise(str(lm.device))
        model_seconds += time.perf_counter() - encoding
        jobs = []
        for i, context in zip(part, contexts, strict=True):
            problem = Problem(
                automaton, automaton.start([topics[i]]), np.zeros(1, np.int64), np.zeros(1), len(context), score,
                base.K, Budget(expansions=100_000),
            )  # fmt: skip
            jobs.append(Job(BestFirst(16, lookahead=64).steps(problem), context, score))
        exact += [result.exact for result in scheduler.run(jobs)]
        model_seconds += sum(job.model_seconds for job in jobs)
        for context in contexts:
            lm.release(context)
    synchronise(str(lm.device))
    seconds = time.perf_counter() - begin
    return {
        "questions_per_second": len(prompts) / seconds,
        "not_model_share": max(0.0, 1 - model_seconds / seconds),
        "forwards_per_question": (lm.forwards - forwards) / len(prompts),
        "exact_share": float(np.mean(exact)),
    }


def measure(name: str, device: str, questions: int) -> dict[str, Any]:
    config_class, shape = MODELS[name]
    tokenizer = base.load_tokenizer()
    config = config_class(**COMMON, **shape, bos_token_id=None, eos_token_id=tokenizer.eos_token_id)
    dtype = torch.bfloat16 if device.startswith("cuda") else torch.float32
    model = base.random_model(config, device, dtype)
    lm = CausalLM(model, tokenizer)
    graph = base.metaqa_graph()
    automaton = GraphAutomaton(TokenIndex.build(graph, tokenizer), tokenizer.eos_token_id, base.HOPS, simple=True)
    cases = base.cases(graph, base.metaqa_topics(graph), automaton, questions, 2_000)
    prompts = [tokenizer(f"Question: {case.question}\nPath: {graph.label(case.topic)}")["input_ids"] for case in cases]
    topics = [case.topic for case in cases]
    found: dict[str, Any] = {}
    for score in Score:
        batched(lm, automaton, prompts[:2], topics[:2], score, 2)  # warm up
        found[str(score)] = {str(b): batched(lm, automaton, prompts, topics, score, b) for b in BATCHES}
        few = cases[: max(2, questions // 8)]
        base.hugging_face(model, prompts[0], cases[0], automaton.end_token, score)
        runs = [
            base.hugging_face(model, prompt, case, automaton.end_token, score)
            for prompt, case in zip(prompts, few, strict=False)
        ]
        found[str(score)]["hf"] = {
            "questions_per_second": len(runs) / sum(r.seconds for r in runs),
            "forwards_per_question": sum(r.forwards for r in runs) / len(runs),
        }
    del model, lm
    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    return found


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 questions instead of 64")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--model", choices=MODELS, action="append", help="default: the two real shapes")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--data", type=Path, help="the folder with metaqa/ and tokenizers/")
    options = parser.parse_args()
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        sys.exit("no GPU here: this benchmark measures nothing without one (--device cpu --model tiny tries it out)")
    base.DATA = options.data or base.DATA
    names = options.model or [name for name in MODELS if name != "tiny"]
    results = {name: measure(name, options.device, 8 if options.quick else 64) for name in names}
    where = machine() | ({"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {})
    report = {
        "machine": where,
        "versions": versions("clew", "torch", "transformers", "numpy"),
        "results": results,
        "bars": bars(results),
    }
    if options.json:
        print(json.dumps(report))
        return
    print(report["machine"], report["versions"])
    for bar in report["bars"]:
        print(f"{bar['name']:<48}{bar['value']:>10.2f}")


if __name__ == "__main__":
    main()
