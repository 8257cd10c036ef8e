"""Pronouns of a question that stand for something named before: where they are, what they can stand for, and the
question with a name in their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.lexicon import (
    AUXILIARIES,
    DO,
    INTERROGATIVES,
    LINKING_WORDS,
    PARTICIPLES,
    PAST,
    PREPOSITIONS,
)
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, PartOfSpeech, wordnet


class Referring(StrEnum):
    """What a pronoun says of what it stands for."""

    HE = "he"
    SHE = "she"
    THING = "it"
    ANY = "they"
    PLACE = "there"
    NAMED = "this"
    """A noun says what it is: "this film"."""


WORDS = {
    **dict.fromkeys(("he", "him", "his"), Referring.HE),
    **dict.fromkeys(("she", "her", "hers"), Referring.SHE),
    **dict.fromkeys(("it", "its"), Referring.THING),
    **dict.fromkeys(("they", "them", "their", "theirs"), Referring.ANY),
    "there": Referring.PLACE,
    **dict.fromkeys(("this", "that", "these", "those"), Referring.NAMED),
}
OWNERS = frozenset(("his", "her", "hers", "its", "their", "theirs"))
"""Those that say whose something is; "her" also says whom."""
NOT_OWNED = frozenset(
    {"a", "after", "and", "as", "at", "before", "by", "during", "for", "from", "if", "in", "of", "on", "or", "the"}
    | {"to", "when", "where", "while", "with"}
)
"""Words behind "her" that are not what is hers."""

LINKING = frozenset(["is", "are", "was", "were", "be"])
"""Verbs behind which "their" is whose something is asked for."""
_SAID_OF_NOW = frozenset((
    "year", "month", "week", "day", "century", "decade", "millennium", "morning", "evening", "time", "graph", "list",
    "database", "dataset", "data", "table",
))  # fmt: skip
"""Nouns behind "this" that the question alone tells the meaning of."""
_BEFORE_THAT = AUXILIARIES | DO | INTERROGATIVES | LINKING_WORDS | PARTICIPLES | PAST

_HEADS = frozenset(["those", "these"])
_CLAUSE = frozenset(["who", "whom", "whose", "which", "that", "where"])
_PRONOUN = re.compile(rf"\b({'|'.join(WORDS)})\b(?= +([a-z][\w-]*)|)", re.IGNORECASE)
_NAMES = re.compile(r"\[[^\[\]]*\]|\"[^\"]*\"|“[^”]*”")
_THERE_IS = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b"
    r"|\bis it (?:true|so|right|correct|the case)(?: that)?\b",
    re.IGNORECASE,
)
_ANYONE = re.compile(r"\bdo they(?: [\w-]+){1,3}? (?:in|at|on)(?= )", re.IGNORECASE)
""""They" for whoever is at a place: "what do they speak in PLACE"."""
_OPENING = re.compile(r"^\s*(?:(?:and|but|so|then|also|ok|okay)\b[\s,]*)+", re.IGNORECASE)
_INSTEAD = re.compile(r"(?:(?:and )?(?:what|how) about|and) +(?:the )?(?P<name>[^?]+)", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|in|on|at|of|by|for"
    r"|from|to|with|list|name|show|tell|give|count)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PronounPlace:
    """Where a pronoun stands, and whether it says whose something is."""

    start: int
    end: int
    owner: bool


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun of a question, wherever it occurs. ``noun``: what "this film" calls it, folded; empty: nothing."""

    text: str
    referring: Referring
    places: tuple[PronounPlace, ...]
    noun: str = ""


def pronouns(question: str) -> list[Pronoun]:
    """Return the pronouns that stand for something outside of the question, those that stand for the same as one.

    Left out are names: what stands in brackets or quotation marks, and what begins with a capital inside the question.
    """
    found: dict[tuple[Referring, str], Pronoun] = {}
    for text, referring, place, noun in _occurrences(question):
        known = found.get((referring, noun))
        places = (*known.places, place) if known else (place,)
        found[referring, noun] = Pronoun(known.text if known else text, referring, places, noun)
    return list(found.values())


