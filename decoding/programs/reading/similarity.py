"""How similar each word of a question is to each relation of the graph, as a trained model has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.search.wording import PLACEHOLDER, TOPIC_MARK
from clew.decoding.programs.reading.question import AskedWords
from clew.kg.graph.graph import Graph

Float32 = NDArray[np.float32]
Span = tuple[int, int]


@runtime_checkable
class RelationSimilarity(Protocol):
    """What compares questions with relations: ``clew.decoding.embedded.reasoner.EmbeddedReasoner``."""

    def similarities(self, graph: Graph, prompt: str) -> tuple[list[Span], Float32]:
        """Return, for each token of a masked question, its characters, and its similarity to each directed relation,
        ``[n, 2R]``."""


def word_similarities(model: RelationSimilarity, graph: Graph, asked: AskedWords, names: Sequence[Span]) -> Float32:
    """Return the similarity of each word of a question to each directed relation, ``[words, 2R]``, from 0 to 1.

    ``names``: where entities are named; what they are called says nothing of relations, so they are masked.
    """
    text, places, prompt = "", list[int](), ""
    at, masked = 0, False
    for start, end in [*_apart(names), (len(asked.text), len(asked.text))]:
        text, prompt = text + asked.text[at:start], prompt + asked.text[at:start]
        places += range(at, start)
        if end > start:
            text, prompt = text + PLACEHOLDER, prompt + (PLACEHOLDER if masked else TOPIC_MARK)
            places += [start] * len(PLACEHOLDER)
            masked = True
        at = end
    found = np.zeros((len(asked.words), 2 * graph.num_relations), np.float32)
    offsets, rows = model.similarities(graph, prompt)
    starts = {word.start: i for i, word in enumerate(asked.words)}
    word = -1
    for (begin, end), row in zip(offsets, rows, strict=True):
        if begin >= end or begin >= len(places):
            continue
        word = starts.get(places[begin], word)
        inside = word >= 0 and asked.words[word].start <= places[begin] < asked.words[word].end
        if inside and not any(start <= places[begin] < stop for start, stop in names):
            found[word] = np.maximum(found[word], row)
    return found


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Return the spans that overlap none before them, ascending."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if end > start and (not kept or start >= kept[-1][1]):
            kept.append((start, end))
    return kept
