"""What the names of relations tell of their ends, and how else a graph may name them.

Path-like names state more than a label: ``/people/person/place_of_birth`` leaves a person, and leads to a place. A
property over a mediator names both of its relations (``/film/film/starring./film/performance/actor``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clew.decoding.embedded.answer_type.lexical import PERSON, is_person
from clew.decoding.embedded.search.wording import readable

PLACE = "place"
THING = "thing"
"""The kind of what a name tells nothing about."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PEOPLE = _words(
    """artist cast crew spouse sibling child children parent people nominee honoree graduate lyricist vocalist
    instrumentalist guitarist alumni appointee holder performer celebrity"""
)
_PLACES = _words(
    """place location country city town citytown state region county area capital division birthplace province
    district neighborhood continent island hometown origin nationality jurisdiction territory municipality"""
)
_VAGUE = _words("topic object entity item thing agent node")
_PREPOSITIONS = _words("of in from for at with this to on here about where that")
_CONTAINS = _words("contains containedby partially adjoins")
_SEPARATORS = re.compile(r"[./]+")


@dataclass(frozen=True, slots=True)
class PathName:
    """A path-like name: domain, type and property, of one relation or of two over a mediator."""

    parts: tuple[tuple[str, ...], ...]

    @property
    def head_type(self) -> str:
        """The type that it leaves."""
        return self.parts[0][-2]

    @property
    def property(self) -> str:
        """The property that it ends with."""
        return self.parts[-1][-1]


@lru_cache(100_000)
def path_name(name: str) -> PathName | None:
    """Return a name's parts; None where it is not path-like (fewer than three segments a part)."""
    parts = tuple(tuple(filter(None, _SEPARATORS.split(part))) for part in name.split("./"))
    return PathName(parts) if all(len(part) >= 3 for part in parts) and not name.count("://") else None


def domain_of(name: str) -> str:
    """Return the domain and type of a path-like name, "" of any other."""
    path = path_name(name)
    return "" if path is None else "/".join(path.parts[0][:-1])


def head_kind(name: str) -> str:
    """Return the kind that a relation leaves, by its name."""
    path = path_name(name)
    return THING if path is None else _kind(readable(path.head_type).split() or [THING])


def tail_kind(name: str) -> str:
    """Return the kind that a relation reaches, by its name."""
    path = path_name(name)
    words = readable(name if path is None else path.property).split() or [THING]
    if words[-1].endswith("by") and words[-1] != "containedby":
        return PERSON
    if words[0] in _CONTAINS:
        return head_kind(name)
    cut = next((at for at, word in enumerate(words) if at and word in _PREPOSITIONS), len(words))
    return _kind(words[:cut])


def _kind(words: list[str]) -> str:
    named = [word for word in words if len(word) > 1 and not word.endswith("ed")]  # "currency used", "spouse s"
    word = (named or words)[-1]
    if word in _VAGUE:
        return THING
    if is_person(word) or word in _PEOPLE or word.removesuffix("s") in _PEOPLE:
        return PERSON
    one = f"{word[:-3]}y" if word.endswith("ies") else word if word.endswith("ss") else word.removesuffix("s") or word
    return PLACE if {word, one} & _PLACES else one


def shortened(name: str, segments: int) -> str:
    """Return the last segments of a path-like name; any other name itself."""
    path = path_name(name)
    return name if path is None else "/".join(path.parts[-1][-segments:])


def joined(first: str, second: str) -> str | None:
    """Return the name of two relations over a mediator; None where one of them is not path-like."""
    if path_name(first) is None or path_name(second) is None:
        return None
    one, other = ("/".join(filter(None, _SEPARATORS.split(name))) for name in (first, second))
    return f"/{one}./{other}"


def turned(name: str) -> str | None:
    """Return a name for the same relation stated from its other end: of ``music.genre.artists``,
    ``music.artist.genre``. None where it is not path-like, or too little is told."""
    path = path_name(name)
    if path is None or len(path.parts) > 1:
        return None
    (part,) = path.parts
    kind = tail_kind(name)
    return None if kind in (THING, head_kind(name)) else f"{part[0]}/{kind}/{part[-2]}"


def same(name: str) -> tuple[str, ...]:
    """Return what names that differ in spelling alone have in common: the segments of all parts."""
    return tuple(filter(None, _SEPARATORS.split(name.lower())))
