"""Checks that a model's text mentions nothing outside the proof.

The check covers labels of the graph that occur in the text: each must be the label of a node of the proof. It also
covers words that look like names or numbers: each must occur in the evidence or in the question. The check is strict.
It does not check what the text says about the things it mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import FRAME_WORDS, FUNCTION_WORDS, same_stem
from clew.retrieval.linking.words import Word, fold_words, folded_words
from clew.tries.labels.label_trie import Match

_OPENERS = "according accordingly all as because both here hence since so therefore these those thus two three yes"
OPENERS = frozenset(_OPENERS.split())
"""English words that begin a sentence with a capital and name nothing, beside ``FUNCTION_WORDS``."""
_SENTENCE_END = re.compile(r"[.!?:;。！？\n]\W*$")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a text may name: the nodes of the proof; the folded words of their labels and of the question; and those of
    the relations walked and of the question, which may be used as common nouns (``film``) even where they are labels
    of other nodes."""

    nodes: frozenset[int]
    words: frozenset[str]
    common: frozenset[str]

    @classmethod
    def of(cls, graph: Graph, question: str, nodes: Iterable[int], relations: Iterable[int], count: int) -> Ground:
        """``relations`` are directed; ``count`` is the number of answers, which a text may tell."""
        kept = frozenset(nodes)
        labels = [text for node in kept for text in (graph.label(node), *(x.text for x in graph.labels(node)))]
        names = [graph.relation_label(r % graph.num_relations) for r in relations]
        common = frozenset(word for text in (question, *names) for word in fold_words(text).split())
        words = frozenset(word for label in labels for word in fold_words(label).split())
        return cls(kept, words | common | {str(count)}, common)


def unfounded(text: str, ground: Ground, labels: Sequence[Match]) -> list[str]:
    """Return what the text names that the ground does not hold, in the order named; ``labels`` are all labels of the
    graph that stand in the text, nested ones included."""
    words = folded_words(text)
    covered = [_words_in(words, match) for match in labels]
    grounded = [match for match in labels if ground.nodes.intersection(match.nodes)]
    held = [(match.start, match.end) for match in grounded]
    found: dict[tuple[int, int], str] = {}
    for match, inside in zip(labels, covered, strict=True):
        if not inside or _within(match.start, match.end, held):  # no word of its own: the "s" of a genitive
            continue
        loose = [word for word in inside if not _within(word.start, word.end, held)]
        if not all(_is_common(word, text, ground) or _in_apposition(word, text, held) for word in loose):
            found[match.start, match.end] = match.text
    for word in words:
        if not _within(word.start, word.end, [*held, *found]) and not _is_known(word, text, ground):
            found[word.start, word.end] = text[word.start : word.end]
    return list(dict.fromkeys(found[span] for span in sorted(found)))


def unnamed(text: str, graph: Graph, nodes: Sequence[int], labels: Sequence[Match]) -> list[int]:
    """Return the nodes that a text does not name by any of their labels."""
    named = {node for match in labels for node in match.nodes}
    folded = f" {fold_words(text)} "
    return [node for node in nodes if node not in named and f" {fold_words(graph.label(node))} " not in folded]


def _words_in(words: Sequence[Word], match: Match) -> list[Word]:
    return [word for word in words if match.start <= word.start and word.end <= match.end]


def _within(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(a <= start and end <= b for a, b in spans)


def _is_common(word: Word, text: str, ground: Ground) -> bool:
    """Whether a word that stands in some other node's label is a common one here, used without a capital (but at the
    beginning of a sentence): of the grammar, of the question, or of a relation walked."""
    written = text[word.start : word.end]
    if word.text in FUNCTION_WORDS:
        return written == written.lower() or _begins_sentence(text, word.start)
    plain = written == written.lower() and not any(map(str.isdigit, written))
    return plain and (word.text in ground.common or any(same_stem(word.text, other) for other in ground.common))


def _in_apposition(word: Word, text: str, held: Sequence[tuple[int, int]]) -> bool:
    """Whether a word says what kind of thing the name right after it is: "the film Heat"."""
    written = text[word.start : word.end]
    is_kind = word.text in FRAME_WORDS and written == written.lower()
    return is_kind and any(start > word.end and text[word.end : start].isspace() for start, _ in held)


def _is_known(word: Word, text: str, ground: Ground) -> bool:
    """Whether a word is no name, or one that the evidence or the question has."""
    written = text[word.start : word.end]
    if word.text in ground.words or word.text in FUNCTION_WORDS:
        return True
    if written[1:] == written[1:].lower() and _begins_sentence(text, word.start) and word.text in OPENERS:
        return True
    return not any(_is_telling(char) for char in written)


def _begins_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip("\"'“‘(« ")
    return not before or bool(_SENTENCE_END.search(before))


def _is_telling(char: str) -> bool:
    """Whether a character marks a name or a number: a capital, a digit, a letter of a script without capitals."""
    return char.isdigit() or (char.isalpha() and (char != char.lower() or char.lower() == char.upper()))
