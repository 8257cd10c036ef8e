"""The words for what the answers are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from clew.decoding.reading.direction import same_word
from clew.decoding.reading.kinds import AnswerKinds, is_date, is_day, is_number
from clew.decoding.reading.lexicon import FEMALE, GENERAL, HARMLESS, PAST, SITES, TIMES, UNITS
from clew.decoding.reading.look import Found, Look, is_form
from clew.decoding.reading.relation_name import Form, RelationName
from clew.decoding.reading.unread import Why
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, Kinship, wordnet

_WHO = re.compile(r"^\W*(?:\w+ )?(who|whom|when|where)\b", re.IGNORECASE)
_DOER = re.compile(r"^\W*(what) (\w+)\b", re.IGNORECASE)
_TIME = re.compile(r"^\W*(?:in |on |during )?(?:what|which) (year|date|day|month|century|decade)\b", re.IGNORECASE)
_MEASURE = re.compile(r"^\W*how (old|long|far|high|tall|deep|heavy|wide|fast|big|large)\b", re.IGNORECASE)
_UNIT = re.compile(
    r"\bin ([^\W\d_]+)\W*$|^\W*how many ([^\W\d_]+) (?:tall|long|high|wide|deep|old|heavy|far)\b", re.IGNORECASE
)
_SIGN = re.compile(r"[^\W\d_]+|[%€$£]")
_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(r"^\W*(?:at )?what (time)\b(?! zone)", re.IGNORECASE)
_PERSON = re.compile(r"^\W*(?:what|which) (person|people|man|woman|men|women)\b", re.IGNORECASE)


def kinds(look: Look) -> Iterable[Found]:
    """The word that says what the answers are, where they are not known to be that."""
    answers = AnswerKinds(look.graph_words, look.nodes, look.ranked.relations[-1])
    match = _WHO.search(look.question)
    if match is not None and not (answers.can_be(match.group(1).lower()) and _ends_at(look, match.group(1).lower())):
        yield match.start(1), match.end(1), Why.CLASS
    match = _DOER.search(look.question)
    if match is not None and not look.nouns and look.ranked.relations[-1] < look.graph.num_relations:
        verb, name = match.group(2).lower(), look.graph_words.name(look.ranked.relations[-1])
        if _names_place(name) and (verb in PAST or verb.endswith("ed")):
            yield match.start(1), match.end(1), Why.CLASS
    match = _TIME.search(look.question)
    if match is not None and not answers.can_be("when"):
        yield match.start(1), match.end(1), Why.CLASS
    match = _CLOCK.search(look.question)
    if match is not None and not all(":" in look.graph.label(node) for node in look.nodes):
        yield match.start(1), match.end(1), Why.CLASS
    match = _PERSON.search(look.question)
    if match is not None and not answers.can_be("who"):
        yield match.start(1), match.end(1), Why.CLASS
    nouns = look.nouns
    person = bool(nouns) and wordnet().categories(nouns[-1], 1) == [Category.PERSON]
    if person and look.nodes and all(is_number(label) or is_date(label) for label in map(look.graph.label, look.nodes)):
        yield from _where(look, nouns[-1])
        return
    stated = any(is_form(noun, word) for noun in nouns[-1:] for word in _told_of_answers(look))
    if nouns and (answers.cannot_be(nouns[-1]) or (not stated and not answers.are(nouns, _follows_which(look)))):
        yield from _where(look, nouns[-1])


def _where(look: Look, noun: str) -> Iterable[Found]:
    """The first place of a noun outside the topic."""
    forms = {noun, "people", "persons"} if noun == "person" else {noun}
    places = [(word.start, word.end) for word in look.words if word.text in forms]
    yield from [(*place, Why.CLASS) for place in places if not look.in_topic(place)][:1]


def kinds_passed(look: Look) -> Iterable[Found]:
    """Classes that are named on the way, "the composers of OPERAS based on plays by TOPIC", where the nodes of no step
    of the paths are known to be that, or may be."""
    paths = [item.paths[0].nodes for item in look.answers if item.paths]
    if len(look.ranked.relations) < 2 or len({len(nodes) for nodes in paths}) != 1:
        return
    steps = [list(dict.fromkeys(nodes)) for nodes in zip(*paths, strict=True)]
    for word in look.content:
        if word.text in look.nouns or look.in_relation(word.text):
            continue
        wanted = look.classes.named([word.text])
        if wanted and all(look.classes.fit(nodes, wanted) is False for nodes in steps):
            yield word.start, word.end, Why.CLASS


def modifiers_of_kinds(look: Look) -> Iterable[Found]:
    """What stands before the word for what the answers are, where it is not said of them: "hard" in "hard cheeses"."""
    if len(look.nouns) < 2 or not look.nodes or look.graph.type_relation is None:
        return
    modifier, answers = look.nouns[0], AnswerKinds(look.graph_words, look.nodes, look.ranked.relations[-1])
    if modifier in (HARMLESS | GENERAL | FUNCTION_WORDS) - FEMALE or look.in_relation(modifier):
        return
    if answers.modified(modifier) or not look.likeness.unlike([modifier], sorted(look.said)):
        return
    places = [(word.start, word.end) for word in look.words if word.text == modifier]
    yield from ((*span, Why.CLASS) for span in places[:1] if not look.in_topic(span) and not look.in_mention(span))


def measures(look: Look) -> Iterable[Found]:
    """ "How long" and the like, where the answers are not numbers; and the unit asked for, where they have another."""
    labels = [look.graph.label(node) for node in look.nodes]
    match = _MEASURE.search(look.question)
    if match is not None:
        numbers = all(_DIGIT.search(label) and not is_day(label) for label in labels)
        said = match.group(1).lower() in ("big", "large", "far") or _is_measure(look, match.group(1).lower())
        if not (numbers and said):
            yield match.start(1), match.end(1), Why.CLASS if said else Why.RELATION
    match = _UNIT.search(look.question)
    place = 0 if match is None else match.lastindex or 1
    unit = "" if match is None else fold_words(match.group(place))
    named = match is not None and (look.in_topic(match.span(place)) or look.in_mention(match.span(place)))
    if match is not None and not named and _is_unit(unit) and not _has_unit(look, unit, labels):
        yield match.start(place), match.end(place), Why.UNIT


def _is_measure(look: Look, adjective: str) -> bool:
    """Whether the path says what an adjective is a value of: "elevation" for "high"; not "length" for "wide"."""
    words = look.said | look.relation_words
    kin = (wordnet().kinship(root, other) for root in wordnet().roots(adjective) for other in words)
    return look.in_relation(adjective) or any(one is not None and one is not Kinship.APART for one in kin)


def _is_unit(word: str) -> bool:
    return word in TIMES or Category.QUANTITY in wordnet().categories(word)


def _has_unit(look: Look, unit: str, labels: Sequence[str]) -> bool:
    """Whether the path's relations or all answers name a unit."""
    asked_for = (unit, *UNITS.get(unit, "").split())
    if any(map(look.in_relation, asked_for)):
        return True
    signs = [_SIGN.findall(label.lower()) for label in labels]
    named = [{name for sign in found for name in (sign, *UNITS.get(sign, "").split())} for found in signs]
    return all(any(same_word(one, name) for one in asked_for for name in names) for names in named)


