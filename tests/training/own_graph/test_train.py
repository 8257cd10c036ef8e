"""A whole training on a small graph: repeatable, never worse on what it judges by, within its budget."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from clew.decoding.embedded.network.weights import Weights
from clew.decoding.embedded.search.wording import parse_prompt
from clew.kg.errors import BadInput, ModelUnavailable
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.training.calibrate import UNFITTED
from clew.training.own_graph.curriculum import Mixture
from clew.training.own_graph.labels.labelled import Labelled, LabelReading
from clew.training.own_graph.train import GraphTraining, Stage, Trained, TrainingPlan
from clew.training.own_graph.tune import Judgement, Schedule
from tests.decoding.embedded.toys import encoder, random_network
from tests.training.own_graph.toys import films, some_domains

SHORT = TrainingPlan(schedule=Schedule(steps=2, batch=6, every=2, rate=1e-3), mixture=Mixture(held_out=5))


@pytest.fixture(autouse=True)
def _single_thread() -> None:
    torch.set_num_threads(1)


def untrained(name: str | None = None) -> Weights:
    return Weights(random_network(0)[0], UNFITTED, name or encoder().fingerprint, "0", {})


def run(
    plan: TrainingPlan, labelled: list[Labelled] | None = None, graph: Graph | None = None
) -> tuple[Trained, list[Stage]]:
    stages: list[Stage] = []
    training = GraphTraining(graph or films(), encoder(), some_domains(), plan)
    return training.run(untrained(), untrained(), labelled or [], stages.append), stages


def same(some: Trained, others: Trained) -> bool:
    pairs = zip(some.network.state_dict().values(), others.network.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def who_directed(count: int) -> list[Labelled]:
    graph = films()
    found = []
    for i in range(count):
        film = graph.node(f"Film {i}")
        directors = graph.neighbours(film, graph.relation("directed_by")).tolist()
        reading = LabelReading(film, parse_prompt("who made ⟦x⟧"))
        found.append(Labelled((reading,), tuple((node,) for node in directors)))
    return found


def test_a_run_repeats_by_its_seed_and_reports_what_it_did() -> None:
    before = {name: value.clone() for name, value in untrained().network.state_dict().items()}
    questions = [*who_directed(10), Labelled((), ())]
    trained, stages = run(SHORT, questions)
    again, _ = run(SHORT, questions)
    other, _ = run(replace(SHORT, seed=1), questions)
    assert same(trained, again)
    assert trained.fusion == again.fusion
    assert trained.report.before == again.report.before
    assert not same(trained, other) or trained.report.best_step == other.report.best_step == 0
    for name, value in untrained().network.state_dict().items():
        assert torch.equal(value, before[name])
    report = trained.report
    assert (report.labelled, report.tally.mined, report.tally.refused) == (11, 10, 1)
    assert report.held_out["labelled"]["n"] == 2
    assert report.generated >= 5
    assert report.after >= report.before
    assert [stage.done for stage in stages if stage.name == "training"] == list(range(1, report.steps + 1))
    assert {"mining", "judging", "training"} == {stage.name for stage in stages}


def test_training_stops_where_nothing_is_gained_and_keeps_what_it_had() -> None:
    idle = replace(SHORT.schedule, rate=0.0, encoder_rate=0.0, weight_decay=0.0, steps=20, every=1, patience=2)
    trained, _ = run(replace(SHORT, schedule=idle))
    assert (trained.report.steps, trained.report.best_step) == (2, 0)
    assert all(
        torch.equal(a, b) for a, b in zip(trained.network.parameters(), untrained().network.parameters(), strict=True)
    )
    assert trained.report.after == trained.report.before


def test_the_time_budget_ends_tuning_and_mining() -> None:
    plan = TrainingPlan(mixture=Mixture(held_out=5, mining_seconds=0.0), schedule=replace(SHORT.schedule, seconds=0.0))
    trained, _ = run(plan, who_directed(5))
    assert trained.report.steps == 1
    assert trained.report.tally.unread == 5


def test_what_cannot_be_trained_on_is_said() -> None:
    with pytest.raises(BadInput, match="no relation to generate questions from"):
        run(SHORT, graph=from_triples([]))
    with pytest.raises(ModelUnavailable, match="other"):
        GraphTraining(films(), encoder(), (), SHORT).run(untrained("other"), untrained())


def test_hits_go_before_surprise() -> None:
    assert Judgement(0.9, 2.0).better_than(Judgement(0.8, 1.0))
    assert Judgement(0.9, 1.0).better_than(Judgement(0.9, 2.0))
    assert not Judgement(0.9, 1.0).better_than(Judgement(0.9, 1.0))
