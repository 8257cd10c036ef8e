"""The rows of RoG (Luo et al. 2023, arXiv:2310.01061) and GCR (Luo et al. 2024, arXiv:2410.13080) as JSON Lines.

``{"id", "question", "answer": [...], "q_entity": [...], "a_entity": [...], "graph": [[head, relation, tail], ...]}``:
each question comes with a subgraph of its own (WebQSP and CWQ), which is what it is asked of.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.question_set import QuestionSet
from clew.evaluation.questions.subgraph import Subgraph
from clew.kg.errors import BadFile, BadLine

NO_ANSWER = "no right answer given"


def read(path: Path) -> QuestionSet:
    """Return one question per row, its triples left in the file.

    A row without any right answer is left out: it does not say whether its subgraph lacks one or its annotators did.
    Raises ``BadLine`` for the first row that is not one.
    """
    found = QuestionSet([], "rog")
    offset = 0
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    _add(found, path, number, offset, line)
                offset += len(line)
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    return found


def _add(found: QuestionSet, path: Path, number: int, offset: int, line: bytes) -> None:
    file = str(path)
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(file, number, f"not JSON ({error})") from None
    if not isinstance(record, dict) or not isinstance(record.get("graph"), list):
        raise BadLine(file, number, "a row needs a list of triples 'graph'")
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise BadLine(file, number, "'question' must be a non-empty string")
    answers = _texts(file, number, record, "answer")
    if not answers:
        found.skipped[NO_ANSWER] += 1
        return
    found.questions.append(
        Question(
            text.strip(),
            tuple(Gold(label=answer) for answer in dict.fromkeys(answers)),
            tuple(dict.fromkeys(_texts(file, number, record, "q_entity"))),
            number=number,
            subgraph=Subgraph(path, offset, number),
        )
    )


def _texts(file: str, number: int, record: dict[str, Any], field: str) -> list[str]:
    value = record.get(field) or []
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise BadLine(file, number, f"{field!r} must be a list of strings")
    return [one.strip() for one in values if one.strip()]
