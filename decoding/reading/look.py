"""One look at a question beside a path and its answers: what ``clew.decoding.reading.looks`` compare."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rapidfuzz.distance import OSA

from clew.decoding.answers.gather import AnswerItem
from clew.decoding.reading.asked import Asked, Span
from clew.decoding.reading.associations import NOTHING, associated
from clew.decoding.reading.direction import same_word
from clew.decoding.reading.graph_words import GraphWords
from clew.decoding.reading.unread import Why
from clew.decoding.reasoner import RankedPath
from clew.kg.time_limit import look
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS
from clew.retrieval.linking.words import Word
from clew.retrieval.wordnet.wordnet import wordnet

TOGETHER = 8
"""Words of a question, side by side, that are embedded at once where one of them must be."""
TYPED = 5
"""Letters from which a word that differs by one is a typo."""
LONGER = 5
"""Times the length of a word that no form of it has."""
Found = tuple[int, int, Why]
"""Start and end of a span of the question that is unread, and why."""


class Look:
    """A question beside a path and its answers."""

    def __init__(
        self, graph_words: GraphWords, asked: Asked, ranked: RankedPath, answers: Sequence[AnswerItem]
    ) -> None:
        self.graph_words, self.graph, self.classes = graph_words, graph_words.graph, graph_words.classes
        self.likeness, self.asked, self.ranked, self.answers = graph_words.likeness, asked, ranked, answers
        self.question, self.words, self.mentions = asked.question, asked.words, asked.mentions
        self.topic, self.topic_span = ranked.topic.node, asked.span(ranked.topic.node)
        self.relation_words = graph_words.of_path(ranked)

    @cached_property
    def said(self) -> frozenset[str]:
        """The words of what the path says, but for function words: its relations, and what its nodes are."""
        passed = (node for item in self.answers for path in item.paths[:1] for node in path.nodes[1:])
        return (self.relation_words | self.graph_words.of_kinds(list(dict.fromkeys(passed)))) - FUNCTION_WORDS

    @cached_property
    def nouns(self) -> list[str]:
        """The nouns for what is asked, the head last."""
        return self.graph_words.nouns(self.asked, self.ranked)

    def in_longer_mention(self, span: Span) -> bool:
        """Whether a mention holds a span and more."""
        return any(
            mention.start <= span[0] and span[1] <= mention.end and mention.end - mention.start > span[1] - span[0]
            for mention in self.mentions
        )

    @cached_property
    def nodes(self) -> list[int]:
        """The answers."""
        return [item.node for item in self.answers]

    @cached_property
    def node_sets(self) -> list[set[int]]:
        """The nodes on the paths to each answer."""
        return [{node for path in item.paths for node in path.nodes} for item in self.answers]

    def passed(self, nodes: set[int]) -> bool:
        """Whether the paths to every answer go through one of these nodes, before their end."""
        if not self.answers:
            return False
        return all(
            any(nodes & set(path.nodes[1:-1]) for path in item.paths) and item.node not in nodes
            for item in self.answers
        )

    def is_plain(self, word: str) -> bool:
        """Whether a word only frames the question, or is one of a relation on the path."""
        return word in FUNCTION_WORDS or word in FRAME_WORDS or self.in_relation(word)

    def in_relation(self, word: str) -> bool:
        """Whether a word is a form of one of a relation on the path."""
        look()
        return any(same_word(word, other) for other in self.relation_words)

    def in_topic(self, span: Span) -> bool:
        """Whether a span overlaps the topic."""
        return self.topic_span is not None and span[0] < self.topic_span[1] and self.topic_span[0] < span[1]

    def in_mention(self, span: Span) -> bool:
        """Whether a span overlaps a mention."""
        return any(span[0] < mention.end and mention.start < span[1] for mention in self.mentions)

    def before(self, start: int) -> str:
        """Return the word before a place, articles left out."""
        look()
        words = (word for word in reversed(self.words) if word.end <= start and word.text not in ("the", "a", "an"))
        return next((word.text for word in words), "")

    @cached_property
    def content(self) -> list[Word]:
        """The words that mean something by themselves, names left out."""
        return [
            word
            for word in self.words
            if word.text not in NOTHING
            and not self.in_topic((word.start, word.end))
            and not self.in_mention((word.start, word.end))
        ]

    def explained(self, word: str) -> bool:
        """Whether the path says what a word says: its relations, what its nodes are, or what the topic is."""
        return self._is_among(word, self.said | self._own)

    def says(self, word: str) -> bool:
        """Whether the path says what a word says: its relations, or what its nodes are."""
        return self._is_among(word, self.said)

    def may_say(self, word: str) -> bool:
        """Whether the path says what a word says, or what people use it for: for such relations, of such a topic (one
        wins a prize)."""
        return self.says(word) or any(associated(word, other) for other in self.said | self._own)

    def _is_among(self, word: str, words: frozenset[str]) -> bool:
        look()
        roots = wordnet().roots(word)
        if any(word == one + other for one in words if word.startswith(one) for other in words):
            return True  # "timezone"
        if any(is_form(word, other) or roots & wordnet().roots(other) for other in words):
            return True
        soon = self._embedded_with.get(word, frozenset())
        return any(self.likeness.kindred(root, words, soon) for root in roots | {word})

    @cached_property
    def _embedded_with(self) -> dict[str, frozenset[str]]:
        """The roots of the words of content, some words together, by word."""
        texts = list(dict.fromkeys(word.text for word in self.content))
        found: dict[str, frozenset[str]] = {}
        for at in range(0, len(texts), TOGETHER):
            some = texts[at : at + TOGETHER]
            found |= dict.fromkeys(some, frozenset(some).union(*map(wordnet().roots, some)))
        return found

    @cached_property
    def _own(self) -> frozenset[str]:
        """The words for what the topic is."""
        return frozenset(self.graph_words.of_kinds([self.topic]))


def is_form(word: str, other: str) -> bool:
    """Return whether a word is a form of another one, ends in one ("screenwriter", "written"), or has a typo."""
    first = max(3, len(word) - LONGER * max(len(other), TYPED))  # a longer end is no form of the other word
    ends = (word[i:] for i in range(first, len(word) - TYPED + 1))
    return same_word(word, other) or any(same_word(end, other) for end in ends) or _mistyped(word, other)


def _mistyped(word: str, other: str) -> bool:
    """Whether a word that is none of English is another one with a typo."""
    if min(len(word), len(other)) < TYPED or word in common_words():
        return False
    return bool(OSA.distance(word, other, score_cutoff=1) <= 1)