def _occurrences(question: str) -> Iterator[tuple[str, Referring, PronounPlace, str]]:
    names = [match.span() for pattern in (_NAMES, _THERE_IS) for match in pattern.finditer(question)]
    first = len(question) - len(question.lstrip())
    for match in _PRONOUN.finditer(question):
        text, start = match[1], match.start()
        if any(low <= start < high for low, high in names) or (text[0].isupper() and start > first):
            continue
        referring, after = WORDS[text.lower()], (match[2] or "").lower()
        if text.lower() == "that" and not _points(question[:start], after):
            continue
        if text.lower() in _HEADS and _describes(after):
            continue
        if referring is Referring.NAMED:
            end = max(match.end(), match.end(2))
            names.append((start, end))
            noun = "" if after in ("one", "ones") else fold_words(after)
            referring = referring if noun else Referring.ANY
            yield question[start:end], referring, PronounPlace(start, end, False), noun
            continue
        owner = text.lower() in OWNERS and (text.lower() != "her" or bool(after and after not in NOT_OWNED))
        yield text, referring, PronounPlace(start, match.end(1), owner), ""


def _describes(word: str) -> bool:
    """Return whether a word begins a description: "those BURIED there", "those WHO", "those IN"."""
    return word in PARTICIPLES or word in PREPOSITIONS or word in _CLAUSE or word.endswith("ed")


def unresolved(question: str, named: Iterable[int]) -> list[tuple[int, int]]:
    """Return where pronouns stand that nothing before them in the question can be meant by. ``named``: where its names
    of entities begin.

    Behind an auxiliary a pronoun is what is asked about, "which films did they make", "what are their names", and only
    a name stands for it; elsewhere a noun does as well: "which firms have their seat in Oslo".
    """
    names = sorted(named)
    first = min(names, default=len(question))
    anyone = [match.span() for match in _ANYONE.finditer(question) if any(start > match.end() for start in names)]
    found = []
    for _, referring, place, noun in _occurrences(question):
        if place.start > first or noun in _SAID_OF_NOW or any(low <= place.start < high for low, high in anyone):
            continue
        before = fold_words(question[: place.start]).split()
        asked_about = bool(before) and before[-1] in (LINKING if place.owner else AUXILIARIES | DO)
        if asked_about or not any(_stands_for(word, referring) for word in before):
            found.append((place.start, place.end))
    return found


def _stands_for(word: str, referring: Referring) -> bool:
    """Return whether a pronoun may stand for what a word names."""
    if word in FUNCTION_WORDS or word in PAST or word in PARTICIPLES or word in INTERROGATIVES:
        return False
    if referring in (Referring.HE, Referring.SHE):
        return any(map(means_person, (word, *wordnet().bases(word, PartOfSpeech.NOUN))))
    return wordnet().has(word, PartOfSpeech.NOUN)


def _points(before: str, after: str) -> bool:
    """Return whether "that" points to something ("who made that film?"); behind a noun it begins a clause."""
    words = fold_words(before).split()
    last = words[-1] if words else ""
    return not after or not last or last in _BEFORE_THAT or last.endswith("ed")


def with_name(question: str, pronoun: Pronoun, name: str) -> str:
    """Return a question with a name, in brackets, in the place of a pronoun."""
    plain = re.sub(r"[\[\]]", " ", name)
    for place in sorted(pronoun.places, key=lambda each: -each.start):
        question = (
            f"{question[: place.start]}[{plain}]{place.owner * chr(39)}{place.owner * 's'}{question[place.end :]}"
        )
    return question


def can_mean(graph: Graph, pronoun: Pronoun, node: int) -> bool:
    """Return whether a pronoun can stand for an entity, as far as its classes tell: "he" is a person, "it" is none."""
    classes = [fold_words(graph.label(cls)).split() for cls in graph.types(node).tolist()]
    if pronoun.referring is Referring.NAMED:
        own = [word for words in classes for word in words]
        return bool(pronoun.noun) and (not own or any(same_word(pronoun.noun, word) for word in own))
    heads = [words[-1] for words in classes if words]
    if not heads or pronoun.referring is Referring.ANY:
        return True
    return any(map(means_person, heads)) == (pronoun.referring in (Referring.HE, Referring.SHE))


def means_person(noun: str) -> bool:
    """Return whether a noun is first of all one for people."""
    return is_person(noun) or wordnet().categories(noun, 1) == [Category.PERSON]


def without_opening(question: str) -> str:
    """Return a question without words that only join it to the one before: "and who directed it?"."""
    return _OPENING.sub("", question) or question


def named_instead(question: str) -> str:
    """Return the name of "what about X?" and "and X?", questions that ask the one before again; empty: it is none."""
    match = _INSTEAD.fullmatch(question.strip().rstrip("? "))
    name = match["name"] if match else ""
    return "" if not name or _ASKING.match(name) or pronouns(name) else name
