"""``clew eval`` with everything that it measures on request."""

import json

import pytest

from clew.decoding.reasoner import Bounds
from clew.evaluation.questions.readers import FORMATS
from clew.evaluation.variants.perturb import KINDS


@pytest.fixture
def questions(tmp_path):
    lines = [
        ("who directed Juno", ["Jason Reitman"], ["Juno"], ["directed_by"]),
        ("who directed Tenet", ["Christopher Nolan"], ["Tenet"], ["directed_by"]),
        ("which films were directed by Christopher Nolan", ["Dunkirk"], ["Christopher Nolan"], ["^directed_by"]),
        ("who starred in Dunkirk", ["Tom Hardy"], ["Dunkirk"], ["starred_actors"]),
        ("in what language is Juno", ["English"], ["Juno"], ["in_language"]),
        ("what did Juno cost", [], ["Juno"], []),
    ]
    fields = ("question", "answers", "topics", "chain")
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(json.dumps(dict(zip(fields, line, strict=True))) for line in lines))
    return path


@pytest.fixture
def evaluate(clew):
    def evaluate(*arguments, exit_code=0):
        return json.loads(clew("eval", *arguments, "--json", exit_code=exit_code).stdout)

    return evaluate


def test_the_options_know_every_format_and_kind():
    from clew.api.cli import evaluate

    assert tuple(evaluate._FORMATS) == FORMATS
    assert set(evaluate._KINDS) == set(KINDS)


def test_everything_at_once(evaluate, questions):
    plain = evaluate("-g", "films", "--questions", questions)
    got = evaluate("-g", "films", "--questions", questions, "--perturb", "all", "--unanswerable", 9, "--baselines")
    for name in ("n", "hits@1", "precision", "recall", "f1", "exact", "path_valid", "by_hops", "ceiling_hits@1", "ece"):
        assert got[name] == plain[name]  # nothing that is measured beside changes what is measured
    assert got["by_relation"]["directed_by"]["n"] == 2
    assert set(got["robustness"]) == set(KINDS)
    assert got["robustness"]["polite"]["n"] == 5
    assert sum(got["latency_histogram"]["counts"]) == 6


def test_unanswerable_questions_are_made_by_deleting(evaluate, questions, tmp_path):
    details = tmp_path / "d.jsonl"
    got = evaluate("-g", "films", "--questions", questions, "--unanswerable", 9, "--details", details)
    assert got["deleted"] == {"n": 4, "graphs": 3, "topic_gone": 1}  # Tenet is known by its director alone
    assert got["abstention"]["n_unanswerable"] == 1 + 4
    assert got["abstention"]["n_answerable"] == 5
    made = [row for row in map(json.loads, details.read_text().splitlines()) if row["deleted"]]
    assert len(made) == 4
    assert all(not row["answerable"] and row["gold"] == [] for row in made)
    asked = {row["question"]: row for row in made}
    assert asked["who directed Juno"]["paths"] == []  # what answers it is gone
    assert 0 <= got["unanswerable_declined_at_10"] <= 1
    assert got["auroc"] > 0.5


def test_baselines(evaluate, questions):
    got = evaluate("-g", "films", "--questions", questions, "--baselines", "--topic", "given")["baselines"]
    assert set(got) == {"cosine", "popularity", "shortest", "oracle"}
    assert all(one["n"] == 5 for one in got.values())
    assert got["oracle"]["hits@1"] == pytest.approx((1 + 1 + 1 / 3 + 1 + 1) / 5)
    # one hop around Juno: its director, its actor, its language; Tenet: its director; Nolan: 3 films and London; ...
    assert got["shortest"]["hits@1"] == pytest.approx((1 / 3 + 1 + 1 / 4 + 1 / 2 + 1 / 3) / 5)


@pytest.fixture
def rog(tmp_path):
    def row(question, answer, topic, *triples):
        return {"question": question, "answer": [answer], "q_entity": [topic], "graph": triples, "a_entity": [answer]}

    rows = [
        row("who directed Alien", "Scott", "Alien", ["Alien", "directed_by", "Scott"], ["Alien", "genre", "Horror"]),
        row("who directed Heat", "Mann", "Heat", ["Heat", "directed_by", "Mann"]),
        row("who directed Jaws", "Spielberg", "Jaws", ["Heat", "directed_by", "Mann"]),
    ]
    path = tmp_path / "rog.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.mark.parametrize("topic", ["given", "linked"])
def test_each_question_of_rog_is_asked_of_its_own_graph(evaluate, rog, topic):
    got = evaluate("--questions", rog, "--topic", topic, "--baselines", "--perturb", "polite")
    assert (got["n"], got["format"], got["graph"]) == (3, "rog", "each question's own")
    assert got["hits@1"] == pytest.approx(2 / 3)  # Jaws is not in its subgraph
    assert (got["path_valid"], got["errors"]) == (1.0, 0)
    assert got["baselines"]["shortest"]["hits@1"] == pytest.approx((1 / 2 + 1) / 3)
    assert got["robustness"]["polite"]["n"] == 3


def test_rog_s_questions_may_be_asked_of_one_graph(evaluate, rog):
    assert evaluate("-g", "films", "--questions", rog)["hits@1"] == 0