def _ends_at(look: Look, interrogative: str) -> bool:
    """Whether the last relation can lead to what "who", "where" or "when" asks for: "directed by" leads to people,
    "built on" does not."""
    last = look.ranked.relations[-1]
    if last >= look.graph.num_relations:
        return True
    name = look.graph_words.name(last)
    if interrogative in ("who", "whom"):
        return not _names_place(name) and (name.form is not Form.PLACE or name.words[-1] not in ("in", "on", "at"))
    return name.form is not Form.PASSIVE and name.words[-1:] != ("by",)


def _told_of_answers(look: Look) -> frozenset[str]:
    """The words of a path's relations that may say what its answers are. The name of the last one does not where it
    describes its other end ("country", walked from a country to its films), the class that has it where it leads away
    from that."""
    *others, last = look.ranked.relations
    name, backward = look.graph_words.name(last), last >= look.graph.num_relations
    own = frozenset(name.words)
    elsewhere = name.form is (Form.NOUN if backward else Form.NOUN_OF)
    told = (frozenset() if elsewhere else own) | (name.all_words - own if backward else frozenset())
    return told.union(*(look.graph_words.name(relation).all_words for relation in others))


def _names_place(name: RelationName) -> bool:
    """Whether a relation is named for a place: "place of death", "location of ceremony"."""
    return bool(name.words) and not SITES.isdisjoint((name.words[0], name.words[-1]))


def _follows_which(look: Look) -> bool:
    """Whether the noun for what is asked stands right behind "which": then it is no verb."""
    texts = [word.text for word in look.words]
    before = {one for one, other in pairwise(texts) if other == look.nouns[0]}
    return bool(before & {"which", "what"}) and not look.nouns[-1].endswith("ed")
