"""Drafters: propose the next tokens of free text, which ``clew.decoding.text.free_text`` verifies in one forward pass.

A wrong draft costs a few tokens of a forward pass. The text is the same as without drafts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

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
    """What most often followed the text's last tokens in some given texts; Clew gives it the evidence shown and the
    names of the answers. The idea is that of SuffixDecoding (Oliaro et al. 2024, arXiv 2411.04975), without what makes
    it adaptive: no past outputs are kept, and a draft's length does not depend on how likely it is. The suffixes are
    sorted in a list, where the paper keeps a tree.

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


class FusedDrafter:
    """Several drafters' proposals as one draft tree of at most ``most`` tokens: shared prefixes are read once.

    RASD (Quan et al. 2025, arXiv 2503.03434) so fuses retrieved drafts with those of a draft model, and prunes them by
    that model's probabilities. Here there is no draft model, and size alone cuts.
    """

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
