"""Two evaluations compared."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.details import write_details
from clew.evaluation.metrics.compare import compare, difference
from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.report import summarise
from clew.evaluation.run import Asked
from clew.kg.errors import BadFile


@pytest.fixture
def run(tmp_path):
    """Write the report (and details) of questions answered rightly ("a") or not."""

    def run(name, labels, details=True, first=1):
        asked = []
        for number, label in enumerate(labels, first):
            question = Question(f"q{number}", (Gold("a"),), number=number)
            outcome = Outcome((Predicted("k", label, 1.0),) if label else (), declined=not label)
            asked.append(Asked(question, outcome, score(question, outcome, 0, 0.01)))
        report = summarise([one.question for one in asked], [one.score for one in asked], 0)
        if details:
            write_details(tmp_path / f"{name}.jsonl", asked)
            report["details"] = f"{name}.jsonl"
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
        return tmp_path / f"{name}.json"

    return run


def test_paired(run):
    got = compare(run("a", "abab"), run("b", "aaab"))
    hits = got["measures"]["hits@1"]
    assert (got["paired"], got["pairs"]) == (True, 4)
    assert (hits["a"], hits["b"], hits["difference"]) == (0.5, 0.75, 0.25)
    assert (hits["better"], hits["worse"]) == (1, 0)
    assert hits["interval"][0] <= 0.25 <= hits["interval"][1]
    assert got["measures"].keys() == {"hits@1", "precision", "recall", "f1", "exact", "hit_gcr"}


def test_only_shared_questions_are_paired(run):
    got = compare(run("a", "aab"), run("b", "bab", first=2))
    assert got["pairs"] == 2
    assert got["measures"]["hits@1"]["a"] == 0.5  # of the second and third question


def test_questions_made_unanswerable_are_no_pairs(run, tmp_path):
    a, b = run("a", "ab"), run("b", "aa")
    with (tmp_path / "a.jsonl").open("a") as stream:
        stream.write(json.dumps({"line": 1, "question": "q1", "answerable": False, "deleted": True}) + "\n")
    assert compare(a, b)["pairs"] == 2


def test_unpaired(run):
    got = compare(run("a", "ab" * 20, details=False), run("b", "a" * 39 + "b"))
    hits = got["measures"]["hits@1"]
    assert not got["paired"]
    assert hits["difference"] == pytest.approx(0.475)
    assert hits["interval"][0] > 0
    assert hits["significant"]


def test_why_nothing_is_paired(run):
    assert compare(run("a", "ab"), run("b", "ab", details=False))["unpaired"] == "no details of both"
    assert compare(run("a", "ab"), run("b", "ab", first=7))["unpaired"] == "no question in common"


def test_a_report_with_itself_differs_in_nothing(run):
    for details in (True, False):
        a = run("a", "abbab", details)
        measures = compare(a, a)["measures"]
        assert measures
        for one in measures.values():
            assert one["difference"] == 0
            assert not one["significant"]


@pytest.mark.parametrize("details", [True, False])
def test_symmetry(run, details):
    a, b = run("a", "abbabbab", details), run("b", "aababaab", details)
    there, back = compare(a, b)["measures"], compare(b, a)["measures"]
    assert there
    for name, one in there.items():
        other = back[name]
        assert (one["a"], one["b"], one["difference"]) == (other["b"], other["a"], -other["difference"])
        assert one["interval"] == pytest.approx([-other["interval"][1], -other["interval"][0]])
        assert one["significant"] == other["significant"]


shares = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20)


@given(shares, st.integers(0, 3))
def test_laws_of_a_difference(pairs, seed):
    a, b = map(list, zip(*pairs, strict=True))
    gap, (low, high) = difference(a, b, seed)
    gaps = [y - x for x, y in pairs]
    assert min(gaps) - 1e-9 <= low <= high <= max(gaps) + 1e-9
    back, interval = difference(b, a, seed)
    assert back == -gap
    assert interval == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n": 3}', "{" * 9])
def test_what_is_no_report(run, tmp_path, text):
    other = tmp_path / "other.json"
    other.write_text(text)
    with pytest.raises(BadFile, match="not a report"):
        compare(run("a", "a"), other)
    with pytest.raises(BadFile, match="cannot be read"):
        compare(tmp_path / "none.json", other)
