"""``clew query``: what it prints, what it refuses, and that its JSON says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.service import querying
from clew.kg.time_limit import OutOfTime

TURTLE = """
@prefix : <http://mills.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Mill rdfs:label "mill" . :on rdfs:label "stands on" . :built rdfs:label "built" .
:kern a :Mill ; rdfs:label "Kern" ; :on :aare ; :built 1820 .
:losch a :Mill ; rdfs:label "Losch" ; :on :aare ; :built 1745 .
:aare rdfs:label "Aare" .
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("query")
    (folder / "mills.ttl").write_text(TURTLE)
    result = CliRunner().invoke(
        main, ["--home", str(folder / "home"), "ingest", str(folder / "mills.ttl"), "-g", "mills"]
    )
    assert result.exit_code == 0, result.output
    return folder / "home"


def run(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["--home", str(home), *arguments])
    return result.exit_code, result.output


def test_each_kind_of_value(home: Path) -> None:
    for program, first in {
        'ENT Aare HOP "^stands on"': "Kern\nLosch\n",
        'ENT Aare HOP "^stands on" LIT 1800 CMP built > COUNT': "1\n",
        'ENT Kern ENT Aare HOP "^stands on" ASK': "yes\n",
        "CLS mill PROJ built": "| built\nKern | 1820\nLosch | 1745\n",
        "CLS mill LIT 1900 CMP built >": "Nothing in this graph.\n",
    }.items():
        code, output = run(home, "query", "mills", program)
        assert code == 0
        assert output.startswith(first)
        assert output.rstrip().endswith("verified")


def test_json_and_sparql(home: Path) -> None:
    _, output = run(home, "query", "mills", "CLS mill ARG built max", "--json")
    found = json.loads(output)
    assert [node["label"] for node in found["answers"]] == ["Kern"]
    assert (found["kind"], found["size"], found["verified"]) == ("set", 1, True)
    assert found["sparql"].startswith("SELECT DISTINCT ?x WHERE")
    assert found["program"] == "CLS mill ARG built max"
    _, output = run(home, "query", "mills", "CLS mill COUNT", "--sparql")
    assert "SELECT (COUNT(DISTINCT ?x) AS ?n)" in output


def test_what_may_come_next(home: Path) -> None:
    _, output = run(home, "query", "mills", 'ENT Aare HOP "^stands on"', "--next", "--json")
    tokens = json.loads(output)["next"]
    assert {"STOP", "COUNT", "ARG built max"} <= set(tokens)
    assert not any(token.startswith("AND") for token in tokens)
    code, output = run(home, "query", "mills", "ENT Aare HOP built", "--next")
    assert code == 2
    assert "cannot be run there" in output


def test_what_cannot_be_run(home: Path) -> None:
    for program, says in {"ENT Nile HOP built": "Nile", "ENT Aare HOP built": "token 2", "": "empty"}.items():
        code, output = run(home, "query", "mills", program)
        assert code == 2
        assert says in output
    assert run(home, "query", "none", "ENT a COUNT")[0] == 2


def test_numbers_of_any_size_are_printed(tmp_path: Path) -> None:
    """A mean of huge numbers fits in no float, and no number is longer than Python likes to write."""
    rows = [f"<urn:x:{name}> <urn:x:cost> {value} ." for name, value in {"a": 10**400, "b": 1, "c": "0.1"}.items()]
    rows += [f"<urn:x:{name}> a <urn:x:Kind> ." for name in "abc"]
    (tmp_path / "costs.ttl").write_text("\n".join(rows))
    home = tmp_path / "home"
    run(home, "ingest", str(tmp_path / "costs.ttl"), "-g", "costs")
    code, output = run(home, "query", "costs", "CLS urn:x:Kind AVG cost")
    assert code == 0
    assert output.startswith("3.33333333333E+399\n")
    assert run(home, "query", "costs", "ENT urn:x:b ENT urn:x:c OR AVG cost")[1].startswith("0.55\n")


def test_a_result_is_kept_if_the_limit_comes_before_its_proof(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(graph: object, proof: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(querying, "verify_program", late)
    code, output = run(home, "query", "mills", "CLS mill COUNT")
    assert code == 0
    assert output.startswith("2\n")
    assert "Not verified: the time limit came" in output


def test_nodes_without_a_name_are_counted_but_not_shown(tmp_path: Path) -> None:
    """They are things, so ``COUNT`` and the operators see them; no answer, row or cell is one."""
    (tmp_path / "flats.ttl").write_text(
        "@prefix : <http://flats.example/> .\n"
        ":ida :rents [ a :Flat ; :in :bern ; :rooms 3 ], [ a :Flat ; :in :bern ; :rooms 2 ] ; :owns :villa .\n"
        ":villa a :Flat ; :in :chur ; :rooms 9 ."
    )
    home = tmp_path / "home"
    assert run(home, "ingest", str(tmp_path / "flats.ttl"), "-g", "flats")[0] == 0
    for program, first in {
        "ENT ida HOP rents": "Nothing with a name.\n... and 2 without a name\n",
        "ENT ida HOP rents COUNT": "2\n",
        "ENT ida HOP rents HOP in": "bern\n",
        "CLS Flat": "villa\n... and 2 without a name\n",
        "CLS Flat SUM rooms": "14\n",
        "CLS Flat PROJ rooms": "| rooms\nvilla | 9\n... and 2 without a name\n",
        "CLS Flat HOP ^rents PROJ rents": "| rents\nida | \n",
        "CLS Flat HOP ^rents GROUP rents COUNT": "| COUNT\n... and 2 without a name\n",
    }.items():
        code, output = run(home, "query", "flats", program)
        assert code == 0
        assert output.startswith(first), program
        assert output.rstrip().endswith("verified")
    tokens = run(home, "query", "flats", "ENT ida HOP rents", "--next")[1].splitlines()
    assert "HOP in" in tokens
    assert "STOP" not in tokens
    assert "STOP" in run(home, "query", "flats", "ENT ida HOP owns", "--next")[1].splitlines()
