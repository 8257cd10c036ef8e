"""Best-first search over the graph automaton against Hugging Face's beam search over a path trie.

The baseline is the technique of GCR (Luo et al. 2024, arXiv 2410.13080), written anew: enumerate a question's paths,
put their token strings into a marisa trie, and let ``generate`` with ten beams ask it which tokens may follow. Both run
the same random weights in the shape of Qwen2-0.5B, on the same questions, on the CPU, and maximise the same sum of
log-probabilities. (GCR uses group beams; transformers 5 no longer has them, so the baseline is its plain beam search.)

The exact top ten come from a third source, one-pass scoring of every path. The embedded relation-level model is run
through the same searches over the relation automaton, three hops, on the same MetaQA questions.

    python -m benchmarks.decoding [--quick] [--json]

``--quick`` asks one question of each graph, with few paths, and stays under 50 seconds on two cores.
"""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import Any

import marisa_trie
import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen2Config

from benchmarks.harness import SHARED, bar, main
from decoding.beam import Beam
from decoding.best_first import BestFirst
from decoding.causal_lm import CausalLM
from decoding.language_model import Score
from decoding.one_pass import OnePass
from decoding.search import Budget, Problem, SearchResult
from decoding.search import run as run_search
from kg.errors import ModelUnavailable
from kg.graph import Graph
from tries.graph_automaton import GraphAutomaton
from tries.relation_automaton import RelationAutomaton
from tries.token_index import TokenIndex

DATA = SHARED
BEAMS, HOPS, K = 10, 2, 10
LOOKAHEAD = 64
VOCABULARY = 151_936
SHAPES = {
    "0.5B": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24, "num_attention_heads": 14},
    "tiny": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 4},
}
LOGIT_DEVIATION = 2.0
"""Standard deviation of the random model's logits: between flat and peaked (perplexity 20,000 of 151,936)."""
Path_ = tuple[int, ...]


@dataclass(frozen=True)
class Case:
    """A question, its topic, and every path from it as tokens without the end token."""

    dataset: str
    question: str
    topic: int
    paths: list[Path_]


@dataclass
class Run:
    """What one way of decoding did on one question."""

    seconds: float
    forwards: int
    tokens: int
    top: list[Path_]


def metaqa_graph() -> Graph:
    lines = (DATA / "metaqa" / "kb.txt").read_text().splitlines()
    return Graph.from_triples((tuple(line.split("|")) for line in lines), name="metaqa")  # type: ignore[misc]


def fb15k237_graph() -> Graph:
    folder = DATA / "fb15k237"
    names = dict(line.split("\t") for line in (folder / "entity2text.txt").read_text().splitlines())
    triples = [line.split("\t") for line in (folder / "train.txt").read_text().splitlines()]
    return Graph.from_triples(((h, r, t) for h, r, t in triples), names, name="fb15k237")


def metaqa_topics(graph: Graph) -> list[tuple[str, int]]:
    lines = (DATA / "metaqa" / "2-hop" / "qa_dev.txt").read_text().splitlines()
    found = [(line.split("\t")[0], re.search(r"\[(.*)\]", line)) for line in lines]
    return [(re.sub(r"[\[\]]", "", text), graph.node(match[1])) for text, match in found if match]


def fb15k237_topics(graph: Graph) -> list[tuple[str, int]]:
    """The set has no questions: ask one of every entity."""
    return [(f"what is {graph.label(node)} connected with", node) for node in range(graph.num_entities)]


def load_tokenizer() -> Any:
    raw = Tokenizer.from_file(str(DATA / "tokenizers" / "qwen" / "tokenizer.json"))
    return PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|endoftext|>", pad_token="<|endoftext|>")


def random_model(config: Any, device: str = "cpu", dtype: torch.dtype = torch.float32) -> Any:
    """A model of random weights whose context matters (projections scaled up) and whose logits are neither flat nor
    one-hot. The library's own initialisation would take longer than the whole quick benchmark."""
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation="sdpa")
    model = model.to_empty(device=device).eval()
    model.model.rotary_emb = type(model.model.rotary_emb)(config).to(device)  # buffers that no weights file holds
    model.tie_weights()
    generator = torch.Generator(device).manual_seed(0)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.fill_(0.0 if name.endswith("bias") else 1.0)
                continue
            is_output = "lm_head" in name or ("embed" in name and config.tie_word_embeddings)
            deviation = LOGIT_DEVIATION / config.hidden_size**0.5 if is_output else 0.02
            deviation *= 4 if "o_proj" in name or "down_proj" in name else 1
            parameter.uniform_(-deviation * 3**0.5, deviation * 3**0.5, generator=generator)
    return model


def token_model(shape: str) -> tuple[Any, Any]:
    """The tokenizer and a random model in the shape of Qwen2."""
    tokenizer = load_tokenizer()
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        num_key_value_heads=2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        **SHAPES[shape],
    )
    return random_model(config), tokenizer


