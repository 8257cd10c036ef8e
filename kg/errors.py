"""The typed hierarchy of what can go wrong for a user. ``api`` maps each class once to an exit code and a problem type.

Every error carries a message a person can act on: what was wrong, where (file and line when there is one), what to do.
"""

from __future__ import annotations


class ClewError(Exception):
    """Base of every error Clew raises on purpose. ``code`` is a stable machine-readable name."""

    code = "error"


class BadInput(ClewError):
    """Something the user gave is not acceptable: a question, an option, a file."""

    code = "bad-input"


class BadFile(BadInput):
    """A source cannot be read: missing, binary, wrong encoding, wrong format."""

    code = "bad-file"


class BadLine(BadFile):
    """One statement of a source is broken. ``file``, ``line`` (1-based, 0 unknown) and ``reason`` say where and why."""

    code = "bad-line"

    def __init__(self, file: str, line: int, reason: str, excerpt: str = "") -> None:
        self.file, self.line, self.reason, self.excerpt = file, line, reason, excerpt
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {reason}" + (f": {excerpt!r}" if excerpt else ""))


class UnknownGraph(BadInput):
    """No graph of that name in the catalogue."""

    code = "unknown-graph"


class UnknownVersion(BadInput):
    """The graph exists, that version of it does not."""

    code = "unknown-version"


class UnknownNode(BadInput):
    """No entity or literal with that key in the graph."""

    code = "unknown-node"


class UnknownRelation(BadInput):
    """No relation with that key in the graph."""

    code = "unknown-relation"


class UnknownPath(BadInput):
    """No stored path with that id."""

    code = "unknown-path"


class CorruptSnapshot(ClewError):
    """A snapshot's files do not match its manifest, or were written by an incompatible format version."""

    code = "corrupt-snapshot"


class StaleIndex(ClewError):
    """A derived index does not belong to this graph version or tokenizer; the message names the rebuild command."""

    code = "stale-index"


class ModelUnavailable(ClewError):
    """A model's weights are missing or fail their hash."""

    code = "model-unavailable"


class ConstraintViolation(ClewError):
    """A token that the constraint does not allow was fed to it, or an unconstrained step was about to happen."""

    code = "constraint-violation"


class VerificationFailed(ClewError):
    """A path about to be returned is not in the graph: a bug of ours, never shown as an answer."""

    code = "verification-failed"


class StorageFailed(ClewError):
    """The disk refused a write (full, read-only, broken); what was there before is untouched."""

    code = "storage-failed"


class Cancelled(ClewError):
    """Whoever asked withdrew the question before it was answered."""

    code = "cancelled"


class LimitReached(ClewError):
    """A bound of ``clew.kg.limits`` was hit where no partial result makes sense."""

    code = "limit-reached"
