"""One look at a question beside a path and its answers: which of its words they do not stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise

from rapidfuzz.distance import OSA

from clew.decoding.answers.gather import AnswerItem
from clew.decoding.reading.asked import Asked, Span
from clew.decoding.reading.cues import cues, foreign, yes_or_no
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.graph_words import GraphWords
from clew.decoding.reading.kinds import AnswerKinds, is_number
from clew.decoding.reading.lexicon import (
    DO,
    GENERAL,
    LIGHT,
    LINKING_WORDS,
    NO_NAMES,
    ORDER,
    PARTICIPLES,
    PEOPLE,
    POPULATION,
    SITES,
    THIRD_PERSONS,
)
from clew.decoding.reading.relation_name import Form
from clew.decoding.reading.unread import Why
from clew.decoding.reasoner import RankedPath
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.numerals import NUMBER_WORDS
from clew.retrieval.linking.types import Mention
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS
from clew.retrieval.linking.words import Word, fold_words

TITLED = 0.8
"""Share of capitalised words from which a question is written like a title, so that capitals say nothing."""
COUNTED_WORDS = 3
"""Words after "how many" among which the thing counted is looked for."""
GOES_ON_WORDS = 2
"""Words behind a topic that may belong to its name."""
TYPE_WORDS = frozenset({"kind", "type", "sort", "class", "category", "instance", "genre"})
"""Words by which a class is asked for."""
ASKING = frozenset(
    {"tell", "give", "show", "list", "name", "find", "say", "explain", "define", "describe", "definition"}
)
"""Words that only ask."""
TYPED = 5
"""Letters from which a word that differs by one is a typo."""
_NUMBER = re.compile(r"(?<![\w])[$€£#]?\d[\d.,:/%-]*\w*")
_SENTENCE = re.compile(r"(?:^|[.!?:;]\s+)\W*$")
_WHO = re.compile(r"^\W*(?:\w+ )?(who|whom|when|where)\b", re.IGNORECASE)
_IDIOM = re.compile(r"\W*(?:who|what|when|where|why|how|which) (?:in the world|on earth)\b", re.IGNORECASE)
_TIME = re.compile(r"^\W*(?:in |on |during )?(?:what|which) (year|date|day|month|century|decade)\b", re.IGNORECASE)
_PERSON = re.compile(r"^\W*(?:what|which) (person|people|man|woman|men|women)\b", re.IGNORECASE)
_OF = re.compile(r"(\w+) of (?:the |a |an )?[\"'“\[]?$", re.IGNORECASE)
_ITS = re.compile(r"['’]s? (\w+)", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


class Look:
    """One look at a question beside a path and its answers; each method gives spans that are unread, and why."""

    def __init__(
        self, graph_words: GraphWords, asked: Asked, ranked: RankedPath, answers: Sequence[AnswerItem]
    ) -> None:
        self._graph_words, self._graph, self._classes = graph_words, graph_words.graph, graph_words.classes
        self._asked, self._ranked, self._answers = asked, ranked, answers
        self._question, self._words = asked.question, asked.words
        self._topic = asked.span(ranked.topic.node)
        self._relation_words = graph_words.of_path(ranked)
        self._cased = any(letter.isupper() for letter in asked.question[1:])

    def entities(self) -> Iterable[tuple[int, int, Why]]:
        """Mentions of other entities than the topic that not every answer's path goes through."""
        for mention in self._asked.mentions:
            span = (mention.start, mention.end)
            idle = _IDIOM.match(self._question)
            if idle is not None and mention.end <= idle.end():
                continue
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
        classes = nodes & self._classes.nodes
        return not (classes and self._classes.fit(self._nodes, frozenset(classes)))

    def _is_asked_for(self, words: Sequence[Word]) -> bool:
        """Whether a mention is the noun for what is asked, which ``kinds`` looks at."""
        return bool(words) and words[-1].text in self._nouns[-1:]

    def _describes(self, nodes: set[int], words: Sequence[Word]) -> bool:
        """Whether a mention only says more of the topic: "the novel Emma", or an entity that an edge joins to it."""
        topic = self._ranked.topic.node
        answers = set(self._nodes)
        named = [node for node in nodes - answers if not _DIGIT.search(self._graph.label(node))]
        if any(self._graph_words.joined(topic, node) for node in named):
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
        """The word beside a topic of whose name a part matched, where it is neither in the name nor common; or where it
        is like one of the name, as if in its place: "saint maren hospice" for Saint Maren Hospital."""
        topic = self._ranked.topic.node
        partial = any(
            candidate.node == topic and candidate.how == "partial"
            for mention in self._asked.mentions
            for candidate in mention.candidates
        )
        if self._topic is None:
            return
        names = [set(fold_words(label.text).split()) for label in self._graph.labels(topic)]
        matched = set(fold_words(self._question[slice(*self._topic)]).split())
        own = set[str]().union(*names)
        before = [word for word in self._words if word.end <= self._topic[0]][-1:]
        before = [word for word in before if self._question[word.start].isupper() or word.text in NUMBER_WORDS]
        after = [word for word in self._words if word.start >= self._topic[1]][:1]
        rest = set[str]().union(*(name - matched for name in names if matched <= name))
        for word in before + after:
            known = self._is_plain(word.text) or word.text in own or self._in_mention((word.start, word.end))
            if not known and (partial or (word in after and self._graph_words.likeness.alike(word.text, rest))):
                yield word.start, word.end, Why.NAME

    def kinds(self) -> Iterable[tuple[int, int, Why]]:
        """The word that says what the answers are, where they are not known to be that."""
        answers = AnswerKinds(self._graph_words, self._nodes)
        match = _WHO.search(self._question)
        if match is not None and not (answers.can_be(match.group(1).lower()) and self._ends_at(match.group(1).lower())):
            yield match.start(1), match.end(1), Why.CLASS
        match = _TIME.search(self._question)
        if match is not None and not answers.can_be("when"):
            yield match.start(1), match.end(1), Why.CLASS
        match = _PERSON.search(self._question)
        if match is not None and not answers.can_be("who"):
            yield match.start(1), match.end(1), Why.CLASS
        nouns = self._nouns
        stated = any(_is_form(noun, word) for noun in nouns[-1:] for word in self._relation_words)
        if nouns and not stated and not answers.are(nouns, self._follows_which):
            for word in self._words:
                if word.text == nouns[-1] and not self._in_topic((word.start, word.end)):
                    yield word.start, word.end, Why.CLASS
                    return

    def _ends_at(self, interrogative: str) -> bool:
        """Whether the last relation can lead to what "who", "where" or "when" asks for: "directed by" leads to people,
        "built on" does not."""
        last = self._ranked.relations[-1]
        if last >= self._graph.num_relations:
            return True
        name = self._graph_words.name(last)
        if interrogative in ("who", "whom"):
            return name.form is not Form.PLACE or name.words[-1] not in ("in", "on", "at")
        return name.form is not Form.PASSIVE and name.words[-1:] != ("by",)

    def asked_of(self) -> Iterable[tuple[int, int, Why]]:
        """The noun that the question asks for of the topic, "the NOUN of TOPIC" or "TOPIC's NOUN", where the path says
        nothing of the sort; or any content, where the path only tells the topic's class."""
        if self._topic is None:
            return
        said = self._said
        short = len(self._ranked.relations) == 1
        if self._ranked.relations[-1] == self._graph.type_relation and short:
            for word in self._content():
                if not any(_is_form(word.text, other) for other in self._relation_words | TYPE_WORDS):
                    yield word.start, word.end, Why.RELATION
            return
        before, after = self._question[: self._topic[0]], self._question[self._topic[1] :]
        nouns = [match.span(1) for match in (_OF.search(before),) if match is not None and short]
        nouns += [(self._topic[1] + a, self._topic[1] + b) for m in (_ITS.match(after),) if m for a, b in [m.span(1)]]
        for start, end in nouns:
            noun = fold_words(self._question[start:end])
            known = noun in FUNCTION_WORDS | GENERAL | LIGHT or self._in_mention((start, end))
            likeness = self._graph_words.likeness
            if known or any(_is_form(noun, other) for other in said) or likeness.alike(noun, said):
                continue
            if likeness.unlike([noun], sorted(said)):
                yield start, end, Why.RELATION

    def goes_on(self) -> Iterable[tuple[int, int, Why]]:
        """What follows a topic that ends the question's phrase, "the height of TOPIC base camp": its name goes on."""
        if self._topic is None or self._before(self._topic[0]) not in ("of", "for"):
            return
        rest = [word for word in self._words if word.start >= self._topic[1]]
        own = self._graph_words.of_kinds([self._ranked.topic.node])
        if not rest or len(rest) > GOES_ON_WORDS or self._question[self._topic[1] :][:1] not in (" ", "-"):
            return
        verbs = DO & {word.text for word in self._words if word.end <= self._topic[0]}
        if verbs or any(self._is_plain(word.text) or self._in_mention((word.start, word.end)) for word in rest):
            return
        if any(word.text.endswith("ed") or word.text in PARTICIPLES | THIRD_PERSONS for word in rest):
            return
        if not any(self._graph_words.likeness.alike(word.text, own) for word in rest):
            yield rest[0].start, rest[-1].end, Why.NAME

    @cached_property
    def _said(self) -> frozenset[str]:
        """The words of what the path says, but for function words: its relations, and what its nodes are."""
        passed = (node for item in self._answers for path in item.paths[:1] for node in path.nodes[1:])
        return (self._relation_words | self._graph_words.of_kinds(list(dict.fromkeys(passed)))) - FUNCTION_WORDS

    def _content(self) -> list[Word]:
        """The words that mean something by themselves, names left out."""
        return [
            word
            for word in self._words
            if word.text not in FUNCTION_WORDS | GENERAL | LIGHT | ASKING
            and not self._in_topic((word.start, word.end))
            and not self._in_mention((word.start, word.end))
        ]

    @cached_property
    def _nouns(self) -> list[str]:
        return self._graph_words.nouns(self._asked, self._ranked)

    @property
    def _follows_which(self) -> bool:
        """Whether the noun for what is asked stands right behind "which": then it is no verb."""
        texts = [word.text for word in self._words]
        before = {one for one, other in pairwise(texts) if other == self._nouns[0]}
        return bool(before & {"which", "what"}) and not self._nouns[-1].endswith("ed")

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
        """The words for what is asked, where none is like the path: not its relations, nor what its nodes are."""
        likeness, said = self._graph_words.likeness, self._said
        if said & SITES and "where" in {word.text for word in self._words[:2]}:
            return
        own = self._graph_words.of_kinds([self._ranked.topic.node])
        content = [
            word
            for word in self._words
            if word.text not in FUNCTION_WORDS | GENERAL
            and not self._in_topic((word.start, word.end))
            and not self._in_mention((word.start, word.end))
            and not self._stands_before(word)
            and not likeness.alike(word.text, own)
        ]
        # A noun for what is asked says nothing of how that is related, unless the relation says it, too.
        content = [word for word in content if word.text not in self._nouns[-1:] or self._in_relation(word.text)]
        if any(_is_form(word.text, other) for word in content for other in said):
            return
        heavy = [word for word in content if word.text not in LIGHT]
        if likeness.unlike([word.text for word in heavy], sorted(said)):
            for word in heavy:
                yield word.start, word.end, Why.RELATION

    def _stands_before(self, word: Word) -> bool:
        """Whether a word only says what the topic is: "the movie Alien"."""
        if self._topic is None or word.end > self._topic[0]:
            return False
        return word.text in FRAME_WORDS and not self._question[word.end : self._topic[0]].strip(" '\"[“")

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
        numbers = bool(self._nodes) and all(is_number(self._graph.label(node)) for node in self._nodes)
        last = set(self._graph_words.name(self._ranked.relations[-1]).words)
        following = [word.text for word in self._words if word.start >= end][:COUNTED_WORDS]
        return numbers and (
            any(same_word(word, other) for word in following if word not in FUNCTION_WORDS for other in last)
            or any(self._graph_words.likeness.alike(word, last) for word in following if word not in FUNCTION_WORDS)
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
        initials = ["".join(part[0] for part in self._graph_words.name(r).words) for r in self._ranked.relations]
        return len(word) > 1 and word in initials

    def _in_topic(self, span: Span) -> bool:
        return self._topic is not None and span[0] < self._topic[1] and self._topic[0] < span[1]

    def _in_mention(self, span: Span) -> bool:
        return any(span[0] < mention.end and mention.start < span[1] for mention in self._asked.mentions)

    def _before(self, start: int) -> str:
        """Return the word before a place, articles left out."""
        words = [word.text for word in self._words if word.end <= start and word.text not in ("the", "a", "an")]
        return words[-1] if words else ""


def _is_form(word: str, other: str) -> bool:
    """Whether a word is a form of another one, ends in one ("screenwriter", "written"), or has a typo."""
    ends = (word[i:] for i in range(3, len(word) - TYPED + 1))
    return same_word(word, other) or any(same_word(end, other) for end in ends) or _mistyped(word, other)


def _mistyped(word: str, other: str) -> bool:
    """Whether a word that is none of English is another one with a typo."""
    if min(len(word), len(other)) < TYPED or word in common_words():
        return False
    return bool(OSA.distance(word, other, score_cutoff=1) <= 1)
