"""A prior over relation paths for a question, without any training: features for shapers, fusion and baselines.

* *cosine* of the question's vector and that of the path's text "directed by -> starring";
* *question coverage*: of each content token of the question, the best cosine to any token of the path's relation
  labels, averaged - the MaxSim of ColBERT (Khattab and Zaharia 2020, arXiv 2004.12832, equation 3), but as a mean, so
  that long questions do not weigh more;
* *path coverage*: the same the other way round, per hop, averaged over hops: what the path says that was not asked;
* *popularity*: the mean over hops of log(1 + edges of the relation), relative to the most frequent relation.

The topic's mention is left out of the question, an inverse relation is read by its forward name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_PATH_VECTORS
from clew.kg.terms.names import INVERSE
from clew.retrieval.encoder.embedder import Embedder
from clew.retrieval.encoder.minilm import TokenStates
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.vectors.label_index import RelationIndex

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
Span = tuple[int, int]

ARROW = " -> "


class TokenEmbedder(Embedder, Protocol):
    """An embedder that also gives the state of every token, as ``MiniLM`` does."""

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        """Return the last hidden states of every token of every text."""


@dataclass(frozen=True, slots=True)
class PathWeights:
    """How the features add up to a score. The defaults give each the size it had in a first trial (coverage and cosine
    told most, popularity breaks ties); they were fitted to nothing, and whoever fuses the features fits their own."""

    cosine: float = 10.0
    question_coverage: float = 10.0
    path_coverage: float = 10.0
    popularity: float = 0.5


@dataclass(frozen=True, slots=True)
class PathFeatures:
    """Per path, float32 ``[n]`` each: cosines in [-1, 1], popularity in [0, 1]."""

    cosine: Float32
    question_coverage: Float32
    path_coverage: Float32
    popularity: Float32


class PathPrior:
    """Scores relation paths of one graph; ids of directed relations as in ``kg.Graph``."""

    def __init__(self, graph: Graph, embedder: TokenEmbedder, relations: RelationIndex) -> None:
        self._embedder = embedder
        self._names = [text.removeprefix(INVERSE) for text in relations.texts]
        self._relations = relations
        self._tokens, self._owner = _token_bank(embedder, self._names)
        edges = np.bincount(np.asarray(graph.out.relation), minlength=graph.num_relations)
        popularity = np.log1p(edges) / np.log1p(max(int(edges.max(initial=1)), 1))
        self._popularity = np.concatenate([popularity, popularity]).astype(np.float32)
        self._vectors: dict[str, Float32] = {}

    def relation_scores(self, question: str, mentions: Sequence[Span] = ()) -> Float32:
        """Return the cosine of the question and each directed relation's label, float32 ``[2R]``."""
        vector = self._embedder.encode([_without(question, mentions)])[0]
        scores: Float32 = self._relations.vectors @ vector
        return scores

    def features(self, question: str, paths: Sequence[Sequence[int]], mentions: Sequence[Span] = ()) -> PathFeatures:
        """Return the features of relation paths (each of one or more directed relations).

        ``mentions`` are the character spans of the topics, left out of what is compared.
        """
        if not paths:
            none = np.zeros(0, dtype=np.float32)
            return PathFeatures(none, none, none, none)
        hops, mask = _padded(paths)
        text = _without(question, mentions)
        asked, said = self._coverages(text)
        lengths = mask.sum(axis=1)
        best = np.where(mask[:, :, None], asked[hops], -1.0).max(axis=1)
        return PathFeatures(
            self._path_vectors(paths) @ self._embedder.encode([text])[0],
            best.mean(axis=1).astype(np.float32) if best.shape[1] else np.zeros(len(paths), np.float32),
            ((said[hops] * mask).sum(axis=1) / lengths).astype(np.float32),
            ((self._popularity[hops] * mask).sum(axis=1) / lengths).astype(np.float32),
        )

    def score(
        self,
        question: str,
        paths: Sequence[Sequence[int]],
        mentions: Sequence[Span] = (),
        weights: PathWeights | None = None,
    ) -> Float32:
        """Return the weighted sum of the features, float32 ``[n]``: higher is likelier; not a probability."""
        found, by = self.features(question, paths, mentions), weights or PathWeights()
        total: Float32 = (
            by.cosine * found.cosine
            + by.question_coverage * found.question_coverage
            + by.path_coverage * found.path_coverage
            + by.popularity * found.popularity
        ).astype(np.float32)
        return total

    def _coverages(self, text: str) -> tuple[Float32, Float32]:
        """Return how well each relation covers each content token ``[2R, tokens]``, and is itself covered ``[2R]``."""
        tokens, _ = _token_bank(self._embedder, [text])
        relations = len(self._names)
        asked = np.full((relations, len(tokens)), -1.0, dtype=np.float32)
        said = np.zeros(relations, dtype=np.float32)
        if not len(tokens):
            return asked, said
        cosines = self._tokens @ tokens.T
        np.maximum.at(asked, self._owner, cosines)
        counts = np.bincount(self._owner, minlength=relations)
        np.add.at(said, self._owner, cosines.max(axis=1))
        return asked, (said / np.maximum(counts, 1)).astype(np.float32)

    def _path_vectors(self, paths: Sequence[Sequence[int]]) -> Float32:
        texts = [ARROW.join(self._names[r] for r in path) for path in paths]
        missing = list(dict.fromkeys(text for text in texts if text not in self._vectors))
        fresh = dict(zip(missing, self._embedder.encode(missing), strict=True)) if missing else {}
        vectors = np.stack([fresh[text] if text in fresh else self._vectors[text] for text in texts])
        if len(self._vectors) + len(fresh) <= MAX_PATH_VECTORS:
            self._vectors = {**self._vectors, **fresh}  # replaced, not changed: other threads may be reading it
        return vectors


def _token_bank(embedder: TokenEmbedder, texts: Sequence[str]) -> tuple[Float32, Int64]:
    """Return the unit states of the texts' content tokens, ``[t, d]``, and which text each belongs to, ``[t]``.

    Function words are left out; a text of nothing else keeps them all.
    """
    states = embedder.token_states(list(texts))
    rows: list[int] = []
    columns: list[int] = []
    for row, text in enumerate(texts):
        places: list[int] = np.flatnonzero(states.content[row]).tolist()
        telling = [at for at in places if fold_words(_word_at(text, *states.offsets[row, at])) not in _SILENT]
        kept = telling or places
        rows += [row] * len(kept)
        columns += kept
    vectors = states.states[np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-9)).astype(np.float32), np.array(rows, dtype=np.int64)


_SILENT = FUNCTION_WORDS | {""}


def _word_at(text: str, start: int, end: int) -> str:
    """Return the whole word around a token's span: a word piece is as telling as its word."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return text[start:end]


def _without(question: str, mentions: Iterable[Span]) -> str:
    for start, end in sorted(mentions, reverse=True):
        question = question[:start] + " " + question[end:]
    return " ".join(question.split())


def _padded(paths: Sequence[Sequence[int]]) -> tuple[Int64, NDArray[np.bool_]]:
    """Return relation ids ``[n, hops]`` (0 where padded) and the mask of real hops."""
    width = max(len(path) for path in paths)
    hops = np.zeros((len(paths), width), dtype=np.int64)
    mask = np.zeros((len(paths), width), dtype=np.bool_)
    for row, path in enumerate(paths):
        hops[row, : len(path)] = path
        mask[row, : len(path)] = True
    return hops, mask
