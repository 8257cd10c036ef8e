"""Example questions, and those that the page makes for a relation, are grammatical: by what kind of label it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clew.api.service.examples import _phrased
from tests.api.page_tree import NODE, run

ASKED = {
    "capital": "What is the capital of Vienna?",
    "starred actors": "What are the starred actors of Vienna?",
    "has tags": "What are the tags of Vienna?",
    "genus": "What is the genus of Vienna?",
    "species": "What is the species of Vienna?",
    "directed by": "What is Vienna directed by?",
    "flows into": "What does Vienna flow into?",
    "carries through": "What does Vienna carry through?",
    "lies in": "What does Vienna lie in?",
}
ASKED_BACK = {
    "capital": "What has Vienna as capital?",
    "directed by": "What is directed by Vienna?",
    "flows into": "What flows into Vienna?",
    "student of": "What is a student of Vienna?",
    "edition of": "What is an edition of Vienna?",
    "part of": "What is part of Vienna?",
    "borders": "What borders Vienna?",
    "took place in": "What took place in Vienna?",
}


@pytest.mark.parametrize("label", ASKED)
def test_examples(label: str) -> None:
    assert _phrased(label, "Vienna") == ASKED[label]


@pytest.mark.skipif(NODE is None, reason="needs node to run the page's scripts")
def test_questions_of_the_page(tmp_path: Path) -> None:
    forward = {label: question for label, question in ASKED.items() if label != "has tags"}
    relations = [(label, "forward") for label in forward] + [(label, "inverse") for label in ASKED_BACK]
    found = json.loads(run(tmp_path, "wording.mjs", relations))
    assert found == [*forward.values(), *ASKED_BACK.values()]
