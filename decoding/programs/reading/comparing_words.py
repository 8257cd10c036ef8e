"""Phrases that compare with the literal beside them: "no more than", "since", "or later"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES, Degree, graded
from clew.kg.terms.typed.comparison import Comparison

TURNED = {
    Comparison.ABOVE: Comparison.BELOW, Comparison.BELOW: Comparison.ABOVE,
    Comparison.AT_LEAST: Comparison.AT_MOST, Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.EQUAL: Comparison.EQUAL,
}  # fmt: skip
"""The comparison in the other direction."""
DENIED = {
    Comparison.ABOVE: Comparison.AT_MOST, Comparison.BELOW: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.BELOW, Comparison.AT_MOST: Comparison.ABOVE,
}  # fmt: skip
"""The comparison that holds where one does not."""
_SIZES = {
    ">": "over|above|exceeding|exceeds|exceed|exceeded|surpassing|surpasses|surpass|surpassed|beyond|in excess of",
    "<": "under|below|beneath",
    ">=": "at least|at minimum|a minimum of|minimum of|minimum|min|upwards of|starting at",
    "<=": "at most|at maximum|a maximum of|maximum of|maximum|max|up to|capped at|limited to|within",
    "=": "exactly|precisely|of exactly|equal to|equals|equals to|is equal to|equal|equalling|equaling|just|only",
}
_TIMES = {
    ">": "after|following|subsequent to",
    "<": "before|prior to|preceding",
    ">=": "since|ever since|starting in|starting from|beginning in|beginning from|on or after|in or after",
    "<=": "until|till|up until|up till|by|through|on or before|in or before|by the end of|up to and including",
    "=": "in|on|at|during|from|throughout|within|dated|as at",
}
_SIGNS = {
    ">=": ">=", "=>": ">=", "≥": ">=", "⩾": ">=", "<=": "<=", "=<": "<=", "≤": "<=", "⩽": "<=",
    ">": ">", "<": "<", "==": "=", "=": "=",
}  # fmt: skip
_PREFIXES = {"pre": "<", "sub": "<", "under": "<", "post": ">", "over": ">"}
_OF_SIZES = {phrase: Comparison(how) for how, some in _SIZES.items() for phrase in some.split("|")}
_OF_TIMES = {phrase: Comparison(how) for how, some in _TIMES.items() for phrase in some.split("|")}
_NOT = frozenset(("not", "no", "never", "nor", "cannot"))
_FILLERS = frozenset(("the", "year", "years", "a", "an", "age", "ages", "date", "both", "either"))
_COUNTING = frozenset(("many", "much", "few", "little"))
_BEFORE_NOUNS = frozenset(
    ("more", "fewer", "less", "greater", "higher", "lower", "larger", "bigger", "smaller", "longer", "shorter")
)
_WINDOW = 80
_WORDS = re.compile(r"(?:(?<!\S)\(?[\w'’-]+\s{1,3})+\Z")
_WORD = re.compile(r"[\w'’-]+")
_SIGN = re.compile(r"(?<![<>=!])(>=|=>|<=|=<|==|[<>=≤≥⩽⩾])\s?\Z")
_PREFIX = re.compile(r"\b(pre|sub|under|post|over)-\Z", re.IGNORECASE)
_OR_EQUAL = ("than or equal to", "or equal to", "than or equals")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that compare: ``text[start:end]``, how, the adjective in its base form; ``rest``: a second part of the
    words, apart from the first. timely: they are said of times only."""

    start: int
    end: int
    how: Comparison
    word: str = ""
    timely: bool = False
    rest: tuple[int, int] | None = None


def phrases_before(text: str, end: int) -> Iterator[Phrase]:
    """Give what the words that end at ``end`` may compare, the longest first: as words of times and of sizes."""
    mark = _SIGN.search(text, max(end - 3, 0), end)
    prefix = _PREFIX.search(text, max(end - 6, 0), end)
    if mark is not None:
        yield Phrase(*mark.span(1), Comparison(_SIGNS[mark[1]]))
    elif prefix is not None:
        yield Phrase(*prefix.span(), Comparison(_PREFIXES[prefix[1].lower()]))
    else:
        yield from _in_words(text, end)


