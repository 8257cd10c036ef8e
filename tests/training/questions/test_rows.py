"""Reading rows of real questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clew.kg.errors import BadFile
from clew.training.questions.rows import Walked, read_rows
from tests.training.questions import toys

GOOD = {"question": "who keeps the  hives of Ole Bi", "mention": "ole bi", "path": ["^keeper"], "source": "made"}


def test_a_row_marks_its_mention_in_any_case(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        json.dumps({**GOOD, "more": 1}) + "\n\n" + json.dumps({**GOOD, "mention": None, "twin": True}) + "\n"
    )
    marked, unmarked = read_rows(file)
    assert marked.text == "who keeps the hives of {x}"
    assert marked.path == (Walked("keeper", forward=False),)
    assert not marked.twin
    assert unmarked.text == "who keeps the hives of Ole Bi"
    assert unmarked.twin


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        (json.dumps({**GOOD, "question": " "}), "`question`"),
        (json.dumps({**GOOD, "question": "who {x} Ole Bi"}), "brace"),
        (json.dumps({**GOOD, "source": 1}), "`source`"),
        (json.dumps({**GOOD, "path": []}), "`path`"),
        (json.dumps({**GOOD, "path": ["^"]}), "names no relation"),
        (json.dumps({**GOOD, "path": [1]}), "names no relation"),
        (json.dumps({**GOOD, "mention": ""}), "`mention`"),
        (json.dumps({**GOOD, "mention": "Ada"}), "does not hold its mention"),
    ],
)
def test_a_broken_line_is_named_with_file_line_and_reason(tmp_path: Path, line: str, reason: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(GOOD) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(BadFile) as refused:
        read_rows(file)
    assert f"{file}: line 2: " in str(refused.value)
    assert reason in str(refused.value)


def test_files_without_rows_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    with pytest.raises(BadFile, match=str(file)):
        read_rows(file)
    file.write_text("\n")
    with pytest.raises(BadFile, match="no questions"):
        read_rows(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadFile, match="not a readable text file"):
        read_rows(file)


def test_every_toy_row_is_read(tmp_path: Path) -> None:
    assert len(toys.rows(tmp_path)) == len(toys.lines())
