"""Converts masked questions to token ids and records the position of the topic."""

from __future__ import annotations

from dataclasses import dataclass

from clew.decoding.embedded.search.wording import MaskedQuestion
from clew.kg.limits import MAX_QUESTION_TOKENS
from clew.retrieval.encoder.word_pieces import WordPieces


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """Token ids, special ones included, and the places of the topic's tokens."""

    ids: list[int]
    topic: tuple[int, ...]


def tokenise(tokenizer: WordPieces, question: MaskedQuestion) -> QuestionTokens:
    """Tokenise a question and find its topic."""
    (found,) = tokenizer([question.text], MAX_QUESTION_TOKENS)
    topic: tuple[int, ...] = ()
    if question.span is not None:
        start, end = question.span
        topic = tuple(i for i, (a, b) in enumerate(found.offsets) if a < b and a < end and b > start)
    return QuestionTokens(found.ids, topic)
