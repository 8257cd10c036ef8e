"""Seeded perturbations of questions, outside or inside the mention of the topic.

Perturbations outside the mention measure how much an answer depends on the wording. ``mention`` misspells only the
mention, which tests the linker (``link_accuracy``).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from clew.retrieval.linking.word_weights import FUNCTION_WORDS

Span = tuple[int, int]

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_QUESTION_WORDS = frozenset({"who", "whom", "whose", "what", "which", "when", "where", "why", "how"})
_POLITE = (
    ("could you tell me ", ""),
    ("please tell me ", ""),
    ("i would like to know ", ", please"),
    ("hello, ", " thanks in advance"),
    ("do you happen to know ", ""),
    ("", " please"),
)
_NEAR = {
    letter: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for i, letter in enumerate(row)
}
"""The neighbours of a key in its row of an English keyboard."""


def mentions(text: str, names: Sequence[str]) -> list[Span]:
    """Return where any of the names stands in a text, but for case; of overlapping places the longest."""
    found = [match.span() for name in names if name for match in re.finditer(re.escape(name), text, re.IGNORECASE)]
    kept: list[Span] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span)):
        if all(end <= low or high <= start for low, high in kept):
            kept.append((start, end))
    return sorted(kept)


def perturb(text: str, protected: Sequence[Span], kind: str, rng: random.Random) -> str:
    """Return the text perturbed in one way (a key of ``KINDS``); the protected spans come out as they were.

    Of ``MENTION``, the protected spans are what is perturbed. A text with nothing to perturb comes back unchanged.
    """
    if kind == "polite":
        before, after = rng.choice(_POLITE)
        return f"{before}{text}{after}"
    words = [match.span() for match in _WORD.finditer(text)]
    free = [(a, b) for a, b in words if any(low < b and a < high for low, high in protected) == (kind == MENTION)]
    for (start, end), word in sorted(KINDS[kind](text, free, rng), reverse=True):
        text = text[:start] + word + text[end:]
    return " ".join(text.split()) if kind == "dropped" else text


Edits = list[tuple[Span, str]]
MENTION = "mention"
"""The kind that misspells the mention."""


def _typo(text: str, free: Sequence[Span], rng: random.Random) -> Edits:
    """Misspell one word of four letters or more: two letters swapped, one left out, doubled, or its neighbour's key."""
    long = [span for span in free if span[1] - span[0] >= 4]
    if not long:
        return []
    start, end = rng.choice(long)
    word = text[start:end]
    at = rng.randrange(1, len(word) - 1)
    near = _NEAR.get(word[at].lower(), "")
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    ways = [word[:at] + word[at + 1 :], word[: at + 1] + word[at:]]
    if swapped != word:
        ways.append(swapped)
    if near:
        ways.append(word[:at] + rng.choice(near) + word[at + 1 :])
    return [((start, end), rng.choice(ways))]


def _case(text: str, free: Sequence[Span], rng: random.Random) -> Edits:
    """Write every word in capitals, in small letters or with a capital, whichever of them changes the text."""
    ways: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.capitalize)
    made = [[(span, way(text[slice(*span)])) for span in free] for way in ways]
    telling = [edits for edits in made if any(text[slice(*span)] != word for span, word in edits)]
    return rng.choice(telling) if telling else []


def _order(text: str, free: Sequence[Span], rng: random.Random) -> Edits:
    """Swap two words that stand side by side."""
    pairs = [(a, b) for a, b in pairwise(free) if text[a[1] : b[0]].isspace() and _differ(text, a, b)]
    if not pairs:
        return []
    one, other = rng.choice(pairs)
    return [(one, text[slice(*other)]), (other, text[slice(*one)])]


def _differ(text: str, a: Span, b: Span) -> bool:
    return text[slice(*a)] != text[slice(*b)]


def _dropped(text: str, free: Sequence[Span], rng: random.Random) -> Edits:
    """Leave out the function words, question words apart: how people type into a search box."""
    words = [(span, text[slice(*span)].lower()) for span in free]
    return [(span, "") for span, word in words if word in FUNCTION_WORDS and word not in _QUESTION_WORDS]


def _polite(text: str, free: Sequence[Span], rng: random.Random) -> Edits:
    return []  # an addition, not an edit: see ``perturb``


KINDS: dict[str, Callable[[str, Sequence[Span], random.Random], Edits]] = {
    "typo": _typo,
    "case": _case,
    "order": _order,
    "dropped": _dropped,
    "polite": _polite,
    MENTION: _typo,
}
"""The ways of perturbing a question."""
