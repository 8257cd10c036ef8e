"""Every result can be saved and checked again; whatever is changed of what it states is refused."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import clew
from clew.api.schema.ask_result import AskResult
from clew.api.schema.certificate.model import CertifiedConditions, CertifiedReading, CertifiedStep
from clew.api.schema.models import AskConditions, AskRequest
from clew.api.service.service import Service
from clew.api.verify.answer_check import check_answer
from clew.api.verify.documents import saved_results
from clew.api.verify.report import verdicts
from clew.kg.errors import BadInput, VerificationFailed
from clew.kg.graph.export import write_rdf
from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ProgramStep, ValuesRead
from clew.kg.proof.sets.path_set import PathConditions
from tests.api.program_answers import PROGRAMS

QUESTIONS: list[dict[str, Any]] = [
    {"question": "Who directed [Inception]?"},
    {"question": "Who directed films starred by [Tom Hardy]?"},
    {"question": "Which starred actors does [Inception] have?", "max_answers": 1},
    {"question": "Who directed [Juno]?", "conditions": AskConditions(ends=["Jason Reitman"], forbidden=["born_in"])},
    {
        "question": "Who directed [Tenet]?",
        "conditions": AskConditions(relations=["Directed by", "^starred_actors"], ends=["CHRISTOPHER NOLAN"]),
    },
    {"question": "What is the meaning of [Juno]?"},
]
Results = list[tuple[Graph, AskResult]]


@pytest.fixture
def films(service: Service) -> Results:
    graph = service.catalogue.open("films")
    return [(graph, service.ask("films", AskRequest(**asked))) for asked in QUESTIONS]


@pytest.fixture
def values(mills: Service) -> Results:
    graph = mills.catalogue.open("mills")
    return [(graph, mills.ask("mills", AskRequest(question=question))) for question in PROGRAMS]


def test_certificates_hold_all_that_proofs_do() -> None:
    for model, proof in (
        (CertifiedStep, ProgramStep),
        (CertifiedReading, ValuesRead),
        (CertifiedConditions, PathConditions),
    ):
        assert model.model_fields.keys() == {field.name for field in fields(proof)}


def test_every_result_holds(films: Results, values: Results) -> None:
    checked = [check_answer(graph, AskResult.model_validate_json(each.model_dump_json())) for graph, each in films]
    assert [each.answers for each in checked] == [1, 1, 1, 1, 1, 0]
    assert [each.status for _, each in films] == [
        "answered",
        "answered",
        "partial",
        "answered",
        "answered",
        "not_understood",
    ]
    for graph, result in values:
        assert check_answer(graph, AskResult.model_validate_json(result.model_dump_json())).operators


# --- tampering
KNOWN_TO_THE_MODEL = {
    "question", "graph", "linked", "sparql", "confidence", "selection", "reason", "reading", "unread", "corrected",
    "otherwise", "suggestions", "alternatives", "model", "timings", "considered", "program_id", "score", "words",
    "span", "text", "id", "settings", "format", "explanation", "source",
}  # fmt: skip
"""Fields that state nothing of the graph, or that nothing but the model knows."""


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of everything that is stated of the graph."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in KNOWN_TO_THE_MODEL or (place[:1] == ("paths",) and name == "text"):
                yield from leaves(part, (*place, name))
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from leaves(part, (*place, at))
            yield (*place, at)
    elif value is not None:
        yield place


def changed(result: dict[str, Any], place: tuple[Any, ...], how: str) -> dict[str, Any]:
    """A copy in which the value at a place is another one, is not there, or is there twice."""
    tampered = copy.deepcopy(result)
    holder = tampered
    for name in place[:-1]:
        holder = holder[name]
    value = holder[place[-1]]
    if isinstance(holder, list) and how == "removed":
        del holder[place[-1]]
    elif isinstance(holder, list) and how == "doubled":
        holder.insert(place[-1], copy.deepcopy(value))
    elif isinstance(value, bool):
        holder[place[-1]] = not value
    elif isinstance(value, int | float):
        holder[place[-1]] = value + 1
    elif isinstance(value, str):
        holder[place[-1]] = {"forward": "inverse", "inverse": "forward"}.get(value, f"{value}x")
    return tampered


def refused(graph: Graph, tampered: dict[str, Any]) -> bool:
    (saved,) = saved_results(json.dumps(tampered))
    return not verdicts([saved], lambda _: graph)[0].holds


def test_whatever_is_changed_is_refused(films: Results, values: Results) -> None:
    drawn = [(graph, result.model_dump(mode="json")) for graph, result in films[:-1] + values]
    places = [(graph, result, place) for graph, result in drawn for place in leaves(result)]

    @settings(max_examples=250, deadline=None)
    @given(st.sampled_from(range(len(places))), st.sampled_from(["other", "removed", "doubled"]))
    def law(at: int, how: str) -> None:
        graph, result, place = places[at]
        tampered = changed(result, place, how)
        if tampered != result and not weaker(result, place, how):
            assert refused(graph, tampered), (place, how)

    law()


def weaker(result: dict[str, Any], place: tuple[Any, ...], how: str) -> bool:
    """Whether a change leaves a result that states less, or the same otherwise: all of it is still so."""
    partial = result["status"] == "partial"
    fewer = how == "removed" and ("members" in place or "classes" in place)
    walk = "alternatives" in place and len(place) - place.index("alternatives") <= 3
    again = how == "doubled" and (walk or any(name in place for name in ("members", "classes", "conditions")))
    first = place == ("answers", 0, "paths", 0) or place[:2] == ("paths", 0)
    return fewer or again or (partial and how != "other" and first) or place[-1] == "named_rows"


@pytest.mark.parametrize(
    ("place", "new", "why"),
    [
        (("version",), "0" * 12, "not that of the hash"),
        (("certificate", "content_hash"), "0" * 64, "not that of the hash"),
        (("certificate",), None, "no certificate"),
        (("certificate", "whole"), False, "whole"),
        (("answers",), [], "missing: 'Christopher Nolan'"),
        (("answers", 0, "key"), "Jason Reitman", "label of 'Jason Reitman'"),
        (("answers", 0, "label"), "Somebody", "label of 'Christopher Nolan'"),
        (("answers", 0, "paths"), [], "not those of the answers"),
        (("paths", 0, "relations", 0, "direction"), "inverse", "text of path"),
        (("certificate", "paths", "topic"), "Juno", "different nodes"),
        (("value",), 3, "no program"),
        (("status",), "none_in_graph", "status"),
    ],
)
def test_reasons(films: Results, place: tuple[Any, ...], new: Any, why: str) -> None:
    graph, result = films[0]
    tampered = result.model_dump(mode="json")
    holder = tampered
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = new
    with pytest.raises(VerificationFailed, match=why):
        check_answer(graph, AskResult.model_validate(tampered))


def test_an_answer_added_or_swapped_with_its_path_is_refused(films: Results) -> None:
    graph, result = films[0]
    other = films[3][1]
    for answers, paths in ((result.answers + other.answers, result.paths + other.paths), (other.answers, other.paths)):
        with pytest.raises(VerificationFailed, match=r"'Jason Reitman'"):
            check_answer(graph, result.model_copy(update={"answers": answers, "paths": paths}))


def test_another_count_is_refused(values: Results) -> None:
    graph, result = next(each for each in values if each[1].question == "Sum of it all")
    with pytest.raises(VerificationFailed, match="the value is 3, not 4"):
        check_answer(graph, result.model_copy(update={"value": 4}))


# --- files
def test_saved_forms(films: Results, tmp_path: Path) -> None:
    plain = [result.model_dump(mode="json") for _, result in films]
    for text in (
        json.dumps(plain, indent=2),
        json.dumps({"results": plain}),
        "\n".join(map(json.dumps, plain)) + "\n\n",
    ):
        assert [saved.result and saved.result.question for saved in saved_results(text)] == [
            each["question"] for each in plain
        ]
    (problem,) = saved_results('{"type": "/problems/overloaded", "status": 503, "code": "overloaded"}')
    assert problem.result is None
    assert "overloaded" in problem.fault
    for text in ("", "[]", "no", "{}\n{", '{"value": NaN}', "[" * 10_000):
        with pytest.raises(BadInput):
            saved_results(text)
    assert [saved.result for saved in saved_results('[1, {"question": 2}]')] == [None, None]


def test_the_command(clew: Any, films: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = films[0][0]
    said = clew("ask", "--graph", "films", "Who directed [Inception]?", "--json").stdout
    Path("answer.json").write_text(said)
    assert "holds: 1 answers" in clew("verify", "answer.json").stdout
    assert json.loads(clew("verify", "answer.json", "--json").stdout)["holds"] is True
    with Path("dump.nt").open("wb") as file:
        write_rdf(graph, file)
    assert "holds: 1 answers" in clew("verify", "answer.json", "--against", "dump.nt").stdout
    Path("less.nt").write_text(Path("dump.nt").read_text().splitlines()[0])
    assert "this is" in clew("verify", "answer.json", "--against", "less.nt", exit_code=1).stdout
    clew("verify", "answer.json", "--against", "less.nt", "--any-version", exit_code=1)
    Path("false.json").write_text(said.replace("Christopher Nolan", "Jason Reitman"))
    found = json.loads(clew("verify", "false.json", "--json", exit_code=1).stdout)
    assert not found["holds"]
    assert found["results"][0]["fault"]
    unknown = json.loads(said) | {"version": "0" * 12}
    Path("other.json").write_text(json.dumps(unknown))
    assert "version" in clew("verify", "other.json", exit_code=1).stdout


def test_wrong_use_of_the_command(clew: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("films").write_text("{}")
    Path("a.json").write_text("{")
    for words in (["no.json"], ["./films"], ["films"], ["a.json"], ["a.json", "--all"], ["nothing", "--against", "x"]):
        clew("verify", *words, exit_code=1 if words == ["./films"] else 2)


def test_every_way_in_gives_results_that_hold(client: TestClient, films: Results, home: Path) -> None:
    graph = films[0][0]
    one = client.post("/v1/graphs/films/ask", json={"question": "Who directed [Inception]?"})
    asked = [{"question": "Who directed [Juno]?"}, {"question": "Who directed [Nobody at all]?"}]
    many = client.post("/v1/graphs/films/ask-batch", json={"questions": asked})
    found = saved_results(one.text) + saved_results(many.text)
    assert [verdict.holds for verdict in verdicts(found, lambda _: graph)] == [True, True, found[2].result is not None]


def test_no_model_is_imported(films: Results, home: Path, tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(films[0][1].model_dump_json())
    program = (
        "import sys; from clew.api.cli import main\n"
        f"main(['--home', {str(home)!r}, 'verify', {str(tmp_path / 'answer.json')!r}], standalone_mode=False)\n"
        "print(sorted({'torch', 'transformers', 'tokenizers', 'faiss', 'clew.api.service.service'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_checks_what_it_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: Any) -> None:
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)
    (tmp_path / "films.csv").write_text("Inception,directed_by,Christopher Nolan\n")
    with clew.load(tmp_path / "films.csv") as graph:
        result = graph.ask("Who directed [Inception]?")
        saved = json.loads(json.dumps(result.to_dict()))
        graph.verify(result)
        graph.verify(saved)
        for bad in (saved | {"answers": []}, saved | {"more": 1}):
            with pytest.raises(VerificationFailed):
                graph.verify(bad)
