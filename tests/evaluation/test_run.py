"""Questions asked alone for their times, the others together: each once, in order, at its own target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.run import Target, TopicMode, evaluate_at
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import Derivation, Proof, ProofEdge

GRAPH = Graph.from_triples([("a", "r", "b"), ("a", "s", "b")])


def question(number: int) -> Question:
    return Question(f"q{number}", (Gold(label="b"),), topics=(f"t{number}",), number=number)


def recording(batches: list[list[str]], together: int) -> Target:
    def ask(told):
        batches.append([one.text for one in told])
        return [Outcome(answers=(Predicted(one.text, "b", 1.0),)) for one in told]

    return Target(GRAPH, ask, lambda _: True, together)


@given(st.lists(st.integers(0, 2), max_size=40), st.integers(1, 7), st.integers(0, 12))
def test_each_is_asked_once_in_order_at_its_target(places: list[int], together: int, alone: int) -> None:
    batches: list[list[list[str]]] = [[], [], []]
    targetes = [recording(some, together) for some in batches]
    questions = [question(i) for i in range(len(places))]
    done: list[tuple[int, int]] = []
    asked = evaluate_at(
        lambda one: targetes[places[one.number]], questions, TopicMode.LINKED, lambda *n: done.append(n), alone
    )
    assert [one.question for one in asked] == questions
    assert done == [(i, len(places)) for i in range(1, len(places) + 1)]
    assert all(one.outcome.answers[0].key == one.question.text for one in asked)
    for place, some in enumerate(batches):
        assert [text for batch in some for text in batch] == [q.text for q in questions if places[q.number] == place]
        for batch in some:
            numbers = [int(text[1:]) for text in batch]
            assert len(batch) <= together
            assert len(batch) == 1 or numbers[0] >= alone
            assert numbers == list(range(numbers[0], numbers[0] + len(batch)))  # none asked elsewhere in between
            for number in numbers:
                assert (asked[number].score.seconds is None) == (len(batch) > 1)


def test_a_target_is_let_go_of_before_the_next_is_made() -> None:
    """A subgraph's target holds a graph and its index: two at a time are one too many."""
    order: list[str] = []

    def target_of(one: Question) -> Target:
        order.append(f"made {one.text}")
        target = recording([], 8)
        return Target(GRAPH, lambda told: order.append(f"asked {told[0].text}") or target.ask(told), target.verify)

    evaluate_at(target_of, [question(i) for i in range(3)], TopicMode.LINKED)
    assert [step for step in order if step.startswith("asked")] == ["asked q0", "asked q1", "asked q2"]
    assert order.index("asked q0") < order.index("made q1") < order.index("asked q1") < order.index("made q2")


@pytest.mark.parametrize(("topic", "told_of"), [(TopicMode.GIVEN, ("t0",)), (TopicMode.LINKED, None)])
def test_what_is_told(topic: TopicMode, told_of: tuple[str, ...] | None) -> None:
    told = []
    target = Target(GRAPH, lambda some: told.extend(some) or [Outcome()] * len(some), lambda _: True)
    evaluate_at(lambda _: target, [question(0)], topic)
    assert [(one.text, one.topics) for one in told] == [("q0", told_of)]


def test_every_proof_is_verified_and_one_of_each_relation_path_is_kept() -> None:
    def proof(relation: str, answer: str = "b") -> Proof:
        return Proof(GRAPH.version, answer, (Derivation((ProofEdge("a", relation, answer),)),))

    verified = []
    proofs = (proof("r"), proof("s"), proof("r", "c"), proof("s"))
    target = Target(GRAPH, lambda _: [Outcome(proofs=proofs)], lambda one: verified.append(one) or one.answer == "b")
    (asked,) = evaluate_at(lambda _: target, [question(0)], TopicMode.LINKED)
    assert verified == list(proofs)
    assert (asked.score.paths, asked.score.valid_paths) == (4, 3)
    assert {one.alternatives[0].edges[0].relation for one in asked.outcome.proofs} == {"r", "s"}
    assert len(asked.outcome.proofs) == 2
