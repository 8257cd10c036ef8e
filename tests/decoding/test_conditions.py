"""Answers under conditions are the answers that brute force leaves, whoever ranks the paths; what cannot be kept to is
refused."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from clew.decoding.answers.gather import gather
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.chains.reasoner import ChainReasoner
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.decoding.token.layout import EntityLayout, Layout, RelationLayout
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.constraint import SpelledPath
from clew.tries.filters.conditions import Conditions
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.filters.path_filter import PathFilter
from clew.tries.laws.paths import all_paths
from clew.tries.relations.automaton import RelationAutomaton
from tests.decoding.embedded.toys import encoder
from tests.decoding.tiny_models import tiny, tokenizer
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_conditions import Steps, admits, graph_of, random_conditions, random_facts


@pytest.fixture(scope="module")
def lm() -> CausalLM:
    return CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer())


class Case:
    """A random graph, conditions on it, a topic, and every path from it that brute force admits."""

    def __init__(self, rng: random.Random) -> None:
        listed = random_facts(rng)
        self.graph = graph_of(listed, rng)
        facts = {(f.head, f.relation, getattr(f.tail, "key", f.tail)): f for f in listed}
        max_hops = rng.randint(1, 2)
        self.conditions = random_conditions(rng, listed, max_hops)
        self.topic = rng.randrange(self.graph.num_entities)
        within = Walkable(self.graph, self.conditions.on(self.graph))
        self.bounds = Bounds(max_hops, paths=1000, min_hops=rng.randint(1, max_hops), within=within)
        steps: Any = Steps(self.graph)
        self.admitted = {
            path
            for path in all_paths(steps, self.topic, max_hops)
            if len(path.relations) >= self.bounds.min_hops
            and (self.topic not in path.nodes[1:] or path.nodes[1:] == (self.topic,))
            and admits(self.conditions, self.graph, facts, path)
        }

    def ends(self, relations: tuple[int, ...]) -> set[int]:
        return {path.nodes[-1] for path in self.admitted if path.relations == relations}


def ends_of(graph: Graph, topic: int, relations: tuple[int, ...], bounds: Bounds) -> set[int]:
    """The answers of one relation path, each of whose proofs is checked by its caller's oracle."""
    reasoning = Reasoning((RankedPath(Topic(topic), relations, 0.0, 1.0),), 1.0)
    return {answer.node for answer in gather(graph, reasoning, bounds).answers}


@pytest.mark.parametrize("seed", range(2))
def test_answers_are_those_that_brute_force_leaves(seed: int) -> None:
    rng = random.Random(seed)
    met = 0
    for _ in range(graphs_per_seed(600, 2)):
        case = Case(rng)
        whole = RelationAutomaton(case.graph, case.bounds.max_hops)
        for relations in every_path(whole, case.topic):
            ranked = RankedPath(Topic(case.topic), relations, 0.0, 1.0)
            gathered = gather(case.graph, Reasoning((ranked,), 1.0), case.bounds)
            assert {answer.node for answer in gathered.answers} == case.ends(relations)
            for answer in gathered.answers:
                proofs = {SpelledPath(proof.nodes, proof.relations) for proof in answer.paths}
                end = (relations, answer.node)
                every = {path for path in case.admitted if (path.relations, path.nodes[-1]) == end}
                assert proofs <= every
                assert len(proofs) == min(len(every), limits.MAX_PATHS_PER_ANSWER)
            met += len(gathered.answers)
    assert met > 300


def every_path(automaton: RelationAutomaton, topic: int) -> list[tuple[int, ...]]:
    states, found = automaton.start([topic]), []
    while len(states):
        allowed = automaton.allowed(states)
        states = automaton.advance(states.take(allowed.rows()), allowed.token_ids)
        found += [path.relations for paths in automaton.paths(states) for path in paths]
        states = states.take(np.flatnonzero(~automaton.is_complete(states)))
    return found


@pytest.mark.parametrize("layout", [RelationLayout(), EntityLayout()])
def test_a_causal_lm_ranks_the_paths_that_brute_force_leaves(lm: CausalLM, layout: Layout) -> None:
    rng = random.Random(5)
    simple = isinstance(layout, EntityLayout)
    reasoner, ranked = TokenReasoner(lm, layout), 0
    for _ in range(12):
        case = Case(rng)
        found = reasoner.reason("where was she born", case.graph, [Topic(case.topic)], case.bounds)
        expected = {p.relations for p in case.admitted if not simple or len(set(p.nodes)) == len(p.nodes)}
        assert {path.relations for path in found.paths} == expected
        ranked += len(expected)
    assert ranked > 10


def test_the_embedded_model_ranks_only_what_brute_force_leaves() -> None:
    rng, ranked = random.Random(7), 0
    reasoner = EmbeddedReasoner(encoder())
    for _ in range(8):
        case = Case(rng)
        backwards = case.graph.type_relation + case.graph.num_relations  # type: ignore[operator]
        found = reasoner.reason("where was she born", case.graph, [Topic(case.topic)], case.bounds)
        expected = {path.relations for path in case.admitted}
        assert {path.relations for path in found.paths} <= expected
        plain = {relations for relations in expected if backwards not in relations}  # walked from a class only
        assert found.paths or not plain
        ranked += len(found.paths)
    assert ranked > 5


def test_chains_refuse_what_they_cannot_keep_to(lm: CausalLM) -> None:
    graph = from_triples([("a", "r", "b")])
    reasoner = ChainReasoner(lm)
    ends, relations = PathFilter(ends=[1]), PathFilter(relations=[0])
    for bounds in (Bounds(2, min_hops=2), Bounds(2, within=Walkable(graph, ends))):
        with pytest.raises(BadInput, match="chains do not support conditions"):
            reasoner.reason("where", graph, [Topic(0)], bounds)
    found = reasoner.reason("where", graph, [Topic(0)], Bounds(1, within=Walkable(graph, relations)))
    assert {edge[1] for chain in found.chains for edge in chain.edges} <= {0}
    none = reasoner.reason("where", graph, [Topic(0)], Bounds(1, within=Walkable(graph, PathFilter(relations=[]))))
    assert not none.paths


def test_a_reasoner_that_passes_over_conditions_proves_nothing_with_them() -> None:
    graph = from_triples([("a", "r", "b"), ("b", "r", "c"), ("a", "s", "c")])
    within = Walkable(graph, Conditions(forbidden=["s"]).on(graph))
    assert ends_of(graph, 0, (1,), Bounds(2, within=within)) == set()
    assert ends_of(graph, 0, (0,), Bounds(2, min_hops=2)) == set()
    assert ends_of(graph, 0, (0, 0), Bounds(2, min_hops=2, within=within)) == {2}
