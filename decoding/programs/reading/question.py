"""The words of a question, and what it costs to leave each unread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from clew.decoding.reading.direction import same_word
from clew.decoding.reading.lexicon import ARTICLES, ASKING, AUXILIARIES, INTERROGATIVES, LIGHT, PREPOSITIONS
from clew.decoding.reading.pronouns import WORDS as PRONOUNS
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import Word, folded_words

_SMALL = """
    different distinct various unique return returns give get list display please tell us let want know whose each every
    per there any entire given available information details detail also respectively corresponding respective recorded
    overall exactly currently ever too exist exists stated mentioned instead whats like retrieve fetch having ones
    identify amount
"""
SMALL = FUNCTION_WORDS | ARTICLES | AUXILIARIES | PREPOSITIONS | INTERROGATIVES | ASKING
SMALL |= frozenset(_SMALL.split()) | frozenset(PRONOUNS)
"""Words that a program need not stand for: operators read those that matter as cues, and pronouns are looked at by
themselves."""
NAMING = frozenset(["name", "names", "named", "called", "title", "titles", "titled", "label", "id", "ids"])
"""Words that ask for what every answer has: its name."""
_LINKING = frozenset(["of", "the", "its", "their", "each", "all", "every"])
PEOPLE = frozenset(["people", "inhabitants", "residents", "inhabitant", "resident"])
"""What a population counts."""
_LIVE = frozenset(["live", "lives", "lived", "living", "reside", "resides", "dwell"])
TURNING = frozenset(["only", "solely", "exclusively", "same", "than", "more", "fewer", "less"])
"""Small words that make another question of it: one that no token reads stays unread."""
TURNING_COST = 1.0
LIGHT_COST, NAMING_COST, NUMBER_COST, NAME_COST = 0.25, 0.1, 2.5, 2.0


@dataclass(frozen=True)
class AskedWords:
    """A question and its folded words. Sets of words are bits: bit ``i`` is ``words[i]``. ``stated``: the words that
    state a number or a time, whatever they are else: the "one" of "more than one"."""

    text: str
    stated: int = 0

    @cached_property
    def words(self) -> list[Word]:
        """The folded words."""
        return folded_words(self.text)

    @cached_property
    def texts(self) -> list[str]:
        """The words as texts."""
        return [word.text for word in self.words]

    @cached_property
    def costs(self) -> list[float]:
        """What it costs to leave each word unread."""
        return [self._cost(i) for i in range(len(self.words))]

    def _cost(self, i: int) -> float:
        word, text = self.words[i], self.texts[i]
        if self.stated >> i & 1 or any(letter.isdigit() for letter in text):
            return NUMBER_COST
        if text in NAMING:
            return NAMING_COST
        if text in TURNING:
            return TURNING_COST
        if text in SMALL:
            return 0.0
        if i and self.text[word.start].isupper():
            return NAME_COST
        return LIGHT_COST if text in LIGHT else 1.0

    @cached_property
    def capitals(self) -> int:
        """The words written as names, as bits."""
        return sum(1 << i for i, cost in enumerate(self.costs) if cost == NAME_COST)

    @cached_property
    def alike(self) -> list[int]:
        """The words that are forms of each word, as bits: what is said once is meant each time."""
        return [self._alike(i) if cost else 1 << i for i, cost in enumerate(self.costs)]

    def _alike(self, i: int) -> int:
        """Return the words that are forms of one, as bits. A name is a form of no other word: "Booker" and "books"."""
        text, costs, found = self.texts[i], self.costs, 0
        for j, other in enumerate(self.texts):
            named = NAME_COST in (costs[i], costs[j])
            if costs[j] and (other == text or (not named and same_word(other, text))):
                found |= 1 << j
        return found

    def with_repeats(self, bits: int) -> int:
        """Return words, and the other mentions of each."""
        if bits not in self._repeats:
            found = bits
            for i in ones(bits):
                found |= self.alike[i]
            self._repeats[bits] = found
        return self._repeats[bits]

    @cached_property
    def _repeats(self) -> dict[int, int]:
        return {}

    def bits(self, start: int, end: int) -> int:
        """Return the words that lie within ``text[start:end]``."""
        return sum(1 << i for i, word in enumerate(self.words) if start <= word.start and word.end <= end)

    def naming(self, bits: int) -> int:
        """Return the word that asks for a name beside some words, as a bit: the "name" of "owner name" and "name of the
        owner"; 0: none."""
        first, after = (bits & -bits).bit_length() - 1, bits.bit_length()
        while first > 1 and self.texts[first - 1] in _LINKING:
            first -= 1
        for i in (after, first - 1):
            if 0 <= i < len(self.texts) and self.texts[i] in NAMING:
                return 1 << i
        return 0

    def living(self, bits: int) -> int:
        """Return the verb of people that words count, as a bit: "how many people LIVE in"; 0: none."""
        after = bits.bit_length()
        if after and self.texts[after - 1] in PEOPLE:
            for i in range(after, min(after + 2, len(self.texts))):
                if self.texts[i] in _LIVE:
                    return 1 << i
        return 0

    def said_by(self, bits: int, words: frozenset[str]) -> bool:
        """Return whether all of some words are among ``words``."""
        return all(self.texts[i] in words for i in ones(bits))

    def unread(self, read: int) -> float:
        """Return what it costs to leave the words outside ``read`` unread."""
        return sum(cost for i, cost in enumerate(self.costs) if cost and not read >> i & 1)

    def left(self, read: int, least: float = 0.5) -> list[int]:
        """Return the words outside ``read`` that cost at least so much."""
        return [i for i, cost in enumerate(self.costs) if cost >= least and not read >> i & 1]

    def span(self, bits: int) -> tuple[int, int]:
        """Return the characters from the first to the last of some words; (0, 0) of none."""
        places = list(ones(bits))
        return (self.words[places[0]].start, self.words[places[-1]].end) if places else (0, 0)


def ones(bits: int) -> Iterable[int]:
    """Yield the places of the bits that are set, ascending."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


def union(sets: Iterable[int]) -> int:
    """Return the words in any of some sets."""
    found = 0
    for bits in sets:
        found |= bits
    return found


def bits_of(places: Sequence[int]) -> int:
    """Return bits with these places set."""
    return sum(1 << i for i in set(places))


def names_more(asked: AskedWords) -> bool:
    """Return whether something is asked for besides names: "the names and birthdays"."""
    return any(
        text in NAMING and "and" in (asked.texts[i - 1] if i else "", *asked.texts[i + 1 : i + 2])
        for i, text in enumerate(asked.texts)
    )
