"""Every environment variable that the code reads is in the reference."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kg", "tries", "retrieval", "decoding", "training", "evaluation", "api")
VARIABLE = re.compile(r"\bCLEW_[A-Z_]+[A-Z]\b")


def test_every_variable_is_in_the_reference() -> None:
    sources = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    assert {file.relative_to(ROOT).parts[0] for file in sources} == set(PACKAGES)
    read = {name for file in sources for name in VARIABLE.findall(file.read_text(encoding="utf-8"))}
    assert "CLEW_HOME" in read
    told = set(VARIABLE.findall((ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")))
    assert read <= told, f"not in docs/reference/cli.md: {sorted(read - told)}"
    assert told <= read, f"told, but not read: {sorted(told - read)}"
