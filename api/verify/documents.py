"""Reads saved results: one JSON value (a result, a list, the response to a batch) or JSON Lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from clew.api.schema.ask_result import AskResult
from clew.api.schema.problems import wrong_fields
from clew.kg.errors import BadInput


@dataclass(frozen=True, slots=True)
class SavedResult:
    """A saved result, or why there is none. ``question``: empty if it is not known."""

    result: AskResult | None
    question: str = ""
    fault: str = ""


def saved_results(text: str) -> list[SavedResult]:
    """Return the results in a text. Raises ``BadInput`` if it is no JSON, or holds none."""
    values = [each for value in _values(text) for each in _unpacked(value)]
    if not values:
        raise BadInput("the file holds no result")
    return [saved_result(value) for value in values]


def _values(text: str) -> list[Any]:
    try:
        return [_json(text)]
    except ValueError as whole:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise BadInput(f"the file is no JSON: {whole}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_json(line))
        except ValueError as error:
            raise BadInput(f"line {number} of the file is no JSON: {error}") from None
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _unpacked(value: Any) -> list[Any]:
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        value = value["results"]
    return value if isinstance(value, list) else [value]


def saved_result(value: Any) -> SavedResult:
    """Return a result that was read as JSON, or why it is none."""
    if not isinstance(value, dict):
        return SavedResult(None, fault="no result: it is no JSON object")
    question = value.get("question")
    named = question if isinstance(question, str) else ""
    if "code" in value and "status" in value and "question" not in value:
        return SavedResult(None, fault=f"no result, but a problem: {value['code']}")
    try:
        return SavedResult(AskResult.model_validate(value), named)
    except ValidationError as error:
        return SavedResult(None, named, f"no result: {wrong_fields(error)}")
