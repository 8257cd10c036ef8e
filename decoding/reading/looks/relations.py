"""The words for what is asked of the topic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from clew.decoding.reading.direction import same_word
from clew.decoding.reading.lexicon import (
    ASKING,
    BE,
    GENERAL,
    HARMLESS,
    INTERROGATIVES,
    LIGHT,
    PARTICIPLES,
    PAST,
    SITES,
)
from clew.decoding.reading.look import Found, Look
from clew.decoding.reading.unread import Why
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS
from clew.retrieval.linking.words import Word, fold_words
from clew.retrieval.wordnet.wordnet import PartOfSpeech, wordnet

TELLING = frozenset({"description", "abstract", "definition", "summary", "comment", "note", "about"})
"""Words of relations that say what something is."""
SPECIFIC = frozenset({"who", "whom", "whose", "when", "where", "how", "why", "which"})
"""Words that ask for something in particular."""
_WHAT = frozenset({"what", "whats"})
_TELL = (ASKING | FUNCTION_WORDS | LIGHT) - SPECIFIC
_UNSAID = FUNCTION_WORDS | GENERAL
TYPE_WORDS = frozenset({"kind", "type", "sort", "class", "category", "instance", "genre"})
"""Words by which a class is asked for."""
JOINING = frozenset({"and", "plus"})
JOINED_WORDS = 3
"""Words behind "and" among which the other thing asked for is looked for."""
NAMES = frozenset({"name", "names", "title", "titles"})
"""Words that ask for what every node has."""
_OF = re.compile(r"(\w+) of (?:the |a |an )?[\"'“\[]?$", re.IGNORECASE)
_PART_OF = re.compile(
    r"(?:\w+ of|\b(?:what|which) \w+ (?:are|is|were|was)) (?:the |a |an )?(\w+) of (?:the |a |an )?[\"'“\[]?$",
    re.IGNORECASE,
)
"""The part of a topic in "the colour of the LEAVES of TOPIC", "what colour are the LEAVES of TOPIC"."""
_KIND_OF = re.compile(r"\b(?:kind|type|sort|genre|style|class)s? of (?:an? )?$", re.IGNORECASE)
"""What stands before the word for what the topic is, in "what kind of FILM is TOPIC"."""
_DESCRIBED = re.compile(r"^\W*(?:who|whom|what|which|where|when)\b(.*?)\bthe (?:\w+ ){0,2}?(\w+) of\b", re.IGNORECASE)
"""What is done to, or by, something that is described: "who SUPERVISES the HEAD of TOPIC"."""
HOLDING = frozenset((
    "act", "acts", "acted", "serve", "serves", "served", "serving", "work", "works", "worked", "working", "appointed",
    "elected", "hired", "chosen", "crowned", "inaugurated", "ranked", "regarded", "listed",
))  # fmt: skip
"""Verbs of being something: who served as the head is the head."""
_ITS = re.compile(r"['’]s? (?:dates? of |place of |year of )?(\w+)", re.IGNORECASE)


def asked_of(look: Look) -> Iterable[Found]:
    """The noun that the question asks for of the topic, "the NOUN of TOPIC" or "TOPIC's NOUN", where the path says
    nothing of the sort; or any content, where the path only tells the topic's class."""
    if look.topic_span is None:
        return
    said = look.said
    short = len(look.ranked.relations) == 1
    if look.ranked.relations[-1] == look.graph.type_relation and short:
        for word in look.content:
            of_kind = _KIND_OF.search(look.question[: word.start])
            if word.text not in TYPE_WORDS and not of_kind and not look.explained(word.text):
                yield word.start, word.end, Why.RELATION
        return
    before, after = look.question[: look.topic_span[0]], look.question[look.topic_span[1] :]
    parts = {match.start(1) for match in [_PART_OF.search(before)] if match is not None}
    nouns = [match.span(1) for match in (_OF.search(before),) if match is not None and short]
    nouns += [
        (look.topic_span[1] + a, look.topic_span[1] + b) for m in (_ITS.match(after),) if m for a, b in [m.span(1)]
    ]
    for start, end in nouns:
        noun = fold_words(look.question[start:end])
        known = noun in _UNSAID or noun in LIGHT or look.in_mention((start, end))
        likeness = look.likeness
        if known or look.says(noun) or likeness.alike(noun, said):
            continue
        if start in parts or likeness.unlike([noun], sorted(said)):
            yield start, end, Why.RELATION


