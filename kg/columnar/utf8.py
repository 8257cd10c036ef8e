"""Reading of characters from UTF-8 within kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import inlined

Array = np.ndarray[Any, np.dtype[Any]]

CODE_POINTS = 0x110000
"""Numbers of characters lie below it."""


@inlined
def character(blob: Array, position: Any, end: Any) -> tuple[Any, Any]:
    """The character at ``position`` and where the next one begins, never beyond ``end``.

    Bytes that are no UTF-8 give some character that takes no more bytes than they: nothing out of bounds is read, and
    what is sized by characters has room.
    """
    first = np.int64(blob[position])
    code, after = first, position + 1
    if first >= 0xF0:
        code, after = first & 0x07, position + 4
    elif first >= 0xE0:
        code, after = first & 0x0F, position + 3
    elif first >= 0xC0:
        code, after = first & 0x1F, position + 2
    elif first >= 0x80:
        code = np.int64(ord("?"))
    after = min(after, end)
    for i in range(position + 1, after):
        code = (code << 6) | (np.int64(blob[i]) & 0x3F)
    return min(code, CODE_POINTS - 1), after
