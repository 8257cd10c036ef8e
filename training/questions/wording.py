"""Questions as people type them, from questions as others typed them."""

from __future__ import annotations

import random
import re

from clew.training.synthetic.noise import FUNCTION_WORDS, add_noise, drop_words
from clew.training.synthetic.phrases import TOPIC

_SPOKEN = (
    (re.compile(r"\b(what|who|where|when|how|that|it|there)'s\b", re.IGNORECASE), (r"\1 's", r"\1s", r"\1 is")),
    (re.compile(r"\b(what|who|where) (?:is|are)\b", re.IGNORECASE), (r"\1's", r"\1 's", r"\1s")),
    (re.compile(r"\b(do|does|did|is|was|are)n't\b", re.IGNORECASE), (r"\1nt", r"\1 n't")),
    (re.compile(re.escape(TOPIC) + r"'s\b"), (TOPIC + " 's", TOPIC + "s", TOPIC)),
)
_ASKING = frozenset({"what", "who", "whom", "whose", "which", "where", "when", "how", "name", "list", "tell", "give"})
KEYWORDS, SPOKEN, LOWERED, DROPPED = 0.07, 0.15, 0.35, 0.07
"""How often a question is cut to its keywords, said as in speech, put in lower case, and loses small words."""


def reworded(question: str, rng: random.Random) -> str:
    """Return a question (``{x}`` is its topic) as someone else might type it; most stay nearly as they are."""
    question = " ".join(question.split())
    if rng.random() < SPOKEN:
        question = _spoken(question, rng)
    draw = rng.random()
    if draw < KEYWORDS:
        question = _keywords(question, rng)
    elif draw < KEYWORDS + DROPPED:
        question = drop_words(question, rng)
    if rng.random() < LOWERED:
        question = question.lower()
    if rng.random() < 0.3:
        question = question.rstrip("?. ") or question
    return add_noise(question, rng) if rng.random() < 0.2 else question


def _spoken(question: str, rng: random.Random) -> str:
    pattern, ways = rng.choice(_SPOKEN)
    return pattern.sub(rng.choice(ways), question, count=1)


def _keywords(question: str, rng: random.Random) -> str:
    """Return what is left for a search box: "spouse of {x}", "{x} spouse"."""
    words = [word for word in question.rstrip("?. ").split() if TOPIC in word or word.lower() not in _ASKING]
    kept = [word for word in words if TOPIC in word or word.lower() not in FUNCTION_WORDS]
    if len(kept) < 2:
        return question
    others = [word for word in kept if TOPIC not in word]
    return rng.choice((f"{TOPIC} {' '.join(others)}", f"{' '.join(others)} of {TOPIC}", " ".join(kept)))
