"""What a question names beside the topic: other entities, numbers, names that the graph does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clew.decoding.reading.lexicon import (
    DO,
    FEMALE,
    LINKING_WORDS,
    NO_NAMES,
    PARTICIPLES,
    PERIODS,
    THIRD_PERSONS,
)
from clew.decoding.reading.look import Found, Look
from clew.decoding.reading.pronouns import unresolved
from clew.decoding.reading.unread import Why
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.numerals import NUMBER_WORDS
from clew.retrieval.linking.types import Mention
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import Word, fold_words

TITLED = 0.8
"""Share of capitalised words from which a question is written like a title, so that capitals say nothing."""
GOES_ON_WORDS = 2
"""Words behind a topic that may belong to its name."""
_NUMBER = re.compile(r"(?<![\w])[$€£#]?\d[\d.,:/%-]*\w*")
_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+)\W*$")
_SEASON = re.compile(rf"\b(?:in|during) (?:the )?({'|'.join(sorted(PERIODS))})\b", re.IGNORECASE)
_NUMERALS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_IDIOM = re.compile(r"\W*(?:who|what|when|where|why|how|which) (?:in the world|on earth)\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
COORDINATING = frozenset({"and", "or", "nor", "but", "both", "either", "plus", "versus", "vs"})
"""Words that join two of which the same is asked."""


def entities(look: Look) -> Iterable[Found]:
    """Mentions of other entities than the topic that not every answer's path goes through."""
    for mention in look.mentions:
        span = (mention.start, mention.end)
        idle = _IDIOM.match(look.question)
        if idle is not None and mention.end <= idle.end():
            continue
        if mention.end > mention.start and not look.in_topic(span) and _names_more(look, mention):
            yield (*span, Why.ENTITY)


def referring(look: Look) -> Iterable[Found]:
    """Pronouns that nothing before them in the question can be meant by: "who directed it?"."""
    starts = [mention.start for mention in look.mentions if mention.end > mention.start]
    for start, end in () if look.asked.given else unresolved(look.question, starts):
        yield start, end, Why.REFERENCE


def numbers(look: Look) -> Iterable[Found]:
    """Numbers that stand in no name and in no node on the paths."""
    for match in _NUMBER.finditer(look.question):
        text = match.group().rstrip(".,:/-")
        span = (match.start(), match.start() + len(text))
        if look.in_mention(span) or look.in_topic(span) or fold_words(text) in look.relation_words:
            continue
        if not all(any(text in look.graph.label(node) for node in nodes) for nodes in look.node_sets):
            yield (*span, Why.NUMBER)


def seasons(look: Look) -> Iterable[Found]:
    """A season or a month that stands in no node on the paths: "in winter"."""
    for match in _SEASON.finditer(look.question):
        text = match.group(1).lower()
        if look.in_topic(match.span(1)) or look.in_mention(match.span(1)) or look.in_relation(text):
            continue
        if not all(any(text in look.graph.label(node).lower() for node in nodes) for nodes in look.node_sets):
            yield (*match.span(1), Why.NUMBER)


def counts(look: Look) -> Iterable[Found]:
    """ "Five" before what is asked, where there are not so many answers."""
    numerals = {word: number for number, word in enumerate(_NUMERALS, 2)}
    for word in look.words:
        span = (word.start, word.end)
        before = look.before(word.start) in ("which", "what", "the", "list", "name")
        named = look.in_topic(span) or look.in_mention(span) or look.in_relation(word.text)
        if before and not named and numerals.get(word.text, len(look.nodes)) != len(look.nodes):
            yield (*span, Why.NUMBER)


def names(look: Look) -> Iterable[Found]:
    """Words written as names that nothing in the graph was found for."""
    capitals = [word for word in look.words if look.question[word.start].isupper()]
    others = [word for word in look.words[1:] if not look.in_topic((word.start, word.end))]
    titled = sum(look.question[word.start].isupper() for word in others)
    if not _is_cased(look) or (len(others) > 3 and titled > TITLED * len(others)):
        return
    for word in capitals:
        span = (word.start, word.end)
        if _SENTENCE.search(look.question[: word.start]) or look.in_mention(span) or look.in_topic(span):
            continue
        if not look.is_plain(word.text) and word.text not in NO_NAMES and not _is_initials(look, word.text):
            yield (*span, Why.NAME)


