"""WordNet 3.1 (Miller 1995; Fellbaum 1998), its single words: kinds, synonyms and roots of English words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, IntEnum, StrEnum
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import marisa_trie
import numpy as np

from clew.kg import limits
from clew.kg.store.numpy_files import unpacked

Int = np.ndarray[Any, np.dtype[np.integer[Any]]]
WORDS, ARRAYS = "words.marisa", "arrays.npz"
FIRST_SENSES = 2
"""Senses that a word is taken to have where it stands by itself."""


class PartOfSpeech(StrEnum):
    """The parts of speech that are kept."""

    NOUN = "n"
    VERB = "v"
    ADJECTIVE = "a"

    @property
    def file(self) -> str:
        """The ending of WordNet's files."""
        return {"n": "noun", "v": "verb", "a": "adj"}[self.value]


class Category(IntEnum):
    """Lexicographers' files of nouns, by their numbers in WordNet."""

    ACT = 4
    ANIMAL = 5
    ARTIFACT = 6
    ATTRIBUTE = 7
    BODY = 8
    COGNITION = 9
    COMMUNICATION = 10
    EVENT = 11
    FEELING = 12
    FOOD = 13
    GROUP = 14
    LOCATION = 15
    MOTIVE = 16
    OBJECT = 17
    PERSON = 18
    PHENOMENON = 19
    PLANT = 20
    POSSESSION = 21
    PROCESS = 22
    QUANTITY = 23
    RELATION = 24
    SHAPE = 25
    STATE = 26
    SUBSTANCE = 27
    TIME = 28


class Kinship(Enum):
    """How one noun stands to another."""

    SAME = "same"
    """They share a sense, or a root."""
    ABOVE = "above"
    """The other is a kind of it: "food" to "cheese"."""
    BELOW = "below"
    """It is a kind of the other."""
    APART = "apart"
    """None of these: "beer" and "wine"."""