def all_paths(automaton: GraphAutomaton, topic: int, most: int, least: int = 2 * K) -> list[Path_] | None:
    """Every token string of the language; None where it has more than ``most`` or fewer than ``least``."""
    states, strings, done = automaton.start([topic]), [()], []
    while len(states):
        allowed = automaton.allowed(states)
        rows = allowed.rows()
        states = automaton.advance(states.take(rows), allowed.token_ids)
        strings = [(*strings[r], int(t)) for r, t in zip(rows, allowed.token_ids, strict=True)]
        done += [s[:-1] for s in strings if s[-1] == automaton.end_token]
        going = np.array([i for i, s in enumerate(strings) if s[-1] != automaton.end_token], np.int64)
        if len(going) + len(done) > most:
            return None
        states, strings = states.take(going), [strings[i] for i in going]
    return done if len(done) >= least else None


def cases(graph: Graph, topics: list[tuple[str, int]], automaton: GraphAutomaton, n: int, most: int) -> list[Case]:
    """n questions, seeded, with enough paths for a top ten to mean something and few enough to score each."""
    chosen: list[Case] = []
    for question, topic in random.Random(0).sample(topics, len(topics)):
        paths = all_paths(automaton, topic, most)
        if paths is not None:
            chosen.append(Case(graph.name, question, topic, paths))
        if len(chosen) == n:
            break
    return chosen


class MarisaPrefixes:
    """Which tokens may follow a prefix, asked of a marisa trie in which a token is a character."""

    def __init__(self, strings: list[Path_], end: int, prompt_length: int) -> None:
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
    problem = Problem(
        automaton, automaton.start([case.topic]), np.zeros(1, np.int64), np.zeros(1), len(context), score, K,
        Budget(expansions=100_000),
    )  # fmt: skip
    result = run_search(search, lm, context, problem)
    seconds = time.perf_counter() - begin
    lm.release(context)
    top = [h.tokens[:-1] for h in result.hypotheses]
    return Run(seconds, lm.forwards - before, len(prompt) + result.diagnostics.tokens, top), result


def overlap(found: list[Path_], exact: list[Path_]) -> int:
    return len(set(found[:K]) & set(exact[:K]))


def measure(quick: bool, shape: str = "0.5B") -> list[dict[str, Any]]:
    """One row per question and score."""
    model, tokenizer = token_model(shape)
    lm = CausalLM(model, tokenizer)
    n, most = (1, 40) if quick else (8, 250)
    rows = []
    for load, find in ((metaqa_graph, metaqa_topics), (fb15k237_graph, fb15k237_topics)):
        graph = load()
        automaton = GraphAutomaton(TokenIndex.build(graph, tokenizer), tokenizer.eos_token_id, HOPS, simple=True)
        for case in cases(graph, find(graph), automaton, n, most):
            prompt = tokenizer(f"Question: {case.question}\nPath: {graph.label(case.topic)}")["input_ids"]
            for score in Score:
                rows.append(compare(model, lm, automaton, prompt, case, score))
    return rows


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


def embedded(questions: int) -> list[dict[str, Any]]:
    """The embedded model under each search: one row per search, means over questions. None where it has no weights."""
    from decoding.embedded.reasoner import EmbeddedReasoner, _prompt
    from decoding.reasoner import Topic

    graph, reasoner = metaqa_graph(), EmbeddedReasoner()
    try:
        model = reasoner._prepare(graph).model
    except ModelUnavailable:
        return []
    asked = random.Random(0).sample(metaqa_topics(graph), questions)
    searches = {"best-first": BestFirst(16), "beam 10": Beam(10), "one pass": OnePass()}
    found: dict[str, list[tuple[Run, SearchResult[Any]]]] = {name: [] for name in searches}
    for question, topic in asked:
        for name, search in searches.items():
            context = model.encode(_prompt(question, graph, Topic(topic)))
            automaton = RelationAutomaton(graph, 3)
            problem = Problem(
                automaton, automaton.start([topic]), np.zeros(1, np.int64), np.zeros(1), len(context), Score.LOCAL, K
            )
            begin = time.perf_counter()
            result = run_search(search, model, context, problem)
            seconds = time.perf_counter() - begin
            top = [h.tokens[:-1] for h in result.hypotheses]
            found[name].append((Run(seconds, result.diagnostics.forwards, result.diagnostics.tokens, top), result))
    exact = [run.top for run, _ in found["one pass"]]
    return [
        {
            "search": name,
            "forwards": float(np.mean([run.forwards for run, _ in runs])),
            "relations_read": float(np.mean([run.tokens for run, _ in runs])),
            "milliseconds": 1000 * float(np.mean([run.seconds for run, _ in runs])),
            "certified": float(np.mean([result.exact for _, result in runs])),
            "share_of_top10": float(
                np.mean(
                    [overlap(run.top, best) / min(K, len(best)) for (run, _), best in zip(runs, exact, strict=True)]
                )
            ),
        }
        for name, runs in found.items()
    ]


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


def run(quick: bool, shape: str = "0.5B") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = measure(quick, shape)
    return {"token_level": rows, "embedded": embedded(5 if quick else 100)}, bars(rows)


if __name__ == "__main__":
    main(run)