def rest_of_name(look: Look) -> Iterable[Found]:
    """The word beside a topic of whose name a part matched, where it is neither in the name nor common; or where it
    is like one of the name, as if in its place: "saint maren hospice" for Saint Maren Hospital."""
    topic = look.topic
    partial = any(
        candidate.node == topic and candidate.how == "partial"
        for mention in look.mentions
        for candidate in mention.candidates
    )
    if look.topic_span is None:
        return
    names = [set(fold_words(label.text).split()) for label in look.graph.labels(topic)]
    matched = set(fold_words(look.question[slice(*look.topic_span)]).split())
    own = set[str]().union(*names)
    before = [word for word in look.words if word.end <= look.topic_span[0]][-1:]
    before = [word for word in before if look.question[word.start].isupper() or word.text in NUMBER_WORDS]
    after = [word for word in look.words if word.start >= look.topic_span[1]][:1]
    rest = set[str]().union(*(name - matched for name in names if matched <= name))
    for word in before + after:
        span = (word.start, word.end)
        capital = word in after and _is_cased(look) and look.question[word.start].isupper()
        plain = look.in_relation(word.text) or (look.is_plain(word.text) and not capital)
        known = plain or word.text in own or look.in_mention(span)
        if not known and (partial or (word in after and look.likeness.alike(word.text, rest))):
            yield word.start, word.end, Why.NAME


def goes_on(look: Look) -> Iterable[Found]:
    """What follows a topic that ends the question's phrase, "the height of TOPIC base camp": its name goes on."""
    if look.topic_span is None or look.before(look.topic_span[0]) not in ("of", "for"):
        return
    rest = [word for word in look.words if word.start >= look.topic_span[1]]
    own = look.graph_words.of_kinds([look.topic])
    if not rest or len(rest) > GOES_ON_WORDS or look.question[look.topic_span[1] :][:1] not in (" ", "-"):
        return
    verbs = DO & {word.text for word in look.words if word.end <= look.topic_span[0]}
    known = [look.is_plain(word.text) or look.in_mention((word.start, word.end)) for word in rest]
    if verbs or (any(known) and rest[0].text not in FEMALE):
        return
    if any(word.text.endswith("ed") or word.text in PARTICIPLES | THIRD_PERSONS for word in rest):
        return
    if not any(look.likeness.kindred(word.text, own) for word in rest):
        yield rest[0].start, rest[-1].end, Why.NAME


def _names_more(look: Look, mention: Mention) -> bool:
    nodes = {candidate.node for candidate in mention.candidates}
    words = [word for word in look.words if mention.start <= word.start < mention.end]
    if look.topic in nodes or _is_asked_for(look, words) or all(look.is_plain(word.text) for word in words):
        return False
    if _describes(look, nodes, words):
        return False
    if not any(letter.isupper() or letter.isdigit() for letter in look.question[mention.start : mention.end]):
        exact = mention.candidates[0].how in ("exact", "case", "alternative", "given")
        common = all(word.text in common_words() for word in words)
        if not exact or (common and look.before(mention.start) not in LINKING_WORDS):
            return False
    if look.passed(nodes):
        return False
    classes = nodes & look.classes.nodes
    return not (classes and look.classes.fit(look.nodes, frozenset(classes)))


def _is_asked_for(look: Look, words: Sequence[Word]) -> bool:
    """Whether a mention is the noun for what is asked, which ``kinds`` looks at."""
    return bool(words) and words[-1].text in look.nouns[-1:]


def _describes(look: Look, nodes: set[int], words: Sequence[Word]) -> bool:
    """Whether a mention only says more of the topic: "the novel Emma", or an entity that an edge joins to it."""
    topic = look.topic
    answers = set(look.nodes)
    named = [node for node in nodes - answers if not _DIGIT.search(look.graph.label(node))]
    if not _is_another(look, words) and any(look.graph_words.joined(topic, node) for node in named):
        return True
    follows = look.topic_span is not None and words[-1].end <= look.topic_span[0]
    between = look.question[words[-1].end : look.topic_span[0]] if follows and look.topic_span else "x"
    return not between.strip(" '\"") and all(word.text in common_words() for word in words)


def _is_another(look: Look, words: Sequence[Word]) -> bool:
    """Whether a mention is joined to the topic by "and" or "or": what is asked of both is not asked of one."""
    if look.topic_span is None or not words:
        return False
    first, second = sorted([look.topic_span, (words[0].start, words[-1].end)])
    between = fold_words(look.question[first[1] : second[0]]).split()
    return bool(COORDINATING & set(between)) and set(between) <= COORDINATING | FUNCTION_WORDS


def _is_initials(look: Look, word: str) -> bool:
    initials = ["".join(part[0] for part in look.graph_words.name(r).words) for r in look.ranked.relations]
    return len(word) > 1 and word in initials


def _is_cased(look: Look) -> bool:
    """Whether the question is written with capitals."""
    return any(letter.isupper() for letter in look.question[1:])
