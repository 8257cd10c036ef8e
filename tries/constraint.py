"""The Constraint port: which tokens may come next so that only paths of the graph can be spelled.

A state is one row of parallel arrays (struct of arrays), so that one and ten thousand hypotheses cost one call.
Laws (``clew.tries.laws.constraint``; every implementation passes them):

* *Language*: the set of token strings that can be driven from ``start`` to ``is_complete`` equals the brute-force set.
* *Fails closed*: a row for which nothing is allowed yields an empty row, never "everything"; feeding a token that is
  not allowed gives a dead row (and stays dead), never another path.
* *Batch = single*: a call on n rows equals n calls on one row.
* *Path*: a complete row maps back to exactly the paths that its tokens spell.
* *One call = two*: ``advance_allowed`` gives what ``advance``, then ``allowed`` give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]


class States(Protocol):
    """Rows of constraint states; immutable: every operation returns new rows."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The allowed next tokens of n rows, ragged: row i owns ``token_ids[row_ptr[i]:row_ptr[i+1]]``, distinct."""

    row_ptr: Int64
    token_ids: Int32

    def row(self, i: int) -> Int32:
        """Return the token ids allowed after row i."""
        return self.token_ids[self.row_ptr[i] : self.row_ptr[i + 1]]

    def rows(self) -> Int64:
        """Return the owning row of each token id, shape ``[len(token_ids)]``."""
        return np.repeat(np.arange(len(self.row_ptr) - 1, dtype=np.int64), np.diff(self.row_ptr))

    def take(self, rows: Int64) -> Allowed:
        """Return the rows at these indices, in this order."""
        counts = np.diff(self.row_ptr)[rows]
        row_ptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        places = np.arange(row_ptr[-1]) + np.repeat(self.row_ptr[rows] - row_ptr[:-1], counts)
        return Allowed(row_ptr, self.token_ids[places])

    @classmethod
    def joined(cls, parts: Sequence[Allowed]) -> Allowed:
        """Return the rows of all parts, one part after the other."""
        counts = np.concatenate([np.empty(0, np.int64), *(np.diff(part.row_ptr) for part in parts)])
        row_ptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]).astype(np.int64)
        return cls(row_ptr, np.concatenate([np.empty(0, np.int32), *(part.token_ids for part in parts)]))


@dataclass(frozen=True, slots=True)
class SpelledPath:
    """One path that a complete row spells: nodes ``[n_0 .. n_h]`` and relation ids ``[r_1 .. r_h]`` in ``[0, 2R)``.

    A relation path has only its start node in ``nodes``; which instances it has is asked of the graph.
    """

    nodes: tuple[int, ...]
    relations: tuple[int, ...]


S = TypeVar("S", bound=States)


class Constraint(Protocol[S]):
    """What may come next. An implementation that names this class as its base inherits ``truncated`` and
    ``advance_allowed``; it may replace both."""

    end_token: int
    """The token that closes a path; after it a row is complete and allows nothing."""

    @property
    def truncated(self) -> bool:
        """Whether a bound was hit so far, so that paths may be missing (none is wrong). Never, unless replaced."""
        return False

    def start(self, entities: Sequence[int]) -> S:
        """Return one row per entity (a node id), placed after the entity's own label: the next token opens hop 1."""

    def allowed(self, states: S) -> Allowed:
        """Return the allowed next tokens of each row. A dead or complete row allows none."""

    def advance(self, states: S, tokens: Int32) -> S:
        """Return each row after its token (``tokens`` has shape ``[len(states)]``). A forbidden token kills the row."""

    def is_complete(self, states: S) -> Bool:
        """Return, per row, whether it has spelled a whole path and its end token."""

    def paths(self, states: S) -> list[list[SpelledPath]]:
        """Return, per row, every path its tokens spell so far that is complete; several where labels are shared."""

    def advance_allowed(self, states: S, tokens: Int32) -> tuple[S, Allowed]:
        """Return each row after its token, and what is allowed after it: all that a decoding loop needs between two
        forwards. In two calls, unless replaced by one that is faster."""
        moved = self.advance(states, tokens)
        return moved, self.allowed(moved)
