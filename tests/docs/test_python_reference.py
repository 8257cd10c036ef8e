"""The Python reference names every member and every option, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import clew
from clew.api.python.options import AskOptions, ModelOptions, ReadingOptions

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "python.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    """The text under a heading."""
    _, found = PAGE.split(f"\n## `{name}", 1)
    return found.split("\n## ", 1)[0]


def named(text: str) -> set[str]:
    """What the first column of its tables names."""
    cells = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)", cell)}


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [
        ("clew.load", {"sources", "name", "home", *ReadingOptions.__annotations__}),
        ("clew.open", set(ModelOptions.__annotations__)),
        ("clew.ClewRetriever", {"graph", "options", "k"}),
        ("clew.Result", {name for name in vars(clew.Result) if not name.startswith("_")} | {"full"}),
        (
            "clew.GraphHandle",
            {name for name in vars(clew.GraphHandle) if not name.startswith("_")} | set(AskOptions.__annotations__),
        ),
    ],
)
def test_members_and_options_are_those_that_exist(heading: str, wanted: set[str]) -> None:
    assert wanted
    assert named(section(heading)) == wanted


def test_every_public_name_has_a_section() -> None:
    assert set(re.findall(r"^## `clew\.(\w+)", PAGE, re.MULTILINE)) == {*clew.__all__, "ClewRetriever"}
