"""Names that no one has: made of syllables, in the shapes that names of people and of things have."""

from __future__ import annotations

import random
from collections.abc import Sequence

_ONSETS = (
    "b",
    "br",
    "c",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "w",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "o", "ia", "ei", "ou", "y")
_CODAS = ("", "", "", "l", "n", "r", "s", "th", "m", "x", "nd", "rk")
_ADJECTIVES = (
    "Blue",
    "Silent",
    "Last",
    "Golden",
    "Broken",
    "Hidden",
    "Little",
    "Northern",
    "Old",
    "Paper",
    "Second",
    "Winter",
)
_NOUNS = (
    "Harbour",
    "Lantern",
    "River",
    "Garden",
    "Mirror",
    "Letter",
    "Bridge",
    "Summer",
    "Orchard",
    "Signal",
    "Crown",
    "Tide",
)


def invented_word(rng: random.Random) -> str:
    """Return a pronounceable word of two or three syllables, with a capital."""
    syllables = (rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 2, 3))))
    return ("".join(syllables) + rng.choice(_CODAS)).capitalize()


def invented_name(rng: random.Random, person: bool, noun: str) -> str:
    """Return the name of a person, or of a thing with this noun."""
    word = invented_word(rng)
    if person:
        return f"{word} {invented_word(rng)}"
    shapes = (word, word, f"{word} {invented_word(rng)}", f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)}",
              f"{word} {noun.title()}", f"The {rng.choice(_ADJECTIVES)} {word}")  # fmt: skip
    return rng.choice(shapes)


def distinct_names(rng: random.Random, known: Sequence[str], count: int, person: bool, noun: str) -> list[str]:
    """Return so many names, some of them of ``known``, no two alike but for case."""
    found = {name.casefold(): name for name in rng.sample(known, min(len(known), count // 2))}
    while len(found) < count:
        name = invented_name(rng, person, noun)
        found.setdefault(name.casefold(), name)
    return list(found.values())
