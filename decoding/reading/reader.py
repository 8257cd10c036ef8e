"""Reads a question against the path that was found for it: what the path says in words, and what it leaves unread.

A path of relations from one entity stands for that entity, for the relations that the question speaks of, and for the
kind of what it reaches. Everything else in a question (another entity, a number, a count, a negation, ...) is not in
the path, however likely the path is: an answer that hides that would be wrong. Nothing here is learned; words that are
neither names nor in the closed lists of ``clew.decoding.reading.cues`` are left to the model's own score.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from clew.decoding.answers.gather import AnswerItem
from clew.decoding.embedded.answer_type.lexical import asked_kind
from clew.decoding.embedded.search.wording import mask_topic
from clew.decoding.reading.classes import Classes
from clew.decoding.reading.cues import cues, foreign, yes_or_no
from clew.decoding.reading.direction import TOPIC, End, contradicts, converses, same_word, topic_end
from clew.decoding.reading.lexicon import (
    ARTICLES,
    GENERAL,
    LINKING_WORDS,
    NO_NAMES,
    ORDER,
    PEOPLE,
    POPULATION,
    PREPOSITIONS,
)
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.phrases import path_in_words
from clew.decoding.reading.relation_name import RelationName, name_of
from clew.decoding.reading.unread import Unread, Why
from clew.decoding.reasoner import RankedPath
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.numerals import NUMBER_WORDS
from clew.retrieval.linking.types import Mention
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS
from clew.retrieval.linking.words import Word, fold_words, folded_words
from clew.tries.labels.label_trie import Match

Span = tuple[int, int]

TITLED = 0.8
"""Share of capitalised words from which a question is written like a title, so that capitals say nothing."""
COUNTED_WORDS = 3
"""Words after "how many" among which the thing counted is looked for."""
MANY = 3
"""Nodes from which an entity that they share by one relation is taken for a kind of them."""
_NUMBER = re.compile(r"(?<![\w])[$€£#]?\d[\d.,:/%-]*\w*")
_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+)\W*$")
_KIND_OF = re.compile(r"\b(?:kind|type|sort|genre|style)s? of (?!thing\b|entity\b|object\b|node\b|resource\b)(?=\w)")
_WHO = re.compile(r"^\W*(?:\w+ )?(who|whom|when|where)\b", re.IGNORECASE)
_GENITIVE = re.compile(r"(?:['’]s?(?![^\W_]))|(?<=['’]s)")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was linked: its text, every mention in it, the spans of the topics by node, and the topics that
    were given as such, one and no other."""

    question: str
    mentions: tuple[Mention, ...] = ()
    spans: tuple[tuple[int, Span], ...] = ()
    given: frozenset[int] = frozenset()

    def span(self, node: int) -> Span | None:
        """Return where a topic is named; None where that is not known."""
        return dict(self.spans).get(node)


