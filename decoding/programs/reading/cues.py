"""The words of a question that ask for an operator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES, Degree
from clew.decoding.programs.reading.question import AskedWords, union
from clew.tries.programs.tokens import TOTALS, Op


@dataclass(frozen=True, slots=True)
class Cue:
    """Words, as bits, that ask for an operator. ``how``: ``max`` or ``min``; ``measures``: the words of attributes
    that an adjective measures, likeliest first (none: the question says which), and
    of those that it measures the other way round; ``general``: whether
    it may be of any attribute, "high"; ``strong``: whether the question cannot
    be read without it."""

    op: Op
    bits: int
    how: str = ""
    measures: tuple[str, ...] = ()
    opposite: tuple[str, ...] = ()
    strong: bool = True
    general: bool = False

    def is_read(self, read: int) -> bool:
        """Return whether some words, as bits, read it; no program reads what no operator stands for (``STOP``)."""
        return self.op is not Op.STOP and bool(self.bits & read)


_NEGATIONS = (
    r"\b(?:not|never|without|outside(?: of)?|except(?: for)?|excluding|neither|nor|besides|other than"
    r"|apart from|aside from|lack(?:s|ing)?|no longer)\b"
    r"|\b\w+n['’]t\b|\b(?:isnt|doesnt|didnt|wasnt|dont|havent|hasnt|arent)\b"
    r"|\b(?:have|has|had|with|are|is) no\b|\bno(?= \w)"
)
_GROUPS = (
    r"\b(?:for |of |in |by |from |on |at )?(?:each|every)(?: of the)?\b|\bper\b|\bgrouped by\b"
    r"|(?<!ed )(?<!en )(?<!ing )\bby(?: the)? (?=(?-i:[a-z]))|\bcorresponding\b"
)
_TOTALS = (
    r"\b(?:total(?: number of)?|sum(?: of)?|combined|altogether|in total|overall|add(?:ed|s)? up(?: to)?"
    r"|taken together|put together)\b|\bhow much\b"
)
_COUNTS = (
    r"\bhow many(?: times| different| distinct)?\b"
    r"|(?:^\W*count )?\b(?:the )?(?:total )?(?:number|count) of(?: the)?\b"
    r"|^\W*count(?: the)?\b"
)
_PEOPLE = r"(?:people|inhabitants|residents|persons)"
_CLOSES = (
    r"\b(?:directly or (?:indirectly|not|through (?:an)?others?)|indirectly|transitively|ultimately"
    r"|(?:and )?so on(?: up| down)?|of any generation|of all generations"
    r"|at any (?:level|depth|remove)|in any generation)\b"
)
_EXTREME = r"help|most|least|fewest|best|worst|max|min|maximum|minimum|top|first|last|\w+est"
_TOTALLED = (
    "average|avg|mean|total|sum|minimum|min|maximum|max|highest|lowest|largest|smallest|greatest|least|most|fewest"
)
_LISTED = re.compile(rf"\b(?:{_TOTALLED})(?:(?:, (?:and )?| and )(?:the )?(?:{_TOTALLED}))+\b", re.IGNORECASE)
"""Several totals of one attribute: "the average and the greatest depth"."""
_BESIDES = rf"\b(?:along with|together with|with (?:their|its|the|his|her)(?! (?:{_EXTREME})\b))\b"
_PATTERNS: tuple[tuple[Op, str, bool], ...] = (
    (Op.COUNT, _COUNTS, True),
    (Op.AVG, r"\b(?:on average|average|avg|mean)\b", True),
    (Op.SUM, _TOTALS, True),
    (Op.SUM, rf"\bhow many(?= {_PEOPLE}\b)", False),  # where a population is stated
    (Op.NOT, _NEGATIONS, True),
    (Op.OR, r"\b(?:or|either)\b", True),
    (Op.GROUP, _GROUPS, False),
    (Op.PROJ, r"\b(?:and|as well as|including)\b|,", False),
    (Op.PROJ, _BESIDES, True),
    (Op.CLOSE, _CLOSES, True),
    (Op.STOP, r"\bwhy\b|\bhow come\b|\bfor what reason\b", True),  # no program says why
    (Op.STOP, rf"\b(?:{_TOTALLED}) or (?:the )?(?:{_TOTALLED})\b", True),  # nor one of two totals
    (Op.AND, r"\b(?:both|and|also|as well as|but)\b", False),
)
_BE = "is|are|was|were|does|do|did|has|have|had|can|could|will|would"
_ASK = re.compile(
    r"^\W*(?:(?:tell me|check|say|know|find out|wondering) )?(?:(?:if|whether) )?"
    rf"(?:{_BE})\b(?! you\b)(?: there)?(?: any)?|^\W*any\b|^\W*(?:(?:check|see|verify|find out|know) )?if\b"
    r"|\b(?:whether|true or false|yes or no|is (?:that|it|this) (?:right|true|so|correct))\b"
    r"|, (?:right|correct|true)\W*$"
    r"|, (?:is|are|was|were|does|do|did|has|have)n['’]?t (?:it|he|she|they|there)\W*$",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"\b(?:(?:do|would|could|can|might) you (?:happen to )?"
    r"(?:know|tell me|say|please|give me|show me|list|count|find|name|check|see|verify)?"
    r"|if you (?:know|can|could|please|would)|i(?:['’]m| am)? (?:looking for|interested in|wondering|curious)"
    r"|i(?:['’]d)? (?:want|need|like|mean|would like|wanna)(?: to (?:know|see|find|hear))?"
    r"|please|kindly|hey|hello|hi|ok|okay|thanks|thank you|exactly|just|simply|actually|again|then|out there"
    r"|you know of|look up|make a list of|a list of|any idea|(?:i )?wonder|of the two|the two(?=[,:])|somewhere"
    r"|(?:in|of|from) (?:the|this|your|our) (?:graph|database|data ?set|data)|does the graph (?:list|hold|know|have)"
    r"|as far as (?:is )?(?:recorded|known|stated)|sometime|any ?time|in the years?"
    r"|is it (?:true|so|right|correct|the case) that|i\.e|that is to say|in other words"
    r"|in the (?:whole |entire )?world|worldwide|on earth|come up with|pull up|dig up|get hold of)\b",
    re.IGNORECASE,
)


def polite(asked: AskedWords) -> int:
    """Return the words that only ask politely, as bits."""
    found = 0
    for match in _POLITE.finditer(asked.text):
        found |= asked.bits(*match.span())
    return found


def cues(asked: AskedWords) -> list[Cue]:
    """Return the cues of a question, in its order."""
    found = [
        Cue(op, asked.bits(*match.span()), strong=strong)
        for op, pattern, strong in _PATTERNS
        for match in re.finditer(pattern, asked.text, re.IGNORECASE)
    ]
    if match := _ASK.search(_POLITE.sub(lambda one: " " * len(one.group()), asked.text)):
        found.append(Cue(Op.ASK, asked.bits(*match.span()) & ~polite(asked)))
    extremes = _extremes(asked)
    found = [cue for cue in found if cue.op is not Op.COUNT or not _by_number(cue, extremes)]
    found += _totals(asked, found, extremes)
    found += _outdone(asked)
    found += [
        replace(cue, op=Op.DEGREE, bits=cue.bits | cue.bits << 1, measures=(), opposite=())
        for cue in extremes
        if cue.op is Op.ARG and _before_number(asked, cue)
    ]
    comparatives = _comparatives(asked)
    found += comparatives
    summed = any(cue.op in (Op.SUM, Op.AVG) and cue.strong for cue in found)
    between = _BETWEEN if comparatives or summed else _ONE_OF
    if "or" not in asked.texts and (match := between.search(asked.text)):
        found.append(Cue(Op.OR, asked.bits(*match.span(1)), strong=False))
    return sorted(
        (cue for cue in _joined(found, asked) if cue.bits or cue.op is Op.PROJ), key=lambda cue: cue.bits & -cue.bits
    )


GENERAL_SIZES = frozenset(
    {"high", "low", "large", "small", "big", "great", "much", "little", "good", "bad", "top", "long", "short"}
)
"""Adjectives that measure whatever they stand before: "a higher price"."""
TOO_PLAIN = frozenset({"many", "few", "little"})
_PLAIN = {
    "first": -1,
    "last": 1,
    "top": 1,
    "bottom": -1,
    "maximum": 1,
    "max": 1,
    "minimum": -1,
    "min": -1,
    "most": 1,
    "least": -1,
    "fewest": -1,
}
"""Words for extremes that are no adjectives, and whether they ask for the greatest."""
_TOTAL_OF = {"min": Op.MIN, "max": Op.MAX}
_OF_TIME = ("date", "year", "time")


def _joined(found: Sequence[Cue], asked: AskedWords) -> list[Cue]:
    """Return the cues, those of one choice as one, "either ... or"; of a count, none for a total: "how many in all"."""
    either, sure = 0, False
    closing = union(cue.bits for cue in found if cue.op is Op.CLOSE)
    found = [cue for cue in found if cue.op is Op.CLOSE or not cue.bits & closing]
    for cue in found:
        either |= cue.bits if cue.op is Op.OR else 0
        sure |= cue.op is Op.OR and cue.strong
    counts = any(cue.op is Op.COUNT for cue in found)
    totals = any(cue.op in TOTALS for cue in found)
    found = [
        replace(cue, strong=True) if cue.op is Op.GROUP and totals and _is_each(cue, asked) else cue for cue in found
    ]
    kept = [replace(cue, strong=False) if counts and cue.op is Op.SUM else cue for cue in found if cue.op is not Op.OR]
    return [*kept, Cue(Op.OR, either, strong=sure)] if either else kept


def _is_each(cue: Cue, asked: AskedWords) -> bool:
    return any(cue.bits >> i & 1 for i, text in enumerate(asked.texts) if text in ("each", "every", "per", "grouped"))


_BETWEEN = re.compile(r"\b(?:of|between)\b.*\b(and)\b", re.IGNORECASE)
"""Two of which one is to be chosen: "which of A and B is older", or that are added: "the total length of A and B"."""
_ONE_OF = re.compile(r"\b(?:which|who|what|one) of\b.*\b(and)\b", re.IGNORECASE)
"""Two of which one is such: "which of A and B was born in C"."""


def _comparatives(asked: AskedWords) -> list[Cue]:
    """Return comparatives that choose between two: "which is older, A or B"."""
    between = _BETWEEN.search(asked.text)
    if ("or" not in asked.texts and between is None) or "than" in asked.texts:
        return []
    found = []
    for i, text in enumerate(asked.texts):
        form, before = FORMS.get(text), asked.texts[i - 1] if i else ""
        base = form.base if form is not None and form.degree is Degree.COMPARATIVE else ""
        if not base and before in ("more", "less") and text in GRADABLES:
            base = text
        if base and base not in TOO_PLAIN:
            gradable, sign = GRADABLES[base], -1 if before == "less" else 1
            bits = 1 << i | (1 << i - 1 if before in ("more", "less") else 0)
            found.append(
                Cue(
                    Op.ARG,
                    bits,
                    _how(sign * gradable.direction),
                    gradable.measures,
                    gradable.opposite,
                    False,
                    base in GENERAL_SIZES,
                )
            )
    return found


_OUTDONE = re.compile(r"\b(?:than|above|below|exceeds?)(?: (?:that|those) of)?( (?:any|all|every|each)(?: other)?)\b")


def _outdone(asked: AskedWords) -> list[Cue]:
    """Return extremes that are compared with: "larger than any lake" is larger than the largest."""
    found = []
    for match in _OUTDONE.finditer(asked.text.lower()):
        before = [text for i, text in enumerate(asked.texts) if asked.words[i].end <= match.start()][-6:]
        for text in reversed(before):
            form, bits = FORMS.get(text), asked.bits(*match.span(1))
            if form is not None and form.degree is Degree.COMPARATIVE:
                gradable, plain = GRADABLES[form.base], form.base in TOO_PLAIN
                measures = ((), ()) if plain else (gradable.measures, gradable.opposite)
                general = plain or form.base in GENERAL_SIZES
                found.append(Cue(Op.ARG, bits, _how(gradable.direction), *measures, strong=False, general=general))
                break
    return found


def _extremes(asked: AskedWords) -> list[Cue]:
    found, texts = list[Cue](), asked.texts
    for i, text in enumerate(texts):
        if i and texts[i - 1] == "at" and text in ("most", "least"):
            continue
        form, following = FORMS.get(text), texts[i + 1] if i + 1 < len(texts) else ""
        graded = following if following in GRADABLES else following.removesuffix("ly")  # "most recently"
        if text in ("most", "least") and graded in GRADABLES and following not in TOO_PLAIN:
            gradable = GRADABLES[graded]
            sign = gradable.direction * _PLAIN[text]
            found.append(Cue(Op.ARG, 3 << i, _how(sign), gradable.measures, gradable.opposite))
            continue
        if text in ("top", "bottom", "first", "last") and _is_superlative([*texts[i + 1 : i + 3]]):
            continue
        if text in ("most", "fewest", "least"):
            found.append(Cue(Op.DEGREE, 1 << i, "max" if text == "most" else "min"))
        if text in _PLAIN:
            measures = _OF_TIME if text in ("first", "last") else ()
            found.append(Cue(Op.ARG, 1 << i, _how(_PLAIN[text]), measures, strong=text not in ("first", "last")))
        elif form is not None and form.degree is Degree.SUPERLATIVE and form.base not in TOO_PLAIN:
            gradable = GRADABLES[form.base]
            general = form.base in GENERAL_SIZES
            found.append(
                Cue(Op.ARG, 1 << i, _how(gradable.direction), gradable.measures, gradable.opposite, general=general)
            )
    return found


def _totals(asked: AskedWords, found: Sequence[Cue], extremes: Sequence[Cue]) -> list[Cue]:
    """Return extremes, those that are totals beside others as such: "the average and the greatest depth"; those that
    may be, in groups or with a total elsewhere, also as such: "the greatest depth of each lake"."""
    listed = union(asked.bits(*match.span()) for match in _LISTED.finditer(asked.text))
    plain = [cue for cue in extremes if (cue.op is Op.ARG and not cue.measures) or cue.general]
    others = {cue.op for cue in found if cue.strong} & {*TOTALS} or {cue.how for cue in plain} == {"min", "max"}
    grouped = any(cue.op is Op.GROUP and _is_each(cue, asked) for cue in found)
    totals = [replace(cue, op=_TOTAL_OF[cue.how], strong=bool(cue.bits & listed)) for cue in plain]
    kept = [cue for cue in extremes if not cue.bits & listed]
    return [*kept, *(cue for cue in totals if cue.strong or others or grouped)]


def _before_number(asked: AskedWords, cue: Cue) -> bool:
    """Return whether "number of" follows: "the greatest number of boats" is about how many there are."""
    i = cue.bits.bit_length()
    return asked.texts[i : i + 2] == ["number", "of"]


def _by_number(cue: Cue, extremes: Sequence[Cue]) -> bool:
    return any(one.bits << 1 & cue.bits for one in extremes)


def _is_superlative(words: list[str]) -> bool:
    return any(word in FORMS and FORMS[word].degree is Degree.SUPERLATIVE for word in words)


def _how(sign: int) -> str:
    return "max" if sign > 0 else "min"
