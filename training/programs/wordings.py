"""The wordings of operators, as ``wordings.toml`` lists them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("wordings.toml")
Wordings = Mapping[str, tuple[str, ...]]


@cache
def _tables() -> dict[str, dict[str, tuple[str, ...]]]:
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: {key: tuple(texts) for key, texts in table.items()} for name, table in data.items()}


def wordings(table: str) -> Wordings:
    """Return the wordings of one table by form."""
    return _tables()[table]


def with_article(noun: str) -> str:
    """Return a noun with "a" or "an"."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" and not noun.startswith(("uni", "use", "eu")) else f"a {noun}"
