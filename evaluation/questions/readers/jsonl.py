"""JSON Lines: an object per line with ``question`` and ``answers``, and optionally ``answer_keys``, ``topics``,
``chain``, ``hops``, ``answerable``.

An answer is a string (a label, or a key where no label matches) or an object with ``key`` and/or ``label``.
``answer_keys`` gives the key of each answer; one that repeats the answer's text (a literal's) says nothing more. No
answers, or ``"answerable": false``, marks a question that the graph cannot answer.
"""

from __future__ import annotations

import json
from typing import Any

from clew.evaluation.questions.question import Gold, Question
from clew.kg.errors import BadLine


def parse(file: str, lines: list[tuple[int, str]]) -> list[Question]:
    """Return one question per line. Raises ``BadLine`` with the line and the field that is wrong."""
    return [_question(file, number, line) for number, line in lines]


def _question(file: str, number: int, line: str) -> Question:
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadLine(file, number, f"not JSON ({error})", line[:80]) from None
    if not isinstance(record, dict):
        raise BadLine(file, number, "not a JSON object", line[:80])
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise BadLine(file, number, "'question' must be a non-empty string")
    answers = _answers(file, number, record)
    topics = tuple(_topic(file, number, topic) for topic in _list(file, number, record, "topics"))
    chain = tuple(_step(file, number, step) for step in _list(file, number, record, "chain"))
    answerable = record.get("answerable", bool(answers))
    if not isinstance(answerable, bool):
        raise BadLine(file, number, "'answerable' must be true or false")
    hops = record.get("hops", len(chain) or None)
    if hops is not None and (not isinstance(hops, int) or isinstance(hops, bool)):
        raise BadLine(file, number, "'hops' must be a whole number")
    return Question(text.strip(), answers if answerable else (), topics, chain or None, hops, answerable, number)


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
