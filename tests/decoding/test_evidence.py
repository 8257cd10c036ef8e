from __future__ import annotations

import numpy as np

from clew.decoding.answers.evidence import write_evidence
from clew.decoding.answers.gather import gather
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.decoding.text.prompt import Template
from clew.decoding.text.text_writer import Evidence
from tests.decoding.graphs import films


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
    fields = {"question": "q {topic}", "topics": "t", "topic": "x", "evidence": "e", "answers": "a"}
    for name in ("relation-path.v1", "relation-choice.v1", "gcr-path.v2", "answer.v1"):
        filled = Template.load(name).fill(**fields)
        assert "q {topic}" in filled  # braces in a question are left alone
        assert "{question}" not in filled
