"""Labels as token sequences, grouped into classes of equal sequences, in lexicographic order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clew.kg.errors import BadInput, LimitReached
from clew.kg.limits import MAX_NAMED_LABELS
from clew.tries.constraint import Int32
from clew.tries.tokens.spelling import SEPARATORS, Spelling, choose
from clew.tries.tokens.tokenize import Tokenize

Progress = Callable[[int, int], None]
"""Called with (labels tokenised, labels in all)."""

BATCH = 20_000
END = b"\xff\xff\xff\xff"
"""-1 in big-endian bytes, which closes a sequence."""
TESTED_LABELS = 5_000
TESTED_PATHS = 500
"""How many labels and random paths the self-test tokenises whole."""


@dataclass(frozen=True, slots=True)
class LabelClasses:
    """The distinct token sequences of some labels, ascending, each closed by -1.

    The class of a label is where its sequence begins in ``tokens``, so classes order as sequences do.
    ``of_label`` int32[number of labels] is the class of each label. Two labels share a class if they are spelled with
    the same tokens: equal labels always do, and so do labels that the tokenizer cannot tell apart.
    """

    tokens: Int32
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
    begins = itertools.accumulate((len(key) // 4 + 1 for key in ordered), initial=0)
    begin_of = dict(zip(ordered, begins, strict=False))
    tokens = np.frombuffer(b"".join(key + END for key in ordered), ">i4").astype(np.int32)
    if len(tokens) >= 2**31:
        raise LimitReached(f"the labels have {len(tokens)} tokens; a token index is limited to fewer than 2^31")
    class_of_text = np.fromiter((begin_of[key] for key in keys), np.int32, len(keys))
    return LabelClasses(tokens, class_of_text[text_of] if len(labels) else class_of_text)


def _refuse(escaped: Sequence[str], parts: Sequence[Sequence[int]], first: int, special: frozenset[int]) -> None:
    bad = [
        text
        for text, ids in zip(escaped, parts, strict=True)
        if not ids or ids[0] != first or first in ids[1:] or not special.isdisjoint(ids)
    ]
    if bad:
        raise SeparatorInLabel(
            f"the tokens of {len(bad)} labels contain the separator or a control token: {bad[:MAX_NAMED_LABELS]}"
            + (" ..." if len(bad) > MAX_NAMED_LABELS else "")
        )


class SeparatorInLabel(BadInput):
    """Labels that cannot be told from what stands around them."""


def spell(labels: list[str], tokenize: Tokenize, progress: Progress | None = None) -> tuple[Spelling, LabelClasses]:
    """Return the first spelling that fits every label, with the labels' classes under it."""
    separators, first_error, distinct = list(SEPARATORS), None, list(dict.fromkeys(labels))
    while True:
        try:
            spelling = choose(tokenize, distinct, separators)
        except BadInput:
            if first_error:
                raise first_error from None
            raise
        try:
            return spelling, classify(labels, spelling, tokenize, progress)
        except SeparatorInLabel as error:
            first_error = first_error or error
            separators.remove(spelling.separator)
            if not separators:
                raise first_error from None


def self_test(labels: list[str], spelling: Spelling, tokenize: Tokenize) -> None:
    """Raise BadInput where tok(whole) differs from concat(tok(parts)), on labels with odd ends and on a sample."""
    distinct = sorted({spelling.escape(label) for label in labels})
    rng = random.Random(0)
    odd = [text for text in distinct if not (text.isascii() and text[:1].isalnum() and text[-1:].isalnum())]
    tested = rng.sample(odd, min(TESTED_LABELS, len(odd))) + rng.sample(distinct, min(TESTED_LABELS, len(distinct)))
    misfits = spelling.misfits(tokenize, tested)
    if misfits:
        raise BadInput(
            f"the tokenizer merges {len(misfits)} labels with the text next to them: {misfits[:MAX_NAMED_LABELS]}"
        )
    path = spelling.misfit_paths(tokenize, distinct, min(TESTED_PATHS, 4 * len(distinct)))
    if path:
        raise BadInput(f"the tokenizer merges parts of the path with these labels: {path}")
