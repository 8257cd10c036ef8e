"""Whether words mean about the same: "money" and "currency"."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from clew.kg import limits
from clew.kg.time_limit import held, look
from clew.retrieval.encoder.embedder import Embedder, Float32
from clew.retrieval.encoder.minilm import MiniLM
from clew.retrieval.wordnet.wordnet import Kinship, wordnet

if TYPE_CHECKING:  # imports torch
    from clew.decoding.embedded.answer_type.relations import Nouns

ALIKE = 0.54
"""Cosine of two nouns from which they mean about the same. With MiniLM: "job" and "profession" 0.55,
"money" and "currency" 0.59, "town" and "city" 0.77; but "surgeon" and "nurse" 0.52, "film" and "novel" 0.43."""
APART = 0.72
"""The same for two nouns that WordNet knows, neither of which is a kind of the other: "town" and "city" 0.77,
"hospital" and "clinic" 0.74; but "beer" and "wine" 0.62, "drummer" and "guitarist" 0.64."""
NEAR = 0.46
"""Cosine of a noun and a word from which they may belong to one another: "products" and "uses" 0.49;
but "bridge" and "home" 0.41."""
UNLIKE = 0.3
"""Cosine of two words' static vectors below which they have nothing in common: "high" and "elevation" 0.22, "husband"
and "supervises" 0.18; but "long" and "length" 0.48, "wrote" and "author" 0.36."""


class Likeness:
    """Compares words by a sentence encoder; without one, nothing is told of them. Safe for threads."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._known: dict[str, Float32] = {}
        self._lock = threading.Lock()

    def alike(
        self,
        noun: str,
        others: Collection[str],
        least: float = ALIKE,
        unsure: bool = False,
        soon: Collection[str] = (),
    ) -> bool:
        """Return whether a noun means about the same as one of others: whether a cosine is ``least`` or more.
        ``unsure``: what to return where nothing can be told; ``soon``: words that may be compared next, embedded with
        these, since a batch takes little longer than a word."""
        look()
        if self._embedder is None or not others:
            return unsure
        with held(self._lock):
            if len(self._known) > limits.MAX_NOUN_VECTORS:
                self._known.clear()
            new = {noun, *others} - self._known.keys()
            if new:
                texts = sorted(new.union(soon) - self._known.keys())
                self._known |= dict(zip(texts, self._embedder.encode(texts), strict=True))
            vector = self._known[noun]
            return any(float(vector @ self._known[other]) >= least for other in others)

    def kindred(self, noun: str, others: Collection[str], soon: Collection[str] = ()) -> bool:
        """Return whether a noun means about the same as one of others, or the head of the other is a kind of it, by
        WordNet where that has both, else by the encoder. ``soon``: see ``alike``."""
        close = []
        for other in others:
            head = other.split()[-1] if other.split() else ""
            kinship = wordnet().kinship(noun, head)
            if kinship in (Kinship.SAME, Kinship.ABOVE):
                return True
            close += [other] if kinship is not Kinship.APART else []
        return self.alike(noun, close, soon=soon) or self.alike(noun, others, APART, soon=soon)

    def unlike(self, words: Sequence[str], others: Sequence[str]) -> bool:
        """Return whether no word has anything in common with any of the others, by the encoder's static vectors."""
        if self._nouns is None or not words or not others:
            return False
        return bool(np.max(self.cosines(words, others)) < UNLIKE)

    def cosines(self, words: Sequence[str], others: Sequence[str]) -> Float32:
        """Return the cosines of words with others by the encoder's static vectors, ``[n, m]``; zeros without one."""
        if self._nouns is None or not words or not others:
            return np.zeros((len(words), len(others)), np.float32)
        with held(self._lock):
            found: Float32 = self._nouns.vectors(words) @ self._nouns.vectors(others).T
        return found

    @cached_property
    def _nouns(self) -> Nouns | None:
        if not isinstance(self._embedder, MiniLM):
            return None
        from clew.decoding.embedded.answer_type.relations import Nouns
        from clew.decoding.embedded.network.encoder import LowerEncoder

        return Nouns(self._embedder.tokenizer, LowerEncoder(self._embedder.bert, 0))
