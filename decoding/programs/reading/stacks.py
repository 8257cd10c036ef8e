"""``Stacks``: the steps that a search may take next, by what they leave to be read."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from clew.decoding.programs.reading.partial import Partial
from clew.tries.programs.tokens import Token

Entry = tuple[float, int, float, Partial, Token, int, float]
"""What a program is expected to cost, a number to tell entries apart, the cost so far, a step from what is there, and
the least that a program with it costs."""


class Stacks:
    """Steps by how many words they leave unread and how many operands they have, taken in turn, from each the cheapest
    first: so that some programs are whole early (stack decoding, as in phrase-based translation, Koehn et al. 2003)."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[int, int], list[Entry]] = {}
        self._turn: list[tuple[int, int]] = []

    def __bool__(self) -> bool:
        return any(self._stacks.values())

    def push(self, left: tuple[int, int], entry: Entry) -> None:
        """Add a step; ``left``: the words that it leaves unread, and its operands."""
        heapq.heappush(self._stacks.setdefault(left, []), entry)

    def pop(self) -> Entry:
        """Return the cheapest step of the stack whose turn it is; there must be one."""
        while True:
            if not self._turn:
                self._turn = sorted((left for left, stack in self._stacks.items() if stack), reverse=True)
            stack = self._stacks[self._turn.pop()]
            if stack:
                return heapq.heappop(stack)

    def entries(self) -> Iterator[Entry]:
        """Yield all steps, in no order."""
        for stack in self._stacks.values():
            yield from stack
