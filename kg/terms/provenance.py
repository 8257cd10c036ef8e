"""The provenance of a statement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True, slots=True)
class Source:
    """The ``file``, the ``line`` (from 1; 0 where the format gives none) and the named ``graph`` of a statement.

    ``file`` is empty for graphs made in memory, ``graph`` for statements of no named graph. It is no absolute path:
    where on the machine that loads a graph its files lie is no part of the graph.
    """

    file: str = ""
    line: int = 0
    graph: str = ""


def without_folder(file: str) -> str:
    """Return the name of a file that is given by an absolute path, as graphs of earlier versions have it."""
    return PurePath(file).name if PurePath(file).is_absolute() else file
