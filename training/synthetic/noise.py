"""Adds noise to questions as people write them: fillers, politeness, typos, dropped words, punctuation."""

from __future__ import annotations

import random
import string

from clew.training.synthetic.phrases import TOPIC

_BEFORE = (
    "please tell me", "can you tell me", "could you tell me", "i want to know", "i would like to know", "hey,",
    "tell me", "do you know", "quick question:", "i wonder", "please", "any idea", "so", "help me find out",
)  # fmt: skip
_AFTER = ("please", "thanks", "again", "by the way", "do you know", "if you know")
FUNCTION_WORDS = (
    "the", "a", "an", "of", "is", "are", "was", "were", "did", "do", "does", "by", "in", "on", "that", "which", "what",
    "who", "whose", "have", "has", "to", "for", "me", "i",
)  # fmt: skip


def add_noise(question: str, rng: random.Random, fillers: bool = True) -> str:
    """Return the question as someone might type it; ``{x}`` is kept whole. Half of all questions stay as they are.

    ``fillers``: whether words like "I wonder" may come before it.
    """
    if rng.random() < 0.5:
        return _punctuate(question, rng)
    if rng.random() < 0.3 and fillers:
        question = f"{rng.choice(_BEFORE)} {question}"
    elif rng.random() < 0.1:
        question = f"{question} {rng.choice(_AFTER)}"
    if rng.random() < 0.15:
        question = drop_words(question, rng)
    if rng.random() < 0.3:
        question = _misspell(question, rng)
    return _punctuate(question, rng)


def _punctuate(question: str, rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.35:
        question += "?"
    elif draw < 0.4:
        question += " ?"
    return question


def drop_words(question: str, rng: random.Random) -> str:
    """Leave out some function words, as in a search box."""
    words = [word for word in question.split() if word not in FUNCTION_WORDS or rng.random() < 0.5]
    return " ".join(words)


def _misspell(question: str, rng: random.Random) -> str:
    """Change one or two words by one letter (swap, drop, double or replace)."""
    words = question.split()
    targets = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha() and TOPIC not in word]
    for at in rng.sample(targets, min(len(targets), rng.choice((1, 1, 2)))):
        word = words[at]
        i = rng.randrange(1, len(word) - 1)
        words[at] = rng.choice(
            (
                word[:i] + word[i + 1] + word[i] + word[i + 2 :],
                word[:i] + word[i + 1 :],
                word[:i] + word[i] + word[i:],
                word[:i] + rng.choice(string.ascii_lowercase) + word[i + 1 :],
            )
        )
    return " ".join(words)
