"""Which end of a relation a question asks for: "who taught Plato" asks for a head, "who did Plato teach" for a tail.

Only questions about one relation whose words they use are judged; of others nothing is said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from enum import Enum
from functools import lru_cache
from importlib import resources

from clew.decoding.reading.lexicon import (
    ARTICLES,
    AUXILIARIES,
    BE,
    CONTAINING,
    DO,
    HAVE,
    INTERROGATIVES,
    LOCATED,
    PARTICIPLES,
    PAST,
    PREPOSITIONS,
    SITES,
    SYMMETRIC,
)
from clew.decoding.reading.relation_name import Form, RelationName
from clew.kg.time_limit import look
from clew.retrieval.linking.word_weights import FUNCTION_WORDS, same_stem
from clew.retrieval.wordnet.wordnet import Category, Kinship, wordnet

TOPIC = "\x00"
"""Stands for the topic among the words of a question."""
_AGENT = ("er", "or", "ist", "ian", "ant")
"""Endings of nouns for who acts."""
_DEED = ("ment", "tion", "sion", "er", "or")
"""Endings of nouns for what is done, or for who or what does it."""
_PLURALS = {"children": "child", "people": "person", "men": "man", "women": "woman", "wives": "wife", "mice": "mouse"}


class End(Enum):
    """The end of a stored edge that the topic is."""

    HEAD = "head"
    TAIL = "tail"

    @property
    def other(self) -> End:
        """The other end."""
        return End.TAIL if self is End.HEAD else End.HEAD


def topic_end(words: Sequence[str], name: RelationName) -> End | None:
    """Return the end of an edge of this relation that the question takes its topic to be; None where it is unclear.

    ``words``: the folded words of the question, with ``TOPIC`` for the topic, and "s" after it for a genitive.
    """
    if words.count(TOPIC) != 1 or not name.core:
        return None
    if name.core[0] in CONTAINING and _asks_container(words):
        return End.TAIL
    for other in converses(name.core):  # "narrow match" of "broad match"
        told, own = set(other) - set(name.core), set(name.core) - set(other)
        if other[-1] == name.core[-1] and _has(words, told) and not _has(words, own):
            found = _by_words(words, name, other)
            return None if found is None else found.other
    found = _by_words(words, name, name.core)
    if found is not None:
        return found
    ends = {_by_words(words, name, other) for other in converses(name.core)} - {None}
    return ends.pop().other if len(ends) == 1 else None  # type: ignore[union-attr]  # None is taken out


def _asks_container(words: Sequence[str]) -> bool:
    """Whether a question asks what its topic is in: "where is TOPIC", "which state is TOPIC located in"."""
    at = words.index(TOPIC)
    before, after = [word for word in words[:at] if word not in ARTICLES], set(words[at + 1 :])
    if before[-1:] == ["of"] and before[-2:-1] and before[-2] in SITES:  # "the city of TOPIC" is TOPIC
        before = before[:-2]
    if not after <= LOCATED:
        return False
    if not before or before[0] not in ("where", "what", "which", "in") or before[-1] in PREPOSITIONS:
        return False
    placed = before[0] in ("where", "in") or "in" in after
    return bool(after - {"in"}) or (placed and before[-1] in BE)


def _has(words: Sequence[str], some: Collection[str]) -> bool:
    return any(same_word(word, one) for word in words if word != TOPIC for one in some)


def without_converses(words: Sequence[str], name: RelationName) -> list[str]:
    """Return words but for those that name the other end of a relation: they do not deny it."""
    other = {word for core in converses(name.core) for word in core} - set(name.core)
    return [word for word in words if not any(same_word(word, one) for one in other)]


def _by_words(words: Sequence[str], name: RelationName, core: Sequence[str]) -> End | None:
    """Return the topic's end where the question uses these words for the relation."""
    if set(core) & SYMMETRIC:
        return None
    key = core[0] if name.form in (Form.VERB, Form.PASSIVE, Form.PLACE) else core[-1]
    places = [i for i, word in enumerate(words) if word != TOPIC and same_word(word, key)]
    topic = words.index(TOPIC)
    if not places and name.form in (Form.NOUN, Form.NOUN_OF):
        return _of_noun(name, [_is_owner(words, i, topic) for i in _meant(words, key)])
    if len(places) != 1:
        return None
    at = places[0]
    if name.form is Form.PLACE:
        return _of_place(words, at, topic)
    if name.form in (Form.VERB, Form.PASSIVE):
        noun = words[at + 1 : at + 2] == ["of"] and key.endswith("ed") and not words[at].endswith((*_AGENT, "ed"))
        agent = None if noun else _is_agent(words, at, topic)  # "the grade of TOPIC", of "graded"
        return None if agent is None else End.HEAD if agent == (name.form is Form.VERB) else End.TAIL
    if _PLURALS.get(words[at], words[at]) in (key, key + "s", key + "es", key[:-1] + "ies", key.removesuffix("s")):
        owner = _is_owner(words, at, topic)
        agent = _acts(words, at, topic) if owner is None and len(core) == 1 else None
        if agent is not None:  # the name is used as a verb: "who admires TOPIC", "who coaches TOPIC"
            return End.HEAD if agent != (Category.PERSON in wordnet().categories(key)) else End.TAIL
    elif key.endswith(_AGENT):  # "directed" of "director"
        agent = _is_agent(words, at, topic)
        owner = None if agent is None else not agent
    else:
        return None
    return _of_noun(name, [owner])