def _in_words(text: str, end: int) -> Iterator[Phrase]:
    run = _WORDS.search(text, max(end - _WINDOW, 0), end)
    words = list(_WORD.finditer(text, run.start(), end)) if run else []
    while len(words) > 1 and _is_filler(words):
        words.pop()
    spoken = [word.group().lower() for word in words]
    than = _than(words, spoken)
    if than is not None:
        yield than
    for count in range(min(len(words), 5), 0, -1):
        yield from _listed(words, spoken, count)


def _is_filler(words: list[re.Match[str]]) -> bool:
    word, before = words[-1].group().lower(), words[-2].group().lower()
    return word in _FILLERS or (word == "of" and before in ("year", "years", "age", "ages", "date"))


def _listed(words: list[re.Match[str]], spoken: list[str], count: int) -> Iterator[Phrase]:
    phrase = " ".join(spoken[-count:])
    first = len(words) - count
    for known, timely in ((_OF_TIMES, True), (_OF_SIZES, False)):
        if phrase in known:
            start, how = _denied(words, spoken, first, known[phrase])
            yield Phrase(start, words[-1].end(), how, timely=timely)


def _denied(words: list[re.Match[str]], spoken: list[str], first: int, how: Comparison) -> tuple[int, Comparison]:
    """Where a phrase begins and how it compares, with the "not" before it."""
    before = spoken[first - 1] if first else ""
    if how in DENIED and (before in _NOT or before.endswith(("n't", "n’t"))):
        return words[first - 1].start(), DENIED[how]
    return words[first].start(), how


# --- comparatives
def _than(words: list[re.Match[str]], spoken: list[str]) -> Phrase | None:
    """What a comparative with "than" compares, or "as tall as"."""
    equal = next((tail for tail in _OR_EQUAL if " ".join(spoken[-4:]).endswith(tail)), None)
    size = len(equal.split()) if equal else 1
    if equal is None and spoken[-1:] == ["as"] and len(spoken) > 2 and spoken[-3] == "as":
        return _as_much(words, spoken)
    if (equal is None and spoken[-1:] != ["than"]) or len(spoken) <= size:
        return None
    form = _comparative(spoken, len(spoken) - size - 1)
    return None if form is None else _compared(words, spoken, form, equal is not None)


def _as_much(words: list[re.Match[str]], spoken: list[str]) -> Phrase | None:
    gradable = GRADABLES.get(spoken[-2])
    multiplied = len(spoken) > 3 and (spoken[-4] in ("twice", "half") or spoken[-4].endswith("times"))
    if gradable is None or gradable.base in _COUNTING or multiplied:
        return None
    edge = {"at least": Comparison.AT_LEAST, "at most": Comparison.AT_MOST}.get(" ".join(spoken[-5:-3]))
    how = Comparison.EQUAL if edge is None else edge if gradable.direction > 0 else TURNED[edge]
    start = words[-5 if edge else -3].start()
    return Phrase(start, words[-1].end(), how, gradable.base)


def _comparative(spoken: list[str], last: int) -> tuple[int, int, str, int] | None:
    """The comparative that ends with word ``last``: its first and its last word, its base and its direction. Nouns may
    stand between "more" and "than"."""
    found = FORMS.get(spoken[last])
    if spoken[last] in ("other", "rather"):
        return None
    if last and (grade := graded(spoken[last - 1], spoken[last])) is not None:
        return last - 1, last, grade[0].base, grade[1]
    if found is not None and found.degree is Degree.COMPARATIVE:
        return last, last, found.base, GRADABLES[found.base].direction
    for i in range(last - 1, max(last - 4, -1), -1):
        if spoken[i] in _BEFORE_NOUNS:
            return i, i, FORMS[spoken[i]].base, GRADABLES[FORMS[spoken[i]].base].direction
    return None


def _compared(words: list[re.Match[str]], spoken: list[str], form: tuple[int, int, str, int], equal: bool) -> Phrase:
    first, last, base, direction = form
    how = {(1, False): ">", (-1, False): "<", (1, True): ">=", (-1, True): "<="}[direction, equal]
    start, denied = _denied(words, spoken, first, Comparison(how))
    word = "" if base in _COUNTING else base
    than = next(i for i in range(last + 1, len(words)) if spoken[i] in ("than", "or"))
    if than == last + 1:
        return Phrase(start, words[-1].end(), denied, word)
    return Phrase(start, words[last].end(), denied, word, rest=(words[than].start(), words[-1].end()))


