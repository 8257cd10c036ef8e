"""Labels of nodes and relations, and the choice of the one to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.terms.vocabulary import LabelKind

KINDS: tuple[LabelKind, ...] = ("preferred", "alternative", "description")
_DESCRIPTION = KINDS.index("description")
_UNUSABLE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its ``text``, ``language`` tag (lower case, empty when none was given) and ``kind``."""

    text: str
    language: str = ""
    kind: LabelKind = "preferred"


def language_ranks(languages: Sequence[str], preference: Sequence[str]) -> NDArray[np.int64]:
    """How well each of ``languages`` suits ``preference``, int64[n], lower is better.

    A tag matches its own preference first, then as a regional form (``en-gb`` for ``en``); after all preferred
    languages comes text without a language, then any other language.
    """
    wanted = [tag.lower() for tag in preference]
    ranks = np.full(len(languages), 2 * len(wanted) + 1, np.int64)
    for i, language in enumerate(languages):
        if not language:
            ranks[i] = 2 * len(wanted)
        for place, tag in enumerate(wanted):
            if language == tag or language.startswith(tag + "-"):
                ranks[i] = 2 * place + (language != tag)
                break
    return ranks


def choose(
    chosen: NDArray[np.int32],
    subject: NDArray[Any],
    kind: NDArray[Any],
    rank: NDArray[Any],
    usable: NDArray[np.bool_],
    start: int = 0,
) -> None:
    """Put the label row to show for each subject into ``chosen``, which holds -1 for each that has none.

    Rows are given by ascending ``subject``, with their ``kind`` (index into ``KINDS``), language ``rank`` and whether
    they are ``usable`` at all; the first is row ``start``. Best is the lowest (kind, rank, row); a description is never
    shown as a name.
    """
    if len(subject) == 0:
        return
    usable = usable & (kind != _DESCRIPTION)
    first = np.flatnonzero(np.diff(subject, prepend=-1))
    if len(first) == len(subject):  # one row each, as in most graphs
        chosen[subject[usable]] = start + np.flatnonzero(usable)
        return
    rows = np.arange(start, start + len(subject), dtype=np.int64)
    score = (kind.astype(np.int64) << 48) | (rank.astype(np.int64) << 34) | rows
    score[~usable] = _UNUSABLE
    best = np.minimum.reduceat(score, first)
    found = best != _UNUSABLE
    chosen[subject[first][found]] = (best[found] & ((1 << 34) - 1)).astype(np.int32)