class Reader:
    """Reads questions against the paths of one graph. Safe for threads."""

    def __init__(self, graph: Graph, named: Callable[[str], list[Match]], likeness: Likeness) -> None:
        """``named``: returns every label of the graph that stands in a text."""
        self._graph, self._named, self._likeness = graph, named, likeness
        self._names: dict[int, RelationName] = {}

    @cached_property
    def _classes(self) -> Classes:
        return Classes(self._graph, self._likeness)

    def in_words(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem] = ()) -> str:
        """Return what a path says, in words: the reading of the question."""
        noun, nouns = "", self.nouns(asked, ranked)
        if nouns:
            wanted = self._classes.named(nouns)
            fits = bool(wanted) and self._classes.fit([item.node for item in answers], wanted)
            if fits or any(same_word(nouns[-1], word) for word in self._relation_words(ranked)):
                noun = nouns[-1]
        return path_in_words(self._graph, ranked.topic.node, ranked.relations, noun)

    def refutes(self, ranked: RankedPath, asked: Asked) -> bool:
        """Whether the question's words say that a path is not meant, however likely it is.

        It is not if a relation's name says nothing, if it walks its one relation from the wrong end, or if it ends at
        a class where a kind of something else is asked for.
        """
        if any(self._name(relation).opaque for relation in ranked.relations):
            return True
        if ranked.relations[-1] == self._graph.type_relation and _KIND_OF.search(asked.question.lower()):
            return True
        words = self._words_with_topic(asked, ranked)
        if any(contradicts(words, self._name(relation).all_words) for relation in ranked.relations):
            return True
        if len(ranked.relations) > 1:
            return False
        relation = ranked.relations[0]
        end = topic_end(words, self._name(relation))
        return end is not None and (end is End.HEAD) != (relation < self._graph.num_relations)

    def names(self, relations: Sequence[int], asked: Asked) -> bool:
        """Whether the question names each of some relations by a word of its own name."""
        words = set(fold_words(asked.question).split()) - FUNCTION_WORDS
        return all(any(same_word(word, other) for word in words for other in self._name(r).core) for r in relations)

    def says(self, relation: int, ranked: RankedPath, asked: Asked) -> bool:
        """Whether the question asks for this relation of its topic by name, from the right end, and for nothing else:
        "the capital of Austria". Then nothing is left to guess."""
        words, name = self._words_with_topic(asked, ranked), self._name(relation)
        end = topic_end(words, name)
        if end is None or (end is End.HEAD) != (relation < self._graph.num_relations):
            return False
        content = [word for word in words if word not in FUNCTION_WORDS | GENERAL | {TOPIC}]
        return any(
            all(any(same_word(word, other) for word in content) for other in core if other not in FUNCTION_WORDS)
            and all(any(same_word(word, other) for other in core) for word in content)
            for core in (name.core, *converses(name.core))
        )

    def unread(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem]) -> list[Unread]:
        """Return what of the question this path with these answers does not stand for, in the question's order."""
        question = asked.question
        look = _Look(self, asked, ranked, answers)
        spans = [*look.entities(), *look.numbers(), *look.names(), *look.rest_of_name(), *look.kinds(), *look.cues()]
        return _apart(question, spans)

    def unlike(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem]) -> list[Unread]:
        """Return the words that say what is asked of the topic where none of them has anything in common with the
        path's relations or its answers' classes: the question may well ask for something else."""
        return _apart(asked.question, _Look(self, asked, ranked, answers).unlike())

    def classes_of(self, nodes: Sequence[int]) -> set[str]:
        """Return the folded words of the names of the classes of some nodes."""
        graph = self._graph
        classes = {cls for node in nodes if not graph.is_literal(node) for cls in graph.types(node).tolist()}
        return {word for cls in classes for word in fold_words(graph.label(cls)).split()}

    def joined(self, one: int, other: int) -> bool:
        """Whether an edge joins two nodes, in either direction."""
        graph = self._graph
        few, many = sorted((one, other), key=graph.degree)
        return any(len(graph.neighbours(few, r)) and many in graph.neighbours(few, r) for r in graph.relations_of(few))

    def nouns(self, asked: Asked, ranked: RankedPath) -> list[str]:
        """Return the folded nouns for what is asked, the head last; none where that is a number or a date, or a person
        ("who")."""
        kind = asked_kind(self._masked(asked, ranked))
        if kind.literal or kind.nouns == ("person",):
            return []
        nouns = [fold_words(noun) for noun in kind.nouns]
        words = self._words_with_topic(asked, ranked)
        return nouns[:1] if len(nouns) == 2 and _is_verb(words, *nouns) else nouns

    def kinds_named(self, nouns: Sequence[str]) -> frozenset[int]:
        """Return the entities that classify others and are called by the last of these nouns: an occupation
        "composer", a genre. Many nodes state one of them by the same relation."""
        if not nouns:
            return frozenset()
        noun = nouns[-1]
        forms = {
            noun,
            noun.removesuffix("s"),
            noun.removesuffix("es"),
            noun[:-3] + "y" if noun.endswith("ies") else noun,
        }
        nodes = {
            n
            for form in forms
            if form
            for m in self._named(form)
            if m.text and m.end - m.start == len(form)
            for n in m.nodes
        }
        return frozenset(node for node in nodes if self._classifies(node))

    def _classifies(self, node: int) -> bool:
        low, high = int(self._graph.inc.ptr[node]), int(self._graph.inc.ptr[node + 1])
        _, counts = np.unique(self._graph.inc.relation[low:high], return_counts=True)
        return bool(len(counts)) and int(counts.max()) >= MANY

    def _name(self, relation: int) -> RelationName:
        stored = relation % self._graph.num_relations
        if stored not in self._names:
            self._names[stored] = name_of(self._graph, stored)
        return self._names[stored]

    def _relation_words(self, ranked: RankedPath) -> frozenset[str]:
        """Return the folded words of the labels of a path's relations, all parts of path-like ones."""
        return frozenset().union(*(self._name(relation).all_words for relation in ranked.relations))

    def _masked(self, asked: Asked, ranked: RankedPath) -> str:
        labels = tuple(label.text for label in self._graph.labels(ranked.topic.node))
        return mask_topic(asked.question, asked.span(ranked.topic.node), labels).text

    def _words_with_topic(self, asked: Asked, ranked: RankedPath) -> list[str]:
        """Return the folded words, the topic's mention as ``TOPIC``, with "s" after it where it stands in the
        genitive."""
        words = _folded(asked.question)
        span = asked.span(ranked.topic.node)
        if span is None:
            return [word.text for word in words]
        genitive = ["s"] if _GENITIVE.match(asked.question, span[1]) else []
        before = [word.text for word in words if word.start < span[0]]
        return [*before, TOPIC, *genitive, *(word.text for word in words if word.start >= span[1])]


