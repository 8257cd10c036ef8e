"""A constraint whose states are the prefixes met so far, kept as a tree: each is looked at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath

DEAD = -1


@dataclass(frozen=True, slots=True)
class PrefixStates:
    """Rows: ``prefix`` (an id of the automaton's prefix tree, -1 when dead) and whether the end token was taken."""

    prefix: Int64
    ended: Bool

    def __len__(self) -> int:
        return len(self.prefix)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.prefix[rows], self.ended[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(np.concatenate([self.prefix, other.prefix]), np.concatenate([self.ended, other.ended]))


class PrefixTree(Constraint[PrefixStates], ABC):
    """Rows over a tree of prefixes. What is allowed after a prefix is a subclass's to say (``_after``)."""

    def __init__(self, end_token: int) -> None:
        self.end_token = end_token
        self._parent: list[int] = []
        self._token: list[int] = []
        self._length: list[int] = []
        self._root: list[int] = []
        self._children: dict[tuple[int, int], int] = {}
        self._known_tokens: list[Int32 | None] = []
        self._known_sets: dict[int, frozenset[int]] = {}

    def start(self, entities: Sequence[int]) -> PrefixStates:
        """Return one row per root; an error of the subclass for one that it does not have."""
        prefix = np.array([self._child(DEAD, int(entity)) for entity in entities], dtype=np.int64)
        return PrefixStates(prefix, np.zeros(len(prefix), dtype=np.bool_))

    def allowed(self, states: PrefixStates) -> Allowed:
        """Return the distinct tokens that lead on, ``end_token`` where the row may end among them."""
        empty = np.empty(0, dtype=np.int32)
        rows = [
            self._tokens_after(prefix) if prefix >= 0 and not ended else empty
            for prefix, ended in zip(states.prefix.tolist(), states.ended.tolist(), strict=True)
        ]
        row_ptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=row_ptr[1:])
        return Allowed(row_ptr, np.concatenate(rows) if rows else empty)

    def advance(self, states: PrefixStates, tokens: Int32) -> PrefixStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        rows = zip(states.prefix.tolist(), states.ended.tolist(), np.asarray(tokens).tolist(), strict=True)
        prefix = [
            DEAD if row < 0 or over or not self._allows(row, token) else row if token == self.end_token
            else self._child(row, token)
            for row, over, token in rows
        ]  # fmt: skip
        found = np.array(prefix, dtype=np.int64)
        return PrefixStates(found, (found != DEAD) & (np.asarray(tokens) == self.end_token))

    def is_complete(self, states: PrefixStates) -> Bool:
        """Return, per row, whether it took the end token."""
        return states.ended.copy()

    def paths(self, states: PrefixStates) -> list[list[SpelledPath]]:
        """Return, per complete row, the one path that it spells: its root, and its tokens."""
        return [
            [SpelledPath((self._root[prefix],), self._spelled(prefix))] if ended else []
            for prefix, ended in zip(states.prefix.tolist(), states.ended.tolist(), strict=True)
        ]

    @abstractmethod
    def _after(self, prefix: int) -> Int32:
        """Return the tokens that may follow a prefix; asked once."""

    @abstractmethod
    def _begin(self, root: int) -> None:
        """Refuse a root that there is none of."""

    def _added(self, prefix: int) -> None:
        """Keep what a new prefix needs."""

    def _alive_prefix(self, states: PrefixStates, row: int) -> int:
        prefix = int(states.prefix[row])
        if prefix == DEAD:
            raise ValueError(f"row {row} is dead: it has no path")
        return prefix

    def _child(self, parent: int, token: int) -> int:
        """Return the prefix below ``parent`` by a token; below DEAD, that of a root."""
        known = self._children.get((parent, token))
        if known is not None:
            return known
        if parent == DEAD:
            self._begin(token)
        self._parent.append(parent)
        self._token.append(token)
        self._length.append(0 if parent == DEAD else self._length[parent] + 1)
        self._root.append(token if parent == DEAD else self._root[parent])
        self._known_tokens.append(None)
        prefix = self._children[parent, token] = len(self._parent) - 1
        self._added(prefix)
        return prefix

    def _spelled(self, prefix: int) -> tuple[int, ...]:
        tokens = []
        while self._parent[prefix] != DEAD:
            tokens.append(self._token[prefix])
            prefix = self._parent[prefix]
        return tuple(reversed(tokens))

    def _tokens_after(self, prefix: int) -> Int32:
        known = self._known_tokens[prefix]
        if known is None:
            known = self._known_tokens[prefix] = self._after(prefix)
        return known

    def _allows(self, prefix: int, token: int) -> bool:
        known = self._known_sets.get(prefix)
        if known is None:
            known = self._known_sets[prefix] = frozenset(self._tokens_after(prefix).tolist())
        return token in known
