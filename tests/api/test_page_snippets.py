"""What the page copies asks the same question, whatever its text is, and hides nothing where it is pasted."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.page_tree import NODE, run

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the page's scripts")

URL = 'http://127.0.0.1:8000/v1/graphs/it\'s%20"mine"/ask'
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]|[\U000e0000-\U000e007f]")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["it's $HOME `id`", '"; import os', "\\", "\u202egnp", "True null", "'''", "\U000e0041", "a\nb"]
)
REQUESTS = st.fixed_dictionaries(
    {"question": TEXTS, "explain": st.booleans(), "topics": st.lists(TEXTS, max_size=2)},
    optional={"conditions": st.fixed_dictionaries({"types": st.lists(TEXTS), "undated": st.none()})},
)


def copied(folder: Path, requests: list[Any], key: bool) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(
        run(folder, "snippets.mjs", {"url": URL, "requests": requests, "key": key})
    )
    return found


@pytest.mark.parametrize("key", [False, True])
def test_snippets_hold_the_request(tmp_path_factory: pytest.TempPathFactory, key: bool) -> None:
    @settings(max_examples=5, deadline=None)
    @given(st.lists(REQUESTS, min_size=20, max_size=30))
    def holds(requests: list[Any]) -> None:
        for request, forms in zip(requests, copied(tmp_path_factory.mktemp("page"), requests, key), strict=True):
            assert not any(HARMFUL.search(text) for text in forms.values())
            words = shlex.split(forms["curl"].replace("\\\n", " "))
            assert words[:2] == ["curl", URL]
            assert json.loads(words[words.index("-d") + 1]) == request
            assert ("Authorization: Bearer $CLEW_KEY" in words) == key
            assigned = {
                node.targets[0].id: node.value for node in ast.parse(forms["python"]).body if type(node) is ast.Assign
            }
            assert ast.literal_eval(assigned["question"]) == request
            assert ("CLEW_KEY" in forms["python"]) == key
            assert json.loads(forms["json"]) == request

    holds()