# --- behind
_PLUS = re.compile(r"\s?\+(?![\d\w])|\s?-?plus\b", re.IGNORECASE)
_ONWARDS = re.compile(r"\s(?:(?:and\s)?(?:onwards?|upwards?)\b|(?:and\s)?on(?=\s?[?.,!;]|\s?\Z))", re.IGNORECASE)
_OR = re.compile(r"\s?,?\s(?:or|and)\s(\w+)\b(?!\s(?:in|than|on|the|at|for|\d))", re.IGNORECASE)
_OR_HOW = {
    "more": ">=", "above": ">=", "over": ">=", "up": ">=", "upwards": ">=", "upward": ">=", "after": ">=",
    "beyond": ">=", "onwards": ">=", "less": "<=", "fewer": "<=", "below": "<=", "under": "<=", "before": "<=",
}  # fmt: skip
_SO_MANY_OR_MORE = re.compile(
    r"\s(?!(?:or|and|than)\b)[\w-]{1,30}\s(or\s(?:more|fewer|less|greater|above))\b", re.IGNORECASE
)
"""With what is counted between: "5 sails or more"."""
_EDGE = re.compile(
    r"\s(?:at\s(?:the\s)?(least|most|minimum|maximum|earliest|latest)\b"
    r"|(minimum|maximum|min|max|tops)\b(?=\s?[?.,!;]|\s?\Z|\s(?:in|of|for|from|who|that|which)\b))",
    re.IGNORECASE,
)
_EDGES = {"least": ">=", "minimum": ">=", "min": ">=", "earliest": ">="}
_EXACTLY = re.compile(r"\s(?:exactly|precisely)\b", re.IGNORECASE)
_VAGUE = re.compile(
    r"(\b(?:around|about|approximately|approx\.?|roughly|circa|ca\.?|c\.|nearly|almost|some|close\sto)|~)\s?(?:the\s)?\Z",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"[\s-]([a-z]+)\b")


def phrase_behind(text: str, start: int) -> Phrase | None:
    """Return what the words that follow a literal at ``start`` compare, None where they do not."""
    for pattern, how in ((_PLUS, Comparison.AT_LEAST), (_ONWARDS, Comparison.AT_LEAST), (_EXACTLY, Comparison.EQUAL)):
        match = pattern.match(text, start)
        if match is not None:
            return Phrase(match.start() + len(match.group()) - len(match.group().lstrip()), match.end(), how)
    edge = _EDGE.match(text, start)
    if edge is not None:
        return Phrase(edge.start() + 1, edge.end(), Comparison(_EDGES.get((edge[1] or edge[2]).lower(), "<=")))
    return _or_more(text, start)


def _or_more(text: str, start: int) -> Phrase | None:
    apart = _SO_MANY_OR_MORE.match(text, start)
    if apart is not None:
        return Phrase(*apart.span(1), Comparison(_OR_HOW.get(apart[1].lower().split()[1], ">=")))
    match = _OR.match(text, start)
    word = match[1].lower() if match else ""
    form = FORMS.get(word)
    if match is None or not (word in _OR_HOW or (form is not None and form.degree is Degree.COMPARATIVE)):
        return None
    begin = match.start() + len(match.group()) - len(match.group().lstrip(", "))
    if word in _OR_HOW:
        return Phrase(begin, match.end(), Comparison(_OR_HOW[word]))
    assert form is not None
    how = Comparison.AT_LEAST if GRADABLES[form.base].direction > 0 else Comparison.AT_MOST
    return Phrase(begin, match.end(), how, form.base)


def vague_before(text: str, end: int) -> tuple[int, int] | None:
    """Return the place of a word that makes the literal after it inexact ("around 1990"), None where there is none."""
    match = _VAGUE.search(text, max(end - 20, 0), end)
    return None if match is None else match.span(1)


def adjective_behind(text: str, start: int) -> tuple[str, tuple[int, int]] | None:
    """Return the adjective that says what a quantity before it measures ("300 m tall"), and its place."""
    match = _ADJECTIVE.match(text, start)
    gradable = GRADABLES.get(match[1]) if match else None
    if match is None or gradable is None or gradable.direction < 0 or match[1] != gradable.base:
        return None
    return gradable.base, match.span(1)
