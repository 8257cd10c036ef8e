"""Searches and samplers under a shaper, and the two shapers that ship."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.language_model import Score
from clew.decoding.laws.search import TOLERANCE, VOCABULARY, Case, solve
from clew.decoding.laws.toys import ListConstraint, Puller, RandomModel, brute_force
from clew.decoding.reasoner import STOP
from clew.decoding.reference.samplers import ExactSampler, RejectionSampler
from clew.decoding.reference.shapers import Neutral
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.diverse_beam import DiverseBeam
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Budget, SearchProblem, drive
from clew.decoding.search.sampling import ASApSampler
from clew.decoding.search.shaper import Rows, shaped
from clew.decoding.token.knn import Datastore, KnnShaper
from clew.decoding.token.prior import PriorShaper
from clew.kg.errors import ConstraintViolation
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from tests.decoding.graphs import films
from tests.decoding.strategies import path_sets, scores, seeds, sigmas
from tests.decoding.test_sampling import PATHS, bound
from tests.decoding.tiny_models import tokenizer
from tests.laws.search_laws import SearchLaws
from tests.laws.shaper_laws import ShaperLaws

PULL = 4.0


class TestBestFirst(SearchLaws):
    search, always_exact, pull = BestFirst(batch=4), True, PULL


class TestLookahead(SearchLaws):
    search, always_exact, pull = BestFirst(batch=2, lookahead=12), True, PULL


class TestWithoutForcedRuns(SearchLaws):
    search, always_exact, pull = BestFirst(batch=1, jump=False), True, PULL


class TestOnePass(SearchLaws):
    search, always_exact, pull = OnePass(), True, PULL


class TestBeam(SearchLaws):
    search, pull = Beam(3), PULL


class TestDiverseBeam(SearchLaws):
    search, pull = DiverseBeam(4, 2), PULL


@given(path_sets, sigmas, seeds, scores, st.integers(1, 10))
@settings(max_examples=40, deadline=None)
def test_the_neutral_shaper_changes_no_search(paths, sigma, seed, score, k) -> None:
    plain, _ = solve(BestFirst(2), Case(paths, sigma, seed, score, k))
    model, constraint = RandomModel(VOCABULARY, sigma, seed), ListConstraint(paths)
    entities = sorted(paths)
    problem = SearchProblem(
        constraint, constraint.start(entities), np.zeros(len(entities), np.int64), -0.3 * np.arange(len(entities)), 1,
        score, k, shaper=Neutral(),
    )  # fmt: skip
    neutral = drive(BestFirst(2).steps(problem), model, model.encode("question"), score)
    np.testing.assert_allclose(
        [h.log_prob for h in neutral.hypotheses], [h.log_prob for h in plain.hypotheses], atol=TOLERANCE
    )


@pytest.mark.parametrize("sampler", [ExactSampler(3_000), ASApSampler(3_000), RejectionSampler(3_000, VOCABULARY)])
def test_samplers_follow_the_shaped_distribution(sampler: Any) -> None:
    model, constraint = RandomModel(VOCABULARY, 1.0, 0), ListConstraint(PATHS)
    context, starts = model.encode("question"), [0.0, -0.3]
    problem = SearchProblem(
        constraint, constraint.start([0, 1]), np.zeros(2, np.int64), np.array(starts), 1, Score.CONDITIONAL,
        budget=Budget(expansions=10**9), shaper=Puller(PULL),
    )  # fmt: skip
    sampling = drive(sampler.steps(problem), model, context, Score.CONDITIONAL)
    targets = []
    for pull in (PULL, 0.0):
        expected = brute_force(model, context, constraint, [0, 1], starts, Score.CONDITIONAL, pull)
        total = np.logaddexp.reduce([e[0] for e in expected])
        targets.append({(start, tokens): np.exp(p - total) for p, start, tokens in expected})
    got = dict.fromkeys(targets[0], 0.0)
    for h, p in zip(sampling.samples, sampling.probabilities, strict=True):
        got[h.start, h.tokens] += p
    distances = [0.5 * sum(abs(got[key] - target[key]) for key in got) for target in targets]
    most = bound(sampling.probabilities, len(got))
    assert distances[0] <= most < distances[1]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_shaper_may_weigh_but_not_forbid(wrong: float) -> None:
    class Wrong:
        def shape(self, logits: Any, rows: Any) -> Any:
            return np.where(np.arange(len(logits)) == 0, wrong, logits)

    rows = Rows(ListConstraint({0: [(1,), (2,)]}).start([0]), np.zeros(1, np.int64), np.array([0, 2]), np.array([1, 2]))
    with pytest.raises(ConstraintViolation, match="finite"):
        shaped(Wrong(), np.log([0.5, 0.5]), rows)


def spelled() -> tuple[SpelledRelations, Any, Rows[Any]]:
    """Rows where something is to be chosen, over the films' relations."""
    graph = films()
    constraint = SpelledRelations(RelationAutomaton(graph, 2), RelationSpelling.of(graph, tokenizer()), 0)
    states, chosen = constraint.start([graph.node("Heat"), graph.node("Ali")]), []
    for _ in range(30):
        allowed = constraint.allowed(states)
        counts = np.diff(allowed.row_ptr)
        wide = np.flatnonzero(counts > 1)
        chosen += [(states.take(wide[i : i + 1]), allowed.row(int(wide[i]))) for i in range(len(wide))]
        keep = allowed.token_ids != 0
        states = constraint.advance(states.take(allowed.rows()[keep]), allowed.token_ids[keep])
    states = chosen[0][0]
    for one, _ in chosen[1:]:
        states = states.append(one)
    row_ptr = np.cumsum([0, *(len(tokens) for _, tokens in chosen)]).astype(np.int64)
    tokens = np.concatenate([tokens for _, tokens in chosen])
    return constraint, graph, Rows(states, np.arange(len(chosen)), row_ptr, tokens)


