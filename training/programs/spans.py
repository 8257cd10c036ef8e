"""From a question with slots to its text, and to where in it each slot stands."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clew.training.programs.plan import Slot
from clew.training.programs.wordings import with_article
from clew.tries.programs.tokens import Anchor

SLOT = re.compile(r"\{(\d+)([sp]?)\}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A question, its anchors in the order of the text, and the number of each slot's anchor."""

    question: str
    anchors: tuple[Anchor, ...]
    order: Mapping[int, int]


def placed(text: str, slots: Sequence[Slot], rng: random.Random) -> Placed | None:
    """Return a question with words for its slots; None where a slot does not stand in it exactly once."""
    by_number = {slot.number: slot for slot in slots}
    found = [int(match.group(1)) for match in SLOT.finditer(text)]
    if sorted(found) != sorted(by_number):
        return None
    words: list[str] = []
    anchors: list[Anchor] = []
    at = length = 0
    for match in SLOT.finditer(text):
        slot = by_number[int(match.group(1))]
        named = _words(slot, match.group(2), rng)
        before = _before(text[at : match.start()], named)
        words += [before, named]
        start = length + len(before)
        length, at = start + len(named), match.end()
        anchors.append(Anchor(slot.op, (start, length), slot.node, slot.literal))
    return Placed("".join([*words, text[at:]]), tuple(anchors), {number: i for i, number in enumerate(found)})


def _before(text: str, word: str) -> str:
    """Return what stands before a word, its article in the form that the word takes."""
    article = re.search(r"\b([Aa]) $", text)
    return text[:-1] + "n " if article and with_article(word).startswith("an ") else text


def _words(slot: Slot, number: str, rng: random.Random) -> str:
    if slot.cls is None:
        return slot.text
    at = 0 if rng.random() < 0.6 else rng.randrange(len(slot.cls.nouns))
    return (slot.cls.plurals if number == "p" else slot.cls.nouns)[at]
