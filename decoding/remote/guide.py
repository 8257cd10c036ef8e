"""How to restrict an OpenAI-compatible engine to a list of texts."""

from __future__ import annotations

from enum import StrEnum


class Guide(StrEnum):
    """The request field that holds an engine's output to a list."""

    CHOICE = "choice"
    """vLLM: ``structured_outputs: {choice: [..]}``."""
    REGEX = "regex"
    """SGLang: ``regex``."""
    GRAMMAR = "grammar"
    """llama.cpp: ``grammar`` (GBNF)."""
    JSON = "json_schema"
    """OpenAI and most others: ``response_format`` with an enumeration; the choice comes back inside an object."""