class WordNet:
    """The words, folded, in their base forms. Immutable, safe for threads."""

    def __init__(self, words: marisa_trie.Trie, arrays: dict[str, Int]) -> None:
        self._words, self._arrays = words, arrays
        self._base = lru_cache(maxsize=65_536)(self._bases)
        self._up = lru_cache(maxsize=65_536)(self._closure)
        self.roots = lru_cache(maxsize=65_536)(self._roots)

    def bases(self, word: str, pos: PartOfSpeech) -> tuple[str, ...]:
        """Return the words that a form may be of, the likeliest first: "wives" -> "wife". None where it is unknown."""
        return self._base(word, pos)

    def has(self, word: str, pos: PartOfSpeech) -> bool:
        """Return whether a word is one of a part of speech."""
        return bool(self.bases(word, pos))

    def categories(self, noun: str, senses: int = FIRST_SENSES) -> list[Category]:
        """Return what the first senses of a noun are: "composer" -> [PERSON]."""
        found = (int(self._arrays["category"][sense]) for sense in self._senses(noun, PartOfSpeech.NOUN, senses))
        return [Category(number) for number in found if number in set(Category)]

    def is_kind(self, word: str, of: str, pos: PartOfSpeech = PartOfSpeech.NOUN, senses: int = FIRST_SENSES) -> bool:
        """Return whether a sense of ``word`` is one of ``of``, or a kind of it: "cheddar" of "cheese"."""
        wanted = set(self._senses(of, pos, senses))
        return any(wanted & self._up(sense) for sense in self._senses(word, pos, senses))

    def same(self, word: str, other: str, pos: PartOfSpeech = PartOfSpeech.NOUN) -> bool:
        """Return whether two words share a sense: "film" and "movie"."""
        return bool(set(self._senses(word, pos, limits.MAX_SENSES)) & set(self._senses(other, pos, limits.MAX_SENSES)))

    def kinship(self, noun: str, other: str) -> Kinship | None:
        """Return how a noun stands to another, by their first senses; None where one of them is unknown."""
        if not self.has(noun, PartOfSpeech.NOUN) or not self.has(other, PartOfSpeech.NOUN):
            return None
        if self.same(noun, other) or self.roots(noun) & set(self.bases(other, PartOfSpeech.NOUN)):
            return Kinship.SAME
        if self.is_kind(other, noun):
            return Kinship.ABOVE
        return Kinship.BELOW if self.is_kind(noun, other) else Kinship.APART

    def _roots(self, word: str) -> frozenset[str]:
        """Return the base forms of a word, and the words that WordNet derives from one of them or it from them:
        "coaches" -> coach, coaching, ...; "high" -> height, ..."""
        found = {base for pos in PartOfSpeech for base in self.bases(word, pos)} or {word}
        return frozenset(found.union(*(self._row("derived", base) for base in found)))

    def opposites(self, word: str) -> frozenset[str]:
        """Return the verbs that mean the opposite of the verbs among a word's roots: "ascent" -> descend."""
        return frozenset().union(*(self._row("opposite", root) for root in self.roots(word)))

    def _senses(self, word: str, pos: PartOfSpeech, most: int) -> list[int]:
        rows = [self._rows(pos.value, self._words[base]) for base in self.bases(word, pos)[:1]]
        return [int(sense) for row in rows for sense in row[:most]]

    def _closure(self, sense: int) -> frozenset[int]:
        found, ahead = {sense}, [sense]
        for _ in range(limits.MAX_SENSE_STEPS):
            ahead = [int(above) for one in ahead for above in self._rows("above", one) if int(above) not in found]
            found.update(ahead)
        return frozenset(found)

    def _bases(self, word: str, pos: PartOfSpeech) -> tuple[str, ...]:
        forms: Iterable[str] = (*self._row("regular", word), word, *_stripped(word, pos))
        return tuple(dict.fromkeys(form for form in forms if self._has(form, pos)))

    def _has(self, word: str, pos: PartOfSpeech) -> bool:
        return word in self._words and len(self._rows(pos.value, self._words[word])) > 0

    def _row(self, name: str, word: str) -> list[str]:
        rows = self._rows(name, self._words[word]) if word in self._words else ()
        return [self._words.restore_key(int(i)) for i in rows]

    def _rows(self, name: str, row: int) -> Int:
        ptr = self._arrays[f"{name}_ptr"]
        return self._arrays[f"{name}_to"][int(ptr[row]) : int(ptr[row + 1])]


@lru_cache(maxsize=1)
def wordnet() -> WordNet:
    """Return the one that comes with Clew, loaded once (0.1 s)."""
    return load(resources.files("clew.data").joinpath("wordnet"))


def load(folder: Traversable) -> WordNet:
    """Load what ``clew.retrieval.wordnet.build`` wrote into a folder."""
    words = marisa_trie.Trie()
    words.frombytes(folder.joinpath(WORDS).read_bytes())
    with folder.joinpath(ARRAYS).open("rb") as file:
        return WordNet(words, unpacked(file))


_ENDINGS = {
    PartOfSpeech.NOUN: "ies:y ches:ch shes:sh ses:s xes:x zes:z ves:f men:man s:",
    PartOfSpeech.VERB: "ies:y ied:y es:e es: ed:e ed: ing:e ing: s:",
    PartOfSpeech.ADJECTIVE: "er: est: er:e est:e",
}
"""Detachment rules of morphy(7WN)."""


def _stripped(word: str, pos: PartOfSpeech) -> Iterable[str]:
    for ending, base in (rule.split(":") for rule in _ENDINGS[pos].split()):
        if word.endswith(ending) and len(word) > len(ending) + 1 and not (ending == "s" and word.endswith("ss")):
            stem = word[: len(word) - len(ending)] + base
            yield stem
            if pos is PartOfSpeech.VERB and not base and ending in ("ed", "ing") and stem[-1:] == stem[-2:-1]:
                yield stem[:-1]
