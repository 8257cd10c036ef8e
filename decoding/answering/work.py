"""The work on one question: how long its stages took, and in which one time ran out."""

from __future__ import annotations

import time

from clew.decoding.answers.stages import Stage


class Work:
    """What is under way for one question, and the stage in which time has run out (None: in none so far)."""

    def __init__(self, clock: Clock, late: Stage | None) -> None:
        self.clock, self.late, self.stage = clock, late, Stage.READING

    def begin(self, stage: Stage) -> None:
        """Go on to a stage."""
        self.stage = stage

    def done(self, lap: str, following: Stage) -> None:
        """Note the time of what is done, and go on to a stage."""
        self.clock.lap(lap)
        self.stage = following


class Clock:
    """Milliseconds by stage."""

    def __init__(self, laps: dict[str, float]) -> None:
        self.laps = laps
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Note the time since the last lap."""
        now = time.perf_counter()
        self.laps[stage] = ms(now - self._last)
        self._last = now


def ms(seconds: float) -> float:
    """Return seconds as milliseconds, to the microsecond."""
    return round(1000 * seconds, 3)
