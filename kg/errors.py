"""The error classes of Clew. ``api`` maps each class to an exit code and a problem type.

Every message tells what is wrong, where (file and line if known), and what to do about it.
"""

from __future__ import annotations


def place(file: str, line: int) -> str:
    """A line of a file, ``kb.txt:17``, or a row of a table in a file, ``shop.db:orders row 17``; 0 is no line."""
    if not line:
        return file
    return f"{file} row {line}" if ":" in file.rpartition("/")[2] else f"{file}:{line}"


class ClewError(Exception):
    """An error reported by Clew. ``code`` is a stable machine-readable name."""

    code = "error"


class BadInput(ClewError):
    """The input is invalid: a question, an option or a file."""

    code = "bad-input"


class BadFile(BadInput):
    """A file cannot be read: it is missing or binary, or has a wrong encoding or format."""

    code = "bad-file"


class BadLine(BadFile):
    """A line of a file is invalid. The message gives the file, the line and the reason."""

    code = "bad-line"

    def __init__(self, file: str, line: int, reason: str, excerpt: str = "") -> None:
        self.file, self.line, self.reason, self.excerpt = file, line, reason, excerpt
        super().__init__(f"{place(file, line)}: {reason}" + (f": {excerpt!r}" if excerpt else ""))


class EndpointFailed(ClewError):
    """A SPARQL endpoint cannot be read: it refuses, sends something else, breaks off or gives less than it counts."""

    code = "endpoint-failed"


class UnknownGraph(BadInput):
    """There is no graph with this name."""

    code = "unknown-graph"


class UnknownVersion(BadInput):
    """The graph has no such version."""

    code = "unknown-version"


class GraphExists(BadInput):
    """There is a graph of this name already."""

    code = "graph-exists"


class VersionChanged(BadInput):
    """The current version of the graph is not the one that the change was meant for."""

    code = "version-changed"


class UnknownNode(BadInput):
    """The graph has no entity, class or literal with this key or label."""

    code = "unknown-node"


class UnknownRelation(BadInput):
    """The graph has no relation with this key or label."""

    code = "unknown-relation"


class UnknownPath(BadInput):
    """There is no stored path with this id. It may have been deleted to make room for newer answers."""

    code = "unknown-path"


class CorruptSnapshot(ClewError):
    """The files of a graph do not match their manifest, or have an incompatible format version."""

    code = "corrupt-snapshot"


class StaleIndex(ClewError):
    """An index does not match the graph version or the tokenizer. The message names the command that rebuilds it."""

    code = "stale-index"


class ModelUnavailable(ClewError):
    """A model cannot be loaded or reached: for example, its weights are missing or damaged."""

    code = "model-unavailable"


class ConstraintViolation(ClewError):
    """The decoder tried to leave the constraint. This is a bug in Clew; no answer is returned."""

    code = "constraint-violation"


class VerificationFailed(ClewError):
    """A path is not in the graph. This is a bug in Clew; the path is not returned."""

    code = "verification-failed"


class StorageFailed(ClewError):
    """Writing to disk failed: the disk is full, read-only or broken. Existing data is unchanged."""

    code = "storage-failed"


class Cancelled(ClewError):
    """The client cancelled the question."""

    code = "cancelled"


class LimitReached(ClewError):
    """A limit of ``clew.kg.limits`` was reached, and a partial result is not possible."""

    code = "limit-reached"
