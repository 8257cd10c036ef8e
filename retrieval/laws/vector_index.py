"""The laws of the VectorIndex port; the oracle is a full sort of a float64 matrix product."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from clew.retrieval.vectors.vector_index import Float32, VectorIndex

TOLERANCE = 1e-5
Build = Callable[[Float32, str], VectorIndex]
Load = Callable[[Path, str], VectorIndex]


def check_vector_index(build: Build, load: Load, vectors: Float32, queries: Float32, k: int, folder: Path) -> None:
    """Check every law on these vectors ``[n, d]``, queries ``[q, d]`` and k."""
    index = build(vectors, "f")
    assert (index.size, index.dimension, index.fingerprint) == (*vectors.shape, "f")
    rows_are_honest(index, vectors, queries, k)
    if index.exact:
        equals_brute_force(index, vectors, queries, k)
    batch_is_single(index, queries, k)
    index.save(folder)
    again = load(folder, "f")
    for mine, stored in zip(index.search(queries, k), again.search(queries, k), strict=True):
        np.testing.assert_array_equal(mine, stored)
    assert (again.size, again.dimension, again.fingerprint, again.exact) == (*vectors.shape, "f", index.exact)


def rows_are_honest(index: VectorIndex, vectors: Float32, queries: Float32, k: int) -> None:
    """Every score is that of its id; best first, ties by ascending id; ids distinct; short rows padded."""
    scores, ids = index.search(queries, k)
    assert scores.shape == ids.shape == (len(queries), k)
    assert scores.dtype == np.float32
    assert ids.dtype == np.int64
    for query, row, found in zip(queries, scores, ids, strict=True):
        hits = found[found >= 0]
        np.testing.assert_allclose(row[: len(hits)], vectors[hits] @ query, atol=TOLERANCE)
        assert len(set(hits.tolist())) == len(hits)
        pairs = [(-score, i) for score, i in zip(row[: len(hits)].tolist(), hits.tolist(), strict=True)]
        assert pairs == sorted(pairs)
        assert (found[len(hits) :] == -1).all()
        assert np.isneginf(row[len(hits) :]).all()


def equals_brute_force(index: VectorIndex, vectors: Float32, queries: Float32, k: int) -> None:
    """The k best scores are brute force's."""
    scores, ids = index.search(queries, k)
    top = min(k, len(vectors))
    expected = -np.sort(-(queries.astype(np.float64) @ vectors.astype(np.float64).T), axis=1)[:, :top]
    np.testing.assert_allclose(scores[:, :top], expected, atol=TOLERANCE)
    assert (ids[:, :top] >= 0).all()


def batch_is_single(index: VectorIndex, queries: Float32, k: int) -> None:
    """A query's hits do not depend on its neighbours in the batch (up to the last bits of a float)."""
    together = index.search(queries, k)[0]
    for query, row in zip(queries, together, strict=True):
        np.testing.assert_allclose(index.search(query[None], k)[0][0], row, atol=TOLERANCE)
