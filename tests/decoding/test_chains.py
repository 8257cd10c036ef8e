from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.answers.proof_writer import ProofWriter
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.chains.search import ChainSearch, Wording
from clew.decoding.laws.toys import RandomModel
from clew.decoding.reasoner import STOP as STOPPED
from clew.decoding.search.port import Budget
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.proof import checker
from clew.kg.proof.proof import ProofEdge
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.tokens.token_index import TokenIndex
from tests.decoding.graphs import films, graphs
from tests.decoding.tiny_models import tiny, tokenizer

END, OPENING, STOP = 0, 2, 3  # <|end|>, <PATH>, </PATH>


def edges_of(graph: Graph, edges) -> list[ProofEdge]:
    writer = ProofWriter(graph)
    return [writer.edge(*edge) for edge in edges]


def chain_search(graph: Graph, model, **options) -> ChainSearch:
    index = TokenIndex.build(graph, tokenizer())
    wording = Wording(OPENING, STOP, lambda node: index.node_tokens(node)[1:].tolist())
    return ChainSearch(model, GraphAutomaton(index, END, 1), graph.num_relations, wording, **options)


def check(graph: Graph, chains, topics) -> None:
    assert len({search_key(graph, c) for c in chains}) == len(chains)
    for chain in chains:
        entities = list(topics)
        statements = set()
        assert chain.edges
        for (head, _, tail), edge in zip(chain.edges, edges_of(graph, chain.edges), strict=True):
            assert head in entities  # well-formed: it grows from what is there
            entities += [head, tail]
            checker.check_edge(graph, edge)
            statements.add((edge.head, edge.relation, edge.tail))
        assert len(statements) == len(chain.edges)
        assert chain.log_prob <= 0
        assert [s.relation for s in chain.steps] == [r for _, r, _ in chain.edges] + [STOPPED] * chain.stopped
        assert sum(s.log_prob for s in chain.steps) == pytest.approx(chain.log_prob, abs=1e-4)
        topic, relations = chain.answer_path(topics)
        assert topic in topics
        assert chain.edges[-1][2] in follow(graph, topic, relations)
    assert [c.log_prob for c in chains] == sorted((c.log_prob for c in chains), reverse=True)


def follow(graph: Graph, topic: int, relations) -> list[int]:
    nodes = np.array([topic], np.int32)
    for relation in relations:
        nodes = graph.expand(nodes, relation)
    return nodes.tolist()


def search_key(graph: Graph, chain) -> frozenset:
    return frozenset((e.head, e.relation, e.tail) for e in edges_of(graph, chain.edges))


@given(graphs(), st.integers(0, 50), st.integers(1, 4), st.integers(1, 3), st.sampled_from([0, 4]), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_every_chain_is_well_formed_and_in_the_graph(graph, seed, width, triples, thoughts, topic) -> None:
    model = RandomModel(len(tokenizer()), 1.0, seed)
    topics = [topic % graph.num_nodes]
    search = chain_search(graph, model, width=width, max_triples=triples, thought_tokens=thoughts)
    chains = search.run(model.encode("q"), [1, 2], topics).chains
    check(graph, chains, topics)
    assert len(chains) <= width
    assert chains or not graph.relations_of(topics[0]).size
    for chain in chains:
        assert all(len(t) <= thoughts and OPENING not in t and STOP not in t for t in chain.thoughts)
        assert len(chain.edges) <= triples


@pytest.mark.parametrize("seed", range(4))
def test_a_wide_beam_finds_what_brute_force_finds(seed: int) -> None:
    """All chains of up to two triples, scored token by token from the random model."""
    graph = from_triples([("a", "born", "b"), ("b", "film", "c"), ("a", "who", "c")])
    model = RandomModel(len(tokenizer()), 1.0, seed)
    search = chain_search(graph, model, width=1000, max_triples=2)
    context = model.encode("q")
    topic = graph.node("a")
    chains = search.run(context, [1, 2], [topic]).chains

    def local(prefix: tuple[int, ...], row: list[int], token: int) -> float:
        logits = model.logits(context.seed, prefix)
        return float(logits[token] - np.logaddexp.reduce(logits[row]))

    automaton = search.constraint
    label = search.wording.label

    def triple(prefix: tuple[int, ...], entities: list[int], edge) -> tuple[float, tuple[int, ...]]:
        heads = []
        for entity in entities:
            at, total = (*prefix, OPENING), 0.0
            for token in label(entity):
                logits = model.logits(context.seed, at)
                total += float(logits[token] - np.logaddexp.reduce(logits))
                at = (*at, token)
            heads.append(total)
        head, relation, tail = edge
        total = heads[entities.index(head)] - float(np.logaddexp.reduce(heads))
        at = (*prefix, OPENING, *label(head))
        tokens = [*automaton.index.relation_tokens(relation), *automaton.index.node_tokens(tail), END]
        states = automaton.start([head])
        for token in map(int, tokens):
            total += local(at, automaton.allowed(states).token_ids.tolist(), token)
            states = automaton.advance(states, np.array([token], np.int32))
            at = (*at, token)
        return total, at

    walks = [
        (h, r, int(t)) for h in range(graph.num_nodes) for r in graph.relations_of(h) for t in graph.neighbours(h, r)
    ]
    expected: dict[frozenset, float] = {}
    for n in (1, 2):
        for some in permutations(walks, n):
            statements = {(h, r, t) if r < graph.num_relations else (t, r - graph.num_relations, h) for h, r, t in some}
            entities, prefix, total, fine = [topic], (), 0.0, len(statements) == n
            for i, edge in enumerate(some):
                if not fine or edge[0] not in entities:
                    fine = False
                    break
                if i:
                    total += local(prefix, [OPENING, STOP], OPENING)
                more, prefix = triple(prefix, entities, edge)
                total += more
                entities = list(dict.fromkeys([*entities, edge[0], edge[2]]))
            if fine:
                total += local(prefix, [OPENING, STOP], STOP) if n < 2 else 0.0
                key = frozenset((graph.key(h), graph.relation_key(r), graph.key(t)) for h, r, t in statements)
                expected[key] = max(expected.get(key, -np.inf), total)
    assert {search_key(graph, c): c.log_prob for c in chains} == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("architecture", ["Qwen2", "GPT2"])
def test_chains_from_a_causal_lm(architecture: str) -> None:
    graph = films()
    lm = CausalLM(tiny(architecture, sharpness=2.0), tokenizer())
    prompt = tokenizer()("who directed Heat")["input_ids"]
    topics = [graph.node("Heat"), graph.node("Ronin")]
    found = []
    for _ in range(2):
        (context,) = lm.encode_tokens([prompt])
        search = chain_search(graph, lm, width=2, max_triples=3, thought_tokens=4)
        found.append(search.run(context, prompt, topics).chains)
        lm.release(context)
    check(graph, found[0], topics)
    assert found[0] == found[1]
    assert chain_search(graph, lm).run(lm.encode("who"), [1], []).chains == ()


def test_a_spent_budget_is_said() -> None:
    graph = films()
    model = RandomModel(len(tokenizer()), 1.0, 0)
    topic = graph.node("Heat")
    found = chain_search(graph, model, budget=Budget(deadline=0.0)).run(model.encode("q"), [1], [topic])
    assert found.partial
    assert found.chains == ()
    cut = chain_search(graph, model, budget=Budget(expansions=1)).run(model.encode("q"), [1], [topic])
    assert cut.partial
    check(graph, cut.chains, [topic])
    assert not chain_search(graph, model).run(model.encode("q"), [1], [topic]).partial