def unsaid(look: Look) -> Iterable[Found]:
    """The words for what is asked, where the path says none of them, nor anything that people ask for by one."""
    content = _of_relation(look)
    if content and not any(look.may_say(word.text) for word in content):
        for word in content:
            if word.text not in LIGHT:
                yield word.start, word.end, Why.RELATION


def nothing(look: Look) -> Iterable[Found]:
    """The first word, where the question asks for nothing in particular, "tell me about TOPIC", and the path does not
    tell what the topic is."""
    if look.topic_span is None or look.ranked.relations[-1] == look.graph.type_relation:
        return
    rest = [word for word in look.words if not look.in_topic((word.start, word.end))]
    texts = {word.text for word in rest}
    if look.said & TELLING or not (texts & ASKING or (texts & _WHAT and texts <= _WHAT | BE | {"the"})):
        return
    if all(word.text in _TELL for word in rest):
        yield rest[0].start, rest[0].end, Why.RELATION


def unlike(look: Look) -> Iterable[Found]:
    """The same, where the path says none of them, and none has anything in common with it by its vector."""
    content = _of_relation(look)
    heavy = [word for word in content if word.text not in LIGHT]
    if any(look.says(word.text) for word in content):
        return
    if look.likeness.unlike([word.text for word in heavy], sorted(look.said)):
        for word in heavy:
            yield word.start, word.end, Why.RELATION


def _of_relation(look: Look) -> list[Word]:
    """The words for how what is asked is related to the topic: no names, nor what the topic is; none where the path
    ends at a place and the question asks where."""
    if look.said & SITES and "where" in {word.text for word in look.words[:2]}:
        return []
    own = look.graph_words.of_kinds([look.topic])
    content = [
        word
        for word in look.words
        if word.text not in _UNSAID
        and not look.in_topic((word.start, word.end))
        and not look.in_mention((word.start, word.end))
        and not _stands_before(look, word)
        and not _KIND_OF.search(look.question[: word.start])
        and not look.likeness.kindred(word.text, own)
    ]
    # A noun for what is asked says nothing of how that is related, unless the relation says it, too.
    return [word for word in content if word.text not in look.nouns[-1:] or look.in_relation(word.text)]


def of_described(look: Look) -> Iterable[Found]:
    """What is asked of something that is described, where the path ends at that: "who SUPERVISES the head of TOPIC" is
    not the head."""
    found = _DESCRIBED.match(look.question)
    if found is None:
        return
    last = look.graph_words.name(look.ranked.relations[-1]).words
    if not any(same_word(fold_words(found[2]), word) for word in last):
        return
    for word in look.content:
        between = found.start(1) <= word.start and word.end <= found.end(1)
        known = word.text in LIGHT or word.text in HOLDING or word.text in look.nouns
        said = any(same_word(word.text, other) for other in last)
        if between and not known and not said and wordnet().has(word.text, PartOfSpeech.VERB):
            yield word.start, word.end, Why.RELATION


def _stands_before(look: Look, word: Word) -> bool:
    """Whether a word only says what the topic is: "the movie Alien"."""
    if look.topic_span is None or word.end > look.topic_span[0]:
        return False
    return word.text in FRAME_WORDS and not look.question[word.end : look.topic_span[0]].strip(" '\"[“")


