"""Paths that lead back onto their topic: a self-loop is an edge like any other, the rest needs a flag."""

import json

import pytest
from click.testing import CliRunner

import clew
from clew.api.cli import main

EDGES = """head,relation,tail
Orla,admires,Orla
Orla,admires,Finn
Finn,admires,Orla
Idris,admires,Idris
Finn,married to,Orla
"""


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    file = tmp_path_factory.mktemp("people") / "people.csv"
    file.write_text(EDGES, encoding="utf-8")
    with clew.load(file, home=file.parent / "home", name="people") as handle:
        yield handle


def test_a_self_loop_is_an_answer_with_a_proof(people):
    got = people.ask("Who does Idris admire?")
    assert list(got.labels) == ["Idris"]
    assert got.full.paths[0].text == "Idris -[admires]-> Idris"
    assert set(people.ask("Who does Orla admire?").labels) == {"Orla", "Finn"}


def test_no_step_leads_back_onto_the_topic_unless_that_is_wanted(people):
    question = "Who is admired by the person that Finn is married to?"
    assert "Finn" not in people.ask(question, min_hops=2, max_hops=2).labels
    bounds = {"min_hops": 2, "max_hops": 2, "relations": ["married to", "admires"]}
    assert "Finn" in people.ask(question, revisit=True, **bounds).labels


def test_the_command_has_a_flag(people):
    args = ["ask", "-g", "people", "--home", str(people._settings.home), "--json", "--min-hops", "2", "--max-hops", "2"]
    asked = {
        flag: json.loads(
            CliRunner().invoke(main, [*args, *flag, "Who is admired by the person that Finn is married to?"]).stdout
        )
        for flag in ((), ("--revisit",))
    }
    assert asked["--revisit",]["status"] == "answered"
    assert "Finn" in {answer["label"] for answer in asked["--revisit",]["answers"]}
    assert "Finn" not in {answer["label"] for answer in asked[()]["answers"]}
