"""Best-first search over the graph automaton against Hugging Face's beam search over a path trie.

Both run the same random weights on the same questions, on the CPU, and maximise the same sum of log-probabilities; see
``benchmarks.decoding_runs`` for the baseline. The exact top ten come from a third source, one-pass scoring of every
path. The embedded relation-level model is run through the same searches over the relation automaton.

    python -m benchmarks.decoding [--quick] [--json]

The full run takes ``QUESTIONS`` questions of each graph and the shape of Qwen2-0.5B. It says on standard error how far
it is, writes each row as it is measured to ``benchmarks/results/decoding.jsonl``, and a plot (``decoding.svg``) at the
end. ``--quick`` takes one question of each graph, with few paths, and a smaller model
of the same kind (4 layers of width 256, the whole vocabulary of 151,936), and stays under 50 seconds on two cores. What
is left of the time is mostly the vocabulary: the quick speed-ups say little about a model of a real size.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.decoding_cases import (
    HOPS,
    Case,
    cases,
    fb15k237_graph,
    fb15k237_topics,
    metaqa_graph,
    metaqa_topics,
)
from benchmarks.decoding_embedded import embedded
from benchmarks.decoding_models import token_model
from benchmarks.decoding_plot import grouped, mean, plot
from benchmarks.decoding_runs import hugging_face, ours, overlap
from benchmarks.harness import bar, main
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.one_pass import OnePass
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex

LOOKAHEAD = 64
FULL, QUICK = "Qwen2-0.5B", "Qwen2 of 4 layers of 256"
QUESTIONS = 3
"""Of each graph: nine tenths of the time are the baseline's, some seconds a beam step."""
ROWS = Path(__file__).parent / "results" / "decoding.jsonl"
PLOT = Path(__file__).parent / "results" / "decoding.svg"
COLUMNS = (
    "paths", "forwards", "hf_forwards", "tokens", "hf_tokens", "seconds", "hf_seconds", "exact_top10_found",
    "hf_top10_found",
)  # fmt: skip


class Diary:
    """The rows so far: told on standard error, and kept in a file, if one is given, should the run break off."""

    def __init__(self, file: Path | None, expected: int) -> None:
        self.rows: list[dict[str, Any]] = []
        self._file, self._expected, self._begin = file, expected, time.perf_counter()
        if file is not None:
            file.parent.mkdir(exist_ok=True)
            file.write_text("", encoding="utf-8")

    def note(self, row: dict[str, Any]) -> None:
        """Keep one row."""
        self.rows.append(row)
        if self._file is not None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row, default=float) + "\n")
        done, spent = len(self.rows), time.perf_counter() - self._begin
        left = spent / done * (self._expected - done)
        print(
            f"{done}/{self._expected} {row['graph']} {row['score']}: {row['seconds']:.1f} s, Hugging Face "
            f"{row['hf_seconds']:.1f} s, one pass {row['one_pass_seconds']:.1f} s; {spent:.0f} s so far, "
            f"some {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )


def measure(quick: bool, shape: str) -> list[dict[str, Any]]:
    """One row per question and score."""
    model, tokenizer = token_model(shape)
    lm = CausalLM(model, tokenizer)
    n, most = (1, 40) if quick else (QUESTIONS, 250)
    diary = Diary(None if quick else ROWS, 2 * n * len(Score))
    for load, find in ((metaqa_graph, metaqa_topics), (fb15k237_graph, fb15k237_topics)):
        graph = load()
        automaton = GraphAutomaton(TokenIndex.build(graph, tokenizer), tokenizer.eos_token_id, HOPS, simple=True)
        for case in cases(graph, find(graph), automaton, n, most):
            prompt = tokenizer(f"Question: {case.question}\nPath: {graph.label(case.topic)}")["input_ids"]
            for score in Score:
                diary.note(compare(model, lm, automaton, prompt, case, score))
    return diary.rows


def compare(
    model: Any, lm: CausalLM, automaton: GraphAutomaton, prompt: list[int], case: Case, score: Score
) -> dict[str, Any]:
    exact, scored = ours(lm, automaton, prompt, case, score, OnePass())
    mine, result = ours(lm, automaton, prompt, case, score, BestFirst(16, lookahead=LOOKAHEAD))
    theirs = hugging_face(model, prompt, case, automaton.end_token, score)
    return {
        "graph": case.dataset,
        "score": str(score),
        "paths": len(case.paths),
        "forwards": mine.forwards,
        "hf_forwards": theirs.forwards,
        "tokens": mine.tokens,
        "forced_tokens": result.diagnostics.forced_tokens,
        "hf_tokens": theirs.tokens,
        "seconds": mine.seconds,
        "hf_seconds": theirs.seconds,
        "one_pass_seconds": exact.seconds,
        "certified": result.exact,
        "exact_top10_found": overlap(mine.top, exact.top),
        "hf_top10_found": overlap(theirs.top, exact.top),
        "worst_score_difference": max(
            abs(a.log_prob - b.log_prob) for a, b in zip(result.hypotheses, scored.hypotheses, strict=True)
        ),
        "question": case.question,
    }


def table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The means over the questions of each graph and score."""
    return [{"graph, score": name} | {c: mean(some, c) for c in COLUMNS} for name, some in grouped(rows).items()]


def bars(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The figures that the project is held to: ratios of sums over all questions, means for the top ten."""

    def ratio(what: str, *scores: Score) -> float:
        some = [r for r in rows if r["score"] in scores]
        return float(sum(r[f"hf_{what}"] for r in some) / sum(r[what] for r in some))

    return [
        bar("forwards_vs_hf", ratio("forwards", *Score)),
        bar("speedup_vs_hf_local", ratio("seconds", Score.LOCAL)),
        bar("speedup_vs_hf_conditional", ratio("seconds", Score.CONDITIONAL)),
        bar("exact_top10_found", float(np.mean([r["exact_top10_found"] for r in rows]))),
        bar("hf_top10_found", float(np.mean([r["hf_top10_found"] for r in rows]))),
    ]


def run(quick: bool, shape: str = "") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    shape = shape or (QUICK if quick else FULL)
    if quick:  # a small model on two threads waits for the slower one at every layer
        torch.set_num_threads(1)
    rows = measure(quick, shape)
    if not quick:
        PLOT.write_text(plot(rows, f"Seconds a question, {shape} (random weights)"), encoding="utf-8")
    found = {
        "model": f"{shape}, random weights, float32",
        "threads": torch.get_num_threads(),
        "means": table(rows),
        "token_level": rows,
    }
    return found | {"embedded": embedded(2 if quick else 100)}, bars(rows)


if __name__ == "__main__":
    main(run)
