"""Constraints made of constraints: the intersection of two, and a constrained span inside free text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import numpy as np

from clew.kg.errors import BadInput
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath, States

S = TypeVar("S", bound=States)
T = TypeVar("T", bound=States)


def ragged(rows: Sequence[Int32]) -> Allowed:
    """Return rows of tokens as one ``Allowed``."""
    row_ptr = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=row_ptr[1:])
    return Allowed(row_ptr, np.concatenate(rows) if rows else np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class PairStates(Generic[S, T]):
    """The states of both constraints, row by row."""

    first: S
    second: T

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.first.take(rows), self.second.take(rows))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(self.first.append(other.first), self.second.append(other.second))


class Intersection(Constraint[PairStates[S, T]], Generic[S, T]):
    """The strings of both constraints; a row's paths are those that both spell.

    Exact, but without look-ahead: a prefix may be one of each language and of no string of both, so a row can run dry.
    It is then dead, as ever. Where conditions can be given to one automaton instead (``PathFilter``), it looks ahead.

    Raises:
        BadInput: the constraints end with different tokens.
    """

    def __init__(self, first: Constraint[S], second: Constraint[T]) -> None:
        if first.end_token != second.end_token:
            raise BadInput(f"the constraints have different end tokens: {first.end_token} and {second.end_token}")
        self.first, self.second, self.end_token = first, second, first.end_token

    @property
    def truncated(self) -> bool:
        """Whether one of the constraints hit a bound."""
        return self.first.truncated or self.second.truncated

    def start(self, entities: Sequence[int]) -> PairStates[S, T]:
        """Return one row per node."""
        return PairStates(self.first.start(entities), self.second.start(entities))

    def allowed(self, states: PairStates[S, T]) -> Allowed:
        """Return the tokens that both allow, in the first one's order."""
        first, second = self.first.allowed(states.first), self.second.allowed(states.second)
        rows = (first.row(i)[np.isin(first.row(i), second.row(i))] for i in range(len(states)))
        return ragged(list(rows))

    def advance(self, states: PairStates[S, T], tokens: Int32) -> PairStates[S, T]:
        """Return each row after its token; a row that one of the constraints refuses is dead."""
        return PairStates(self.first.advance(states.first, tokens), self.second.advance(states.second, tokens))

    def is_complete(self, states: PairStates[S, T]) -> Bool:
        """Return, per row, whether both have spelled a whole path."""
        return self.first.is_complete(states.first) & self.second.is_complete(states.second)

    def paths(self, states: PairStates[S, T]) -> list[list[SpelledPath]]:
        """Return, per complete row, the paths that both spell."""
        pairs = zip(self.first.paths(states.first), self.second.paths(states.second), strict=True)
        return [[path for path in first if path in set(second)] for first, second in pairs]


BEFORE, OPENING, INSIDE, AFTER, ENDED, GONE = range(6)


@dataclass(frozen=True, slots=True)
class SpanStates(Generic[S]):
    """phase int8[n]; count int32[n], tokens of the current free text or marker; the inner rows, fresh before a span."""

    phase: Int32
    count: Int32
    inner: S

    def __len__(self) -> int:
        return len(self.phase)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.phase[rows], self.count[rows], self.inner.take(rows))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(
            np.concatenate([self.phase, other.phase]),
            np.concatenate([self.count, other.count]),
            self.inner.append(other.inner),
        )


