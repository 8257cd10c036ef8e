"""What a first question needs is built by the commands that publish a version, and the question builds nothing."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.schema.models import AskRequest
from clew.api.service.indices import Indices
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.typed.value import ValueKind
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns.stored import INDEX, KIND, columns_of, keep_columns_in

ASKED = {"labels", "linker", "states", "survey"}
"""What a question needs."""
KINDS = {"columns", *ASKED}
ROWS = "head,relation,tail\nHeat,directed by,Michael Mann\nHeat,starring,Al Pacino\nAli,directed by,Michael Mann\n"
QUESTION = "Who directed Heat?"


def stored(home: Path) -> dict[str, int]:
    """Every derived file with the time of its last change."""
    files = [file for file in (home / "derived").rglob("*") if file.is_file()]
    return {str(file.relative_to(home)): file.stat().st_mtime_ns for file in files}


def kinds(home: Path, version: str) -> set[str]:
    return {folder.name for folder in (home / "derived").glob(f"{version}*/*")}


def answers(home: Path) -> list[str]:
    """Answers of a service of its own, as in a new process."""
    service = Service(Settings(home=home))
    try:
        result = service.ask("heat", AskRequest(question=QUESTION))
    finally:
        service.close()
    return [answer.label for answer in result.answers]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "heat.csv").write_text(ROWS)
    return tmp_path / "heat.csv"


@pytest.fixture
def clew(home):
    """Run the command line in this process, with the real parts."""

    def run(*arguments):
        result = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    return run


@pytest.fixture
def alone(home):
    """Run a command in a process of its own; return whether that imported torch."""
    program = (
        "import sys; from clew.api.cli import main; main(sys.argv[1:], standalone_mode=False); "
        "print('torch' in sys.modules)"
    )

    def run(*arguments):
        process = subprocess.run(
            [sys.executable, "-c", program, "--home", str(home), *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert process.returncode == 0, process.stderr
        return process.stdout.splitlines()[-1] == "True"

    return run


@pytest.mark.parametrize("command", ["ingest", "update", "compact"])
def test_a_question_after_it_builds_nothing(clew, home, table, tmp_path, command):
    early = ["--no-index"] if command != "ingest" else []
    clew("ingest", table, "-g", "heat", *early)
    if command != "ingest":
        (tmp_path / "more.csv").write_text("Collateral,directed by,Michael Mann\n")
        clew("update", "heat", "--add", tmp_path / "more.csv", *(["--no-index"] if command == "compact" else []))
    if command == "compact":
        assert not kinds(home, Catalogue(home).current("heat"))
        clew("compact", "heat")
    assert kinds(home, Catalogue(home).current("heat")) == KINDS
    before = stored(home)
    assert answers(home) == ["Michael Mann"]
    assert stored(home) == before


def test_other_names_of_relations_and_classes_are_built_too(clew, home, tmp_path):
    (tmp_path / "heat.ttl").write_text(
        "@prefix : <http://x/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        ':heat a :Film ; rdfs:label "Heat" ; :by :mann . :mann a :Person ; rdfs:label "Michael Mann" .\n'
        ':by rdfs:label "directed by" ; skos:altLabel "helmed by", "film maker" .\n'
        ':Film rdfs:label "film" ; skos:altLabel "motion picture" . :Person rdfs:label "person" .\n'
    )
    clew("ingest", tmp_path / "heat.ttl", "-g", "heat")
    before = stored(home)
    assert answers(home) == ["Michael Mann"]
    assert stored(home) == before


def test_what_it_says(clew, home, table):
    assert json.loads(clew("ingest", table, "-g", "heat", "--json").stdout)["index_seconds"] > 0
    assert json.loads(clew("ingest", table, "-g", "other", "--no-index", "--json").stdout)["index_seconds"] is None
    assert json.loads(clew("compact", "other", "--no-index", "--json").stdout)["index_seconds"] is None
    assert json.loads(clew("compact", "other", "--json").stdout)["index_seconds"] > 0


def test_without_an_index_the_first_question_builds_it(clew, home, table):
    clew("ingest", table, "-g", "heat", "--no-index")
    assert not (home / "derived").exists()
    assert answers(home) == ["Michael Mann"]
    assert kinds(home, Catalogue(home).current("heat")) == KINDS
    before = stored(home)
    assert answers(home) == ["Michael Mann"]
    assert stored(home) == before


def test_columns_of_values_are_built_where_they_are_missing_and_follow_an_update(clew, home, tmp_path):
    (tmp_path / "years.csv").write_text("head,relation,tail,year\nHeat,directed by,Michael Mann,1995\n")
    clew("ingest", tmp_path / "years.csv", "-g", "heat", "--no-index")
    catalogue = Catalogue(home)
    for tails in (["1995"], ["1995", "2004-08-06"]):
        if len(tails) > 1:
            assert columns_of(catalogue.open("heat")).counts().excluded == 0
        (tmp_path / "more.nt").write_text(
            "".join(
                f'<urn:heat> <urn:year> "{tail}"^^<{XSD}{"date" if "-" in tail else "gYear"}> .\n' for tail in tails
            )
        )
        clew("update", "heat", "--add", tmp_path / "more.nt")
        assert kinds(home, catalogue.current("heat")) == KINDS
        graph = catalogue.open("heat")
        keep_columns_in(graph, catalogue.derived(graph, KIND, INDEX))
        column = columns_of(graph).column(graph.relation("urn:year"), ValueKind.TIME)
        assert [graph.label(tail) for tail in column.tails()] == tails


def test_an_update_takes_what_has_not_changed_and_loads_no_model(alone, clew, home, table, tmp_path):
    clew("ingest", table, "-g", "heat")
    (tmp_path / "more.csv").write_text("Collateral,directed by,Michael Mann\n")
    assert not alone("update", "heat", "--add", tmp_path / "more.csv")
    assert kinds(home, Catalogue(home).current("heat")) == KINDS
    (tmp_path / "new.csv").write_text("Collateral,filmed in,Los Angeles\n")
    assert alone("update", "heat", "--add", tmp_path / "new.csv")
    before = stored(home)
    assert answers(home) == ["Michael Mann"]
    assert stored(home) == before


@pytest.mark.parametrize("kind", sorted(ASKED))
@pytest.mark.parametrize("damage", ["gone", "manifest", "array"])
def test_what_is_damaged_is_built_again_and_answers_stay(clew, home, table, caplog, kind, damage):
    clew("ingest", table, "-g", "heat")
    before = stored(home)
    (folder,) = (home / "derived").glob(f"*/{kind}")
    if damage == "gone":
        shutil.rmtree(folder)
    elif damage == "manifest":
        next(folder.rglob("manifest.json")).write_text("{")
    else:
        next(iter(sorted(folder.rglob("*.npy")))).write_bytes(b"\x93NUMPY")
    with caplog.at_level(logging.INFO):
        assert answers(home) == ["Michael Mann"]
    assert stored(home).keys() == before.keys()
    assert all("Traceback" not in record.getMessage() for record in caplog.records)
    again = stored(home)
    assert answers(home) == ["Michael Mann"]
    assert stored(home) == again


def test_a_graph_is_published_even_if_it_cannot_be_indexed(clew, home, table, caplog):
    (home / "derived").write_text("in the way")
    said = json.loads(clew("ingest", table, "-g", "heat", "--json").stdout)
    assert (said["triples"], said["index_seconds"]) == (3, None)
    assert "heat is published, but not indexed" in caplog.text
    (home / "derived").unlink()
    assert answers(home) == ["Michael Mann"]


def test_steps_are_told(home):
    told: list[str] = []
    assert Indices(Catalogue(home)).build("films", told.append)
    assert told == [
        "opening the graph",
        "looking at all edges",
        "sorting values",
        "indexing relation labels",
        "indexing names",
    ]
