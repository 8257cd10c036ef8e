"""One question decoded: by best-first search over the graph automaton, and by GCR's technique on Hugging Face.

The baseline is that of GCR (Luo et al. 2024, arXiv 2410.13080), written anew: the question's paths as token strings in
a marisa trie, which ``generate`` with ten beams asks what may follow. (GCR uses group beams; transformers 5 no longer
has them, so the baseline is its plain beam search.)
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import marisa_trie
import numpy as np
import torch

from benchmarks.decoding_cases import Case, K, Tokens
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.search.port import Budget, SearchProblem, SearchResult
from clew.decoding.search.port import run as run_search
from clew.tries.entities.automaton import GraphAutomaton

BEAMS = 10


@dataclass
class Run:
    """What one way of decoding did on one question."""

    seconds: float
    forwards: int
    tokens: int
    top: list[Tokens]


class MarisaPrefixes:
    """Which tokens may follow a prefix, asked of a marisa trie in which a token is a character."""

    def __init__(self, strings: list[Tokens], end: int, prompt_length: int) -> None:
        self._trie = marisa_trie.Trie([self._text((*s, end)) for s in strings])
        self._end, self._prompt_length = end, prompt_length

    def __call__(self, batch_id: int, ids: torch.Tensor) -> list[int]:
        prefix = self._text(ids[self._prompt_length :].tolist())
        allowed = {self._token(key[len(prefix)]) for key in self._trie.keys(prefix) if len(key) > len(prefix)}
        return sorted(allowed) or [self._end]

    @staticmethod
    def _text(tokens: Any) -> str:
        return "".join(chr(t if t < 0xD800 else t + 0x800) for t in tokens)  # no character is a surrogate

    @staticmethod
    def _token(character: str) -> int:
        code = ord(character)
        return code if code < 0xD800 else code - 0x800


def hugging_face(model: Any, prompt: list[int], case: Case, end: int, score: Score) -> Run:
    """Ten beams of ``generate`` under a prefix function. The trie's building is not counted."""
    prefixes = MarisaPrefixes(case.paths, end, len(prompt))
    counts = [0, 0]

    def count(module: Any, args: Any, kwargs: Any) -> None:
        counts[0] += 1
        counts[1] += kwargs["input_ids"].numel()

    handle = model.model.register_forward_pre_hook(count, with_kwargs=True)
    begin = time.perf_counter()
    with torch.inference_mode():
        output = model.generate(
            torch.tensor([prompt], device=model.device),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long, device=model.device),
            num_beams=BEAMS,
            num_return_sequences=BEAMS,
            do_sample=False,
            max_new_tokens=max(map(len, case.paths)) + 1,
            length_penalty=0.0,
            renormalize_logits=score is Score.LOCAL,
            prefix_allowed_tokens_fn=prefixes,
            pad_token_id=end,
            eos_token_id=end,
        )
    seconds = time.perf_counter() - begin
    handle.remove()
    found = [tuple(t for t in row[len(prompt) :].tolist() if t != end) for row in output]
    return Run(seconds, counts[0], counts[1], list(dict.fromkeys(found)))


def ours(
    lm: CausalLM, automaton: GraphAutomaton, prompt: list[int], case: Case, score: Score, search: Any
) -> tuple[Run, SearchResult[Any]]:
    """The prompt's forward is counted, as it is for the baseline."""
    begin, before = time.perf_counter(), lm.forwards
    (context,) = lm.encode_tokens([prompt])
    problem = SearchProblem(
        automaton, automaton.start([case.topic]), np.zeros(1, np.int64), np.zeros(1), len(context), score, K,
        Budget(expansions=100_000),
    )  # fmt: skip
    result = run_search(search, lm, context, problem)
    seconds = time.perf_counter() - begin
    lm.release(context)
    top = [h.tokens[:-1] for h in result.hypotheses]
    return Run(seconds, lm.forwards - before, len(prompt) + result.diagnostics.tokens, top), result


def overlap(found: list[Tokens], exact: list[Tokens]) -> int:
    return len(set(found[:K]) & set(exact[:K]))
