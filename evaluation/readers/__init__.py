"""Readers of question sets: one file per format, chosen by name, by suffix or by what the file holds."""

from __future__ import annotations

from pathlib import Path

from evaluation.question import Question
from evaluation.readers import jsonl, metaqa
from evaluation.readers.text_file import read_lines
from kg.errors import BadFile

FORMATS = ("metaqa", "jsonl")


def read_questions(path: Path, chains: Path | None = None, format: str | None = None) -> list[Question]:  # noqa: A002
    """Read a question set; ``format`` None is detected.

    Raises ``BadFile`` for a missing, binary or empty file, ``BadLine`` for the first line that cannot be read, and
    ``BadFile`` when ``chains`` has another number of lines than the questions.
    """
    lines = read_lines(path)
    if not lines:
        raise BadFile(f"{path}: no questions in it")
    if (format or _detect(lines[0][1])) == "jsonl":
        questions = jsonl.parse(str(path), lines)
    else:
        questions = metaqa.parse(str(path), lines)
    return questions if chains is None else metaqa.with_chains(questions, str(chains), read_lines(chains))


def _detect(first_line: str) -> str:
    """Return the format that a first line is in: an object is JSON Lines, anything else MetaQA's."""
    return "jsonl" if first_line.lstrip().startswith("{") else "metaqa"
