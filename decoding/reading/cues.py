"""Words of a question that ask for more than a path can say: counts, extremes, negation, comparison, yes or no.

Closed lists and patterns of English: such words are few, and a guess would cost answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clew.decoding.reading.lexicon import AUXILIARIES, COMPARATIVES, ENGLISH, EXTREMES, FOREIGN
from clew.decoding.reading.unread import Why

Cue = tuple[int, int, Why]
"""Start and end in the question, and the kind."""

_ASKS = re.compile(
    r"\b(?:who|whom|whose|what|whats|which|when|where|why|how|name|list|tell|show|give|find|identify|state|describe|explain)\b",
    re.I,
)
_PATTERNS = {
    Why.COUNT: (
        r"\bhow (?:many|much|often)\b|\b(?:total |average |mean )?number of\b|\bcounts? (?:of|the|all)\b|^\W*count\b"
        r"|\b(?:total|average|sum of|mean|median|combined)\b|\bin total\b|\b(?:al)?together\W*$"
    ),
    Why.SUPERLATIVE: (
        r"\b(?:" + "|".join(sorted(EXTREMES)) + r")\b|\b(?:ascending|descending|alphabetical(?:ly)?|in order of)\b"
        r"|\b(?:sorted|ordered|ranked) by\b"
    ),
    Why.COMPARISON: (
        r"\b(?:" + "|".join(sorted(COMPARATIVES)) + r")(?: \w+){0,2} than\b|\bat (?:least|most)\b|\bas \w+ as\b"
        r"|\bcompared (?:to|with)\b|\bversus\b|\bvs\b|\b(?:over|under|above|below|exceed(?:s|ing)?) (?=[\d$€£])"
        r"|\b(?:before|(?<!looks )(?<!look )(?<!looking )after|since|until|till|prior to)\b"
    ),
    Why.NEGATION: (
        r"\b(?:not|never|without|except|excluding|nor|none|nobody|nothing|besides|lacks?|lacking)\b|\b\w+n['’]t\b"
        r"|\b(?:other than|apart from|aside from|instead of|no longer|isnt|doesnt|didnt|wasnt|dont)\b|\bno(?= [a-z])"
        r"|\b(?:any|every)(?:one|thing|body) but\b"
    ),
    Why.QUALIFIER: (
        r"\b(?:former|formerly|ex|previous|previously|next(?! to)|past|future|upcoming|assistant|deputy|vice|acting"
        r"|near|nearby|close to|outside|opposite|interim|caretaker|substitute|honorary)\b"
        r"|\b(?:only|solely|exclusively) (?:\w+ed|by|in|to|for|one|spoken|known|made|seen)\b"
        r"|\b(?:and so on|(?:directly or )?indirectly|of any generation|at any (?:level|depth|remove))\b"
    ),
    Why.REASON: r"\bwhy\b|\bfor what reason\b|\bhow come\b",
    Why.CHOICE: (
        r"\b(?:both|either|neither|or|respectively)\b|\bfor (?:each|every)\b"
        r"|\beach (?:was|were|is|are|has|have|did)\b|\band (?:who|whom|what|when|where|which|how|why)\b"
        r"|\?\s+(?=\w)(?:and )?(?:who|what|when|where|which|how|why)\b"
    ),
}
_POLITE = re.compile(r"\W*(?:can|could|will|would) (?:you|i|we)\b", re.I)
_COMPILED = [(re.compile(pattern), why) for why, pattern in _PATTERNS.items()]
_WORD = re.compile(r"[^\W\d_]+")


def cues(question: str) -> Iterator[Cue]:
    """Give every cue in a question, in the order of the kinds. Case does not matter."""
    lowered = question.lower()
    if len(lowered) != len(question):
        lowered = question
    for pattern, why in _COMPILED:
        for match in pattern.finditer(lowered):
            yield (*match.span(), why)


def yes_or_no(question: str) -> Cue | None:
    """Return the first word of a question that asks for yes or no; None for another."""
    match = re.match(rf"\W*({'|'.join(sorted(AUXILIARIES - {'s'}))})\b(?:n['’]t)?", question, re.IGNORECASE)
    if match is None or _ASKS.search(question, match.end()) or _POLITE.match(question):
        return None
    return (*match.span(1), Why.YES_NO)


def foreign(question: str, masked: str) -> Cue | None:
    """Return the whole question where it is in a language that is not English; ``masked``: without the names in it.

    Function words tell: two of another language and none of English, or letters of another script.
    """
    words = [match.group().lower() for match in _WORD.finditer(masked)]
    known = sum(word in ENGLISH for word in words)
    other = max((sum(word in some for word in words) for some in FOREIGN.values()), default=0)
    scripted = sum(any(ord(letter) > 0x24F for letter in word) for word in words)
    if scripted > known or (other >= 2 and known == 0) or (other >= 3 and other > 2 * known):
        return 0, len(question), Why.LANGUAGE
    return None