class MarkedSpan(Constraint[SpanStates[S]], Generic[S]):
    """Free text, then a constrained span between markers, then free text: ``free* opening inner closing free* end``.

    The span cannot fail to come about: before it no row may end, and after ``before`` free tokens the opening marker is
    all that is allowed; likewise the end after ``after`` free tokens. The free text cannot hold the opening marker's
    first token or the end token, so nothing that looks like a span is free. (GCR's open issue 7: a diversity penalty
    pushed the opening marker aside, and the path was generated unconstrained.)

    Args:
        inner: the constraint of the span; its ``end_token`` is the closing marker.
        opening: the tokens of the opening marker, at least one.
        free: the token ids that free text may use; ``opening[0]`` and ``end_token`` are taken out.
        before: most free tokens before the span (0: the span comes at once).
        after: most free tokens after it (0: the end comes at once).
        end_token: what closes the whole.

    Raises:
        BadInput: no opening marker, a negative bound, or an end token that the markers use.
    """

    def __init__(
        self, inner: Constraint[S], opening: Sequence[int], free: Int32, end_token: int, before: int = 0, after: int = 0
    ) -> None:
        if not opening or min(before, after, *opening) < 0:
            raise BadInput("a span needs an opening marker, and no bound or marker may be negative")
        if end_token in (*opening, inner.end_token):
            raise BadInput(f"the end token {end_token} is also part of a marker")
        self.inner, self.end_token, self.before, self.after = inner, end_token, before, after
        self.opening = np.array(opening, np.int32)
        self.free = np.setdiff1d(np.asarray(free, np.int32), [opening[0], end_token]).astype(np.int32)

    @property
    def truncated(self) -> bool:
        """Whether the constraint of the span hit a bound."""
        return self.inner.truncated

    def start(self, entities: Sequence[int]) -> SpanStates[S]:
        """Return one row per node, in the free text before its span."""
        zero = np.zeros(len(entities), np.int32)
        return SpanStates(zero, zero.copy(), self.inner.start(entities))

    def allowed(self, states: SpanStates[S]) -> Allowed:
        """Return the allowed next tokens: free text by name, so that an engine sees a list like any other."""
        inner = self.inner.allowed(states.inner)
        none, end = np.empty(0, np.int32), np.array([self.end_token], np.int32)
        rows = []
        for i, (phase, count) in enumerate(zip(states.phase.tolist(), states.count.tolist(), strict=True)):
            if phase in (BEFORE, OPENING) and len(inner.row(i)) == 0:
                rows.append(none)  # nothing could be said inside: not a way in
            elif phase == BEFORE:
                rows.append(np.append(self.free if count < self.before else none, self.opening[0]))
            elif phase == OPENING:
                rows.append(self.opening[count : count + 1])
            elif phase == INSIDE:
                rows.append(inner.row(i))
            elif phase == AFTER:
                rows.append(np.append(self.free if count < self.after else none, end))
            else:
                rows.append(none)
        return ragged([row.astype(np.int32) for row in rows])

    def advance(self, states: SpanStates[S], tokens: Int32) -> SpanStates[S]:
        """Return each row after its token; a forbidden token kills the row."""
        tokens = np.asarray(tokens, np.int32)
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        phase, count = np.full(len(states), GONE, np.int32), np.zeros(len(states), np.int32)
        inside = np.flatnonzero(states.phase == INSIDE)
        outside = np.flatnonzero(states.phase != INSIDE)
        moved = self.inner.advance(states.inner.take(inside), tokens[inside])
        back = np.argsort(np.concatenate([inside, outside]))
        inner = moved.append(states.inner.take(outside)).take(back)
        closed = self.inner.is_complete(inner)
        openable = np.diff(self.inner.allowed(states.inner).row_ptr) > 0
        for i, (was, done, token) in enumerate(
            zip(states.phase.tolist(), states.count.tolist(), tokens.tolist(), strict=True)
        ):
            if was == INSIDE:
                phase[i] = AFTER if closed[i] else INSIDE
            elif was == AFTER and token == self.end_token:
                phase[i] = ENDED
            elif was in (BEFORE, AFTER) and self._is_free(token) and done < (self.after if was else self.before):
                phase[i], count[i] = was, done + 1
            elif was in (BEFORE, OPENING) and token == self.opening[done if was == OPENING else 0]:
                taken = (done if was == OPENING else 0) + 1
                phase[i], count[i] = (INSIDE, 0) if taken == len(self.opening) else (OPENING, taken)
            if was in (BEFORE, OPENING) and not openable[i]:
                phase[i] = GONE
        return SpanStates(phase, count, inner)

    def is_complete(self, states: SpanStates[S]) -> Bool:
        """Return, per row, whether its span is closed and the end token taken."""
        return np.equal(states.phase, ENDED)

    def paths(self, states: SpanStates[S]) -> list[list[SpelledPath]]:
        """Return, per complete row, every path that its span spells."""
        return [
            spelled if phase == ENDED else []
            for phase, spelled in zip(states.phase.tolist(), self.inner.paths(states.inner), strict=True)
        ]

    def _is_free(self, token: int) -> bool:
        i = int(np.searchsorted(self.free, token))
        return i < len(self.free) and int(self.free[i]) == token