def test_what_does_not_go_together(clew, questions, rog, tmp_path):
    for arguments in (["--questions", questions, "--format", "jsonl"], ["-g", "films"], []):
        assert "Usage:" in clew("eval", *arguments, exit_code=2).stderr
    assert "--graph is required" in clew("eval", "--questions", questions, exit_code=2).stderr
    assert "gold relation chains" in clew("eval", "--questions", rog, "--unanswerable", 1, exit_code=2).stderr
    foreign = tmp_path / "qald.json"
    foreign.write_text(
        json.dumps(
            {
                "questions": [
                    {
                        "question": [{"language": "en", "string": "who?"}],
                        "query": {"sparql": "SELECT ?x { <http://e/a> <http://e/r> ?x }"},
                        "answers": [{"results": {"bindings": [{"x": {"type": "uri", "value": "http://e/b"}}]}}],
                    }
                ]
            }
        )
    )
    stderr = clew("eval", "-g", "films", "--questions", foreign, exit_code=2).stderr
    assert "no question can be asked of graph 'films' (1: its topic is not in the graph" in stderr


def test_two_runs_compared(clew, evaluate, questions, tmp_path):
    files = []
    for hops in (1, 3):
        arguments = ["-g", "films", "--questions", questions, "--max-hops", hops]
        report = clew("eval", *arguments, "--details", tmp_path / f"{hops}.jsonl", "--json").stdout
        (tmp_path / f"{hops}.json").write_text(report)
        files.append(tmp_path / f"{hops}.json")
    got = evaluate("--compare", *files)
    assert (got["paired"], got["pairs"]) == (True, 5)
    assert "5 questions, paired" in clew("eval", "--compare", *files).stdout
    (tmp_path / "1.jsonl").unlink()
    assert "not paired" in clew("eval", "--compare", *files).stdout


def test_the_text_says_all_of_it(clew, questions):
    arguments = ["-g", "films", "--questions", questions, "--perturb", "case", "--baselines", "--unanswerable", 3]
    text = clew("eval", *arguments).stdout
    for part in ("hits@1", "answerable_declined", "1 hops:", "reworded, case:", "baseline shortest:", "auroc"):
        assert part in text


def test_questions_asked_together_are_scored_as_alone(service):
    """Whatever one of them is: refused, about nobody, no text, or plain."""
    from clew.evaluation.outcome import Told
    from clew.evaluation.targets import asker

    told = [
        Told("who directed Juno", None),
        Told(" ", None),
        Told("who directed Tenet", ["Tenet"]),
        Told("x" * 10_000, None),
        Told("\ud800", None),
        Told("what is it", ["Juno"]),
        Told("who starred in Dunkirk", None),
    ]
    ask = asker(service.pipeline("films"), Bounds(3), 30.0)
    alone = [ask([one])[0] for one in told]
    assert list(ask(told)) == alone
    assert [outcome.error is not None for outcome in alone] == [False, False, False, True, True, False, False]


def test_the_paths_that_a_user_gets_are_those_that_are_evaluated(service):
    from clew.api.schema.models import AskRequest
    from clew.evaluation.outcome import Told
    from clew.evaluation.targets import asker

    questions = ["who directed Juno", "who starred in Dunkirk"]
    outcomes = asker(service.pipeline("films"), Bounds(3), 30.0)([Told(question, None) for question in questions])
    for question, outcome in zip(questions, outcomes, strict=True):
        shown = service.ask("films", AskRequest(question=question), record=False)
        assert [answer.key for answer in shown.answers] == [answer.key for answer in outcome.answers] != []
        walked = [
            [(a.key, r.key, b.key) for a, r, b in zip(path.nodes, path.relations, path.nodes[1:], strict=False)]
            for path in shown.paths
        ]
        edges = [proof.alternatives[0].edges for proof in outcome.proofs]
        assert walked == [
            [(e.tail, e.relation, e.head) if e.inverse else (e.head, e.relation, e.tail) for e in some]
            for some in edges
        ]
        assert (shown.status == "no_answer", shown.confidence) == (outcome.declined, outcome.confidence)


def test_a_question_cut_short_in_a_batch_is_asked_again_by_itself(service, monkeypatch):
    from dataclasses import replace

    from clew.decoding.answering.pipeline import Pipeline
    from clew.evaluation.outcome import Told
    from clew.evaluation.targets import asker

    engine, sizes = service.pipeline("films"), []
    answer_many = Pipeline.answer_many

    def slow(self, queries):
        sizes.append(len(queries))
        found = answer_many(self, queries)
        if len(queries) > 1:
            found[1] = replace(found[1], reasoning=replace(found[1].reasoning, partial=True, paths=()))
        return found

    told = [Told(f"who directed {film}", None) for film in ("Juno", "Tenet", "Dunkirk")]
    alone = [asker(engine, Bounds(3), 30.0)([one])[0] for one in told]
    monkeypatch.setattr(Pipeline, "answer_many", slow)
    assert list(asker(engine, Bounds(3), 30.0)(told)) == alone
    assert sizes == [3, 1]


def test_only_those_asked_alone_are_timed(evaluate, questions, monkeypatch, tmp_path):
    from clew.evaluation import experiment, targets
    from clew.kg import limits

    monkeypatch.setattr(experiment, "ASKED_ALONE", 2)
    plain = evaluate("-g", "films", "--questions", questions)
    monkeypatch.setattr(targets, "_together", lambda reasoner: limits.MAX_EVALUATED_TOGETHER)
    details = tmp_path / "d.jsonl"
    got = evaluate("-g", "films", "--questions", questions, "--details", details)
    assert (plain["timed"], got["timed"]) == (6, 2)
    assert sum(got["latency_histogram"]["counts"]) == 2
    rows = [json.loads(row) for row in details.read_text().splitlines()]
    assert [row["ms"] is None for row in rows] == [False] * 2 + [True] * 4
    for name in ("n", "hits@1", "f1", "exact", "path_valid", "paths", "by_hops", "ceiling_hits@1", "ece", "errors"):
        assert got[name] == plain[name]
