"""``words.fold_words`` for many texts at once, in compiled code."""

from __future__ import annotations

from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel
from clew.kg.columnar.utf8 import CODE_POINTS, character
from clew.tries.labels.flat_folding import FoldedTexts

Array = np.ndarray[Any, np.dtype[Any]]

_UNKNOWN, _BREAK, _APOSTROPHE, _MARK, _LETTER = range(5)
_ASCII_LETTER_S = ord("s")


class WordFolder:
    """Reduces folded texts to their words; remembers the characters met. Not to be shared between threads."""

    def __init__(self) -> None:
        self._kinds = np.full(CODE_POINTS, _UNKNOWN, np.uint8)

    def fold(self, texts: FoldedTexts) -> tuple[Array, NDArray[np.int64]]:
        """The folded words of each text, joined by one space, as UTF-8 and bounds int64[n + 1] in it."""
        for code in _unknown(texts.blob, self._kinds).tolist():
            self._kinds[code] = _kind(chr(code))
        words, bounds = np.empty(len(texts.blob), np.uint8), np.zeros_like(texts.bounds)
        _words(texts.blob, texts.bounds, self._kinds, words, bounds)
        return words[: bounds[-1]].copy(), bounds


def _kind(char: str) -> int:
    if char.isalnum():
        return _LETTER
    return _APOSTROPHE if char == "'" else _MARK if category(char)[0] == "M" else _BREAK


@kernel
def _unknown(blob: Array, kinds: Array) -> Array:
    found = [0]
    position = 0
    while position < len(blob):
        code, position = character(blob, position, len(blob))
        if kinds[code] == _UNKNOWN:
            kinds[code] = _BREAK
            found.append(code)
    return np.array(found[1:], np.int64)


@kernel
def _words(blob: Array, text_bounds: Array, kinds: Array, words: Array, bounds: Array) -> None:
    """A genitive's "'s" stands between a letter and what is none; apostrophes vanish, other marks end a word."""
    used = 0
    for i in range(len(text_bounds) - 1):
        position, end = text_bounds[i], text_bounds[i + 1]
        first, gap, after_letter = used, False, False
        while position < end:
            code, after = character(blob, position, end)
            kind = kinds[code]
            if kind == _APOSTROPHE:
                if after_letter and _is_genitive(blob, after, end, kinds):
                    after += 1
                else:
                    after_letter = False
            elif kind == _BREAK:
                gap, after_letter = used > first, False
            else:
                if gap:
                    words[used] = 0x20
                    used += 1
                    gap = False
                for at in range(position, after):
                    words[used] = blob[at]
                    used += 1
                after_letter = kind == _LETTER
            position = after
        bounds[i + 1] = used


@kernel
def _is_genitive(blob: Array, position: Any, end: Any, kinds: Array) -> Any:
    """Whether after an apostrophe there is an "s" and then no letter."""
    if position >= end or blob[position] != _ASCII_LETTER_S:
        return False
    if position + 1 >= end:
        return True
    code, _ = character(blob, position + 1, end)
    return kinds[code] != _LETTER
