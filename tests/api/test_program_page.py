"""The page shows what programs answer: numbers, yes and no, tables with their download, the program as a tree."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from tests.api.page_tree import ELEMENTS, NODE, UNSAFE, elements, run, shown_tree, texts

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the page's scripts")


SIDES = (("x", "width"), ("y", "height"))


@pytest.fixture
def shown(mills: Service, tmp_path: Path) -> Callable[[str], Any]:
    def shown(question: str) -> Any:
        result = mills.ask("mills", AskRequest(question=question))
        inspection = mills.path(result.program_id).model_dump(mode="json")
        return shown_tree(tmp_path, {"result": result.model_dump(mode="json"), "inspection": inspection})

    return shown


def headline(tree: Any) -> str:
    return next("".join(texts(e)) for e in elements(tree) if e["name"] == "h2")


def test_values(shown: Callable[[str], Any]) -> None:
    for question, words, line in [
        ("Sum of it all", "3", "Of: Kern, Losch, "),
        ("Sum of fees", "14 kg", "Of: Kern, "),
        ("Is it there", "Yes", "4 operators; each was"),
        ("Is it not there", "No", "Not in this graph, version "),
        ("Is it older", "No", "By what this graph states, version "),
        ("All in 1700", "Not in this graph", "None in this graph, version "),
        ("All mills there", "2 answers", "Kern"),
    ]:
        tree = shown(question)
        assert headline(tree) == words
        assert any(line in text for text in texts(tree)), question


def test_a_table_and_its_download(shown: Callable[[str], Any]) -> None:
    tree = shown("All by water")
    assert headline(tree) == "2 rows"
    first = next(e for e in elements(tree) if e["name"] == "table")
    assert list(texts(first)) == ["stands on", "count", "Aare", "2", "Birs", "2"]
    assert any("Download CSV" in texts(e) for e in elements(tree) if e["name"] == "button")


def test_the_program_as_a_tree(shown: Callable[[str], Any]) -> None:
    tree = shown("Count the works at Aare")
    drawing = next(e for e in elements(tree) if e["attributes"].get("class") == "drawing")
    boxes = [e for e in elements(drawing) if e["name"] == "g"]
    assert [e["attributes"]["class"] for e in boxes] == ["topic", "between", "answer"]
    assert [list(texts(e))[1:] for e in boxes] == [
        ["Aare", "“Aare”"],
        ["← stands on", "“works at” · 2 left"],
        ["count them", "“Count”"],
    ]
    assert sum(e["attributes"].get("class") == "edge" for e in elements(drawing)) == 2
    places = [float(e["attributes"].get(name, 0)) for e in elements(drawing) for name in ("x", "y", "width")]
    assert all(map(math.isfinite, places))
    said = list(texts(tree))
    assert any(text.startswith("SELECT (COUNT(DISTINCT ?x) AS ?n)") for text in said)
    assert {"Programs not taken", "CLS mill", 'Step 2: HOP "^stands on" ', "mills.ttl:4"} <= set(said)


def test_operators_do_not_hide_one_another(shown: Callable[[str], Any]) -> None:
    tree = shown("Is it there")
    drawing = next(e for e in elements(tree) if e["attributes"].get("class") == "drawing")
    boxes = [
        {side: float(e["attributes"][side]) for pair in SIDES for side in pair}
        for e in elements(drawing)
        if e["name"] == "rect"
    ]
    assert len(boxes) == 4
    for one, other in itertools.combinations(boxes, 2):
        apart = [abs(one[a] + one[s] / 2 - other[a] - other[s] / 2) - (one[s] + other[s]) / 2 for a, s in SIDES]
        assert max(apart) > 0
    size = next(e["attributes"] for e in elements(drawing) if e["name"] == "svg")
    assert all(0 < box[a] < box[a] + box[s] < float(size[s]) for box in boxes for a, s in SIDES)


def test_labels_stay_inert(shown: Callable[[str], Any]) -> None:
    tree = shown("All with years")
    assert {e["name"] for e in elements(tree)} <= ELEMENTS
    whole = [text for text in texts(tree) if "img src" in text]
    assert len(whole) >= 3
    assert not any(character in text for text in texts(tree) for character in UNSAFE)
    assert not any(name.startswith("on") for e in elements(tree) for name in e["attributes"])


def test_a_download_is_read_back_and_runs_nothing(tmp_path: Path) -> None:
    cells = {
        "Kern": "Kern", "-5": "-5", "-1.5e3": "-1.5e3", "": "", 'say "a, b"': 'say "a, b"', "two\nlines": "two\nlines",
        "=1+1": "'=1+1", "-cmd": "'-cmd", "+cmd": "'+cmd", "@sum": "'@sum", "\u202egnp": "\\u202egnp",
    }  # fmt: skip
    text = run(tmp_path, "csv.mjs", {"columns": ["a", "=b"], "rows": [[cell, "1"] for cell in cells]})
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "'=b"], *([cell, "1"] for cell in cells.values())]
