"""What programs answer, in each way to ask: every kind of value, with its proof, its SPARQL and its inspection."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.cli import main
from clew.api.python.result import Result
from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest, AskResult, ProgramInspection
from clew.api.schema.program_results import number_text, number_value, program_fields
from clew.api.schema.program_text import tree_lines
from clew.api.service.inspection import inspected
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg import limits
from clew.kg.graph.export import quads
from tests.api.json_schema import Schemas
from tests.api.program_answers import EVIL, PROGRAMS, answer_of


@pytest.fixture
def client(mills: Service) -> Iterator[TestClient]:
    with TestClient(create_app(mills), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def ask(mills: Service) -> Callable[..., AskResult]:
    def ask(question: str, **options: Any) -> AskResult:
        return mills.ask("mills", AskRequest(question=question, **options))

    return ask


def test_sets(ask: Callable[..., AskResult]) -> None:
    found = ask("All mills there")
    assert (found.status, found.value, found.rows) == ("answered", None, None)
    assert [(one.label, one.paths, one.score) for one in found.answers] == [("Kern", [], 0.9), ("Losch", [], 0.9)]
    assert found.program == 'ENT Aare HOP "^stands on"'
    assert (found.confidence, found.selection, found.reason, found.paths) == (0.9, 0.9, None, [])


def test_values(ask: Callable[..., AskResult]) -> None:
    for question, value, unit in [
        ("Sum of it all", 3, ""),
        ("Sum of built", 5466, ""),
        ("Mean of built", 1822, ""),
        ("Sum of fees", 14, "kg"),
        ("Mean of fees", 14 / 3, "kg"),
        ("Is it there", True, ""),
        ("Is it not there", False, ""),
        ("Is it older", False, ""),
    ]:
        found = ask(question)
        assert (found.status, found.answers, found.rows) == ("answered", [], None)
        assert (found.value, type(found.value), found.unit) == (value, type(value), unit)


def test_tables(ask: Callable[..., AskResult]) -> None:
    found = ask("All with years")
    assert (found.status, found.answers, found.value) == ("answered", [], None)
    assert found.columns == ["mill", "built", "stands on"]
    assert found.rows == [["Kern", "1820", "Aare"], ["Losch", "1745", "Aare; Birs"], [EVIL, "1901", "Birs"]]
    found = ask("All there with years")
    assert (found.columns, found.rows) == (["mill", "built"], [["Kern", "1820"], ["Losch", "1745"]])
    found = ask("All years")
    assert found.columns == ["built", "stands on"]
    assert found.rows == [["1820", "Aare"], ["1745", "Aare; Birs"], ["1901", "Birs"]]
    found = ask("All by water")
    assert (found.columns, found.rows) == (["stands on", "count"], [["Aare", "2"], ["Birs", "2"]])
    found = ask("Fees by water")
    assert found.columns == ["stands on", "average of built"]
    assert found.rows == [["Birs", "1823"], ["Aare", "1782.5"]]


def test_the_request_limits_answers_and_rows(ask: Callable[..., AskResult]) -> None:
    for question, says in [("All mills there", "1 of 2"), ("All with years", "1 of 3"), ("All by water", "1 of 2")]:
        found = ask(question, max_answers=1)
        assert found.status == "partial"
        assert found.reason is not None
        assert found.reason.code == "budget"
        assert says in found.reason.message
        assert len(found.rows or found.answers) == 1


def test_nothing_in_the_graph(ask: Callable[..., AskResult]) -> None:
    found = ask("All in 1700")
    assert (found.status, found.answers) == ("none_in_graph", [])
    assert found.reason is not None
    assert found.reason.message == f"None in this graph, version {found.version}."
    assert found.program == "CLS mill LIT 1700 CMP built <"


def test_steps(ask: Callable[..., AskResult]) -> None:
    found = ask("Count the works at Aare")
    named, reached, counted = found.steps
    assert [step.token for step in found.steps] == ["ENT Aare", 'HOP "^stands on"', "COUNT"]
    assert (reached.count, [node.label for node in reached.members]) == (2, ["Kern", "Losch"])
    assert (named.operands, reached.operands, counted.operands) == ([], [0], [1])
    assert (counted.count, counted.members, counted.span, counted.text) == (None, [], (0, 5), "Count")
    assert counted.words.startswith("how many")
    assert [(one.program, one.probability) for one in found.considered] == [("CLS mill", 0.2)]
    assert [step.left_out for step in ask("All in 1700").steps] == [0, 0, 0]


def test_what_a_value_was_compared_with(ask: Callable[..., AskResult]) -> None:
    found = ask("All before the mean")
    assert [node.label for node in found.answers] == ["Kern"]
    assert [step.value for step in found.steps] == [None, None, pytest.approx(14 / 3), None]
    assert [line for line in tree_lines(found.steps) if "AVG fee   is 4.66" in line]
    assert found.reading.startswith("every mill whose fee is less than the average of the fee of every mill")
    found = ask("All cheaper than Losch")
    assert [node.label for node in found.answers] == ["Kern"]
    assert [step.operands for step in found.steps] == [[], [], [1], [0, 2]]
    assert [node.label for node in found.steps[2].members] == ["7 kg"]


def test_no_fields_of_programs_where_there_is_none(ask: Callable[..., AskResult]) -> None:
    found = ask("Which mills stands on Aare?").model_dump(mode="json")
    assert [one["label"] for one in found["answers"]] == ["Kern", "Losch"]
    fields = {"program", "program_id", "value", "unit", "columns", "rows", "steps", "considered"}
    assert not fields & found.keys()
    assert found["sparql"].startswith("SELECT DISTINCT ?x WHERE")


def test_sparql_gives_the_same(ask: Callable[..., AskResult], mills: Service) -> None:
    store = ox.Store()
    store.bulk_extend(quads(mills.catalogue.open("mills")))
    query = lambda found: store.query(found.sparql, use_default_graph_as_union=True)  # noqa: E731
    for question in ("All mills there", "Which mills stands on Aare?"):
        found = ask(question)
        assert {row["x"].value for row in query(found)} == {one.key for one in found.answers} != set()
    assert bool(query(ask("Is it there")))
    assert not bool(query(ask("Is it not there")))


def test_results_fit_the_published_schema(client: TestClient) -> None:
    schemas = Schemas(client.get("/openapi.json").json())
    kinds = set()
    for question in PROGRAMS:
        response = client.post("/v1/graphs/mills/ask", json={"question": question})
        assert response.status_code == 200
        body = response.json()
        assert schemas.fits({"$ref": "#/components/schemas/AskResult"}, body), question
        kinds.add((body["status"], type(body.get("value")).__name__, "rows" in body))
        inspected = client.get(f"/v1/paths/{body['program_id']}")
        assert inspected.status_code == 200
        assert schemas.fits({"$ref": "#/components/schemas/ProgramInspection"}, inspected.json()), question
    assert len(kinds) == 6


def test_batches(client: TestClient) -> None:
    questions = [{"question": question} for question in PROGRAMS]
    results = client.post("/v1/graphs/mills/ask-batch", json={"questions": questions}).json()["results"]
    alone = [client.post("/v1/graphs/mills/ask", json=question).json() for question in questions]
    timeless = lambda results: [{**one, "timings": None} for one in results]  # noqa: E731
    assert timeless(results) == timeless(alone)
    assert any("value" in one for one in results)


def test_inspection(client: TestClient, ask: Callable[..., AskResult]) -> None:
    asked = ask("Count the works at Aare")
    found = client.get(f"/v1/paths/{asked.program_id}").json()
    assert (found["id"], found["program"], found["value"]) == (asked.program_id, asked.program, 2)
    assert found["considered"] == [{"program": "CLS mill", "probability": 0.2}]
    _, reached, _ = found["steps"]
    first = reached["evidence"][0]
    assert (first["head"]["label"], first["relation"]["label"], first["tail"]["label"]) == ("Kern", "stands on", "Aare")
    assert (first["source"]["file"], first["source"]["line"]) == ("mills.ttl", 4)
    assert client.get(f"/v1/paths/{asked.program_id[:-1]}1").status_code == 404


@pytest.fixture
def clew(mills: Service, parts: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["--home", str(mills.settings.home), *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_terminal(clew: Callable[..., str]) -> None:
    for question, begins in {
        "All mills there": "Kern\nLosch\n",
        "Sum of it all": "3\nOf: Kern, Losch, <img",
        "Sum of fees": "14 kg\nOf: Kern",
        "Is it there": "Yes.\n",
        "Is it not there": "No.\nNot in this graph, version ",
        "Is it older": "No.\nBy what this graph states, version ",
        "All in 1700": "None in this graph, version ",
        "All by water": "stands on  count\n---------  -----\nAare           2\n",
        "All years": "built  stands on\n-----  ----------\n 1820  Aare\n",
    }.items():
        output = clew("ask", "-g", "mills", question)
        assert output.startswith(begins), output
        assert "done again over the stored statements of mills " in output
        assert output.rstrip().endswith("verified")
        assert "\x1b" not in output
        assert "\u202e" not in output
    assert json.loads(clew("ask", "-g", "mills", "Sum of it all", "--json"))["value"] == 3


def test_inspection_on_a_terminal(clew: Callable[..., str]) -> None:
    asked = json.loads(clew("ask", "-g", "mills", "Count the works at Aare", "--json"))
    lines = clew("inspect", asked["program_id"]).splitlines()
    assert '  COUNT   "Count"' in lines
    assert any(line.startswith('  `- HOP "^stands on"   "works at"') and line.endswith("leaves 2") for line in lines)
    assert any(line.startswith('     `- ENT Aare   "Aare"') for line in lines)
    assert any(line.startswith("  Kern | stands on | Aare   (mills.ttl:4)") for line in lines)
    assert "Not taken: CLS mill   (probability of its result 0.200)" in lines
    asked = json.loads(clew("ask", "-g", "mills", "All with years", "--json"))
    output = clew("inspect", asked["program_id"])
    assert "img src" in output
    assert not {"\x1b", "\u202e"} & set(output)


def test_python(ask: Callable[..., AskResult]) -> None:
    number, table, truth, some = (
        Result(ask(q), True) for q in ("Sum of fees", "All years", "Is it not there", "All mills there")
    )
    assert (number.value, number.unit, number.rows, number.columns) == (14, "kg", [], [])
    assert (truth.value, table.rows[0], table.columns) == (False, ["1820", "Aare"], ["built", "stands on"])
    assert all(bool(one) and one.verified for one in (number, table, truth, some))
    assert some.labels == ["Kern", "Losch"]
    assert number.program == "CLS mill SUM fee"
    assert number.sparql.startswith("SELECT")
    assert not Result(ask("All in 1700"), True)
    assert repr(number) == "<Result answered: 14 kg>"
    assert repr(truth) == "<Result answered: no>"
    assert repr(table) == "<Result answered: 3 rows>"
    assert "<img" not in Result(ask("All with years"), True)._repr_html_()
    assert "14 kg" in number._repr_html_()


def test_a_stored_program_outlives_its_service_and_its_version(mills: Service, ask: Callable[..., AskResult]) -> None:
    asked = ask("All with years")
    later = Service(mills.settings)
    kept = later.path(asked.program_id)
    assert isinstance(kept, ProgramInspection)
    assert (kept.rows, kept.columns, kept.question) == (asked.rows, asked.columns, "All with years")
    record, _ = later.history.path(asked.program_id)
    assert inspected(record, 0, None) == kept
    later.close()


def test_nothing_is_stored_where_nothing_is_to_be(clew: Callable[..., str]) -> None:
    assert "clew inspect" in clew("ask", "-g", "mills", "Mean of built")
    assert "clew inspect" not in clew("ask", "-g", "mills", "--no-history", "Mean of built")


def test_a_table_has_only_so_many_values(ask: Callable[..., AskResult], monkeypatch: pytest.MonkeyPatch) -> None:
    for most, rows in [(9, 3), (6, 3), (5, 2), (1, 1)]:
        monkeypatch.setattr(limits, "MAX_TABLE_VALUES", most)
        found = ask("All years")
        assert found.rows is not None
        assert len(found.rows) == rows
        assert found.status == ("answered" if most > 6 else "partial")


def test_rows_without_a_name(publish: Any, tmp_path: Path, parts: Any) -> None:
    """They are no rows where the rows are named; where only their columns are asked for, they are."""
    triples = [
        ("ida", "rents", "_:a"),
        ("_:a", "rooms", "three"),
        ("ida", "rents", "villa"),
        ("villa", "rooms", "nine"),
    ]
    publish(tmp_path, "flats", triples)
    pipeline = Service(Settings(home=tmp_path), parts).pipeline("flats")
    for named, rows in [(True, [["villa", "nine"]]), (False, [["nine"], ["three"]])]:
        answer = answer_of(pipeline.graph, pipeline.linker, "ENT ida HOP rents PROJ rooms", named_rows=named)
        found = program_fields(pipeline.graph, "q", 10, answer)
        assert (sorted(found.fields["rows"]), found.cut) == (rows, False)
        assert found.fields["columns"] == ["rents", "rooms"][1 - named :]


@given(st.fractions(), st.integers(-500, 500))
def test_numbers(number: Fraction, power: int) -> None:
    number *= Fraction(10) ** power
    value, text = number_value(number), Fraction(number_text(number))
    assert abs(text - number) <= abs(number) / 10**11
    assert math.isfinite(value) if isinstance(value, float) else value == round(number)
    assert abs(Fraction(value) - number) <= max(abs(number) / 10**15, Fraction(1, 2**1074))
