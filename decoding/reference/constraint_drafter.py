"""A drafter for texts that mix prose and paths. Only tests of drafting use it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clew.decoding.text.drafting import Tokens
from clew.tries.constraint import Constraint


class ConstraintDrafter:
    """The frontier of a constraint as draft, where a text mixes prose and paths: after ``opening`` (the token that
    opens a path), what the constraint allows next, forced runs in full. A draft only: it forbids nothing."""

    def __init__(self, constraint: Constraint[Any], entity: int, opening: int, most: int = 8, length: int = 16) -> None:
        self._constraint, self._entity, self._opening = constraint, entity, opening
        self._most, self._length = most, length

    def draft(self, tokens: Sequence[int]) -> list[Tokens]:
        """Return up to ``most`` continuations of an open path; none outside paths."""
        begin = next((i + 1 for i in range(len(tokens) - 1, -1, -1) if tokens[i] == self._opening), None)
        if begin is None:
            return []
        states = self._constraint.start([self._entity])
        for token in tokens[begin:]:
            states = self._constraint.advance(states, np.array([token], np.int32))
        drafts: list[Tokens] = [()]
        allowed = self._constraint.allowed(states)
        for _ in range(self._length):
            rows = allowed.rows()
            stuck = [drafts[i] for i in np.flatnonzero(np.diff(allowed.row_ptr) == 0)]
            if not len(rows) or len(rows) + len(stuck) > self._most:
                break
            if stuck:  # paths that ended: no longer to be extended
                return sorted(set(stuck) | {(*drafts[r], int(t)) for r, t in zip(rows, allowed.token_ids, strict=True)})
            drafts = [(*drafts[r], int(t)) for r, t in zip(rows, allowed.token_ids, strict=True)]
            states, allowed = self._constraint.advance_allowed(states.take(rows), allowed.token_ids)
        return [d for d in drafts if d]
