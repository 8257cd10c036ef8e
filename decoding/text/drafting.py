"""Drafters: guesses at what free text will say next, for ``clew.decoding.text.free_text`` to verify in one forward.

A wrong guess costs a few tokens of a forward, never a wrong word: the text is what plain decoding gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from clew.tries.constraint import Constraint

Tokens = tuple[int, ...]


class Drafter(Protocol):
    """Proposes continuations."""

    def draft(self, tokens: Sequence[int]) -> list[Tokens]:
        """Return likely continuations of a text (its prompt included), best first; none is fine."""


@dataclass(frozen=True, slots=True)
class PromptLookup:
    """What followed the text's last few tokens where they stood before (Saxena 2023, prompt lookup decoding; Yang et
    al. 2023, arXiv 2304.04487). Longest match first, latest place first."""

    longest: int = 4
    length: int = 10

    def draft(self, tokens: Sequence[int]) -> list[Tokens]:
        """Return what followed the latest earlier occurrence of the longest suffix that occurs earlier."""
        ids = np.asarray(tokens, np.int64)
        for n in range(min(self.longest, len(ids) - 1), 0, -1):
            suffix = ids[-n:]
            windows = np.lib.stride_tricks.sliding_window_view(ids[:-1], n)
            places = np.flatnonzero((windows == suffix).all(axis=1))
            if len(places):
                begin = int(places[-1]) + n
                return [tuple(ids[begin : begin + self.length].tolist())]
        return []


class SuffixDrafter:
    """What followed the text's last tokens in a collection: the evidence shown, past answers (the suffix-tree drafts of
    Oliaro et al. 2024, SuffixDecoding, arXiv 2411.04975; here a sorted suffix array, which is smaller).

    Building sorts all suffixes: O(n log n) comparisons of at most ``depth`` tokens. A draft is two binary searches per
    suffix length tried.
    """

    def __init__(self, texts: Iterable[Sequence[int]], longest: int = 8, length: int = 10, most: int = 3) -> None:
        self._longest, self._length, self._most = longest, length, most
        depth = longest + length
        suffixes = [tuple(text[i : i + depth]) for text in texts for i in range(len(text))]
        self._suffixes = sorted(suffixes)

    def draft(self, tokens: Sequence[int]) -> list[Tokens]:
        """Return the most frequent continuations of the longest suffix found."""
        for n in range(min(self._longest, len(tokens)), 0, -1):
            key = tuple(tokens[-n:])
            counts: dict[Tokens, int] = {}
            for i in range(self._first(key), len(self._suffixes)):
                suffix = self._suffixes[i]
                if suffix[:n] != key or len(counts) > 100 * self._most:
                    break
                follow = suffix[n : n + self._length]
                if follow:
                    counts[follow] = counts.get(follow, 0) + 1
            if counts:
                return sorted(counts, key=lambda f: (-counts[f], f))[: self._most]
        return []

    def _first(self, key: Tokens) -> int:
        low, high = 0, len(self._suffixes)
        while low < high:
            middle = (low + high) // 2
            if self._suffixes[middle] < key:
                low = middle + 1
            else:
                high = middle
        return low


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


class FusedDrafter:
    """Several drafters' proposals as one draft tree of at most ``most`` tokens (the fusion of retrieved and constrained
    drafts of RASD: Quan et al. 2025, arXiv 2503.03434, section 3.3): shared prefixes are read once."""

    def __init__(self, drafters: Sequence[Drafter], most: int = 32) -> None:
        self._drafters, self._most = list(drafters), most

    def draft(self, tokens: Sequence[int]) -> list[Tokens]:
        """Return the drafters' continuations in turn, cut where their tree would be too large."""
        kept: list[Tokens] = []
        prefixes: set[Tokens] = set()
        proposals = [drafter.draft(tokens) for drafter in self._drafters]
        turns = max(map(len, proposals), default=0)
        for turn in range(turns):
            for some in proposals:
                if turn < len(some):
                    new = [some[turn][: n + 1] for n in range(len(some[turn])) if some[turn][: n + 1] not in prefixes]
                    new = new[: self._most - len(prefixes)]
                    if new:
                        kept.append(new[-1])
                        prefixes.update(new)
        return kept
