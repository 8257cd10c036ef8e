"""Maps every error to an RFC 9457 problem and to an exit code."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from clew.api.schema.models import Problem
from clew.kg import errors
from clew.kg.errors import ClewError


class Overloaded(ClewError):
    """The queue of questions is full. Retry later."""

    code = "overloaded"


class GraphLoading(ClewError):
    """The graph is being loaded, which took longer than the time limit of the question. Retry later."""

    code = "graph-loading"


class NotReady(ClewError):
    """The model or a graph is not loaded yet, so that questions would wait for it."""

    code = "not-ready"


class HistoryFailed(ClewError):
    """The database of stored answers cannot be used. Questions are answered all the same, but not stored."""

    code = "history-failed"


class BodyTooLarge(errors.BadInput):
    """The request body exceeds the size limit."""

    code = "body-too-large"


class RequestTimeout(errors.BadInput):
    """The request did not arrive completely within the time limit."""

    code = "request-timeout"


class IdempotencyMismatch(errors.BadInput):
    """Another request was sent with the same ``Idempotency-Key``."""

    code = "idempotency-mismatch"


class StillAnswered(ClewError):
    """A request with the same ``Idempotency-Key`` is still being answered. Retry later."""

    code = "still-answered"


class IngestDisabled(errors.BadInput):
    """The server was not started with ``--ingest``: clients cannot change its graphs."""

    code = "ingest-disabled"


class Unauthorized(errors.BadInput):
    """The server requires an API key (``Authorization: Bearer KEY``), and there is none, or it is not valid."""

    code = "unauthorized"


class InsufficientScope(errors.BadInput):
    """The API key does not allow this operation, or not in this graph. ``scope``: what it lacks."""

    code = "insufficient-scope"

    def __init__(self, message: str, scope: str = "") -> None:
        super().__init__(message)
        self.scope = scope


class TooManyRequests(ClewError):
    """Too many requests with the same API key are being answered. Retry later."""

    code = "too-many-requests"


class KeysFailed(ClewError):
    """The file of API keys cannot be read. Nobody is let in."""

    code = "keys-failed"


class UnknownJob(errors.BadInput):
    """There is no job with this id. Only the last jobs are kept, and none longer than the server runs."""

    code = "unknown-job"


class UnknownProblem(errors.BadInput):
    """There is no problem type with this code."""

    code = "unknown-problem"


@dataclass(frozen=True, slots=True)
class Kind:
    """How an error class is reported: HTTP status, title, exit code of the command line."""

    status: int
    title: str
    exit_code: int


OK, FAILURE, BAD_INPUT = 0, 1, 2
"""Exit codes: success (also without an answer); Clew failed; invalid input (also used by click)."""

KINDS: dict[type[ClewError], Kind] = {
    ClewError: Kind(500, "Clew failed", FAILURE),
    errors.BadInput: Kind(400, "Invalid input", BAD_INPUT),
    errors.BadFile: Kind(400, "A file cannot be read", BAD_INPUT),
    errors.BadLine: Kind(400, "A line of a file cannot be read", BAD_INPUT),
    errors.EndpointFailed: Kind(502, "A SPARQL endpoint cannot be read", FAILURE),
    errors.UnknownGraph: Kind(404, "Unknown graph", BAD_INPUT),
    errors.UnknownVersion: Kind(404, "Unknown graph version", BAD_INPUT),
    errors.GraphExists: Kind(409, "The graph exists", BAD_INPUT),
    errors.VersionChanged: Kind(412, "The graph has another version", BAD_INPUT),
    errors.UnknownNode: Kind(422, "Unknown entity", BAD_INPUT),
    errors.UnknownRelation: Kind(422, "Unknown relation", BAD_INPUT),
    errors.UnknownPath: Kind(404, "Unknown path", BAD_INPUT),
    errors.CorruptSnapshot: Kind(500, "The files of a graph are damaged", FAILURE),
    errors.StaleIndex: Kind(500, "An index is out of date", FAILURE),
    errors.ModelUnavailable: Kind(503, "The model is not available", FAILURE),
    errors.ConstraintViolation: Kind(500, "The decoder violated the constraint", FAILURE),
    errors.VerificationFailed: Kind(500, "A path failed verification", FAILURE),
    errors.StorageFailed: Kind(507, "Writing to disk failed", FAILURE),
    errors.Cancelled: Kind(499, "The question was cancelled", FAILURE),
    errors.LimitReached: Kind(422, "A limit was reached", FAILURE),
    IdempotencyMismatch: Kind(422, "The key was used for another request", BAD_INPUT),
    StillAnswered: Kind(409, "The request is still being answered", FAILURE),
    IngestDisabled: Kind(403, "Graphs cannot be changed", BAD_INPUT),
    Unauthorized: Kind(401, "An API key is required", BAD_INPUT),
    InsufficientScope: Kind(403, "The API key does not allow this", BAD_INPUT),
    TooManyRequests: Kind(429, "Too many requests with one API key", FAILURE),
    KeysFailed: Kind(500, "The API keys cannot be read", FAILURE),
    UnknownJob: Kind(404, "Unknown job", BAD_INPUT),
    UnknownProblem: Kind(404, "Unknown problem type", BAD_INPUT),
    Overloaded: Kind(503, "Too many concurrent questions", FAILURE),
    GraphLoading: Kind(503, "The graph is being loaded", FAILURE),
    NotReady: Kind(503, "The server is not ready", FAILURE),
    HistoryFailed: Kind(500, "Stored answers cannot be used", FAILURE),
    BodyTooLarge: Kind(413, "The request body is too large", BAD_INPUT),
    RequestTimeout: Kind(408, "The request took too long to arrive", BAD_INPUT),
}
"""How each error class is reported. A subclass without an entry uses that of its nearest base class."""


PLAIN: dict[str, Kind] = {
    "invalid-request": Kind(422, "Invalid request", BAD_INPUT),
    "bad-request": Kind(400, "Bad request", BAD_INPUT),
    "forbidden": Kind(403, "Forbidden", BAD_INPUT),
    "not-found": Kind(404, "Not found", BAD_INPUT),
    "method-not-allowed": Kind(405, "Method not allowed", BAD_INPUT),
    "not-acceptable": Kind(406, "Not acceptable", BAD_INPUT),
    "unsupported-media-type": Kind(415, "Unsupported media type", BAD_INPUT),
    "internal-error": Kind(500, "Clew failed", FAILURE),
}
"""Problems that are no error classes: what is wrong with a request before Clew sees it, and mistakes in Clew."""

_ABOUT_PLAIN = {
    "invalid-request": "Fields of the request are missing or have wrong values. ``errors`` lists them.",
    "bad-request": "The request cannot be read.",
    "forbidden": "The request comes from a web page of another origin.",
    "not-found": "There is nothing at this address.",
    "not-acceptable": "The address has none of the media types that ``Accept`` names.",
    "unsupported-media-type": "The body is not JSON, or ``Content-Type`` does not say that it is.",
    "method-not-allowed": "The address does not support this method.",
    "internal-error": "An unexpected error, which is a bug in Clew. The server log has the details.",
}

CODES: dict[str, tuple[Kind, str]] = {
    **{error.code: (kind, " ".join((error.__doc__ or "").split())) for error, kind in KINDS.items()},
    **{code: (kind, _ABOUT_PLAIN[code]) for code, kind in PLAIN.items()},
}
"""Every problem code: how it is reported, and what it means."""


def kind_of(error: ClewError) -> Kind:
    """Return how an error is reported."""
    return next(KINDS[base] for base in type(error).__mro__ if base in KINDS)


def problem_of(error: ClewError) -> Problem:
    """Return the problem that reports an error, in REST and in the JSON output of the command line."""
    kind = kind_of(error)
    return problem(error.code, kind.status, kind.title, str(error))


def problem(code: str, status: int, title: str, detail: str, fields: list[dict[str, str]] | None = None) -> Problem:
    """Return a problem. Its type is a relative URL that this service serves."""
    return Problem(type=f"/problems/{code}", title=title, status=status, detail=detail, code=code, errors=fields)


def plain_problem(code: str, detail: str, fields: list[dict[str, str]] | None = None) -> Problem:
    """Return a problem of ``PLAIN``."""
    return problem(code, PLAIN[code].status, PLAIN[code].title, detail, fields)


def status_problem(status: int, detail: str) -> Problem:
    """Return the problem of ``PLAIN`` for an HTTP status; a bad request where there is none."""
    code = next((code for code, kind in PLAIN.items() if kind.status == status), "bad-request")
    return plain_problem(code, detail)


def described(code: str) -> Problem:
    """Return the description of a problem code. Raises ``UnknownProblem``."""
    if code not in CODES:
        raise UnknownProblem(f"unknown problem code {code[:80]!r}")
    kind, meaning = CODES[code]
    return problem(code, kind.status, kind.title, meaning)


def wrong_fields(error: ValidationError) -> str:
    """Return the invalid options and the reasons, on one line."""
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