class _Look:
    """One look at a question beside a path and its answers; each method gives spans that are unread, and why."""

    def __init__(self, reader: Reader, asked: Asked, ranked: RankedPath, answers: Sequence[AnswerItem]) -> None:
        self._reader, self._graph = reader, reader._graph
        self._asked, self._ranked, self._answers = asked, ranked, answers
        self._question = asked.question
        self._words = _folded(asked.question)
        self._topic = asked.span(ranked.topic.node)
        self._relation_words = reader._relation_words(ranked)
        self._cased = any(letter.isupper() for letter in asked.question[1:])

    def entities(self) -> Iterable[tuple[int, int, Why]]:
        """Mentions of other entities than the topic that not every answer's path goes through."""
        for mention in self._asked.mentions:
            span = (mention.start, mention.end)
            if mention.end > mention.start and not self._in_topic(span) and self._names_more(mention):
                yield (*span, Why.ENTITY)

    def _names_more(self, mention: Mention) -> bool:
        nodes = {candidate.node for candidate in mention.candidates}
        words = [word for word in self._words if mention.start <= word.start < mention.end]
        if (
            self._ranked.topic.node in nodes
            or self._is_asked_for(words)
            or all(self._is_plain(word.text) for word in words)
        ):
            return False
        if self._describes(nodes, words):
            return False
        if not any(letter.isupper() or letter.isdigit() for letter in self._question[mention.start : mention.end]):
            exact = mention.candidates[0].how in ("exact", "case", "alternative", "given")
            common = all(word.text in common_words() for word in words)
            if not exact or (common and self._before(mention.start) not in LINKING_WORDS):
                return False
        if self._passed(nodes):
            return False
        classes = nodes & self._reader._classes.nodes
        return not (classes and self._reader._classes.fit(self._nodes, frozenset(classes)))

    def _is_asked_for(self, words: Sequence[Word]) -> bool:
        """Whether a mention is the noun for what is asked, which ``kinds`` looks at."""
        return bool(words) and words[-1].text in self._nouns[-1:]

    def _describes(self, nodes: set[int], words: Sequence[Word]) -> bool:
        """Whether a mention only says more of the topic: "the novel Emma", or an entity that an edge joins to it."""
        topic = self._ranked.topic.node
        answers = set(self._nodes)
        named = [node for node in nodes - answers if not _DIGIT.search(self._graph.label(node))]
        if any(self._reader.joined(topic, node) for node in named):
            return True
        follows = self._topic is not None and words[-1].end <= self._topic[0]
        between = self._question[words[-1].end : self._topic[0]] if follows and self._topic else "x"
        return not between.strip(" '\"") and all(word.text in common_words() for word in words)

    def numbers(self) -> Iterable[tuple[int, int, Why]]:
        """Numbers that stand in no name and in no node on the paths."""
        for match in _NUMBER.finditer(self._question):
            text = match.group().rstrip(".,:/-")
            span = (match.start(), match.start() + len(text))
            if self._in_mention(span) or self._in_topic(span) or fold_words(text) in self._relation_words:
                continue
            if not all(any(text in self._graph.label(node) for node in nodes) for nodes in self._node_sets):
                yield (*span, Why.NUMBER)

    def names(self) -> Iterable[tuple[int, int, Why]]:
        """Words written as names that nothing in the graph was found for."""
        capitals = [word for word in self._words if self._question[word.start].isupper()]
        others = [word for word in self._words[1:] if not self._in_topic((word.start, word.end))]
        titled = sum(self._question[word.start].isupper() for word in others)
        if not self._cased or (len(others) > 3 and titled > TITLED * len(others)):
            return
        for word in capitals:
            span = (word.start, word.end)
            if _SENTENCE.search(self._question[: word.start]) or self._in_mention(span) or self._in_topic(span):
                continue
            if not self._is_plain(word.text) and word.text not in NO_NAMES and not self._is_initials(word.text):
                yield (*span, Why.NAME)

    def rest_of_name(self) -> Iterable[tuple[int, int, Why]]:
        """The word beside a topic of whose name a part matched, where it is neither in the name nor common: "saint
        maren hospice" for Saint Maren Hospital."""
        topic = self._ranked.topic.node
        partial = any(
            candidate.node == topic and candidate.how == "partial"
            for mention in self._asked.mentions
            for candidate in mention.candidates
        )
        if self._topic is None or not partial:
            return
        own = {word for label in self._graph.labels(topic) for word in fold_words(label.text).split()}
        before = [word for word in self._words if word.end <= self._topic[0]][-1:]
        before = [word for word in before if self._question[word.start].isupper() or word.text in NUMBER_WORDS]
        after = [word for word in self._words if word.start >= self._topic[1]][:1]
        for word in before + after:
            if not self._is_plain(word.text) and word.text not in own and not self._in_mention((word.start, word.end)):
                yield word.start, word.end, Why.NAME

    def kinds(self) -> Iterable[tuple[int, int, Why]]:
        """The word that says what the answers are, where they are known to be something else."""
        yield from self._person_time_place()
        nouns = self._nouns
        if not nouns or not self._nodes or any(same_word(nouns[-1], word) for word in self._relation_words):
            return
        wanted = self._reader._classes.named(nouns)
        fits = self._reader._classes.fit(self._nodes, wanted) if wanted else None
        if fits is None:
            fits = self._share_kind(self._reader.kinds_named(nouns))
        if not fits:
            called = self._reader._classes.called(self._nodes, nouns[-1])
            fits = called if called or fits is None else fits
        if fits is False:
            for word in self._words:
                if word.text == nouns[-1] and not self._in_topic((word.start, word.end)):
                    yield word.start, word.end, Why.CLASS
                    return

    def _share_kind(self, kinds: frozenset[int]) -> bool | None:
        """Whether edges join all answers to one of these entities; None where there are none, or where no answer says
        anything of the sort."""
        if not kinds:
            return None
        joined = [any(self._reader.joined(node, kind) for kind in kinds) for node in self._nodes]
        return all(joined) if any(joined) else None

    @cached_property
    def _nouns(self) -> list[str]:
        return self._reader.nouns(self._asked, self._ranked)

    def _person_time_place(self) -> Iterable[tuple[int, int, Why]]:
        match = _WHO.search(self._question)
        if match is None or not self._nodes:
            return
        asks, classes = match.group(1).lower(), self._reader._classes.nodes
        literals = [self._graph.is_literal(node) for node in self._nodes]
        dated = [bool(_DIGIT.search(self._graph.label(node))) for node in self._nodes]
        wrong = all(node in classes for node in self._nodes)
        if asks == "when":
            wrong |= not any(dated)
        else:
            wrong |= all(literal and number for literal, number in zip(literals, dated, strict=True)) and all(
                _is_number(self._graph.label(node)) for node in self._nodes
            )
        if wrong:
            yield match.start(1), match.end(1), Why.CLASS

    def cues(self) -> Iterable[tuple[int, int, Why]]:
        """Counts, extremes, comparisons, negations and choices that are in no name and no relation."""
        question = self._question
        named = [self._in_topic((i, i + 1)) or self._in_mention((i, i + 1)) for i in range(len(question))]
        masked = "".join(" " if inside else letter for letter, inside in zip(question, named, strict=True))
        for cue in (self._foreign(masked), yes_or_no(question)):
            if cue is not None and (cue[2] is Why.LANGUAGE or not self._in_topic(cue[:2])):
                yield cue
        for start, end, why in cues(question):
            words = [word.text for word in self._words if start <= word.start < end]
            if self._in_topic((start, end)) or self._in_longer_mention((start, end)):
                continue
            content = [word for word in words if word not in FUNCTION_WORDS]
            stated = any(map(self._in_relation, words)) and all(map(self._in_relation, content))
            if stated and not (why is Why.COMPARISON and "than" in words):
                continue
            if why is Why.COUNT and self._counted(end):
                continue
            if why is Why.COMPARISON and set(words) & ORDER and self._relation_words & ORDER:
                continue
            yield start, end, why

    def unlike(self) -> Iterable[tuple[int, int, Why]]:
        """The words for what is asked, where none is like the path."""
        content = [
            word
            for word in self._words
            if word.text not in FUNCTION_WORDS | GENERAL
            and not self._in_topic((word.start, word.end))
            and not self._in_mention((word.start, word.end))
        ]
        said = self._relation_words | self._reader.classes_of(self._nodes)
        said -= FUNCTION_WORDS
        if any(same_word(word.text, other) for word in content for other in said):
            return
        if self._reader._likeness.unlike([word.text for word in content], sorted(said)):
            for word in content:
                yield word.start, word.end, Why.RELATION

    def _foreign(self, masked: str) -> tuple[int, int, Why] | None:
        """Return the whole question where it is in another language than English."""
        if (cue := foreign(self._question, masked)) is not None:
            return cue
        words = fold_words(masked).split()
        known = common_words() | self._relation_words
        strange = len(words) > 1 and not any(word in known or word in FUNCTION_WORDS for word in words)
        return (0, len(self._question), Why.LANGUAGE) if strange else None

    def _in_longer_mention(self, span: Span) -> bool:
        return any(
            mention.start <= span[0] and span[1] <= mention.end and mention.end - mention.start > span[1] - span[0]
            for mention in self._asked.mentions
        )

    def _counted(self, end: int) -> bool:
        """Whether the graph states the count asked for before ``end``: the answers are numbers, and the relation names
        what is counted."""
        numbers = bool(self._nodes) and all(_is_number(self._graph.label(node)) for node in self._nodes)
        last = set(self._reader._name(self._ranked.relations[-1]).words)
        following = [word.text for word in self._words if word.start >= end][:COUNTED_WORDS]
        return numbers and (
            any(same_word(word, other) for word in following if word not in FUNCTION_WORDS for other in last)
            or bool(set(following) & PEOPLE and last & POPULATION)
            or "much" in self._question[:end].lower().split()[-1:]
        )

    @property
    def _nodes(self) -> list[int]:
        return [item.node for item in self._answers]

    @property
    def _node_sets(self) -> list[set[int]]:
        """The nodes on the paths to each answer."""
        return [{node for path in item.paths for node in path.nodes} for item in self._answers]

    def _passed(self, nodes: set[int]) -> bool:
        """Whether the paths to every answer go through one of these nodes, before their end."""
        if not self._answers:
            return False
        return all(
            any(nodes & set(path.nodes[1:-1]) for path in item.paths) and item.node not in nodes
            for item in self._answers
        )

    def _is_plain(self, word: str) -> bool:
        return word in FUNCTION_WORDS or word in FRAME_WORDS or self._in_relation(word)

    def _in_relation(self, word: str) -> bool:
        return any(same_word(word, other) for other in self._relation_words)

    def _is_initials(self, word: str) -> bool:
        initials = ["".join(part[0] for part in self._reader._name(r).words) for r in self._ranked.relations]
        return len(word) > 1 and word in initials

    def _in_topic(self, span: Span) -> bool:
        return self._topic is not None and span[0] < self._topic[1] and self._topic[0] < span[1]

    def _in_mention(self, span: Span) -> bool:
        return any(span[0] < mention.end and mention.start < span[1] for mention in self._asked.mentions)

    def _before(self, start: int) -> str:
        """Return the word before a place, articles left out."""
        words = [word.text for word in self._words if word.end <= start and word.text not in ("the", "a", "an")]
        return words[-1] if words else ""


def _apart(question: str, spans: Iterable[tuple[int, int, Why]]) -> list[Unread]:
    """Return spans that do not overlap, in the question's order."""
    found: list[Unread] = []
    for start, end, why in sorted(set(spans)):
        if not found or start >= found[-1].end:
            found.append(Unread(question[start:end], start, end, why))
    return found


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,]+(?:e[-+]?\d+)?%?", text.strip(), re.IGNORECASE))


def _is_verb(words: Sequence[str], noun: str, word: str) -> bool:
    """Whether the second of the two words after "which" is the verb: "museums show", "museum shows TOPIC", "river runs
    through"."""
    if noun.endswith("s") and not noun.endswith("ss") and not word.endswith("s"):
        return True
    following = {after for before, after in pairwise(words) if before == word}
    if word.endswith("s") and following & (PREPOSITIONS - {"of"}):
        return True
    before = [other for other in words[: words.index(TOPIC)] if other not in ARTICLES] if TOPIC in words else []
    return before[-1:] == [word]


@lru_cache(maxsize=256)
def _folded(question: str) -> list[Word]:
    """Return the folded words of a question, which each of its paths is compared with."""
    return folded_words(question)
