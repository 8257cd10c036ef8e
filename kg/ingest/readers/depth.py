"""Measures the nesting depth of a document while its bytes are streamed."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel

Array = np.ndarray[Any, np.dtype[Any]]
STATE = 5
"""Length of the int64 state arrays, which start as zeros."""


@kernel
def deepest_json(data: Array, state: Array) -> Any:
    """The deepest nesting in the next bytes; ``state``: depth, inside a string, after a backslash."""
    depth, inside, escaped = state[0], state[1], state[2]
    deepest = depth
    for byte in data:
        if escaped:
            escaped = 0
        elif inside:
            if byte == 92:
                escaped = 1
            elif byte == 34:
                inside = 0
        elif byte == 34:
            inside = 1
        elif byte == 123 or byte == 91:
            depth += 1
            deepest = max(deepest, depth)
        elif byte == 125 or byte == 93:
            depth -= 1
    state[0], state[1], state[2] = depth, inside, escaped
    return deepest


_TEXT, _LESS, _OPEN, _CLOSE, _BANG, _DASH, _COMMENT, _CDATA, _PI = range(9)


@kernel
def deepest_xml(data: Array, state: Array) -> Any:
    """The deepest nesting in the next bytes, -1 for a declaration; ``state``: depth, mode, quote, run.

    ``run`` counts the characters just seen of those that can end the mode: ``--``, ``]]``, ``?`` or ``/`` before ``>``.
    """
    depth, mode, quote, run = state[0], state[1], state[2], state[3]
    deepest = depth
    for byte in data:
        if mode == _TEXT:
            if byte == 60:
                mode = _LESS
        elif mode in (_LESS, _BANG, _DASH):
            run = quote = 0
            if mode == _LESS:
                mode = _CLOSE if byte == 47 else _BANG if byte == 33 else _PI if byte == 63 else _OPEN
            elif mode == _BANG and byte != 45 and byte != 91:
                return -1
            elif mode == _BANG:
                mode = _DASH if byte == 45 else _CDATA
            else:
                mode = _COMMENT
        elif mode == _OPEN and quote:
            if byte == quote:
                quote = 0
        elif mode == _OPEN and (byte == 34 or byte == 39):
            quote, run = byte, 0
        elif byte == 62 and (mode <= _CLOSE or (mode == _PI and run >= 1) or (mode > _CLOSE and run >= 2)):
            if mode == _OPEN and not run:
                depth += 1
                deepest = max(deepest, depth)
            elif mode == _CLOSE:
                depth -= 1
            mode = _TEXT
        else:
            ends = 47 if mode == _OPEN else 45 if mode == _COMMENT else 93 if mode == _CDATA else 63
            run = run + 1 if byte == ends else 0
    state[0], state[1], state[2], state[3] = depth, mode, quote, run
    return deepest
