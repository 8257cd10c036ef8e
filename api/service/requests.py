"""Checks requests and converts them to queries of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clew.api.schema.models import AskConditions, AskRequest
from clew.decoding.answering.observer import UNOBSERVED, Observer
from clew.decoding.answering.pipeline import Query
from clew.decoding.reasoner import Bounds
from clew.kg import limits
from clew.kg.errors import BadInput

if TYPE_CHECKING:
    from clew.api.schema.graph_paths import PathSearchRequest
    from clew.tries.filters.conditions import Conditions


def checked(request: AskRequest) -> AskRequest:
    """Return the request, its question without surrounding space.

    Raises ``BadInput`` for a question that is empty, too long or not Unicode text, and for bounds or times that do not
    go together.
    """
    text = request.question.strip()
    if not text:
        raise BadInput("the question is empty")
    check_texts([text, *(request.topics or ()), *_names(request.conditions)])
    if request.min_hops > request.max_hops:
        raise BadInput(f"min_hops ({request.min_hops}) exceeds max_hops ({request.max_hops})")
    if len(text) > limits.MAX_QUESTION_CHARS:
        raise BadInput(f"the question has {len(text):,} characters; the limit is {limits.MAX_QUESTION_CHARS:,}")
    _check_times(request.conditions)
    return request.model_copy(update={"question": text})


def checked_search(request: PathSearchRequest) -> PathSearchRequest:
    """Return the request. Raises ``BadInput`` as ``checked``."""
    check_texts([*request.start, *(request.end or ()), *_names(request.conditions)])
    if request.min_hops > request.max_hops:
        raise BadInput(f"min_hops ({request.min_hops}) exceeds max_hops ({request.max_hops})")
    _check_times(request.conditions)
    return request


def check_texts(texts: Iterable[str]) -> None:
    """Raise ``BadInput`` for what is no Unicode text."""
    for given in texts:
        if any("\ud800" <= character <= "\udfff" for character in given):  # half a character, from bytes or JSON
            raise BadInput(f"invalid Unicode text: {given[:80]!r}")


def query_of(request: AskRequest, bounds: Bounds, observer: Observer = UNOBSERVED) -> Query:
    """Return a checked request as a query."""
    conditions = None if request.conditions is None else conditions_of(request.conditions)
    return Query(request.question, bounds, request.topics, conditions=conditions, observer=observer)


def conditions_of(asked: AskConditions) -> Conditions:
    """Return conditions as ``tries`` has them, their names unresolved."""
    from clew.tries.filters.conditions import Conditions  # compiles kernels: only questions with conditions wait for it
    from clew.tries.filters.validity import Validity

    valid = None
    if asked.at is not None:
        valid = Validity(asked.at, asked.until, throughout=asked.throughout, undated=asked.undated)
    return Conditions(
        relations=asked.relations,
        forbidden=asked.forbidden,
        types_at=asked.types_at,
        types=asked.types,
        ends=asked.ends,
        sources=asked.sources,
        languages=asked.languages,
        valid=valid,
    )


def _check_times(asked: AskConditions | None) -> None:
    if asked is None or asked.at is not None:
        return
    if asked.until is not None or asked.throughout or not asked.undated:
        raise BadInput("until, throughout and undated need a time: set at")


def _names(asked: AskConditions | None) -> list[str]:
    """Return every name that the conditions give."""
    if asked is None:
        return []
    lists = [asked.relations, asked.forbidden, asked.types, *asked.types_at.values(), asked.ends, asked.sources]
    return [name for names in [*lists, asked.languages] for name in names or ()]
