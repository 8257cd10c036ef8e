"""The torch automaton obeys the laws and agrees with the graph automaton bit for bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from clew.tries.constraint import SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.laws.constraint import Language, check_batch_is_single, check_constraint, enumerate_language
from clew.tries.laws.paths import language
from clew.tries.tokens.token_index import TokenIndex
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_graph_automaton import END, random_demands, whole_text_speller
from tests.tries.tokenizers import CharTokenizer, PairTokenizer
from tests.tries.toy import ToyGraph, random_graph

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
from clew.tries.filters.path_filter import PathFilter  # noqa: E402
from clew.tries.torch.automaton import TorchAutomaton  # noqa: E402


def random_automaton(rng: random.Random, graph: ToyGraph) -> GraphAutomaton:
    index = TokenIndex.build(graph, rng.choice([CharTokenizer, PairTokenizer])(), inverse=rng.random() < 0.6)
    max_hops = rng.randint(1, 3 if graph.num_edges < 8 else 2)
    demands, _ = random_demands(rng, graph, max_hops)
    return GraphAutomaton(index, END, max_hops, rng.randint(1, max_hops), rng.random() < 0.5, demands)


def on_torch_of(automaton: GraphAutomaton) -> TorchAutomaton:
    """Room and patience enough for any toy graph."""
    return TorchAutomaton(automaton, slots=64, budget=2048, patience=10_000)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_step_by_step_with_the_graph_automaton(seed: int) -> None:
    """Both are fed the same tokens, allowed and not; tokens, order, completeness and paths must be the same."""
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(100, 4)):
        graph = random_graph(rng)
        automaton = random_automaton(rng, graph)
        on_torch = on_torch_of(automaton)
        ours, theirs = automaton.start(range(graph.num_nodes)), on_torch.start(range(graph.num_nodes))
        for _ in range(12):
            allowed, found = automaton.allowed(ours), on_torch.allowed(theirs)
            np.testing.assert_array_equal(allowed.row_ptr, found.row_ptr)
            np.testing.assert_array_equal(allowed.token_ids, found.token_ids)
            if not len(allowed.token_ids):
                break
            picked = sorted(rng.choices(range(len(allowed.token_ids)), k=20))
            tokens = allowed.token_ids[picked].copy()
            for i in range(len(tokens)):
                if rng.random() < 0.1:
                    tokens[i] = rng.choice([END, automaton.index.separator_token, -1, 40])
            rows = allowed.rows()[picked]
            ours, theirs = automaton.advance(ours.take(rows), tokens), on_torch.advance(theirs.take(rows), tokens)
            assert not theirs.overflow.any()
            np.testing.assert_array_equal(automaton.is_complete(ours), on_torch.is_complete(theirs))
            assert automaton.paths(ours) == on_torch.paths(theirs)
            going = np.flatnonzero(~automaton.is_complete(ours))
            ours, theirs = ours.take(going), theirs.take(going)


def union_of(graphs: list[ToyGraph]) -> ToyGraph:
    """The graphs side by side, entities before literals; all have the relations of the first."""
    labels, edges, literals = [], [], []
    places: list[dict[int, int]] = []
    for graph in graphs:
        places.append({v: len(labels) + v for v in range(graph.num_entities)})
        labels += [graph.label(v) for v in range(graph.num_entities)]
    for graph, place in zip(graphs, places, strict=True):
        place |= {v: len(labels) + len(literals) + i for i, v in enumerate(range(graph.num_entities, graph.num_nodes))}
        literals += [graph.label(v) for v in range(graph.num_entities, graph.num_nodes)]
        edges += [(place[h], r, place[t]) for h, r, t in graph.edges]
    return ToyGraph(labels + literals, graphs[0]._relation_labels, edges, len(labels))


def languages(constraint: TorchAutomaton, heads: list[int]) -> list[Language]:
    """The language from each head, all driven together: a step of few rows costs what one of many does."""
    found: list[Language] = [{} for _ in heads]
    states, strings = constraint.start(heads), [(i,) for i in range(len(heads))]
    while len(states):
        assert len(states) < 4_000
        assert not states.overflow.any()
        allowed = constraint.allowed(states)
        states = constraint.advance(states.take(allowed.rows()), allowed.token_ids)
        strings = [(*strings[row], int(t)) for row, t in zip(allowed.rows(), allowed.token_ids, strict=True)]
        done = constraint.is_complete(states)
        finished, going = np.flatnonzero(done), np.flatnonzero(~done)
        for i, paths in zip(finished, constraint.paths(states.take(finished)), strict=True):
            found[strings[i][0]][strings[i][1:-1]] = set(paths)
        states, strings = states.take(going), [strings[i] for i in going]
    return found


@pytest.mark.parametrize("seed", range(2))
def test_language_is_brute_force(seed: int) -> None:
    """Twenty random graphs side by side in one automaton, each from a head of its own."""
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(100, 2)):  # counts by twenty
        graphs = [random_graph(rng, nodes=4, relations=2) for _ in range(20)]
        graphs = [ToyGraph(g._labels, ["to", "by"], [(h, r % 2, t) for h, r, t in g.edges], g.num_entities)
                  for g in graphs]  # fmt: skip
        graph = union_of(graphs)
        tokenizer = rng.choice([CharTokenizer, PairTokenizer])()
        index = TokenIndex.build(graph, tokenizer, inverse=rng.random() < 0.3)
        max_hops = rng.randint(1, 2)
        min_hops, simple = rng.randint(1, max_hops), rng.random() < 0.5
        demands, admitted = random_demands(rng, graph, max_hops)

        def accept(path: SpelledPath) -> bool:
            distinct = len(set(path.nodes)) == len(path.nodes)
            return len(path.relations) >= min_hops and (distinct or not simple) and admitted(path)  # noqa: B023

        ends = np.cumsum([g.num_entities for g in graphs])
        heads = [int(end) - 1 - rng.randrange(g.num_entities) for end, g in zip(ends, graphs, strict=True)]
        automaton = GraphAutomaton(index, END, max_hops, min_hops, simple, demands)
        on_torch = TorchAutomaton(automaton, slots=24, budget=1 << 13, patience=10_000)
        spell = whole_text_speller(tokenizer.encode, index.spelling)
        for head, found in zip(heads, languages(on_torch, heads), strict=True):
            assert found == language(graph, head, spell, max_hops, accept, index.inverse)


def test_laws() -> None:
    rng = random.Random(7)
    for _ in range(graphs_per_seed(6, 1)):
        graph = random_graph(rng)
        automaton = random_automaton(rng, graph)
        head = rng.randrange(graph.num_nodes)
        expected = enumerate_language(automaton, head)
        on_torch = on_torch_of(automaton)
        check_constraint(on_torch, head, expected, foreign=[0, 5, 40])
        check_batch_is_single(on_torch, list(range(graph.num_nodes)))


def test_too_few_slots_kill_and_mark_a_row_and_never_free_it() -> None:
    labels = ["start", *["twin"] * 5, "end"]
    graph = ToyGraph(labels, ["to"], [(0, 0, i) for i in range(1, 6)] + [(i, 0, 6) for i in range(1, 6)])
    automaton = GraphAutomaton(TokenIndex.build(graph, CharTokenizer(), inverse=False), END, 2, 2)
    for slots in (4, 5):
        on_torch = TorchAutomaton(automaton, slots=slots, budget=256)
        states = on_torch.start([0])
        for token in CharTokenizer.encode(" -> to -> twin -> "):
            states = on_torch.advance(states, np.array([token], np.int32))
        assert bool(states.overflow[0]) == (slots < 5)
        assert (len(on_torch.allowed(states).token_ids) > 0) == (slots == 5)


def test_rows_beyond_the_budget_are_killed_and_marked_and_never_freed() -> None:
    graph = ToyGraph([f"n{i}" for i in range(12)], ["to"], [(0, 0, i) for i in range(1, 12)])
    automaton = GraphAutomaton(TokenIndex.build(graph, CharTokenizer(), inverse=False), END, 1)
    on_torch = TorchAutomaton(automaton, budget=20)  # 11 targets fit once, not twice
    states = on_torch.start([0, 0])
    for token in CharTokenizer.encode(" -> to -> "):
        states = on_torch.advance(states, np.array([token, token], np.int32))
    allowed = on_torch.allowed(states)
    assert len(allowed.row(0)) > 0
    assert len(allowed.row(1)) == 0
    assert not torch.isfinite(on_torch.mask(torch.zeros(2, 200), states)[1]).any()
    after = on_torch.advance(states, np.array([allowed.row(0)[0]] * 2, np.int32))
    assert after.overflow.tolist() == [False, True]
    assert len(on_torch.allowed(after).row(1)) == 0


def test_a_row_that_takes_more_patience_is_killed_and_marked_and_never_freed() -> None:
    """A walk of four hops from 0: in at a node of the clique of 1 to 6, round it, and to the one end by the last."""
    edges = [(0, 0, 1)] + [(a, 0, b) for a in range(1, 7) for b in range(1, 7) if a != b] + [(6, 0, 7)]
    graph = ToyGraph([f"n{i}" for i in range(8)], ["to"], edges)
    index = TokenIndex.build(graph, CharTokenizer(), inverse=False)
    automaton = GraphAutomaton(index, END, 4, 4, simple=True, demands=PathFilter(ends=[7]))
    opening = CharTokenizer.encode(" -> to -> n1 ->")
    for patience, enough in ((1, False), (1000, True)):
        on_torch = TorchAutomaton(automaton, budget=256, patience=patience)
        states, ours = on_torch.start([0]), automaton.start([0])
        for token in opening:
            ours = automaton.advance(ours, np.array([token], np.int32))
            offered = on_torch.allowed(states).token_ids
            states = on_torch.advance(states, np.array([token], np.int32))
            assert not enough or token in offered
            assert enough or len(offered) == 0
        assert states.overflow.tolist() == [not enough]
        assert on_torch.allowed(states).token_ids.tolist() == (
            automaton.allowed(ours).token_ids.tolist() if enough else []
        )


def test_best_is_the_masked_argmax() -> None:
    generator = torch.Generator().manual_seed(0)
    for seed in range(20):
        graph = random_graph(random.Random(seed))
        on_torch = on_torch_of(random_automaton(random.Random(seed), graph))
        states = on_torch.start(range(graph.num_nodes))
        for _ in range(6):
            logits = torch.randint(0, 4, (len(states), 140_000), generator=generator).float()  # with ties
            masked = on_torch.mask(logits, states)
            some = torch.isfinite(masked).any(1)
            best = on_torch.best(logits, states)
            assert torch.equal(best, torch.where(some, masked.argmax(1), -1))
            states = on_torch.step(states, best)


def test_mask_leaves_exactly_the_allowed_tokens() -> None:
    graph = random_graph(random.Random(3))
    automaton = GraphAutomaton(TokenIndex.build(graph, CharTokenizer()), END, 2)
    on_torch = TorchAutomaton(automaton, budget=256)
    states = on_torch.start(range(graph.num_nodes))
    masked = on_torch.mask(torch.zeros(graph.num_nodes, 200), states)
    allowed = automaton.allowed(automaton.start(range(graph.num_nodes)))
    for i in range(graph.num_nodes):
        assert torch.isfinite(masked[i]).nonzero().flatten().tolist() == sorted(allowed.row(i).tolist())
