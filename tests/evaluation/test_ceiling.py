"""Following gold chains."""

import pytest

from clew.evaluation.metrics.ceiling import Ceiling
from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.readers import read_questions
from clew.evaluation.report import gold_chains, of_gold_chains
from clew.kg.errors import BadInput
from clew.kg.graph.interop import from_triples

GRAPH = from_triples(
    [("i", "directed_by", "n"), ("t", "directed_by", "n"), ("i", "starring", "h"), ("n", "born_in", "l")],
    labels={"i": "Inception", "t": "Tenet"},
)


def declined(questions):
    """The questions, each with the score of a system that declines it."""
    return [(question, score(question, Outcome(declined=True), 0, 0.0)) for question in questions]


def ends(*chain, topics=("i",)):
    found = Ceiling(GRAPH).outcome(Question("q", (Gold("x"),), topics, chain))
    return {answer.key for answer in found.answers}


def test_chains():
    assert ends("directed_by") == {"n"}
    assert ends("directed_by", "^directed_by") == {"t"}  # never back onto the topic
    assert ends("directed by", "born in") == {"l"}  # labels name relations too
    assert ends("directed_by", topics=("tenet",)) == {"n"}
    assert ends("directed_by", topics=("nobody",)) == set()


def test_an_unknown_relation_is_an_error():
    with pytest.raises(BadInput, match="'painted_by'"):
        ends("^painted_by")


def test_only_answerable_questions_with_chain_and_topic_count():
    right = Question("q", (Gold("Tenet"),), ("Inception",), ("directed_by", "^directed_by"))
    wrong = Question("q", (Gold("Juno"),), ("Inception",), ("directed_by",))
    others = [Question("q", (Gold("x"),), ("i",)), Question("q", (), ("i",), ("born_in",), answerable=False)]
    got = gold_chains(declined([right, wrong, *others]), Ceiling(GRAPH).outcome)
    assert (got["ceiling_n"], got["ceiling_hits@1"], got["ceiling_exact"]) == (2, 0.5, 0.5)
    assert of_gold_chains(got)["hits@1"] == 0.5
    assert gold_chains(declined(others), Ceiling(GRAPH).outcome) == of_gold_chains({}) == {}


def test_a_chain_that_an_answer_beats_is_no_ceiling():
    wrong = Question("q", (Gold("Juno"),), ("Inception",), ("directed_by",))
    own = score(wrong, Outcome((Predicted("Juno", "Juno", 1.0),)), 0, 0.0)
    got = gold_chains([(wrong, own)], Ceiling(GRAPH).outcome)
    assert (got["gold_chain_n"], got["gold_chain_beaten"], got["gold_chain_hits@1"]) == (1, 1, 0.0)
    assert not any(name.startswith("ceiling") for name in got)


def test_steps_back_onto_the_topic():
    chain = ("directed_by", "^directed_by")
    question = Question("q", (Gold("Inception"),), ("Inception",), chain)
    ends = [Ceiling(GRAPH, revisit).outcome(question).answers for revisit in (False, True)]
    labels = [{answer.label for answer in some} for some in ends]
    assert labels[1] - labels[0] == {"Inception"}


@pytest.mark.shared
@pytest.mark.parametrize("hops", [2, 3])
def test_the_gold_chains_of_metaqa_give_the_answer_sets(shared_data, hops, tmp_path):
    """The data's README: the chain gives exactly the answers of every 2- and 3-hop question (2 hops: or less the
    topic, which is never walked back onto here)."""
    folder = shared_data / "metaqa"
    triples = (line.split("|") for line in (folder / "kb.txt").read_text(encoding="utf-8").splitlines())
    graph = from_triples(tuple(parts) for parts in triples)
    questions = read_questions(folder / f"{hops}-hop" / "qa_dev.txt", folder / f"{hops}-hop" / "qa_dev_qtype.txt")
    got = gold_chains(declined(questions[:1_000]), Ceiling(graph).outcome)
    assert got["ceiling_recall"] == 1.0 if hops == 3 else got["ceiling_recall"] > 0.9
    assert got["ceiling_hits@1"] > 0.99
