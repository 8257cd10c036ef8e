"""Places in a question where a literal may begin: digits, currencies, quotation marks, and words of numbers and
times."""

from __future__ import annotations

import re

from clew.decoding.programs.reading.stated.dates import MONTHS
from clew.decoding.programs.reading.stated.numerals import SMALL, UNITS_WITH_ARTICLE
from clew.decoding.programs.reading.stated.ordinals import WORDS
from clew.decoding.programs.reading.stated.periods import DECADES

_PREFIXES = "".join(
    rf"|(?<=\b{word}-)" for word in ("pre", "post", "mid", "early", "late", "sub", "under", "over", "top")
)
_MONTHS = (*MONTHS, *(month[:3] for month in MONTHS), "sept")
_SINGLE = (*SMALL, *WORDS, *_MONTHS, *DECADES, "eighteen", "minus", "today", "yesterday", "tomorrow")
_SCALED = r"(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)"
_START = re.compile(
    rf"""["“”„«‘]|(?<!\w)['’](?=\S)
    |(?:(?<![\w.,:/+\-–—−]){_PREFIXES})(?:[-−](?=[\d.]))?\.?\d
    |(?<!\w)(?:[A-Za-z]{{0,2}}[$¥€£₹₽₩₿₺₫฿₪₴]|[A-Z]{{3}})\s?\.?\d
    |(?:(?<![\w'’\-]){_PREFIXES})(?:
        (?:{"|".join(sorted(set(_SINGLE), key=len, reverse=True))}|A\.?D\.?)\b
        |an?\s(?:{_SCALED}|(?:year|month|week|day|decade)\sago)\b
        |an?\s{UNITS_WITH_ARTICLE}
        |half\san?\s|half\s{_SCALED}\b|[QH][1-4]\b
        |(?:the\s)?(?:last|past|previous|current|this|next)\s\w
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CHUNK = re.compile(r"\w+(?:[.,:/'’–—-]\w+)*|.", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


def next_start(text: str, at: int) -> int | None:
    """Return the next place from ``at`` on where a literal may begin; None where there is none."""
    match = _START.search(text, at)
    return None if match is None else match.start()


def skip(text: str, at: int) -> int:
    """Return the end of what begins at ``at`` and is no literal: a word, or a code as a whole."""
    match = _WORD.match(text, at) or _CHUNK.match(text, at)
    return at + 1 if match is None else match.end()
