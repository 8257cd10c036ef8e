"""Decides whether a predicted answer is correct."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence

from clew.evaluation.outcome import Predicted
from clew.evaluation.questions.question import Gold

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(label: str) -> str:
    """Return a label as it is compared: NFC, case folded, white space collapsed. Nothing else is forgiven."""
    return " ".join(unicodedata.normalize("NFC", label).casefold().split())


def matches(gold: Gold, predicted: Predicted) -> bool:
    """Return whether a predicted answer is this right one: by key where the set gives one, else by label or key."""
    if gold.key is not None:
        return gold.key == predicted.key
    return gold.label is not None and (
        gold.label == predicted.key or normalise(gold.label) == normalise(predicted.label)
    )


class Matcher:
    """The right answers of a question, looked up in constant time per prediction (an answer set may hold thousands)."""

    def __init__(self, golds: Sequence[Gold]) -> None:
        self._golds = golds
        self._by_key: dict[str, list[int]] = {}
        self._by_label: dict[str, list[int]] = {}
        for i, gold in enumerate(golds):
            if gold.key is not None:
                self._by_key.setdefault(gold.key, []).append(i)
            elif gold.label is not None:
                self._by_key.setdefault(gold.label, []).append(i)
                self._by_label.setdefault(normalise(gold.label), []).append(i)

    def found_by(self, predicted: Predicted) -> set[int]:
        """Return the indices of the right answers that a prediction matches; empty means that it is wrong."""
        return {*self._by_key.get(predicted.key, ()), *self._by_label.get(normalise(predicted.label), ())}


def substring_hit(golds: Sequence[Gold], predictions: Sequence[Predicted]) -> bool:
    """Return GCR's Hit (Luo et al. 2024, arXiv:2410.13080): any right answer is a substring of anything predicted.

    Both are lower-cased and stripped of punctuation and English articles, as is usual in that line of work. It is
    reported for comparison with papers only: it counts "Paris Hilton" as a hit for "Paris".
    """
    texts = [_loose(predicted.label) for predicted in predictions]
    wanted = [_loose(gold.label or gold.key or "") for gold in golds]
    return any(gold in text for gold in wanted if gold for text in texts)


def _loose(text: str) -> str:
    without = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(_ARTICLES.sub(" ", without).split())
