"""Compares the range of a relation with the expected answer type of a question.

"Which cities show paintings by x" asks for cities. A path that ends at museums answers another question, even if its
relations match the words. Types are the classes of the graph. Without classes, there is no comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from clew.decoding.embedded.answer_type.lexical import AskedKind, asked_kind, is_person
from clew.decoding.embedded.answer_type.reach import Kinds
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.kg.limits import MAX_NOUN_VECTORS, MAX_TYPED_QUESTIONS
from clew.retrieval.encoder.word_pieces import WordPieces

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

ALIKE = 0.45
"""Cosine of static word vectors from which a noun names a class: "films" and "film" 0.83, "prize" and "award" 0.45,
"town" and "city" 0.51; unrelated nouns stay below 0.4."""
SAME = 0.8
"""Cosine from which two names of one or two words are the same but for number: "patent applications"."""
NEARLY = 0.6
"""A class less alike than this share of the best one's likeness is not meant: "mountains" are no "planets"."""
PERSON_LIKE = 0.7
"""Likeness of two nouns for people ("composers" and "person"), below that of one word and its plural."""
TOLD = 0.5
"""Share of what a relation reaches that must have a class, or be literals, for its kind to be known."""


class Nouns:
    """Static word vectors of nouns, kept as they are met."""

    def __init__(self, tokenizer: WordPieces, lower: LowerEncoder) -> None:
        self._tokenizer, self._lower = tokenizer, lower
        self._known: dict[str, Float32] = {}

    def vectors(self, texts: Sequence[str]) -> Float32:
        """Return the mean vector of each text's tokens, of length 1, ``[n, E]``."""
        if len(self._known) > MAX_NOUN_VECTORS:
            self._known.clear()
        rows = [self._vector(text) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, 1), np.float32)

    def _vector(self, text: str) -> Float32:
        found = self._known.get(text)
        if found is None:
            ids = self._tokenizer.bare(text) or [self._tokenizer.unknown]
            words = self._lower.words(torch.tensor([ids]))[0].mean(0)
            found = self._known[text] = torch.nn.functional.normalize(words, dim=-1).numpy()
        return found


class AnswerKinds:
    """Compares the kinds that questions ask for with those that a graph's relations reach.

    Only static word vectors are looked up: it costs microseconds per question and nothing is trained.
    """

    def __init__(self, kinds: Kinds, nouns: Nouns) -> None:
        self._nouns = nouns
        self._names = names = sorted({*kinds.classes, *(name for reach in kinds.reaches for name, _ in reach.shares)})
        heads = [(row, head) for row, name in enumerate(names) for head in _heads(name)]
        self._owners = np.array([row for row, _ in heads], np.int64)
        self._heads, self._vectors = nouns.vectors([head for _, head in heads]), nouns.vectors(names)
        self._persons = np.array([is_person(name) for name in names], dtype=np.bool_)
        place = {name: i for i, name in enumerate(names)}
        self._shares = np.zeros((len(names), len(kinds.reaches)), np.float32)
        for directed, reach in enumerate(kinds.reaches):
            for name, share in reach.shares:
                self._shares[place[name], directed] = share
        self._literal = np.array([reach.literal for reach in kinds.reaches], np.float32)
        self._known = np.array([reach.typed + reach.literal >= TOLD for reach in kinds.reaches], dtype=np.bool_)
        self.of_text = lru_cache(MAX_TYPED_QUESTIONS)(self._of_text)

    def of(self, texts: Iterable[str]) -> Float32:
        """Return, per masked question and directed relation ``[Q, 2R]``, how far its reach is from the kind asked for.

        That is minus the share of it that is not of that kind, times how surely the kind is asked for: 0 (all is, or
        nothing is known or asked) down to -1.
        """
        return np.stack([self.of_text(text) for text in texts])

    def _of_text(self, text: str) -> Float32:
        asked = asked_kind(text)
        meant = self._meant(asked)
        fitting = self._shares[meant].max(0) if len(meant) else np.zeros_like(self._literal)
        if asked.literal:
            fitting = np.maximum(fitting, self._literal)
            told = np.full(len(fitting), bool(fitting.max(initial=0.0) >= TOLD))
        else:
            told = self._known & bool(len(meant))
        return np.where(told, np.float32(asked.sure) * (fitting - 1), np.float32(0.0))

    def meant(self, asked: AskedKind) -> list[str]:
        """Return the names of the classes that the nouns name."""
        return [self._names[row] for row in self._meant(asked)]

    def _meant(self, asked: AskedKind) -> Int64:
        """Return the rows of the classes that the nouns name: as a whole, or else by one word and the head noun."""
        if not asked.nouns or not len(self._vectors):
            return np.empty(0, np.int64)
        whole = (self._nouns.vectors([" ".join(asked.nouns)]) @ self._vectors.T)[0]
        if whole.max() >= SAME:
            return np.flatnonzero(whole >= SAME)
        alike = np.zeros(len(self._vectors), np.float32)
        np.maximum.at(alike, self._owners, (self._nouns.vectors(asked.nouns) @ self._heads.T).max(0))
        if any(is_person(noun) for noun in asked.nouns):
            alike = np.maximum(alike, np.where(self._persons, PERSON_LIKE, 0.0))
        return np.flatnonzero(alike >= max(ALIKE, NEARLY * float(alike.max())))


def _heads(name: str) -> list[str]:
    """Return the head nouns of a class's name: "unit" of "unit of measurement", both of "state or region"."""
    parts = [part.split(" of ")[0].split() for part in name.split(" or ")]
    return [part[-1] for part in parts if part] or [name]
