"""Attributes: what the literals of a relation are like, and the words that ask for them and compare them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.training.synthetic.lexicon import EntityType, LexicalRelation

FILE = Path(__file__).with_name("attributes.toml")
_TIMES = ("year", "birth")
_WHEN = re.compile(r"when (?:was|were|is) (?:the )?\{x\} (.+)")
_WHEN_DID = re.compile(r"when (?:did|does) (?:the )?\{x\} (.+)")
_PARTICIPLE = re.compile(
    r"(?:first |last |officially )?(?:\w+ed|built|born|held|made|written|found|begun|put|set|shown|taken|won|sold)"
    r"(?: up| out| down)?"
)
_PASTS = {
    "open": "opened", "start": "started", "begin": "began", "end": "ended", "die": "died", "come out": "came out",
    "close": "closed", "happen": "happened", "take place": "took place", "expire": "expired", "arrive": "arrived",
    "join": "joined", "go online": "went online", "become independent": "became independent", "occur": "occurred",
    "get married": "got married", "first appear": "first appeared", "go public": "went public",
}  # fmt: skip
_COUNTED = re.compile(r"(?:number|count) of (.+)")


@dataclass(frozen=True, slots=True)
class AttributeWords:
    """An attribute: the names that a graph may give it, its nouns, its questions (``{x}`` is what has it), the range
    and form of its values, and its own words for comparing.

    participles: "released" (after 1990). pasts: "came out" (after 1990). time: whether values are years or dates.
    summed: whether a sum of values means anything.
    """

    labels: tuple[str, ...]
    nouns: tuple[str, ...]
    questions: tuple[str, ...]
    low: float
    high: float
    wide: bool = False
    decimals: int = 0
    time: bool = False
    summed: bool = True
    units: tuple[str, ...] = ()
    most: tuple[str, ...] = ()
    least: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    participles: tuple[str, ...] = ()
    pasts: tuple[str, ...] = ()

    @property
    def counted(self) -> str:
        """What is counted ("pages", of "number of pages"); "" where nothing is."""
        found = (_COUNTED.fullmatch(noun) for noun in self.nouns)
        return next((match.group(1) for match in found if match), "")


@dataclass(frozen=True)
class AttributeKinds:
    """What ``attributes.toml`` holds: kinds by name, the kind of each literal type, attributes by category of their
    owner, and the category of each type."""

    kinds: Mapping[str, AttributeWords]
    kind_of: Mapping[str, str]
    extra: Mapping[str, tuple[AttributeWords, ...]]
    categories: Mapping[str, str]

    def of_relation(self, relation: LexicalRelation) -> AttributeWords | None:
        """Return the attribute that a literal relation of the lexicon is; None where its values are no numbers and no
        times."""
        kind = self.kind_of.get(relation.tail)
        if kind is None or not relation.tail_literal or not relation.nouns:
            return None
        questions = tuple(text for text in relation.forward_questions if not text.startswith("{x}"))
        nouns = tuple(dict.fromkeys(_singular(noun) for noun in relation.nouns))
        words = replace(self.kinds[kind], labels=relation.labels, nouns=nouns, questions=questions)
        if not words.time:
            return words
        participles = tuple(_matches(_WHEN, questions))
        born = any(word.endswith("born") for word in participles)
        kept = (
            self.kinds["birth"]
            if born
            else self.kinds["year"]
            if _is_start(relation)
            else without_adjectives(self.kinds[kind])
        )
        words = replace(words, most=kept.most, least=kept.least, more=kept.more, less=kept.less)
        pasts = tuple(_PASTS[verb] for verb in _rests(_WHEN_DID, questions) if verb in _PASTS)
        return replace(words, participles=tuple(p for p in participles if _PARTICIPLE.fullmatch(p)), pasts=pasts)

    def of_type(self, entity_type: EntityType) -> tuple[AttributeWords, ...]:
        """Return the attributes that things of a type have whatever the domain."""
        return self.extra.get(
            "person" if self.is_person(entity_type) else self.categories.get(entity_type.name, ""), ()
        )

    def is_person(self, entity_type: EntityType) -> bool:
        """Return whether things of a type are people."""
        category = self.categories.get(entity_type.name, "")
        return category == "person" or (not category and any(is_person(noun) for noun in entity_type.nouns))


@cache
def attribute_kinds() -> AttributeKinds:
    """Read ``attributes.toml``."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    kinds = {name: _words(name, {}, table) for name, table in data["kinds"].items()}
    kind_of = {tail: name for name, table in data["kinds"].items() for tail in table["tails"]}
    extra: dict[str, tuple[AttributeWords, ...]] = {}
    for table in data["extra"]:
        words = _words(table["kind"], data["kinds"][table["kind"]], table)
        for category in table["of"]:
            extra[category] = (*extra.get(category, ()), words)
    categories = {name: category for category, names in data["categories"].items() for name in names}
    return AttributeKinds(kinds, kind_of, extra, categories)


def _words(kind: str, table: Mapping[str, Any], own: Mapping[str, Any]) -> AttributeWords:
    both = {**table, **own}
    texts = ("labels", "nouns", "questions", "units", "most", "least", "more", "less", "participles", "pasts")
    words = {name: tuple(both.get(name, ())) for name in texts}
    wide, decimals = both.get("spread") == "wide", int(both.get("decimals", 0))
    return AttributeWords(
        low=both["low"],
        high=both["high"],
        wide=wide,
        decimals=decimals,
        time=kind in _TIMES,
        summed=both.get("summed", True),
        **words,
    )


def without_adjectives(words: AttributeWords) -> AttributeWords:
    """Return an attribute without adjectives: of a year of death, no one is the oldest."""
    return replace(words, most=(), least=(), more=(), less=())


def _singular(noun: str) -> str:
    """Return "number of credits" for "credits": a noun that is one value."""
    is_many = noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and " of " not in noun
    return f"number of {noun}" if is_many else noun


def _is_start(relation: LexicalRelation) -> bool:
    """Return whether a time is that of a beginning, so that what has an early one is old."""
    text = " ".join((*relation.nouns, *relation.labels)).lower()
    return any(
        word in text for word in ("found", "release", "publi", "built", "construct", "incept", "creat", "launch")
    )


def _rests(pattern: re.Pattern[str], questions: tuple[str, ...]) -> list[str]:
    return [match.group(1) for text in questions if (match := pattern.fullmatch(text))]


def _matches(pattern: re.Pattern[str], questions: tuple[str, ...]) -> list[str]:
    return [rest for rest in _rests(pattern, questions) if _PARTICIPLE.fullmatch(rest)]