class TestPriorShaper(ShaperLaws):
    @pytest.fixture
    def case(self) -> Any:
        constraint, graph, rows = spelled()
        values = np.random.default_rng(0).normal(0, 1, 2 * graph.num_relations)
        return PriorShaper(values, constraint.behind, 1.5), rows


class TestKnnShaper(ShaperLaws):
    @pytest.fixture
    def case(self) -> Any:
        _, _, rows = spelled()
        rng = np.random.default_rng(0)
        keys = rng.normal(0, 1, (200, 8)).astype(np.float32)
        store = Datastore(keys, rng.choice(rows.tokens, 200).astype(np.int32), 8.0)
        states = rng.normal(0, 1, (int(rows.nodes.max()) + 1, 8)).astype(np.float32)
        return KnnShaper(store, lambda nodes: states[nodes], 0.5), rows


def test_a_whole_label_gets_its_relation_s_prior_however_it_is_spelled() -> None:
    """Over a flat distribution, the product along each label is exp(score) over the sum of what is allowed."""
    constraint, graph, _ = spelled()
    scores = np.random.default_rng(1).normal(0, 1, 2 * graph.num_relations)
    shaper = PriorShaper(scores, constraint.behind)
    topic = graph.node("Heat")
    relations = graph.relations_of(topic).tolist()
    found: dict[int, float] = {}

    def walk(states: Any, log_prob: float) -> None:
        allowed = constraint.allowed(states)
        tokens = allowed.token_ids
        behind = [constraint.behind(states, int(t)) for t in tokens]
        flat = np.log([len(some) / sum(map(len, behind)) for some in behind])
        rows = Rows(states, np.zeros(1, np.int64), np.array([0, len(tokens)]), tokens)
        after = shaper._log_prior(behind) if len(tokens) > 1 else np.zeros(1)
        assert len(tokens) == 1 or shaped(shaper, flat, rows).shape == flat.shape
        for token, some, p in zip(tokens.tolist(), behind, after, strict=True):
            step = constraint.advance(states, np.array([token], np.int32))
            following = constraint.allowed(step).token_ids.tolist()
            if (len(some) == 1 and (0 in following or constraint.label_length(some[0]) == 1)) or len(some) == 1:
                found[some[0]] = log_prob + p
            else:
                walk(step, log_prob + p)

    walk(constraint.start([topic]), 0.0)
    expected = scores[relations] - np.logaddexp.reduce(scores[relations])
    assert found == pytest.approx(dict(zip(relations, expected, strict=True)))


def test_the_prior_says_nothing_on_when_to_stop() -> None:
    shaper = PriorShaper(np.array([1.0, 1.0, 1.0]), lambda states, token: [])
    np.testing.assert_allclose(shaper._log_prior([[0], [1], [STOP]]), np.log(np.full(3, 1 / 3)))
    np.testing.assert_allclose(shaper._log_prior([[0, 1], [STOP]]), np.log([2 / 3, 1 / 3]))


def test_knn_is_equations_2_and_3() -> None:
    keys = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [9.0, 9.0]], np.float32)
    store = Datastore(keys, np.array([5, 7, 5, 8], np.int32), 1.0)
    shaper = KnnShaper(store, lambda nodes: np.zeros((len(nodes), 2), np.float32), 0.3, neighbours=3, temperature=1.0)
    rows = Rows(ListConstraint({0: []}).start([0]), np.zeros(1, np.int64), np.array([0, 3]), np.array([5, 7, 8]))
    p = np.array([0.2, 0.3, 0.5])
    votes = np.array([np.exp(0.0) + np.exp(-4.0), np.exp(-1.0), 0.0])  # the fourth is no neighbour
    expected = 0.7 * p + 0.3 * votes / votes.sum()
    np.testing.assert_allclose(np.exp(shaped(shaper, np.log(p), rows)), expected, atol=1e-9)
    nobody = Rows(rows.states, rows.nodes, np.array([0, 2]), np.array([1, 2]))
    np.testing.assert_allclose(shaped(shaper, np.log([0.4, 0.6]), nobody), np.log([0.4, 0.6]))
