"""A question as it was linked: its text, and where it names what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from clew.decoding.reading.direction import TOPIC
from clew.retrieval.linking.types import Linking, Mention
from clew.retrieval.linking.words import Word, folded_words

Span = tuple[int, int]

_GENITIVE = re.compile(r"(?:['’]s?(?![^\W_]))|(?<=['’]s)")


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

    @property
    def linking(self) -> Linking:
        """The mentions as the linker gives them."""
        return Linking(self.question, self.mentions)

    @property
    def words(self) -> list[Word]:
        """The folded words."""
        return _folded(self.question)

    def words_around(self, topic: int) -> list[str]:
        """Return the folded words, the topic's mention as ``TOPIC``, with "s" after it where it stands in the
        genitive."""
        span = self.span(topic)
        if span is None:
            return [word.text for word in self.words]
        genitive = ["s"] if _GENITIVE.match(self.question, span[1]) else []
        before = [word.text for word in self.words if word.start < span[0]]
        return [*before, TOPIC, *genitive, *(word.text for word in self.words if word.start >= span[1])]


@lru_cache(maxsize=256)
def _folded(question: str) -> list[Word]:
    """Return the folded words of a question, which each of its paths is compared with."""
    return folded_words(question)
