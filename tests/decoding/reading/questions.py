"""The questions of this folder's TOML files, and the graphs they are asked of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import clew

HERE = Path(__file__).parent
GRAPHS = HERE / "graphs"
DEMO = HERE.parents[2] / "data" / "demo"


@dataclass(frozen=True)
class Question:
    """One entry. What a file does not give is empty."""

    graph: str
    """``demo``, or a file or folder of ``graphs/`` without its suffix where that is unique."""
    question: str
    kind: str = ""
    """dishonest.toml: the kind of content that no part of an answer could stand for."""
    case: str = ""
    """kinds.toml: which kind of case it is a member of."""
    answers: tuple[str, ...] = ()
    """The labels of the whole right set."""
    path: tuple[str, ...] = ()
    """honest.toml: the topic, then the relations that lead to the answers; ``^``: backwards."""
    outcome: str = ""
    """kinds.toml: ``ambiguous``: the answers of all bearers of the name, or a status that says that it is."""


@cache
def read(file: str) -> tuple[Question, ...]:
    """Read ``dishonest``, ``honest`` or ``kinds``."""
    entries = tomllib.loads((HERE / f"{file}.toml").read_text(encoding="utf-8"))["question"]
    return tuple(Question(**{key: _frozen(value) for key, value in entry.items()}) for entry in entries)


def source(graph: str) -> list[Path]:
    """Return the files, or the folder, that a graph is loaded from."""
    if graph == "demo":
        return sorted(DEMO.glob("*.ttl"))
    exact = GRAPHS / graph
    return [exact] if exact.exists() else sorted(GRAPHS.glob(f"{graph}.*"))


@cache
def handle(graph: str) -> clew.GraphHandle:
    """Load a graph, once."""
    return clew.load(*source(graph))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
