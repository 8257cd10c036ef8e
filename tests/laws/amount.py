"""How many random graphs a law test tries: the suite's amount, or CLEW_FUZZ graphs in all (``make fuzz``)."""

from __future__ import annotations

import os


def graphs_per_seed(suite: int, seeds: int, weight: int | None = None) -> int:
    """Return the graphs for one of ``seeds`` seeds: ``suite / seeds``, or ``CLEW_FUZZ / seeds`` where that is set.

    Suites of a small ``weight`` (fewer than 2,000; by default their graphs) grow in proportion.
    """
    fuzz = int(os.environ.get("CLEW_FUZZ", "0"))
    total = max(suite, fuzz * min(suite if weight is None else weight, 2_000) // 2_000)
    return max(1, total // seeds)