def _of_noun(name: RelationName, owners: Sequence[bool | None]) -> End | None:
    """Return the topic's end, given whether the one noun for a relation is the topic's; None where that is unclear."""
    if len(owners) != 1 or owners[0] is None:
        return None
    return End.HEAD if owners[0] == (name.form is Form.NOUN) else End.TAIL


def _meant(words: Sequence[str], key: str) -> list[int]:
    """Return the places of nouns that mean the same: "pupil", of "student"."""
    if Category.PERSON not in wordnet().categories(key, 1):
        return []
    return [
        i
        for i, word in enumerate(words)
        if word not in FUNCTION_WORDS and word != TOPIC and wordnet().kinship(word, key) is Kinship.SAME
    ]


def _of_place(words: Sequence[str], at: int, topic: int) -> End | None:
    """ "born in TOPIC": the tail; "was TOPIC born", "TOPIC is located in": the head."""
    if topic < at:
        return End.HEAD
    between = words[at + 1 : topic]
    return End.TAIL if between and between[0] in PREPOSITIONS and set(between[1:]) <= ARTICLES else None


def asks_agent(words: Sequence[str], name: RelationName) -> bool:
    """Return whether a question asks who does what a relation says, where the relation does not tell: "who named TOPIC"
    of "named after"."""
    if name.form is not Form.PLACE or words.count(TOPIC) != 1:
        return False
    topic = words.index(TOPIC)
    before = [word for word in words[:topic] if word not in ARTICLES]
    used = bool(before) and same_word(before[-1], name.core[0])
    used = used and (before[-1].endswith("ed") or before[-1] in PAST | PARTICIPLES)
    return used and len(before) > 1 and before[0] in INTERROGATIVES and not set(before[:-1]) & (BE | DO | HAVE)


def _is_agent(words: Sequence[str], at: int, topic: int) -> bool | None:
    """Whether the topic does what the verb at ``at`` says (True), or undergoes it (False)."""
    before, between = words[:at], words[min(at, topic) + 1 : max(at, topic)]
    if at < topic:
        if between[:1] == ["by"] and set(between[1:]) <= ARTICLES:
            return True
        if not set(between) <= ARTICLES | PREPOSITIONS - {"by"}:
            return None
        if at and before[-1] in BE and not words[at].endswith("ing"):
            return None
        return None if set(before) & DO else False
    if words[at].endswith(_AGENT) and words[at - 1] in ARTICLES and set(between) <= BE | ARTICLES:
        return True  # "TOPIC was the director of", "was TOPIC a writer on"
    if set(between) & BE:
        return False
    if words[at + 1 : at + 2] in (["for"], ["of"]) and words[at].endswith(_DEED) and set(between) <= ARTICLES:
        return True  # "what is TOPIC a replacement for"
    if set(words[:topic]) & BE and not set(words[:topic]) & DO:
        by = "by" in words[at + 1 :] or "by" in words[:topic]
        return False if by and set(between) <= ARTICLES else None
    if set(between) <= ARTICLES | {"s"} | AUXILIARIES or not between:
        return True if set(words[:topic]) & (AUXILIARIES | INTERROGATIVES | {"that"}) or not between else None
    return None


