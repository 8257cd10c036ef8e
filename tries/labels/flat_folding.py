"""Folds many texts at once, in compiled code: ``folding.fold`` without a Python object per text.

Folding goes character by character, so a table of what each character folds to is all that a kernel needs. The table
is filled in by ``folding`` itself as characters are met: a graph has some hundreds of different ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.utf8 import CODE_POINTS, character
from clew.tries.labels.folding import fold_char
from clew.tries.labels.hashing import OFFSET, with_character

Array = np.ndarray[Any, np.dtype[Any]]

_UNKNOWN = -1
_SPACE = 0x20


@dataclass(frozen=True, slots=True)
class FoldedTexts:
    """n folded texts: UTF-8 in ``blob``, text i is ``blob[bounds[i]:bounds[i + 1]]``, int64[n + 1].

    ``length`` int64[n] counts characters; ``spelling`` uint64[n] is the hash of the text as written, see ``written``.
    """

    blob: Array
    bounds: NDArray[np.int64]
    length: NDArray[np.int64]
    spelling: NDArray[np.uint64]


def written(text: str) -> str:
    """A text as written, but for white space and NUL."""
    return " ".join(text.replace("\0", "").split())


class TextFolder:
    """Folds texts of a blob; remembers the characters met. Not to be shared between threads."""

    def __init__(self) -> None:
        self._entry = np.full(CODE_POINTS, _UNKNOWN, np.int32)
        self._space = np.empty(0, np.bool_)
        self._forms = np.empty(0, np.uint8)
        self._bounds = np.zeros(1, np.int64)
        self._growth = 1
        self._learn(range(128))

    def fold(self, blob: Array, starts: Array, ends: Array) -> FoldedTexts:
        """Fold the texts ``blob[starts[i]:ends[i]]``, UTF-8, int64[n]."""
        blob = frozen(blob)
        self._learn(_unknown(blob, starts, ends, self._entry).tolist())
        folded = np.empty(self._growth * int((ends - starts).sum()), np.uint8)
        bounds = np.zeros(len(starts) + 1, np.int64)
        length, spelling = np.zeros(len(starts), np.int64), np.empty(len(starts), np.uint64)
        _fold(blob, starts, ends, self._entry, self._forms, self._bounds, self._space, folded, bounds, length, spelling)
        return FoldedTexts(folded[: bounds[-1]].copy(), bounds, length, spelling)

    def _learn(self, codes: list[int] | range) -> None:
        """Add characters to the table."""
        if not codes:
            return
        forms = [_form(code) for code in codes]
        self._entry[np.array(codes)] = np.arange(len(codes)) + len(self._space)
        self._space = np.append(self._space, [chr(code).isspace() for code in codes])
        self._forms = np.append(self._forms, np.frombuffer(b"".join(forms), np.uint8))
        lengths = np.array([len(form) for form in forms], np.int64)
        self._bounds = np.append(self._bounds, self._bounds[-1] + np.cumsum(lengths))
        sizes = [len(chr(code).encode("utf-8", "replace")) for code in codes]
        self._growth = max([self._growth, *(-(-len(form) // size) for form, size in zip(forms, sizes, strict=True))])


def _form(code: int) -> bytes:
    """What one character folds to, every white space in it as a plain one."""
    return "".join(" " if char.isspace() else char for char in fold_char(chr(code))).encode("utf-8", "replace")


@kernel
def _unknown(blob: Array, starts: Array, ends: Array, entry: Array) -> Array:
    """The characters that are not in the table yet."""
    found = [0]
    for i in range(len(starts)):
        position, end = starts[i], ends[i]
        while position < end:
            if blob[position] < 0x80:
                position += 1
                continue
            code, position = character(blob, position, end)
            if entry[code] == _UNKNOWN:
                entry[code] = 0
                found.append(code)
    return np.array(found[1:], np.int64)


@kernel
def _fold(
    blob: Array, starts: Array, ends: Array, entry: Array, forms: Array, form_bounds: Array, space: Array,
    folded: Array, bounds: Array, length: Array, spelling: Array,
) -> None:  # fmt: skip
    """White space, in what is folded and in what is hashed, counts only between other characters, and once."""
    used = 0
    for i in range(len(starts)):
        position, end = starts[i], ends[i]
        first, count, gap = used, 0, False
        value, any_written, gap_written = np.uint64(OFFSET), False, False
        while position < end:
            code, position = character(blob, position, end)
            row = entry[code]
            if space[row]:
                gap_written = any_written
            elif code != 0:
                if gap_written:
                    value = with_character(value, _SPACE)
                value = with_character(value, code)
                any_written, gap_written = True, False
            for at in range(form_bounds[row], form_bounds[row + 1]):
                byte = forms[at]
                if byte == _SPACE:
                    gap = used > first
                    continue
                if gap:
                    folded[used] = _SPACE
                    used += 1
                    count += 1
                    gap = False
                folded[used] = byte
                used += 1
                count += (byte & 0xC0) != 0x80
        bounds[i + 1], length[i], spelling[i] = used, count, value
