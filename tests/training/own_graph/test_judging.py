"""A training's questions through the pipeline: the reasoner over a network in memory, Hits@1, the cases to fit on."""

from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch

from clew.decoding.answering.pipeline import Pipeline
from clew.decoding.embedded.network import weights
from clew.decoding.embedded.ranking.fusion import FEATURES
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Reasoning
from clew.training.calibrate import UNFITTED
from clew.training.own_graph.items import Item, sample
from clew.training.own_graph.judging import UNSEEN, hits, judge, judging_pipeline, likeliest, query_of
from tests.decoding.embedded.toys import encoder, random_network
from tests.training.own_graph.toys import films, kit


@lru_cache(maxsize=1)
def items() -> list[Item]:
    return sample(kit(films(), 3).items, 24)


@lru_cache(maxsize=1)
def pipeline() -> Pipeline:
    loaded = weights.load()
    return judging_pipeline(films(), EmbeddedReasoner.of_network(loaded.network, loaded.fusion, encoder()))


def reasonings(reasoner: EmbeddedReasoner) -> list[Reasoning]:
    queries = [query_of(films(), item) for item in items()]
    topics = [list(query.topics or ()) for query in queries]
    return reasoner.reason_batch([q.question for q in queries], films(), topics, [q.bounds for q in queries])


def test_a_network_in_memory_answers_as_the_stored_one(tmp_path: Path) -> None:
    """Bit for bit, for the shipped weights and for ones that float16 does not hold."""
    loaded = weights.load()
    shipped = EmbeddedReasoner.of_network(loaded.network, loaded.fusion, encoder())
    assert reasonings(shipped) == reasonings(EmbeddedReasoner(encoder()))
    network = random_network(2)[0]
    weights.save(tmp_path, network, UNFITTED, encoder().fingerprint, {})
    stored = EmbeddedReasoner(encoder(), tmp_path)
    assert reasonings(shipped.with_network(network, UNFITTED)) == reasonings(stored)
    assert reasonings(stored) != reasonings(shipped)


def test_what_is_done_to_a_network_afterwards_changes_nothing() -> None:
    network = copy.deepcopy(random_network(2)[0])
    reasoner = EmbeddedReasoner.of_network(network, UNFITTED, encoder())
    before = reasonings(reasoner)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(-1.5)
    assert reasonings(reasoner) == before
    assert reasonings(reasoner.with_network(network, UNFITTED)) != before


def test_cases_hold_what_the_answers_were_ranked_by() -> None:
    judged = judge(pipeline(), items())
    fusion = np.array(weights.load().fusion.weights)
    ranked = 0
    for item, one in zip(items(), judged, strict=True):
        assert one.case.answerable == bool(item.gold)
        assert one.case.features.shape[1] == len(FEATURES)
        scores = one.case.features @ fusion
        assert list(scores) == sorted(scores, reverse=True)
        if one.case.gold >= 0:
            ranked += 1
            assert one.surprise == pytest.approx(np.logaddexp.reduce(scores) - scores[one.case.gold], abs=1e-9)
        else:
            assert one.surprise == UNSEEN
    assert ranked == sum(bool(item.gold) for item in items()) > 0


def test_hits_are_shares_of_the_answers_given_and_the_same_one_by_one() -> None:
    answerable = [item for item in items() if item.gold]
    judged = judge(pipeline(), answerable)
    assert hits(pipeline(), answerable) == pytest.approx(np.mean([one.hit for one in judged]))
    assert hits(pipeline(), []) == 0.0
    assert len({one.hit for one in judged}) > 1
    for item, one in zip(answerable, judged, strict=True):
        right = {node for nodes in item.answers for node in nodes}
        nodes = [answer.node for answer in pipeline().answer(query_of(films(), item)).gathered.answers]
        assert one.hit == (sum(node in right for node in nodes) / len(nodes) if nodes else 0.0)


def test_what_an_item_lacks_is_not_walked() -> None:
    item = next(item for item in items() if len(item.gold) == 1)
    gone = frozenset({item.gold[0]})
    lacking = Item(item.question, item.topic, (), (), 1, gone)
    found = pipeline().answer(query_of(films(), lacking))
    assert found.reasoning.candidates
    assert all(gone.isdisjoint(one.relations) for one in found.reasoning.candidates)


def test_the_likeliest_path_is_the_one_ranked_first() -> None:
    for item in items()[:5]:
        ranked = [one.relations for one in pipeline().answer(query_of(films(), item)).reasoning.candidates]
        assert len(ranked) > 1
        assert likeliest(pipeline(), item, ranked[::-1]) == ranked[0]
        assert likeliest(pipeline(), item, [(999,), ranked[-1]]) == ranked[-1]
