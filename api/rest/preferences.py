"""What a client prefers (RFC 7240): how long it is going to wait."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass

from starlette.requests import Request

_PREFERENCE = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
_WAIT = re.compile(r'wait\s*=\s*"?([0-9]{1,9})"?\s*(?:;.*)?', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a client waits: until ``deadline`` (``time.monotonic`` seconds; None: as long as the server likes).
    ``headers`` tell what of it the server keeps to."""

    deadline: float | None = None
    headers: dict[str, str] | None = None

    def left(self, most: float) -> float:
        """Return the seconds that are left, at most so many."""
        return most if self.deadline is None else min(most, max(0.0, self.deadline - time.monotonic()))


def preferred_wait(preferences: str) -> int | None:
    """Return the seconds of the first preference ``wait`` that can be read; None: there is none."""
    found = (_WAIT.fullmatch(part.strip()) for part in _PREFERENCE.findall(preferences))
    return next((int(match[1]) for match in found if match), None)


def wait_of(request: Request, most: float) -> Wait:
    """Return how long the client of a request waits from now on, at most so many seconds."""
    seconds = preferred_wait(", ".join(request.headers.getlist("prefer")))
    if seconds is None:
        return Wait()
    kept = min(float(seconds), most)
    return Wait(time.monotonic() + kept, {"Preference-Applied": f"wait={math.ceil(kept)}"})
