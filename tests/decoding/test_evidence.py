from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import numpy as np

from clew.decoding.answers.evidence import write_evidence
from clew.decoding.answers.gather import gather
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.decoding.text.prompt import Template
from clew.decoding.text.text_writer import Evidence
from tests.decoding.graphs import films

TEMPLATES = sorted(
    file.name.removesuffix(".txt") for file in files("clew.decoding.text").joinpath("templates").iterdir()
)


def paths():
    graph = films()
    directed, starred = graph.relation("directed by"), graph.relation("starred actors")
    relations = (starred, starred + graph.num_relations, directed)
    ranked = RankedPath(Topic(graph.node("Heat")), relations, float(np.log(0.5)), 0.5)
    found = gather(graph, Reasoning((ranked,), 0.5), Bounds(3))
    return graph, [path for answer in found.answers for path in answer.paths]


def test_triples_are_stated_as_in_the_graph_each_once() -> None:
    graph, some = paths()
    text = write_evidence(graph, [*some, *some], Evidence.TRIPLES)
    assert text.splitlines() == [
        "(Heat, starred actors, Robert De Niro)",
        "(Ronin, starred actors, Robert De Niro)",
        "(Ronin, directed by, John Frankenheimer)",
    ]


def test_an_outline_nests_what_is_reached() -> None:
    graph, some = paths()
    inverse = graph.relation_label(some[0].relations[1])
    assert write_evidence(graph, some, Evidence.OUTLINE).splitlines() == [
        "- Heat",
        "  - starred actors",
        "    - Robert De Niro",
        f"      - {inverse}",
        "        - Ronin",
        "          - directed by",
        "            - John Frankenheimer",
    ]


def test_a_cut_is_said() -> None:
    graph, some = paths()
    assert write_evidence(graph, some, Evidence.TRIPLES, most=1).splitlines()[1] == "... and 2 more lines"


def test_every_template_that_ships_loads_and_fills() -> None:
    fields = {"question": "q {topic}", "topics": "t", "topic": "x", "evidence": "e", "answers": "a", "relations": "r"}
    for name in TEMPLATES:
        filled = Template.load(name).fill(**fields)
        assert "q {topic}" in filled  # braces in a question are left alone
        assert "{question}" not in filled
    assert {"relation-path.v1", "answer.v1"} <= set(TEMPLATES)


def test_the_documentation_names_templates_that_ship() -> None:
    text = (Path(__file__).parents[2] / "docs" / "explanation" / "decoding.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z-]+\.v\d+)`", text))
    assert named
    assert named <= set(TEMPLATES)