def _acts(words: Sequence[str], at: int, topic: int) -> bool | None:
    """Whether the topic is the subject (True) or the object (False) of a word that is plainly used as a verb."""
    if at < topic:
        used = at > 0 and (words[at - 1] in INTERROGATIVES or words[0] in INTERROGATIVES) and words[at].endswith("s")
        return False if used and set(words[at + 1 : topic]) <= ARTICLES and not set(words[:at]) & (BE | DO) else None
    return True if set(words[:topic]) & DO and set(words[topic + 1 : at]) <= {"not"} else None


def _is_owner(words: Sequence[str], at: int, topic: int) -> bool | None:
    """Whether the noun at ``at`` is the topic's (True: "the NOUN of TOPIC"), or the topic is one (False)."""
    if at < topic:
        between = list(words[at + 1 : topic])
        if between[1:2] and between[1] in ("of", "than"):  # "the narrower concepts of TOPIC"
            between = between[1:]
        if between[:1] and between[0] in ("of", "for", "than", "to") and set(between[1:]) <= ARTICLES:
            return True
        if between and between[0] in BE and set(between[1:]) <= ARTICLES and "whose" in words[:at]:
            return False
        return None
    between, after = list(words[topic + 1 : at]), words[at + 1 : at + 2]
    if between[:1] and between[0] in HAVE:
        between = between[1:]
    elif set(words[:topic]) & DO:
        return None  # "who does TOPIC manage": no noun
    if between[:1] and between[0] in ("as", "for") and set(between[1:]) <= ARTICLES:
        return False
    before = [word for word in words[:topic] if word not in ARTICLES]
    be = (set(between) & BE - {"s"}) or (before and before[-1] in BE - {"s"})
    if be and after and after[0] in ("of", "to", "for", "than") and set(between) <= ARTICLES | BE:
        return False
    if between:
        return True if between == ["s"] else None  # "the anime genre": the topic is one
    return None


@lru_cache(maxsize=65_536)
def same_word(word: str, other: str) -> bool:
    """Whether two words are forms of one."""
    return same_stem(_PLURALS.get(word, word), _PLURALS.get(other, other))


def contradicts(asked: Collection[str], stated: frozenset[str]) -> bool:
    """Whether the words of a question name the opposite of what the words of a relation state: "born", "death date"."""
    look()
    for one, other in _denied_by(stated):
        if any(same_word(word, one) for word in asked) and not any(same_word(word, other) for word in asked):
            return True
    unsaid = (other for other in stated if not any(same_word(one, other) for one in asked))
    return any(_opposes(word, other) for other in unsaid for word in asked)


@lru_cache(maxsize=65_536)
def _opposes(word: str, other: str) -> bool:
    """Whether two words are, or belong to, verbs that mean the opposite: "descended", "ascent"."""
    return bool(wordnet().roots(word) & wordnet().opposites(other))


@lru_cache(maxsize=65_536)
def _denied_by(stated: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the words that deny these, each with the word that it denies."""
    return tuple(
        (one, other)
        for one, other in _opposites()
        if any(same_word(word, other) for word in stated) and not any(same_word(word, one) for word in stated)
    )


@lru_cache(maxsize=1)
def _opposites() -> tuple[tuple[str, str], ...]:
    pairs = _table()["opposites"]
    return tuple(pair for a, b in pairs for pair in ((a, b), (b, a)))


@lru_cache(maxsize=1)
def _table() -> dict[str, list[list[str]]]:
    text = resources.files("clew.decoding.reading").joinpath("converse.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _pairs() -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    pairs = _table()["pairs"]
    return tuple((tuple(one.split()), tuple(other.split())) for a, b in pairs for one, other in ((a, b), (b, a)))


@lru_cache(maxsize=4096)
def converses(core: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the words for the other end of the fact that these words name."""
    return tuple(other for one, other in _pairs() if one == core or (len(core) == 1 and one[-1] == core[0]))
