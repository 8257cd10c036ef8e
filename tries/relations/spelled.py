"""The constraint at relation-path granularity, spelled token by token for a causal LM: ``-> relation -> relation``.

Wraps the relation automaton, whose tokens are relations: which relations may follow is its answer, how far their labels
are spelled is kept here. Relations that share a label, or whose labels begin alike, stay apart as long as the graph
tells them apart: a state is a set of cursors. Never enumerates paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.kg.errors import BadInput, StaleIndex
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath
from clew.tries.prefix_tree import PrefixStates
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.tokens.relation_labels import RelationSpelling

DEAD, END = 0, -1


@dataclass(frozen=True, slots=True)
class SpelledStates:
    """Rows: ids of the constraint's interned states; ``DEAD`` is 0."""

    ids: Int64

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.ids[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(np.concatenate([self.ids, other.ids]))


Cursor = tuple[int, bool]
"""A row of the relation automaton: its prefix, and whether it ended."""


@dataclass(frozen=True, slots=True)
class _State:
    """``spelled``: cursors at the end of a label. ``pending``: (cursor before the relation, relation) where the label
    goes on after ``depth`` tokens. ``ended``: cursors of complete paths."""

    spelled: tuple[Cursor, ...] = ()
    pending: tuple[tuple[Cursor, int], ...] = ()
    depth: int = 0
    ended: tuple[Cursor, ...] = ()


class SpelledRelations(Constraint[SpelledStates]):
    """The relation paths of a ``RelationAutomaton`` as token strings; a ``Constraint``.

    The topic's label stands before the string. Not safe for use by two threads at once: make one per question, like
    the automaton that it wraps.

    Args:
        automaton: which relation paths there are: hops, conditions, whether the topic may be revisited.
        spelling: the labels of that graph's relations.
        end_token: the token that closes a path; it may stand in no label.

    Raises:
        BadInput: an end token that stands in a relation's label or is negative.
        StaleIndex: the spelling is of another graph.
    """

    def __init__(self, automaton: RelationAutomaton, spelling: RelationSpelling, end_token: int) -> None:
        if spelling.content_hash != automaton.graph.content_hash:
            raise StaleIndex("the relations were tokenised for a different graph")
        if end_token < 0 or any(end_token in tokens for tokens in spelling.tokens):
            raise BadInput(f"the end token {end_token} occurs in a relation label; choose another")
        self.end_token = end_token
        self._automaton, self._labels = automaton, spelling.tokens
        self._states = [_State()]
        self._known: dict[_State, int] = {self._states[0]: DEAD}
        self._allowed: list[Int32 | None] = [np.empty(0, np.int32)]
        self._next: dict[tuple[int, int], int] = {}
        self._onward: dict[Cursor, list[int]] = {}

    @property
    def truncated(self) -> bool:
        """Whether the automaton cut a frontier so far."""
        return self._automaton.truncated

    def start(self, entities: Sequence[int]) -> SpelledStates:
        """Return one row per topic, placed after its label; UnknownNode for an id outside the graph."""
        rows = self._automaton.start(entities)
        return SpelledStates(np.array([self._intern(_State((cursor,))) for cursor in _cursors(rows)], np.int64))

    def allowed(self, states: SpelledStates) -> Allowed:
        """Return the distinct tokens that lead on, ascending, the end token last."""
        rows = [self._tokens(i) for i in states.ids.tolist()]
        row_ptr = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=row_ptr[1:])
        return Allowed(row_ptr, np.concatenate(rows) if rows else np.empty(0, np.int32))

    def advance(self, states: SpelledStates, tokens: Int32) -> SpelledStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        pairs = zip(states.ids.tolist(), np.asarray(tokens).tolist(), strict=True)
        return SpelledStates(np.array([self._step(i, token) for i, token in pairs], np.int64))

    def is_complete(self, states: SpelledStates) -> Bool:
        """Return, per row, whether it took the end token."""
        return np.array([bool(self._states[i].ended) for i in states.ids.tolist()], np.bool_)

    def paths(self, states: SpelledStates) -> list[list[SpelledPath]]:
        """Return, per complete row, its relation paths: several where relations share a label."""
        return [
            [path for cursor in self._states[i].ended for path in self._automaton.paths(_row(cursor))[0]]
            for i in states.ids.tolist()
        ]

    def label_length(self, relation: int) -> int:
        """Return how many tokens spell a directed relation, its separator included."""
        return len(self._labels[relation])

    def behind(self, states: SpelledStates, token: int) -> list[int]:
        """Return the relations that row 0 may be spelling if it takes this token, ascending; ``[END]`` for the end."""
        state = self._states[int(states.ids[0])]
        if token == self.end_token:
            return [END]
        relations = {r for _, r in state.pending if self._labels[r][state.depth] == token}
        fresh = {r for cursor in state.spelled for r in self._relations(cursor) if self._labels[r][0] == token}
        return sorted(relations | fresh)

    def _intern(self, state: _State) -> int:
        known = self._known.get(state)
        if known is None:
            known = self._known[state] = len(self._states)
            self._states.append(state)
            self._allowed.append(None)
        return known

    def _tokens(self, i: int) -> Int32:
        known = self._allowed[i]
        if known is None:
            state = self._states[i]
            tokens = {self._labels[r][state.depth] for _, r in state.pending}
            tokens |= {self._labels[r][0] for cursor in state.spelled for r in self._relations(cursor)}
            ends = [self.end_token] if any(self._may_end(cursor) for cursor in state.spelled) else []
            known = self._allowed[i] = np.array([*sorted(tokens), *ends], np.int32)
        return known

    def _step(self, i: int, token: int) -> int:
        known = self._next.get((i, token))
        if known is None:
            known = self._next[i, token] = self._intern(self._after(self._states[i], token))
        return known

    def _after(self, state: _State, token: int) -> _State:
        if token == self.end_token:
            ends = tuple(c for c in state.spelled if self._may_end(c))
            return _State(ended=tuple(self._moved(c, self._automaton.end_token) for c in ends))
        # The separator opens every label and stands within none: a token continues labels or opens new ones, not both.
        live = [(c, r) for c, r in state.pending if self._labels[r][state.depth] == token]
        depth = state.depth + 1
        if not live:
            live = [(c, r) for c in state.spelled for r in self._relations(c) if self._labels[r][0] == token]
            depth = 1
        if not live:
            return _State()
        done = tuple(self._moved(c, r) for c, r in live if len(self._labels[r]) == depth)
        pending = tuple((c, r) for c, r in live if len(self._labels[r]) > depth)
        return _State(done, pending, depth if pending else 0)

    def _relations(self, cursor: Cursor) -> list[int]:
        known = self._onward.get(cursor)
        if known is None:
            known = self._onward[cursor] = self._automaton.allowed(_row(cursor)).token_ids.tolist()
        return [r for r in known if r != self._automaton.end_token]

    def _may_end(self, cursor: Cursor) -> bool:
        self._relations(cursor)
        return self._automaton.end_token in self._onward[cursor]

    def _moved(self, cursor: Cursor, relation: int) -> Cursor:
        return _cursors(self._automaton.advance(_row(cursor), np.array([relation], np.int32)))[0]


def _row(cursor: Cursor) -> PrefixStates:
    return PrefixStates(np.array([cursor[0]], np.int64), np.array([cursor[1]], np.bool_))


def _cursors(rows: PrefixStates) -> list[Cursor]:
    return list(zip(rows.prefix.tolist(), rows.ended.tolist(), strict=True))
