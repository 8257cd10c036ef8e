"""Reads a question against the path that was found for it: what the path says in words, and what it leaves unread.

A path of relations from one entity stands for that entity, for the relations that the question speaks of, and for the
kind of what it reaches. Everything else in a question (another entity, a number, a count, a negation, ...) is not in
the path, however likely the path is: an answer that hides that would be wrong. Nothing here is learned; words that are
neither names nor in the closed lists of ``clew.decoding.reading.cues`` are left to the model's own score.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from clew.decoding.answers.gather import AnswerItem
from clew.decoding.reading.asked import Asked
from clew.decoding.reading.associations import pairs
from clew.decoding.reading.direction import (
    TOPIC,
    End,
    asks_agent,
    contradicts,
    converses,
    same_word,
    topic_end,
    without_converses,
)
from clew.decoding.reading.graph_words import GraphWords
from clew.decoding.reading.lexicon import GENERAL, SYMMETRIC
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.look import Found, Look
from clew.decoding.reading.looks.classes import kinds, kinds_passed, measures, modifiers_of_kinds
from clew.decoding.reading.looks.cues import beyond
from clew.decoding.reading.looks.names import (
    counts,
    entities,
    goes_on,
    names,
    numbers,
    referring,
    rest_of_name,
    seasons,
)
from clew.decoding.reading.looks.relations import (
    asked_of,
    coordinated,
    elsewhere,
    modifiers,
    nothing,
    of_described,
    unlike,
    unsaid,
)
from clew.decoding.reading.phrases import path_in_words
from clew.decoding.reading.relation_name import Form
from clew.decoding.reading.unread import Unread
from clew.decoding.reasoner import RankedPath
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import looking
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.wordnet.wordnet import Category, wordnet
from clew.tries.labels.label_trie import Match

LOOKS: tuple[Callable[[Look], Iterable[Found]], ...] = (
    *(entities, referring, numbers, names, rest_of_name, goes_on, counts, seasons),
    *(kinds, kinds_passed, modifiers_of_kinds, measures, beyond),
    *(asked_of, coordinated, elsewhere, modifiers, of_described, unsaid, nothing),
)
"""What may be unread, in any order."""
_KIND_OF = re.compile(r"\b(?:kind|type|sort|genre|style)s? of (?!thing\b|entity\b|object\b|node\b|resource\b)(?=\w)")
KIND_WORDS = frozenset({"type", "kind", "sort", "category", "genre", "status", "style", "reason", "cause"})
"""Words of relations that lead to no person or group."""
LISTING = frozenset({"list", "name", "show", "enumerate", "find", "give"})
"""Words that ask for all of something."""
_AGAIN = "other others same share shares shared sharing also else another similar like common fellow"
AGAIN = frozenset(_AGAIN.split())
"""Words that ask for more of the same."""
_ONLY = frozenset({"all", "the", "every", "each", "of", "me", "us", TOPIC})
_SAYING_NOTHING = FUNCTION_WORDS | GENERAL | {TOPIC}
KINDS_ASKED = frozenset({"who", "whom", "whose", "when", "how"})
"""Words that ask for one kind of thing: not everything that is stated of a node without a name is one."""


class Reader:
    """Reads questions against the paths of one graph. Safe for threads."""

    def __init__(self, graph: Graph, named: Callable[[str], list[Match]], likeness: Likeness) -> None:
        """``named``: returns every label of the graph that stands in a text."""
        self._graph, self._words = graph, GraphWords(graph, named, likeness)
        wordnet()
        pairs()  # both are read now, not in the time of the first question

    def in_words(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem] = ()) -> str:
        """Return what a path says, in words: the reading of the question."""
        nouns = self._words.nouns(asked, ranked)
        said = any(same_word(noun, word) for noun in nouns[-1:] for word in self._words.of_path(ranked))
        noun = nouns[-1] if said or self.classes(ranked, asked, answers) else ""
        phrase = path_in_words(self._graph, ranked.topic.node, ranked.relations, noun)
        opened = any(len(path.relations) > len(path.ranked.relations) for item in answers for path in item.paths)
        return f"what is stated of {phrase}" if opened else phrase

    def classes(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem]) -> frozenset[int]:
        """Return the classes that the question names for its answers, where all of them are known to have one."""
        wanted = self._words.classes.named(self._words.nouns(asked, ranked))
        fits = bool(wanted) and self._words.classes.fit([item.node for item in answers], wanted)
        return wanted if fits else frozenset()

    def refutes(self, ranked: RankedPath, asked: Asked) -> bool:
        """Whether the question's words say that a path is not meant, however likely it is.

        It is not if a relation's name says nothing, if it walks its one relation from the wrong end, or if it ends at
        a class where a kind of something else is asked for.
        """
        if any(self._words.name(relation).opaque for relation in ranked.relations):
            return True
        words = asked.words_around(ranked.topic.node)
        if ranked.relations[-1] == self._graph.type_relation and (
            _KIND_OF.search(asked.question.lower()) or (words[:1] and words[0] in LISTING and set(words[1:]) <= _ONLY)
        ):
            return True  # "list the TOPIC" asks for those that are one
        names = [self._words.name(relation) for relation in ranked.relations]
        if words[:1] and words[0] in ("who", "whom") and KIND_WORDS & set(names[-1].core):
            return True
        if any(contradicts(without_converses(words, name), name.all_words) for name in names):
            return True
        if self._goes_twice(ranked, words) or self._comes_back(ranked, asked):
            return True
        if len(ranked.relations) > 1:
            return False
        relation = ranked.relations[0]
        if asks_agent(words, self._words.name(relation)):
            return True
        end = topic_end(words, self._words.name(relation))
        return end is not None and (end is End.HEAD) != (relation < self._graph.num_relations)

    def _goes_twice(self, ranked: RankedPath, words: Sequence[str]) -> bool:
        """Whether a path takes a relation that is true both ways twice, where the question names it once: "which share
        a border with TOPIC"."""
        if len(ranked.relations) != 2 or len({r % self._graph.num_relations for r in ranked.relations}) > 1:
            return False
        core = self._words.name(ranked.relations[0]).core
        named = sum(any(same_word(word, other) for other in core) for word in words if word != TOPIC)
        return bool(set(core) & SYMMETRIC) and named == 1

    def _comes_back(self, ranked: RankedPath, asked: Asked) -> bool:
        """Whether a path goes there and back, from a label to the labels of its artists, where the question asks for
        what lies between, and says nothing of "other" or "same"."""
        size, words = self._graph.num_relations, asked.words_around(ranked.topic.node)
        if len(ranked.relations) != 2 or abs(ranked.relations[0] - ranked.relations[1]) != size or AGAIN & set(words):
            return False
        name = self._words.name(ranked.relations[0])
        between = {name.head} if ranked.relations[0] < size else set(name.all_words) - set(name.words) - FUNCTION_WORDS
        content = [word for word in words if word not in _SAYING_NOTHING]
        nouns = self._words.nouns(asked, ranked)[-1:] or content[:1]
        return any(same_word(noun, word) for noun in nouns for word in between)

    def misses(self, ranked: RankedPath, asked: Asked) -> frozenset[str]:
        """Return the question's words that name relations of the graph, but nothing that a path says."""
        look = Look(self._words, asked, ranked, ())
        return frozenset(fold_words(asked.question[start:end]) for start, end, _ in elsewhere(look))

    def named_by(self, ranked: RankedPath, words: Collection[str]) -> bool:
        """Whether each of some words names a relation on a path."""
        path = {relation % self._graph.num_relations for relation in ranked.relations}
        return all(path & self._words.relations_named(word) for word in words)

    def names(self, relations: Sequence[int], asked: Asked) -> bool:
        """Whether the question names each of some relations by a word of its own name."""
        words = set(fold_words(asked.question).split()) - FUNCTION_WORDS
        return all(
            any(same_word(word, other) for word in words for other in self._words.name(r).core) for r in relations
        )

    def opens(self, ranked: RankedPath, behind: Collection[int], asked: Asked) -> bool:
        """Whether the question asks for the node without a name that a path ends at, and names none of the relations
        that go on from it: the values ``behind`` it are what it asks for, whatever they are."""
        last = self._words.name(ranked.relations[-1])
        # What one owns, or whom one is married to, is not what is stated of it.
        other = last.form in (Form.VERB, Form.PASSIVE) or Category.PERSON in wordnet().categories(last.head)
        if (
            other
            or set(fold_words(asked.question).split()) & KINDS_ASKED
            or not self.names(ranked.relations[-1:], asked)
        ):
            return False
        own = {word for relation in ranked.relations for word in self._words.name(relation).core}
        more = {word for relation in behind for word in self._words.name(relation).core} - own - FUNCTION_WORDS
        return not any(same_word(word, other) for word in self._content(ranked, asked) for other in more)

    def says_nothing_else(self, ranked: RankedPath, relation: int, asked: Asked) -> bool:
        """Whether each word of the question that means something is one of a relation, or of the path to it, and one
        is the relation's own: "in which locality is Vindal"."""
        core = self._words.name(relation).core
        path = {word for step in ranked.relations for word in self._words.name(step).core}
        content = self._content(ranked, asked)
        own = [word for word in content if any(same_word(word, other) for other in core)]
        return bool(own) and all(any(same_word(word, other) for other in path) for word in content)

    def _content(self, ranked: RankedPath, asked: Asked) -> list[str]:
        """Return the words of a question that mean something, but for the name of the topic."""
        words = asked.words_around(ranked.topic.node)
        return [word for word in words if word not in _SAYING_NOTHING]

    def says(self, relation: int, ranked: RankedPath, asked: Asked) -> bool:
        """Whether the question asks for this relation of its topic by name, from the right end, and for nothing else:
        "the capital of Austria". Then nothing is left to guess."""
        words, name = asked.words_around(ranked.topic.node), self._words.name(relation)
        end = topic_end(words, name)
        if end is None or (end is End.HEAD) != (relation < self._graph.num_relations):
            return False
        content = self._content(ranked, asked)
        return any(
            all(any(same_word(word, other) for word in content) for other in core if other not in FUNCTION_WORDS)
            and all(any(same_word(word, other) for other in core) for word in content)
            for core in (name.core, *converses(name.core))
        )

    def unread(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem]) -> list[Unread]:
        """Return what of the question this path with these answers does not stand for, in the question's order."""
        question = asked.question
        look = Look(self._words, asked, ranked, answers)
        return _apart(question, (span for find in LOOKS for span in find(look)))

    def unlike(self, ranked: RankedPath, asked: Asked, answers: Sequence[AnswerItem]) -> list[Unread]:
        """Return the words that say what is asked of the topic where none of them has anything in common with the
        path's relations or its answers' classes: the question may well ask for something else."""
        return _apart(asked.question, unlike(Look(self._words, asked, ranked, answers)))


def _apart(question: str, spans: Iterable[Found]) -> list[Unread]:
    """Return spans that do not overlap, in the question's order."""
    found: list[Unread] = []
    for start, end, why in sorted(set(looking(spans))):
        if not found or start >= found[-1].end:
            found.append(Unread(question[start:end], start, end, why))
    return found
