"""``clew query``: what it prints, what it refuses, and that its JSON says the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main

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
