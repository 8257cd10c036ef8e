"""Which relations' plain texts are numbers or times: a title ``1984`` among titles is neither."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clew.kg.limits import MIN_CODE_DIGITS, MIN_CODES, MIN_TEXT_VALUES
from clew.tries.columns.edges import (
    AS_NUMBER,
    AS_TIME,
    AS_YEAR,
    CODES,
    DIGITS,
    LONGEST,
    NOTHING,
    NUMBERS,
    PLAIN,
    SHORTEST,
    TIMES,
)

TEXT_VALUES_SHARE = 0.9
"""Share of a relation's plain texts that must read as numbers (or times), for those that do to be values: columns typed
by people hold some "n/a"; of titles, names and addresses far fewer look like numbers."""


def text_ways(counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return, of each relation, what its plain texts stand for, uint8, by its ``counts`` (of ``edges.count_texts``)."""
    least = np.maximum(TEXT_VALUES_SHARE * counts[:, PLAIN], MIN_TEXT_VALUES)
    codes = counts[:, CODES] > 0
    alike = (counts[:, SHORTEST] == counts[:, LONGEST]) & (counts[:, SHORTEST] >= MIN_CODE_DIGITS)
    alike &= (counts[:, DIGITS] == counts[:, AS_NUMBER]) & (counts[:, DIGITS] >= MIN_CODES)
    numbers, times = counts[:, AS_NUMBER], counts[:, AS_TIME]
    as_numbers = (numbers >= least) & ~codes & ~alike
    as_times = times - codes * counts[:, AS_YEAR] >= least
    as_times &= ~as_numbers | (times > numbers)
    return np.where(as_times, TIMES, np.where(as_numbers, NUMBERS, NOTHING)).astype(np.uint8)
