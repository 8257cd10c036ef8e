"""A 64-bit hash of texts over their characters (in the manner of FNV-1a), the same in every process."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import inlined

OFFSET = 0xCBF29CE484222325
"""The hash of the empty text."""
_PRIME, _MASK = 0x100000001B3, 0xFFFFFFFFFFFFFFFF


def text_hash(text: str) -> int:
    """The hash of one text."""
    value = OFFSET
    for code in map(ord, text):
        mixed = ((value ^ code) * _PRIME) & _MASK
        value = mixed ^ (mixed >> 29)
    return value


@inlined
def with_character(value: np.uint64, code: int) -> Any:
    """The hash of the text with hash ``value`` and one more character, within kernels."""
    mixed = (value ^ np.uint64(code)) * np.uint64(_PRIME)
    return mixed ^ (mixed >> np.uint64(29))
