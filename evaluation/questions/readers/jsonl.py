"""JSON Lines: an object per line with ``question`` and ``answers``, and optionally ``answer_keys``, ``topics``,
``chain``, ``hops``, ``answerable``, ``operators``, ``kinds`` (or ``kind``); or with ``value`` or ``rows`` in place of
``answers``.

An answer is a string (a label, or a key where no label matches) or an object with ``key`` and/or ``label``.
``answer_keys`` gives the key of each answer; one that repeats the answer's text (a literal's) says nothing more. No
answers, or ``"answerable": false``, marks a question that the graph cannot answer.

``value`` is a number, true or false, or a text such as a date. ``rows`` is a table: a list of rows, each a list of
texts or numbers, with null or an empty text for a blank. ``accept`` gives for each of ``answers`` a list of texts that
count as the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Any

from clew.evaluation.questions.question import Gold, Question
from clew.kg.errors import BadLine


def parse(file: str, lines: list[tuple[int, str]]) -> list[Question]:
    """Return one question per line. Raises ``BadLine`` with the line and the field that is wrong."""
    return [_question(file, number, line) for number, line in lines]


def _question(file: str, number: int, line: str) -> Question:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:  # a number of too many digits is a plain ValueError
        raise BadLine(file, number, f"not JSON ({error})", line[:80]) from None
    if not isinstance(record, dict):
        raise BadLine(file, number, "not a JSON object", line[:80])
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise BadLine(file, number, "'question' must be a non-empty string")
    answers = _answers(file, number, record)
    topics = tuple(_topic(file, number, topic) for topic in _list(file, number, record, "topics"))
    chain = tuple(_step(file, number, step) for step in _list(file, number, record, "chain"))
    value, rows = _value(file, number, record.get("value")), _rows(file, number, record)
    operators, accept = _texts(file, number, record, "operators"), _accept(file, number, record, answers)
    kinds = (*_texts(file, number, record, "kinds"), *_texts(file, number, record, "kind"))
    given = [bool(answers), value is not None, bool(rows)]
    if sum(given) > 1:
        raise BadLine(file, number, "'answers', 'value' and 'rows' exclude each other")
    answerable = record.get("answerable", any(given))
    if not isinstance(answerable, bool):
        raise BadLine(file, number, "'answerable' must be true or false")
    hops = record.get("hops", len(chain) or None)
    if hops is not None and (not isinstance(hops, int) or isinstance(hops, bool)):
        raise BadLine(file, number, "'hops' must be a whole number")
    if not answerable:
        answers, value, rows, accept = (), None, (), ()
    asked = text.strip(), answers, topics, chain or None, hops, answerable, number
    return Question(*asked, value=value, rows=rows, operators=operators, kinds=kinds, accept=accept)


def _value(file: str, number: int, value: object) -> Fraction | bool | str | None:
    """Return a value; a decimal number as the fraction that its digits say."""
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value):
        return value
    if _is_number(value):
        return Fraction(repr(value))
    raise BadLine(file, number, "'value' must be a finite number, true, false or a non-empty string")


def _rows(file: str, number: int, record: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    rows = [_row(file, number, row) for row in _list(file, number, record, "rows")]
    if len({len(row) for row in rows}) > 1:
        raise BadLine(file, number, "the rows of 'rows' must all have the same number of cells")
    return tuple(rows)


def _row(file: str, number: int, row: object) -> tuple[str, ...]:
    if not isinstance(row, list) or not row or not all(cell is None or _is_cell(cell) for cell in row):
        raise BadLine(file, number, "each of 'rows' must be a list of strings, finite numbers or nulls")
    return tuple("" if cell is None else str(cell) for cell in row)


def _is_cell(cell: object) -> bool:
    return isinstance(cell, str) or _is_number(cell)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(file: str, number: int, record: dict[str, Any], field: str) -> tuple[str, ...]:
    texts = _list(file, number, record, field)
    if not all(isinstance(text, str) and text for text in texts):
        raise BadLine(file, number, f"each of {field!r} must be a non-empty string")
    return tuple(texts)


def _accept(file: str, number: int, record: dict[str, Any], answers: Sequence[Gold]) -> tuple[tuple[str, ...], ...]:
    """Return for each answer its own texts, and the others that count as the same; nothing without ``accept``."""
    groups = _list(file, number, record, "accept")
    if not groups:
        return ()
    if len(groups) != len(answers) or not all(isinstance(group, list) for group in groups):
        raise BadLine(file, number, "'accept' must have one list of texts for each of 'answers'")
    if not all(_is_cell(text) for group in groups for text in group):
        raise BadLine(file, number, "each list of 'accept' must hold strings or finite numbers")
    own = [[text for text in (gold.label, gold.key) if text is not None] for gold in answers]
    return tuple(tuple(dict.fromkeys([*first, *map(str, group)])) for first, group in zip(own, groups, strict=True))


def _answers(file: str, number: int, record: dict[str, Any]) -> tuple[Gold, ...]:
    answers = [_gold(file, number, answer) for answer in _list(file, number, record, "answers")]
    keys = _list(file, number, record, "answer_keys")
    if not keys:
        return tuple(answers)
    if len(keys) != len(answers) or not all(isinstance(key, str) and key for key in keys):
        raise BadLine(file, number, "'answer_keys' must have one string for each of 'answers'")
    return tuple(gold if key == gold.label else Gold(gold.label, key) for gold, key in zip(answers, keys, strict=True))


def _list(file: str, number: int, record: dict[str, Any], field: str) -> list[Any]:
    """Return a field that must be a list; a single text stands for a list of it, an absent field for an empty one."""
    value = record.get(field)
    if value is None:
        return []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise BadLine(file, number, f"{field!r} must be a list")
    return value


def _gold(file: str, number: int, answer: object) -> Gold:
    if isinstance(answer, str) and answer:
        return Gold(label=answer)
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        return Gold(label=str(answer))
    if isinstance(answer, dict):
        key, label = answer.get("key"), answer.get("label")
        if (isinstance(key, str) or isinstance(label, str)) and all(
            v is None or isinstance(v, str) for v in (key, label)
        ):
            return Gold(label=label, key=key)
    raise BadLine(file, number, "each of 'answers' must be a string or an object with 'key' or 'label'")


def _topic(file: str, number: int, topic: object) -> str:
    if isinstance(topic, dict):
        topic = topic.get("key") or topic.get("label")
    if not isinstance(topic, str) or not topic:
        raise BadLine(file, number, "each of 'topics' must be a string or an object with 'key' or 'label'")
    return topic


def _step(file: str, number: int, step: object) -> str:
    """Return a chain's step: a text (``^`` marks an inverse), or an object with ``relation`` and ``direction``."""
    if isinstance(step, dict):
        relation = step.get("relation") or step.get("key")
        direction = step.get("direction", "forward")
        if isinstance(relation, str) and direction in ("forward", "inverse"):
            return f"^{relation}" if direction == "inverse" else relation
    elif isinstance(step, str) and step:
        return step
    raise BadLine(file, number, "each step of 'chain' must be a string or an object with 'relation' and 'direction'")
