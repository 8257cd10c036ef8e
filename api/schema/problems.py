"""Every error, mapped once: to a problem of RFC 9457 and to an exit code."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from clew.api.schema.models import Problem
from clew.kg import errors
from clew.kg.errors import ClewError


class Overloaded(ClewError):
    """More questions are waiting than the service would get to; asking again later helps."""

    code = "overloaded"


class BodyTooLarge(errors.BadInput):
    """A request body is larger than the service reads."""

    code = "body-too-large"


class UnknownProblem(errors.BadInput):
    """There is no kind of problem with that code."""

    code = "unknown-problem"


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error class shows: HTTP status, title, exit code of the command line."""

    status: int
    title: str
    exit_code: int


OK, FAILURE, BAD_INPUT = 0, 1, 2
"""Exit codes: it worked (``no_answer`` included); Clew failed; what was given is not acceptable (click's own, too)."""

KINDS: dict[type[ClewError], Kind] = {
    ClewError: Kind(500, "Clew failed", FAILURE),
    errors.BadInput: Kind(400, "The input is not acceptable", BAD_INPUT),
    errors.BadFile: Kind(400, "A file cannot be read", BAD_INPUT),
    errors.BadLine: Kind(400, "A line of a file cannot be read", BAD_INPUT),
    errors.UnknownGraph: Kind(404, "There is no graph of that name", BAD_INPUT),
    errors.UnknownVersion: Kind(404, "The graph has no such version", BAD_INPUT),
    errors.UnknownNode: Kind(422, "The graph has no such entity", BAD_INPUT),
    errors.UnknownRelation: Kind(422, "The graph has no such relation", BAD_INPUT),
    errors.UnknownPath: Kind(404, "There is no stored path with that id", BAD_INPUT),
    errors.CorruptSnapshot: Kind(500, "A graph's files are damaged", FAILURE),
    errors.StaleIndex: Kind(500, "An index does not belong to this graph", FAILURE),
    errors.ModelUnavailable: Kind(503, "The model is not available", FAILURE),
    errors.ConstraintViolation: Kind(500, "The decoder left the graph", FAILURE),
    errors.VerificationFailed: Kind(500, "A path failed verification", FAILURE),
    errors.StorageFailed: Kind(507, "The disk refused a write", FAILURE),
    errors.Cancelled: Kind(499, "The question was cancelled", FAILURE),
    errors.LimitReached: Kind(422, "A limit was reached", FAILURE),
    UnknownProblem: Kind(404, "There is no such problem", BAD_INPUT),
    Overloaded: Kind(503, "Too many questions at once", FAILURE),
    BodyTooLarge: Kind(413, "The request body is too large", BAD_INPUT),
}
"""An error shows as its own class's kind, or as its nearest base's."""


def kind_of(error: ClewError) -> Kind:
    """Return how an error shows."""
    return next(KINDS[base] for base in type(error).__mro__ if base in KINDS)


def problem_of(error: ClewError) -> Problem:
    """Return the problem that an error is shown as, in JSON of the command line and of REST."""
    kind = kind_of(error)
    return problem(error.code, kind.status, kind.title, str(error))


def problem(code: str, status: int, title: str, detail: str, fields: list[dict[str, str]] | None = None) -> Problem:
    """Return a problem; its type is a link that this service answers."""
    return Problem(type=f"/problems/{code}", title=title, status=status, detail=detail, code=code, errors=fields)


def described(code: str) -> Problem:
    """Return what a problem's code stands for. Raises ``UnknownProblem``."""
    for error, kind in KINDS.items():
        if error.code == code:
            return problem(code, kind.status, kind.title, " ".join((error.__doc__ or "").split()))
    raise UnknownProblem(f"no problem is called {code[:80]!r}")


def wrong_fields(error: ValidationError) -> str:
    """Return what is wrong with which option, on one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
