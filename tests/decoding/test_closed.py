"""Nothing but whole paths of the graph ever comes out, whatever the model, the search or the budget."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest

from clew.decoding.answers.gather import PathInstance
from clew.decoding.answers.proof_writer import ProofWriter
from clew.decoding.language_model import Score
from clew.decoding.laws.toys import RandomModel
from clew.decoding.reasoner import RankedPath, Topic
from clew.decoding.reference.samplers import RejectionSampler
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.diverse_beam import DiverseBeam
from clew.decoding.search.port import Budget, SearchProblem, drive
from clew.decoding.search.sampling import ASApSampler
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.proof import checker
from clew.kg.proof.proof import Proof
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from clew.tries.tokens.token_index import TokenIndex
from tests.decoding.graphs import RELATIONS
from tests.decoding.tiny_models import tokenizer

DECODES = max(2_000, int(os.environ.get("CLEW_FUZZ", "0")) // 2)
"""Decodes tried; ``make fuzz`` tries 10,000."""
TEMPERATURE = 2.0
END = 0


def random_graph(rng: random.Random) -> Graph:
    names = ["Ann", "Ann Lee", "Bob", "Bo", "Chicago", "<|end|>", "</PATH>", "-> x", "Ann"]
    triples = {(rng.choice("abcdefghi"), rng.choice(RELATIONS), rng.choice("abcdefghi")) for _ in range(14)}
    return from_triples(triples, dict(zip("abcdefghi", names, strict=True)))


def verified(graph: Graph, nodes: tuple[int, ...], relations: tuple[int, ...]) -> None:
    ranked = RankedPath(Topic(nodes[0]), relations, 0.0, 1.0)
    derivation = ProofWriter(graph).derivation(PathInstance(nodes, relations, ranked))
    assert len(derivation.edges) == len(relations) > 0
    checker.verify(graph, Proof(graph.version, graph.key(nodes[-1]), (derivation,)))


def follow(graph: Graph, topic: int, relations: tuple[int, ...]) -> tuple[int, ...]:
    """One instance of a relation path, by depth-first search."""
    if not relations:
        return (topic,)
    for node in graph.neighbours(topic, relations[0]).tolist():
        rest = follow(graph, node, relations[1:])
        if rest:
            return (topic, *rest)
    return ()


class Hostile:
    """A shaper that turns everything upside down."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def shape(self, logits: Any, rows: Any) -> Any:
        return -50 * logits + self._rng.normal(0, 100, len(logits))


def decode(rng: random.Random, constraint: Any, starts: list[int], vocab_size: int, seed: int) -> list[Any]:
    """The hypotheses of one decode at a high temperature, with a random search and a random, often tiny budget."""
    model = RandomModel(vocab_size, rng.choice([0.2, 1.0, 6.0]) / TEMPERATURE, seed)
    k = rng.randint(1, 4)
    search: Any = rng.choice(
        [
            BestFirst(2),
            BestFirst(4, lookahead=20),
            Beam(2),
            DiverseBeam(2, 2),
            ASApSampler(k),
            RejectionSampler(k, vocab_size),
        ]
    )
    score = Score.CONDITIONAL if isinstance(search, ASApSampler | RejectionSampler) else rng.choice(list(Score))
    context = model.encode("q")
    problem = SearchProblem(
        constraint, constraint.start(starts), np.zeros(len(starts), np.int64), np.zeros(len(starts)), 1, score, k,
        Budget(expansions=rng.choice([0, 1, 2, 5, 30])), shaper=rng.choice([None, Hostile(seed)]),
    )  # fmt: skip
    result = drive(search.steps(problem), model, context, score)
    return list(result.samples if isinstance(search, ASApSampler | RejectionSampler) else result.hypotheses)


@pytest.mark.parametrize("granularity", ["entities", "relations"])
def test_no_decode_leaves_the_graph_or_is_unfinished(granularity: str) -> None:
    rng = random.Random(granularity)
    opened, found, per_graph = 0, 0, 100
    for _ in range(DECODES // 2 // per_graph):
        graph = random_graph(rng)
        index, spelling = TokenIndex.build(graph, tokenizer()), RelationSpelling.of(graph, tokenizer())
        opening = index.separator_token if granularity == "entities" else spelling.tokens[0][0]
        constraint: Any = GraphAutomaton(index, END, 2)
        for i in range(per_graph):
            if granularity == "relations":
                constraint = SpelledRelations(RelationAutomaton(graph, 2), spelling, END)
            starts = [rng.randrange(graph.num_nodes) for _ in range(rng.randint(0, 2))]
            for h in decode(rng, constraint, starts, len(tokenizer()), i):
                assert h.tokens[-1] == END
                assert h.tokens[0] == opening  # every path opens as a path does
                assert constraint.is_complete(h.states).all()
                (paths,) = constraint.paths(h.states)
                assert paths
                for path in paths:
                    nodes = path.nodes if granularity == "entities" else follow(graph, path.nodes[0], path.relations)
                    verified(graph, nodes, path.relations)
                    assert nodes[0] == starts[h.start]
                opened += 1
            found += 1
    assert found == DECODES // 2
    assert opened > DECODES // 8


def test_emptied_tries_give_nothing_not_anything() -> None:
    graph = from_triples([("a", "r", "b")])
    index = TokenIndex.build(graph, tokenizer())
    everything = frozenset(range(2 * graph.num_relations))
    from clew.tries.filters.path_filter import PathFilter

    spelled = SpelledRelations(
        RelationAutomaton(graph, 2, forbidden=everything), RelationSpelling.of(graph, tokenizer()), END
    )
    rng = random.Random(0)
    for constraint in (GraphAutomaton(index, END, 2, demands=PathFilter(forbidden=everything)), spelled):
        for i in range(200):
            assert decode(rng, constraint, [rng.randrange(2)], len(tokenizer()), i) == []
    whole = GraphAutomaton(index, END, 2)  # as a control: the same decodes do find what there is
    assert any(decode(rng, whole, [rng.randrange(2)], len(tokenizer()), i) for i in range(200))
