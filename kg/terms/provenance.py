"""The provenance of a statement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """The ``file``, the ``line`` (from 1; 0 where the format gives none) and the named ``graph`` of a statement.

    ``file`` is empty for graphs made in memory, ``graph`` for statements of no named graph.
    """

    file: str = ""
    line: int = 0
    graph: str = ""
