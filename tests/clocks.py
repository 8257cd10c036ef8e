"""A clock that is told when time is up."""

from __future__ import annotations

import time

import pytest

from clew.kg import time_limit


class Clock:
    """Shows the real time for the first looks, then one ``jump`` seconds ahead, by default long after every deadline.
    Counts the looks."""

    def __init__(self, looks: int | None = None, jump: float = 1e9) -> None:
        self.looks, self.last, self.jump = 0, looks, jump

    def __call__(self) -> float:
        self.looks += 1
        return time.monotonic() + (self.jump if self.since else 0.0)

    def look_over(self) -> bool:
        """Whether time is up, for loops that are given a function."""
        return self() > 1e8

    @property
    def since(self) -> int:
        """How often it was looked at after time was up."""
        return 0 if self.last is None else max(0, self.looks - self.last)


def install(patch: pytest.MonkeyPatch, looks: int | None = None, jump: float = 1e9) -> Clock:
    """Let every time limit go by a clock that jumps ahead after so many looks (None: never)."""
    clock = Clock(looks, jump)
    patch.setattr(time_limit, "monotonic", clock)
    return clock
