"""Questions with the relation path that answers each: JSON Lines.

A line is an object: ``question``; ``mention``, the words of the entity that the path starts at, as they stand in the
question (null where they do not); ``path``, names of relations in walking order, ``^`` before one that is walked
against its direction; ``source``, the set that it was taken from. Optional: ``twin``, true where the row must not be
trained on because a question of a kept set asks the same. Further fields are ignored.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clew.decoding.embedded.search.wording import TOPIC_MARK
from clew.kg.errors import BadFile

BACKWARDS = "^"


@dataclass(frozen=True, slots=True)
class Walked:
    """A relation's name, and whether it is walked along its direction."""

    name: str
    forward: bool = True


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One line. ``text`` has ``{x}`` where the entity is mentioned, or no ``{x}`` where it is not. ``described``: the
    first step of the path leads to what the question is about (``nesting``)."""

    text: str
    path: tuple[Walked, ...]
    source: str
    twin: bool = False
    described: bool = False


def read_rows(file: Path) -> tuple[QuestionRow, ...]:
    """Read a file. Raises ``BadFile`` (file, line and reason) on the first broken line, or if there is none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file}: not a readable text file: {error}") from error
    rows = tuple(_row(f"{file}: line {at}", line) for at, line in enumerate(lines, 1) if line.strip())
    if not rows:
        raise BadFile(f"{file}: no questions")
    return rows


def _row(where: str, line: str) -> QuestionRow:
    try:
        table = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadFile(f"{where}: not JSON: {error}") from error
    if not isinstance(table, dict):
        raise BadFile(f"{where}: not an object")
    question, source = _text(where, table, "question"), _text(where, table, "source")
    path = table.get("path")
    if not isinstance(path, list) or not path:
        raise BadFile(f"{where}: `path` must be a list of relation names")
    steps = tuple(_step(where, one) for one in path)
    return QuestionRow(_marked(where, question, table.get("mention")), steps, source, table.get("twin") is True)


def _text(where: str, table: dict[str, Any], field: str) -> str:
    value = table.get(field)
    if not isinstance(value, str) or not value.strip():
        raise BadFile(f"{where}: `{field}` must be a text that is not empty")
    return " ".join(value.split())


def _step(where: str, name: object) -> Walked:
    if not isinstance(name, str) or not name.removeprefix(BACKWARDS).strip():
        raise BadFile(f"{where}: `path` holds {name!r}, which names no relation")
    return Walked(name.removeprefix(BACKWARDS).strip(), not name.startswith(BACKWARDS))


def _marked(where: str, question: str, mention: object) -> str:
    """Return the question with ``{x}`` for the mention; as it is where none is told."""
    if "{" in question or TOPIC_MARK in question:
        raise BadFile(f"{where}: `question` holds a brace or the mark of a topic")
    if mention is None:
        return question
    if not isinstance(mention, str) or not mention.strip():
        raise BadFile(f"{where}: `mention` must be a text that is not empty, or null")
    at = question.lower().find(" ".join(mention.split()).lower())
    if at < 0:
        raise BadFile(f"{where}: the question does not hold its mention")
    return question[:at] + "{x}" + question[at + len(" ".join(mention.split())) :]
