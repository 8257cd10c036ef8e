"""The page's scripts run over real results in a stand-in for a browser's document: what they show, and that labels that
would act on a page or a reader stay inert."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from clew.api.schema.models import AskRequest, Explanation
from clew.api.schema.results import ask_result
from clew.api.service.inspection import inspection, record_of
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.reasoner import STOP, Bounds, RankedPath, ReasonedChain, Reasoner, Reasoning, Step
from tests.api.page_tree import ELEMENTS, NODE, UNSAFE, elements, shown_tree, texts

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the page's scripts")


class Branching(Reasoner):
    """Answers by one chain with a side branch, and a search that knows what it did not take."""

    name = "branching"

    def __init__(self, evil: str) -> None:
        self.evil = evil

    def prepare(self, graph):
        pass

    def reason(self, question, graph, topics, bounds):
        film, side, last = (graph.node(key) for key in ("Inception", "Tom Hardy", "evil"))
        acted, directed = graph.relation("starred_actors"), graph.relation("directed_by")
        edges = ((film, acted, side), (film, directed, last))
        steps = (Step(directed, -0.2, ((acted, -1.7), (STOP, -9.0))), Step(STOP, 0.0))
        chain = ReasonedChain(edges, (f"thinking of {self.evil}", ""), 1.0, False, (film,), (directed,))
        facts = {"forwards": 3.0, "tokens": 41.0, "dead": 0.0}
        path = RankedPath(topics[0], (directed,), -0.2, 0.8, steps)
        return Reasoning((path,), 0.9, exact=False, gap=0.5, diagnostics=facts, chains=(chain,), warnings=("beware",))


@pytest.fixture
def shown(tmp_path: Path, publish, parts, evil) -> dict[str, Any]:
    triples = [("Inception", "directed_by", "evil"), ("Inception", "starred_actors", "Tom Hardy")]
    publish(tmp_path, triples=triples, labels={"evil": evil})
    pipeline = Service(Settings(home=tmp_path), parts).pipeline("films")
    graph, linker = pipeline.graph, pipeline.linker
    found = Pipeline(graph, linker, Branching(evil), 0.0).answer(Query("Who made Inception?", Bounds(2)))
    request = AskRequest(question="Who made Inception?")
    result = ask_result(graph, request, "0" * 16, "branching", found)
    result.explanation = Explanation(text=f"It is {evil}.", source="model", model="branching")
    seen = inspection(record_of(graph, result, found) | {"asked": "now"}, 0, graph)
    given = {"result": result.model_dump(mode="json"), "inspection": seen.model_dump(mode="json")}
    return shown_tree(tmp_path, given)


def test_chains_words_and_the_search_are_shown(shown):
    said = "\n".join(texts(shown))
    for part in (
        "Verified chains of triples", "Chain 1 ", "probability 100%, stopped at the length limit",
        "Thoughts of the model (not part of the proof)", "Before triple 1: ",
        "Explanation written by branching (not part of the proof)",
        "Step 1 ", "3 allowed continuations, with their probabilities relative to each other",
        "—starred actors→", "end of path",
        "only one continuation was allowed",
        "Search", "The ranking is an estimate: a better path may exist.",
        "An unseen path can be better by at most 0.50 nats.", "forwards",
        "beware",
    ):  # fmt: skip
        assert part in said, part
    titles = [e["attributes"].get("title", "") for e in elements(shown)]
    assert any(title.startswith("allowed, not taken") for title in titles)
    chain = next(e for e in elements(shown) if e["attributes"].get("class") == "chain")
    pressed = [e for e in elements(chain) if e["name"] == "g"]
    assert [e["attributes"]["class"] for e in pressed if "relation" not in e["attributes"]["class"]] == [
        "topic", "between", "answer",
    ]  # fmt: skip
    assert [list(texts(e))[1:] for e in pressed if "relation" in e["attributes"]["class"]] == [
        ["starred actors"],
        ["directed by"],
    ]
    assert sum(e["attributes"].get("class") == "edge" for e in elements(chain)) == 4  # to a name, and from it
    places = [float(e["attributes"].get(name, 0)) for e in elements(chain) for name in ("x", "y", "width")]
    assert places
    assert all(map(math.isfinite, places))


def test_labels_stay_inert(shown, evil):
    assert {e["name"] for e in elements(shown)} <= ELEMENTS  # no image of a label's making
    whole = [text for text in texts(shown) if "img src" in text]
    assert len(whole) >= 4  # the answer, the path, the chain, its thought, the words, the JSON
    assert not any(character in text for text in texts(shown) for character in UNSAFE)
    assert any("\\u202e" in text for text in whole)
    assert not any(name.startswith("on") for e in elements(shown) for name in e["attributes"])