def elsewhere(look: Look) -> Iterable[Found]:
    """Words that name other relations of the graph than the path's: where X was born is not "which town X invented"."""
    path = {relation % look.graph.num_relations for relation in look.ranked.relations}
    only = all(word.text in look.nouns for word in look.content)
    # "Which rivers flow through TOPIC", of "lies on the river": the relation is named by what is asked.
    stated = any(map(look.in_relation, look.nouns[-1:]))
    own = {int(relation) % look.graph.num_relations for relation in look.graph.relations_of(look.topic)}
    for word in look.content:
        asked_for = (word.text in look.nouns and not only) or _stands_before(look, word) or word.text in HARMLESS
        named = look.graph_words.relations_named(word.text) - path
        if asked_for or not named:
            continue
        if len(path) == 1 and named & own and not look.in_relation(word.text) and not _is_named(look):
            yield word.start, word.end, Why.RELATION  # it is stated of the topic
            continue
        if look.explained(word.text) or (stated and look.may_say(word.text)):
            continue
        if any(look.graph_words.beside(named, relation) for relation in look.ranked.relations):
            yield word.start, word.end, Why.RELATION


def _is_named(look: Look) -> bool:
    """Whether the question has every word of the name of the path's last relation."""
    core = look.graph_words.name(look.ranked.relations[-1]).core
    return all(any(same_word(word.text, other) for word in look.words) for other in core)


def coordinated(look: Look) -> Iterable[Found]:
    """The other of two things that are asked of the topic, "the length and DEPTH of TOPIC", where the path says one."""
    for i, word in enumerate(look.words):
        if word.text not in JOINING or look.in_topic((word.start, word.end)) or look.in_mention((word.start, word.end)):
            continue
        left = next((one for one in reversed(look.words[max(0, i - 1) : i]) if _is_asked(look, one)), None)
        right = [one for one in look.words[i + 1 : i + 1 + JOINED_WORDS] if _is_asked(look, one)]
        if left is None or not right:
            continue
        said = [look.says(left.text), any(look.says(one.text) for one in right)]
        for one, other_said in ((left, said[1]), (right[0], said[0])):
            if other_said and not all(said) and _is_other(look, one.text):
                yield one.start, one.end, Why.RELATION


def _is_asked(look: Look, word: Word) -> bool:
    span = (word.start, word.end)
    named = word.text in NAMES or word.text not in FUNCTION_WORDS
    return named and not look.in_topic(span) and not look.in_mention(span)


def _is_other(look: Look, word: str) -> bool:
    """Whether a word asks for a name, or names another relation than the path's."""
    size = look.graph.num_relations
    path = {relation % size for relation in look.ranked.relations}
    own = {int(relation) % size for relation in look.graph.relations_of(look.topic)}
    named = look.graph_words.relations_named(word) | {
        relation for relation in own if same_word(word, look.graph_words.name(relation).head)
    }
    return not look.explained(word) and (word in NAMES or bool(named - path))


def modifiers(look: Look) -> Iterable[Found]:
    """Words before a word of the path's relations that make it another one: "the youth coach", "the winter ascent"."""
    for word, following in pairwise(look.words):
        joined = not look.question[word.end : following.start].strip()
        if following.text in FUNCTION_WORDS or look.question[word.start - 1 : word.start] == "-":
            continue
        if word not in look.content or not joined or not look.in_relation(following.text) or _stands_before(look, word):
            continue
        if (
            (word.text in look.nouns and look.before(word.start) in INTERROGATIVES)
            or not _modifies(word.text, following.text)
            or look.explained(word.text)
        ):
            continue
        if look.likeness.unlike([word.text], sorted(look.said)):
            yield word.start, word.end, Why.QUALIFIER


def _modifies(word: str, following: str) -> bool:
    """Whether a word stands before a noun and makes it another one: no plural does, and no verb is such a noun."""
    if following in PARTICIPLES | PAST or following.endswith("ed"):
        return False
    singular = word in wordnet().bases(word, PartOfSpeech.NOUN)
    return (singular or wordnet().has(word, PartOfSpeech.ADJECTIVE)) and word not in HARMLESS
