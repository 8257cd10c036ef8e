"""The path prior against its definition written out in loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.graph.interop import from_triples
from clew.retrieval.encoder.minilm import TokenStates
from clew.retrieval.linking.word_weights import FUNCTION_WORDS
from clew.retrieval.linking.words import fold_words
from clew.retrieval.vectors.label_index import RelationIndex
from clew.retrieval.vectors.path_prior import PathPrior, PathWeights
from tests.retrieval.conftest import WordHashes, films


class WordStates(WordHashes):
    """Token states without a model: a token is a word, its state the word's vector, whatever its neighbours."""

    def token_states(self, texts: Sequence[str]) -> TokenStates:
        words = [text.split() for text in texts]
        shape = (len(texts), 2 + max(map(len, words), default=0))
        states = np.zeros((*shape, self.dimension), np.float32)
        mask, offsets = np.zeros(shape, np.bool_), np.zeros((*shape, 2), np.int32)
        for row, text in enumerate(texts):
            mask[row, : len(words[row]) + 2] = True
            at = 0
            for column, word in enumerate(words[row], 1):
                at = text.index(word, at)
                states[row, column] = self.word(word)
                offsets[row, column] = at, at + len(word)
                at += len(word)
        return TokenStates(states, mask, np.zeros(shape, np.int64), offsets)

    def word(self, word: str) -> np.ndarray:  # type: ignore[type-arg]
        return self.encode([word])[0]


GRAPH = films()
EMBEDDER = WordStates()
PRIOR = PathPrior(GRAPH, EMBEDDER, RelationIndex.open(GRAPH, EMBEDDER))
DIRECTED, STARRING, BASED, WRITTEN = (
    GRAPH.relation(f"r:{k}") for k in ("directedBy", "starring", "basedOn", "writtenBy")
)
WORDS = ["who", "directed", "by", "the", "film", "starring", "based", "written", "author"]


def content(text: str) -> list[str]:
    words = text.split()
    return [word for word in words if fold_words(word) not in FUNCTION_WORDS] or words


def by_hand(question: str, path: Sequence[int]) -> tuple[float, float, float, float]:
    names = [GRAPH.relation_label(r).removeprefix("inverse of ") for r in path]
    cosine = EMBEDDER.encode([question])[0] @ EMBEDDER.encode([" -> ".join(names)])[0]
    asked, said = content(question), [content(name) for name in names]
    sim = lambda a, b: float(EMBEDDER.word(a) @ EMBEDDER.word(b))  # noqa: E731
    forward = np.mean([max(sim(q, t) for name in said for t in name) for q in asked]) if asked else 0.0
    backward = np.mean([np.mean([max(sim(q, t) for q in asked) for t in name]) for name in said]) if asked else 0.0
    edges = [int((GRAPH.out.relation == r % GRAPH.num_relations).sum()) for r in range(2 * GRAPH.num_relations)]
    popularity = np.mean([np.log1p(edges[r]) / np.log1p(max(edges)) for r in path])
    return float(cosine), float(forward), float(backward), float(popularity)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=6),
    st.lists(
        st.lists(st.integers(0, 2 * GRAPH.num_relations - 1), min_size=1, max_size=3).map(tuple), min_size=1, max_size=5
    ),
)
def test_features_are_their_definition(words: list[str], paths: list[tuple[int, ...]]) -> None:
    question = " ".join(words)
    found = PRIOR.features(question, paths)
    columns = (found.cosine, found.question_coverage, found.path_coverage, found.popularity)
    for i, path in enumerate(paths):
        np.testing.assert_allclose([column[i] for column in columns], by_hand(question, path), atol=1e-5)
    weights = PathWeights(1, 2, 3, 4)
    expected = sum(w * column for w, column in zip((1, 2, 3, 4), columns, strict=True))
    np.testing.assert_allclose(PRIOR.score(question, paths, weights=weights), expected, atol=1e-5)


def test_single_equals_batch() -> None:
    paths = [(DIRECTED,), (DIRECTED + GRAPH.num_relations, STARRING), (BASED, WRITTEN)]
    together = PRIOR.score("who was it based on", paths)
    for path, score in zip(paths, together, strict=True):
        assert PRIOR.score("who was it based on", [path])[0] == pytest.approx(float(score), abs=1e-5)


def test_the_path_asked_for_scores_best() -> None:
    paths = [(DIRECTED,), (STARRING,), (BASED,), (BASED, WRITTEN)]
    assert int(np.argmax(PRIOR.score("who directed it", paths))) == 0
    assert int(np.argmax(PRIOR.score("written book that it was based on", paths))) == 3


def test_the_topic_says_nothing() -> None:
    question = "who directed Starring Based"
    span = (question.index("Starring"), len(question))
    with_topic = PRIOR.features(question, [(STARRING,)]).question_coverage
    without = PRIOR.features(question, [(STARRING,)], [span]).question_coverage
    assert without < with_topic
    np.testing.assert_allclose(without, PRIOR.features("who directed", [(STARRING,)]).question_coverage, atol=1e-6)


def test_relation_scores() -> None:
    scores = PRIOR.relation_scores(GRAPH.relation_label(DIRECTED))
    assert scores.shape == (2 * GRAPH.num_relations,)
    assert int(np.argmax(scores)) == DIRECTED
    assert scores[DIRECTED] == pytest.approx(1, abs=1e-5)


def test_no_paths_and_no_words() -> None:
    assert PRIOR.score("who directed it", []).shape == (0,)
    assert np.isfinite(PRIOR.score("", [(DIRECTED,)])).all()


def test_graph_of_one_relation() -> None:
    graph = from_triples([("a", "r", "b")])
    prior = PathPrior(graph, EMBEDDER, RelationIndex.open(graph, EMBEDDER))
    assert np.isfinite(prior.score("who", [(0,), (1, 0)])).all()
