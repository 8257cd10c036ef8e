"""Readers of question sets: one file per format, selected by name or by content."""

from __future__ import annotations

import json
from pathlib import Path

from clew.evaluation.questions.question import Question
from clew.evaluation.questions.question_set import QuestionSet
from clew.evaluation.questions.readers import document, jsonl, metaqa, pathquestion, rog
from clew.evaluation.questions.readers.text_file import first_line, read_lines
from clew.kg.errors import BadFile

FORMATS = ("metaqa", "jsonl", "rog", "pathquestion", "qald", "lcquad")


def read_questions(path: Path, chains: Path | None = None, format: str | None = None) -> list[Question]:  # noqa: A002
    """Return the questions of ``read_set``."""
    return read_set(path, chains, format).questions


def read_set(path: Path, chains: Path | None = None, format: str | None = None) -> QuestionSet:  # noqa: A002
    """Read a question set; ``format`` None is detected.

    Raises ``BadFile`` for a missing, binary or empty file, ``BadLine`` for the first line that cannot be read, and
    ``BadFile`` when ``chains`` has another number of lines than the questions, or no question can be used.
    """
    found = _read(path, format or detect(first_line(path)))
    if not found.questions:
        reasons = "; ".join(f"{count} skipped: {reason}" for reason, count in found.skipped.items())
        raise BadFile(f"{path}: no usable questions" + (f" ({reasons})" if reasons else ""))
    if chains is None:
        return found
    if found.skipped:
        raise BadFile(f"{chains}: the chains must match the questions line by line, but some questions were skipped")
    return QuestionSet(metaqa.with_chains(found.questions, str(chains), read_lines(chains)), found.format)


def _read(path: Path, format: str) -> QuestionSet:  # noqa: A002
    if format == "rog":
        return rog.read(path)
    lines = read_lines(path)
    if format in ("qald", "lcquad"):
        read = document.qald if format == "qald" else document.lcquad
        return read(str(path), "\n".join(line for _, line in lines))
    parse = {"jsonl": jsonl.parse, "pathquestion": pathquestion.parse, "metaqa": metaqa.parse}[format]
    return QuestionSet(parse(str(path), lines), format)


def detect(line: str) -> str:
    """Return the format that a file with this first line is in; what looks like none is MetaQA's.

    An object is JSON Lines, RoG's where it has a ``graph``, QALD's where it has or begins ``questions`` (a document may
    be spread over lines); a list is LC-QuAD's; three columns of which the last is a path are PathQuestion's.
    """
    text = line.strip()
    if text.startswith("["):
        return "metaqa" if "\t" in text else "lcquad"
    if not text.startswith("{"):
        columns = text.split("\t")
        return "pathquestion" if len(columns) == 3 and columns[2].count("#") >= 2 else "metaqa"
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        head = text.replace(" ", "")
        return "qald" if head == "{" or head.startswith(('{"questions":', '{"dataset":')) else "jsonl"
    if isinstance(record.get("questions"), list):
        return "qald"
    return "rog" if isinstance(record.get("graph"), list) else "jsonl"
