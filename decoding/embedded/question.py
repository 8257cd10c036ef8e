"""Masked questions to token ids, with the topic's place among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from decoding.embedded.wording import MaskedQuestion

MAX_TOKENS = 128
"""Word pieces read of a question: MetaQA's longest has under 40; the rest is cut off."""


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """Token ids, special ones included, and the places of the topic's tokens."""

    ids: list[int]
    topic: tuple[int, ...]


def tokenise(tokenizer: Any, question: MaskedQuestion) -> QuestionTokens:
    """Tokenise with a fast tokenizer; text that spells a special token stays text."""
    found = tokenizer(
        question.text,
        truncation=True,
        max_length=MAX_TOKENS,
        split_special_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
    )
    topic: tuple[int, ...] = ()
    if question.span is not None:
        start, end = question.span
        topic = tuple(i for i, (a, b) in enumerate(found["offset_mapping"]) if a < b and a < end and b > start)
    return QuestionTokens(found["input_ids"], topic)
