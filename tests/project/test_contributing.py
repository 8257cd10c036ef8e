"""Every path that CONTRIBUTING names exists, and its map leaves out no room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.house import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOP = "|".join((*PACKAGES, "clew", "tests", "benchmarks", "docs", "deploy"))
PATHS = sorted(set(re.findall(rf"(?<![\w./-])((?:{TOP})/[\w./-]*)`", TEXT)))
IMAGINED = {"clew/NAME"}
"""Shown as an example."""


def test_paths_are_named() -> None:
    assert len(PATHS) > 50
    assert "api/rest/batching.py" in PATHS


@pytest.mark.parametrize("path", [path for path in PATHS if path not in IMAGINED])
def test_path_exists(path: str) -> None:
    assert (ROOT / path).exists()
    assert (ROOT / path).is_dir() == (path.endswith("/") or "." not in path)


def test_every_room_is_on_the_map() -> None:
    rooms = [init.parent for package in PACKAGES for init in (ROOT / package).glob("*/__init__.py")]
    assert len(rooms) > 25
    missing = [room for room in rooms if f"`{room.relative_to(ROOT)}/`" not in TEXT]
    assert not missing, f"not in CONTRIBUTING.md: {missing}"


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"\bmake ([a-z]+)`", TEXT))
    assert {"check", "test", "house"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
