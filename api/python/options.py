"""Keyword arguments of ``clew.load``, ``clew.open`` and ``GraphHandle.ask``, and their conversion to settings and
requests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypedDict

from pydantic import ValidationError

from clew.api import settings
from clew.api.model_settings import ModelChoice, ReasoningMode, Scoring, SearchMethod, member_of
from clew.api.schema.models import AskConditions, AskRequest
from clew.api.schema.problems import wrong_fields
from clew.api.settings import BOUNDS, Settings, between
from clew.decoding.text.text_writer import Evidence
from clew.kg.errors import BadInput
from clew.kg.ingest.options import IngestOptions, OnError
from clew.kg.terms.vocabulary import Inference

KINDS = {"reasoning": ReasoningMode, "search": SearchMethod, "score": Scoring, "evidence": Evidence}
"""Options that choose how a model is used, and what they may be."""


class ReadingOptions(TypedDict, total=False):
    """How sources are read; see ``clew.kg.ingest.options.IngestOptions`` for each. What is absent is detected."""

    format: str
    delimiter: str
    header: bool
    columns: tuple[str, str, str]
    quote: str
    rows: bool
    mapping: str
    labels: Sequence[str]
    languages: Sequence[str]
    label_predicates: Sequence[str]
    base_iri: str
    lenient: bool
    on_error: OnError
    quarantine: str
    fold_lists: bool
    infer: Inference


class ModelOptions(TypedDict, total=False):
    """Which model answers, and how; each stands in for the environment variable of its name (``CLEW_MODEL``, ...)."""

    model: str
    fallback: str
    reasoning: Literal["paths", "chains", "judge"]
    search: str
    score: str
    evidence: str
    device: str
    threshold: float
    ask_seconds: float


class LoadOptions(ReadingOptions, ModelOptions, total=False):
    """What ``clew.load`` takes."""


class AskOptions(TypedDict, total=False):
    """The bounds of one question, and the conditions that every path behind an answer must meet; see ``AskRequest``
    and ``AskConditions``."""

    topics: list[str]
    max_hops: int
    min_hops: int
    revisit: bool
    max_answers: int
    explain: bool
    search: str
    score: str
    evidence: str
    relations: list[str]
    forbidden: list[str]
    types: list[str]
    types_at: dict[int, list[str]]
    ends: list[str]
    sources: list[str]
    languages: list[str]
    at: str
    until: str
    throughout: bool
    undated: bool


def split_load_options(options: Mapping[str, Any]) -> tuple[IngestOptions, dict[str, Any]]:
    """Return how to read, and the options of the model. Raises ``BadInput`` for an option that does not exist."""
    _check_names(options, LoadOptions)
    reading = {name: options[name] for name in options if name in ReadingOptions.__annotations__}
    tuples = {name: tuple(value) for name, value in reading.items() if isinstance(value, list)}
    model = {name: options[name] for name in options if name in ModelOptions.__annotations__}
    return IngestOptions(**reading | tuples), model


def make_settings(home: Path | None, options: Mapping[str, Any]) -> Settings:
    """Return the settings: these options, then the environment, then the defaults."""
    _check_names(options, ModelOptions)
    loaded = settings.load(home)
    used: dict[str, Any] = {
        name: member_of(kind, name, options[name]) for name, kind in KINDS.items() if name in options
    }
    for name in BOUNDS.keys() & options.keys():
        if options[name] is not None:
            between(name, options[name], *BOUNDS[name])
    loaded = loaded.of(ModelChoice(options.get("model"), options.get("fallback"), **used))
    return replace(
        loaded, **{name: options[name] for name in ("device", "threshold", "ask_seconds") if name in options}
    )


def ask_request(question: str, version: str, options: Mapping[str, Any]) -> AskRequest:
    """Return the request. Raises ``BadInput`` that names the option at fault."""
    _check_names(options, AskOptions)
    conditions = {name: value for name, value in options.items() if name in AskConditions.model_fields}
    bounds = {name: value for name, value in options.items() if name not in conditions}
    try:
        wanted = AskConditions(**conditions) if conditions else None
        return AskRequest(question=question, version=version, conditions=wanted, **bounds)
    except ValidationError as error:
        raise BadInput(wrong_fields(error)) from error


def _check_names(options: Mapping[str, Any], known: type) -> None:
    unknown = [name for name in options if name not in known.__annotations__]
    if unknown:
        raise BadInput(f"no option {unknown[0]!r}; there are {', '.join(sorted(known.__annotations__))}")
