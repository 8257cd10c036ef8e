"""300 random graphs and random models, peaked and flat: search and one-pass scoring equal scoring each path alone."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from decoding.best_first import BestFirst
from decoding.language_model import Score
from decoding.one_pass import OnePass
from decoding.search import Budget, Problem, run
from kg.graph import Graph
from tests.decoding.graphs import RELATIONS
from tests.decoding.tiny_models import tokenizer
from tests.decoding.toys import RandomModel
from tests.laws.constraint_laws import enumerate_language
from tries.graph_automaton import GraphAutomaton
from tries.relation_automaton import RelationAutomaton
from tries.relation_spelling import RelationSpelling
from tries.spelled_relations import SpelledRelations
from tries.token_index import TokenIndex

GRAPHS = 300
TOLERANCE = 1e-4
"""Nats: some 30 float32 log-probabilities summed in another order."""
END = 0


def random_graph(rng: random.Random) -> Graph:
    size = rng.randint(1, 8)
    triples = {(rng.choice("abcdef"), rng.choice(RELATIONS), rng.choice("abcdef")) for _ in range(size)}
    return Graph.from_triples(triples, dict.fromkeys(rng.sample("abcdef", 2), "Ann Lee"))


def brute_force(model: RandomModel, seed: int, constraint: Any, topic: int, score: Score) -> dict[tuple, float]:
    """Each complete token string scored alone, token by token."""
    rows: dict[tuple, np.ndarray] = {}
    scores = {}
    for string in enumerate_language(constraint, topic):
        total, states = 0.0, constraint.start([topic])
        for i, token in enumerate((*string, END)):
            prefix = string[:i]
            if prefix not in rows:
                logits = model.logits(seed, prefix)
                over = logits if score is Score.CONDITIONAL else logits[constraint.allowed(states).token_ids]
                rows[prefix] = logits - np.logaddexp.reduce(over)
            total += float(rows[prefix][token])
            if i < len(string):
                states = constraint.advance(states, np.array([token], np.int32))
        scores[(*string, END)] = total
    return scores


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("granularity", ["entities", "relations"])
def test_top_k_and_one_pass_equal_scoring_every_path_alone(granularity: str, score: Score) -> None:
    rng = random.Random(f"{granularity} {score}")
    compared = 0
    for case in range(GRAPHS // 4):
        graph = random_graph(rng)
        model = RandomModel(len(tokenizer()), rng.choice([0.05, 1.0, 5.0]), case)
        topic, hops, k = rng.randrange(graph.num_nodes), rng.randint(1, 2), rng.choice([1, 3, 10])
        constraint: Any = (
            GraphAutomaton(TokenIndex.build(graph, tokenizer()), END, hops)
            if granularity == "entities"
            else SpelledRelations(RelationAutomaton(graph, hops), RelationSpelling.of(graph, tokenizer()), END)
        )
        expected = brute_force(model, model.encode("q").seed, constraint, topic, score)
        best = sorted(expected.values(), reverse=True)
        for search in (BestFirst(rng.choice([1, 8]), lookahead=rng.choice([0, 30])), OnePass()):
            for expansions in (1, 10**6):
                context = model.encode("q")
                problem = Problem(
                    constraint, constraint.start([topic]), np.zeros(1, np.int64), np.zeros(1), 1, score, k,
                    Budget(expansions),
                )  # fmt: skip
                result = run(search, model, context, problem)
                found = {h.tokens: h.score for h in result.hypotheses}
                assert found == pytest.approx({t: expected[t] for t in found}, abs=TOLERANCE)
                unseen = max((s for t, s in expected.items() if t not in found), default=-np.inf)
                last = min(found.values(), default=-np.inf)
                assert unseen <= result.bound + TOLERANCE
                assert unseen - last <= result.gap + TOLERANCE or unseen == -np.inf
                if expansions > 1 or result.exact:
                    assert result.exact
                    np.testing.assert_allclose(list(found.values()), best[:k], atol=TOLERANCE)
                    compared += len(found)
    assert compared > GRAPHS
