"""Labels as token sequences, grouped into classes of equal sequences, in lexicographic order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kg.errors import BadInput
from tries.constraint import Int32
from tries.spelling import Spelling
from tries.tokenize import Tokenize

Progress = Callable[[int, int], None]
"""Called with (labels tokenised, labels in all)."""

BATCH = 20_000
NAMED = 20
"""Labels that an error names; more would hide the message."""


@dataclass(frozen=True, slots=True)
class LabelClasses:
    """The distinct token sequences of some labels: class c is ``tokens[ptr[c]:ptr[c+1]]``, ascending.

    ``of_label`` int32[number of labels] is the class of each label. Two labels share a class if they are spelled with
    the same tokens: equal labels always do, and so do labels that the tokenizer cannot tell apart.
    """

    tokens: Int32
    ptr: Int32
    of_label: Int32


def classify(
    labels: Sequence[str], spelling: Spelling, tokenize: Tokenize, progress: Progress | None = None
) -> LabelClasses:
    """Tokenise each distinct label as a part, once, and order the classes.

    Raises:
        BadInput: a label's tokens hold the separator's first token or a control token; the message names the labels.
    """
    known: dict[str, int] = {}
    text_of = np.fromiter((known.setdefault(label, len(known)) for label in labels), np.int64, len(labels))
    escaped = [spelling.escape(label) for label in known]
    keys: list[bytes] = []
    first = -1
    for i in range(0, len(escaped), BATCH):
        batch = spelling.encoded_parts(tokenize, escaped[i : i + BATCH])
        first = batch[0][0] if i == 0 and batch[0] else first
        _refuse(escaped[i : i + BATCH], batch, first, tokenize.special_ids)
        keys += [np.array(ids, ">u4").tobytes() for ids in batch]  # bytes compare as the sequences do
        if progress:
            progress(min(i + BATCH, len(escaped)), len(escaped))
    ordered = sorted(set(keys))
    rank = dict(zip(ordered, itertools.count(), strict=False))
    class_of_text = np.fromiter((rank[key] for key in keys), np.int32, len(keys))
    ptr = np.zeros(len(ordered) + 1, np.int64)
    np.cumsum([len(key) // 4 for key in ordered], out=ptr[1:])
    tokens = np.frombuffer(b"".join(ordered), ">u4").astype(np.int32)
    return LabelClasses(tokens, ptr.astype(np.int32), class_of_text[text_of] if len(labels) else class_of_text)


def _refuse(escaped: Sequence[str], parts: Sequence[Sequence[int]], first: int, special: frozenset[int]) -> None:
    bad = [
        text
        for text, ids in zip(escaped, parts, strict=True)
        if not ids or ids[0] != first or first in ids[1:] or not special.isdisjoint(ids)
    ]
    if bad:
        raise SeparatorInLabel(
            f"{len(bad)} labels hold the separator or a control token once tokenised: {bad[:NAMED]}"
            + (" ..." if len(bad) > NAMED else "")
        )


class SeparatorInLabel(BadInput):
    """Labels that cannot be told from what stands around them."""
