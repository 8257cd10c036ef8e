"""300 random graphs and tiny random transformers, peaked and flat: search and one-pass scoring equal scoring each path
alone with the plain model, in both scores, with and without a shaper; certificates and gaps are never false."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Budget, SearchProblem, run
from clew.decoding.token.prior import PriorShaper
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.laws.constraint import enumerate_language
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from clew.tries.tokens.token_index import TokenIndex
from tests.decoding.graphs import RELATIONS
from tests.decoding.tiny_models import tiny, tokenizer

GRAPHS = 300
TOLERANCE = 1e-3
"""Nats: sums of some 30 log-probabilities, each of them float32 sums in another order (1e-5 apart or so)."""
END = 0
MODELS = [("Llama", 0.02), ("Qwen2", 1.0), ("GPT2", 0.3), ("Llama", 3.0), ("Qwen2", 10.0), ("GPT2", 3.0)]
"""Architecture and standard deviation of its logits: flat (as good as uniform) to peaked (as good as one-hot)."""
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "head_dim": 8}
SMALL_GPT2 = {"n_embd": 16, "n_layer": 1, "n_head": 2}


def random_graph(rng: random.Random) -> Graph:
    size = rng.randint(1, 8)
    triples = {(rng.choice("abcdef"), rng.choice(RELATIONS), rng.choice("abcdef")) for _ in range(size)}
    return from_triples(triples, dict.fromkeys(rng.sample("abcdef", 2), "Ann Lee"))


@pytest.fixture(scope="module", params=range(len(MODELS)), ids=lambda i: f"{MODELS[i][0]}-{MODELS[i][1]}")
def lm(request: pytest.FixtureRequest) -> CausalLM:
    architecture, deviation = MODELS[request.param]
    options = SMALL_GPT2 if architecture == "GPT2" else SMALL
    model = tiny(architecture, seed=request.param, **options)
    with torch.no_grad():
        ids = torch.arange(1, 40)[None]
        spread = float(model(ids).logits.std(-1).mean())
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight * (deviation / spread))  # untied where it was
        assert deviation / 2 < float(model(ids).logits.std(-1).mean()) < deviation * 2
    return CausalLM(model, tokenizer())


def constraint_of(graph: Graph, granularity: str, hops: int) -> Any:
    if granularity == "entities":
        return GraphAutomaton(TokenIndex.build(graph, tokenizer()), END, hops)
    return SpelledRelations(RelationAutomaton(graph, hops), RelationSpelling.of(graph, tokenizer()), END)


def brute_force(
    model: Any, prompt: list[int], constraint: Any, topic: int, score: Score, shaper: PriorShaper | None
) -> dict[tuple[int, ...], float]:
    """Each complete token string scored alone, by the plain model over the whole string."""
    strings = [(*string, END) for string in enumerate_language(constraint, topic)]
    if not strings:
        return {}
    ids = torch.zeros((len(strings), len(prompt) + max(map(len, strings))), dtype=torch.long)
    for i, string in enumerate(strings):  # padded on the right: nothing real sees the padding
        ids[i, : len(prompt) + len(string)] = torch.tensor([*prompt, *string])
    with torch.inference_mode():
        logits = model(ids, use_cache=False).logits.double().numpy()
    return {
        string: alone(logits[i, len(prompt) - 1 :], constraint, topic, string, score, shaper)
        for i, string in enumerate(strings)
    }


def alone(
    logits: np.ndarray, constraint: Any, topic: int, string: tuple[int, ...], score: Score, shaper: PriorShaper | None
) -> float:
    total, states = 0.0, constraint.start([topic])
    for row, token in zip(logits, string, strict=False):
        options = constraint.allowed(states).token_ids
        total += row[token] - np.logaddexp.reduce(row if score is Score.CONDITIONAL else row[options])
        if shaper is not None and len(options) > 1:
            before = row[options] - np.logaddexp.reduce(row[options])
            after = before + shaper.weight * shaper._log_prior([shaper.behind(states, int(t)) for t in options])
            at = options.tolist().index(token)
            total += after[at] - np.logaddexp.reduce(after) - before[at]
        states = constraint.advance(states, np.array([token], np.int32))
    return float(total)


@pytest.mark.parametrize("granularity", ["entities", "relations"])
def test_top_k_and_one_pass_equal_scoring_every_path_alone(lm: CausalLM, granularity: str) -> None:
    rng = random.Random(f"{granularity} {lm.vocab_size} {lm._model.config.model_type}")
    compared, ended = 0, 0
    for case in range(GRAPHS // len(MODELS) // 2):
        graph = random_graph(rng)
        topic, k, score = rng.randrange(graph.num_nodes), rng.choice([1, 3, 10]), list(Score)[case % 2]
        constraint = constraint_of(graph, granularity, rng.randint(1, 2))
        priors = np.random.default_rng(case).normal(0, 2, 2 * graph.num_relations)
        shaped = granularity == "relations" and case % 3 == 0
        shaper = PriorShaper(priors, constraint.behind) if shaped else None
        prompt = tokenizer()(f"who {case}")["input_ids"]
        expected = brute_force(lm._model, prompt, constraint, topic, score, shaper)
        for search in (BestFirst(rng.choice([1, 8]), lookahead=rng.choice([0, 30])), OnePass()):
            for expansions in (1, 10**6):
                (context,) = lm.encode_tokens([prompt])
                problem = SearchProblem(
                    constraint, constraint.start([topic]), np.zeros(1, np.int64), np.zeros(1), 1, score, k,
                    Budget(expansions), shaper=shaper,
                )  # fmt: skip
                result = run(search, lm, context, problem)
                lm.release(context)
                check(result, expected, k, never_ends=expansions > 1 or isinstance(search, OnePass))
                compared += len(result.hypotheses)
                ended += result.partial
    assert compared > GRAPHS // len(MODELS)
    assert ended


def check(result: Any, expected: dict[tuple[int, ...], float], k: int, never_ends: bool) -> None:
    found = {h.tokens: h.score for h in result.hypotheses}
    assert found == pytest.approx({t: expected[t] for t in found}, abs=TOLERANCE)
    unseen = max((s for t, s in expected.items() if t not in found), default=-np.inf)
    last = min(found.values(), default=-np.inf)
    assert unseen <= result.bound + TOLERANCE
    assert unseen - last <= result.gap + TOLERANCE or unseen == -np.inf
    assert result.exact or not never_ends
    if result.exact:
        np.testing.assert_allclose(list(found.values()), sorted(expected.values(), reverse=True)[:k], atol=TOLERANCE)
