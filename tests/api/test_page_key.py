"""The page asks for a key where the server requires one, once for all its requests, and again if it is wrong."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import clew.api.rest
from tests.api.page_tree import NODE

pytestmark = pytest.mark.skipif(NODE is None, reason="needs node to run the page's scripts")

STATIC = Path(clew.api.rest.__file__).parent / "static"


def happened(given: list[str | None]) -> dict[str, Any]:
    script = Path(__file__).parent / "page" / "key.mjs"
    given_json = json.dumps({"right": "clew_right", "given": given})
    command = [str(NODE), str(script), str(STATIC)]
    done = subprocess.run(command, input=given_json, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_key_is_asked_for_once_and_kept() -> None:
    found = happened([" clew_right "])
    assert (found["statuses"], found["shown"]) == ([200, 200], [False])
    assert found["sent"][-1]["Authorization"] == "Bearer clew_right"
    assert {"Authorization": "Bearer clew_right", "Content-Type": "application/json"} in found["sent"]


def test_a_wrong_key_is_asked_for_again() -> None:
    found = happened(["clew_wrong", "clew_right"])
    assert (found["statuses"], found["shown"], found["left"]) == ([200, 200], [False, True], 0)


def test_who_cancels_gets_the_problem() -> None:
    assert happened([None])["statuses"] == [401, 401]
