"""The ids of the node tables of an ingest: rows of two tables must not become one node because they count alike."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.kg.errors import BadLine

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class _Seen:
    """What a table has said: 64-bit hashes of its ids and of what the rows say of them, and their lines."""

    file: str
    ids: array[int] = field(default_factory=lambda: array("q"))
    facts: array[int] = field(default_factory=lambda: array("q"))
    lines: array[int] = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class TableIds:
    """Remembers the ids of each node table, 24 bytes a row, and compares those of the next with them."""

    _current: _Seen | None = None
    _earlier: list[tuple[str, Array, Array, Array]] = field(default_factory=list)

    def add(self, file: str, ids: Sequence[str], facts: Sequence[object], lines: Sequence[int]) -> None:
        """Note rows of a table: their ids and what makes two rows of one id the same thing (name and types).

        ``BadLine`` for an id that another table gives to something else.
        """
        if not ids:
            return
        if self._current is None or self._current.file != file:
            self._close()
            self._current = _Seen(file)
        id_hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        fact_hashes = np.fromiter(map(hash, facts), np.int64, len(ids))
        for other, known, known_facts, known_lines in self._earlier:
            places = np.minimum(np.searchsorted(known, id_hashes), len(known) - 1)
            clash = (known[places] == id_hashes) & (known_facts[places] != fact_hashes)
            if clash.any():
                row = int(np.flatnonzero(clash)[0])
                raise _clash(file, lines[row], ids[row], other, int(known_lines[places[row]]))
        self._current.ids.extend(id_hashes.tolist())
        self._current.facts.extend(fact_hashes.tolist())
        self._current.lines.extend(lines)

    def _close(self) -> None:
        if self._current is None or not self._current.ids:
            return
        ids, facts, lines = (
            np.frombuffer(column, np.int64) for column in (self._current.ids, self._current.facts, self._current.lines)
        )
        order = np.argsort(ids, kind="stable")
        self._earlier.append((self._current.file, ids[order], facts[order], lines[order]))


def _clash(file: str, line: int, key: str, other: str, other_line: int) -> BadLine:
    return BadLine(
        file,
        line,
        f"the id {key!r} is also that of another row in {other}:{other_line}; if they are two things, make the ids "
        "differ (city/1) or name an id space in each header, as Neo4j does (id:ID(City)); if they are one, name the "
        "same space in both",
    )
