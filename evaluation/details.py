"""Writes each question of an evaluation with its outcome, as JSON Lines, for error analysis."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from clew.evaluation.outcome import Outcome, TraceStep
from clew.evaluation.questions.question import Question
from clew.evaluation.run import Asked, relations
from clew.kg.errors import BadFile
from clew.kg.limits import MAX_DETAILED_ANSWERS


def write_details(path: Path, asked: Iterable[Asked]) -> None:
    """Write the details. Raises ``BadFile`` where the file cannot be written."""
    write_text(path, "".join(json.dumps(detail(one)) + "\n" for one in asked))


def write_text(path: Path, text: str) -> None:
    """Write a text file. Raises ``BadFile`` where it cannot be written."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path}: cannot be written ({error.strerror})") from None


def detail(asked: Asked) -> dict[str, Any]:
    """Return one question's details."""
    scored = asked.score
    return {
        **_question(asked.question),
        **_outcome(asked.outcome),
        "program_valid": scored.program_valid,
        "declined": scored.declined,
        "hit": scored.hit,
        "precision": scored.precision,
        "recall": scored.recall,
        "f1": scored.f1,
        "exact": scored.exact,
        "cells": scored.cells,
        "hit_gcr": scored.hit_gcr,
        "linked_right": scored.linked,
        "ms": None if scored.seconds is None else round(1000 * scored.seconds, 3),
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "line": question.number,
        "question": question.text,
        "topics": list(question.topics),
        "chain": None if question.chain is None else list(question.chain),
        "hops": question.hops,
        "answerable": question.answerable,
        "deleted": question.deleted,
        "gold": [gold.label or gold.key for gold in question.answers],
        "gold_value": _value(question.value),
        "gold_rows": [list(row) for row in question.rows],
        "operators": list(question.operators),
        "kinds": list(question.kinds),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    program, most = outcome.program, MAX_DETAILED_ANSWERS
    return {
        "predicted": [{"label": answer.label, "score": answer.score} for answer in outcome.answers[:most]],
        "num_predicted": len(outcome.answers) or len(outcome.rows) or int(outcome.value is not None),
        "value": _value(outcome.value),
        "rows": [[_value(cell) for cell in row] for row in outcome.rows[:most]],
        "program": None if program is None else program.written,
        "program_operators": [] if program is None else list(program.operators),
        "linked": [topic.label for topic in outcome.linked],
        "paths": list(dict.fromkeys(relations(proof.alternatives[0]) for proof in outcome.proofs))[:most],
        "confidence": outcome.confidence,
        "sure": outcome.sure,
        "error": outcome.error,
        "trace": [_step(step) for step in outcome.trace],
    }


def _value(value: Fraction | bool | str | None) -> int | float | bool | str | None:
    """Return a value for JSON: a whole number as such, others to the digits of a float."""
    if not isinstance(value, Fraction):
        return value
    return value.numerator if value.denominator == 1 else float(value)


def _step(step: TraceStep) -> dict[str, Any]:
    return {
        "taken": step.taken,
        "log_prob": step.log_prob,
        "alternatives": [{"relation": relation, "log_prob": log_prob} for relation, log_prob in step.alternatives],
    }
