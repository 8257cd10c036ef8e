"""The laws of the Embedder port."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clew.retrieval.encoder.embedder import Embedder

TOLERANCE = 1e-5


def check_embedder(embedder: Embedder, texts: Sequence[str]) -> None:
    """Check every law on these texts (at least one)."""
    vectors = embedder.encode(texts)
    shape_and_norm(embedder, texts)
    batch_is_single(embedder, texts)
    np.testing.assert_allclose(embedder.encode(texts), vectors, atol=TOLERANCE)
    np.testing.assert_allclose(embedder.encode(list(reversed(texts)))[::-1], vectors, atol=TOLERANCE)
    np.testing.assert_allclose(embedder.encode([*texts, *texts])[len(texts) :], vectors, atol=TOLERANCE)
    assert embedder.fingerprint == embedder.fingerprint != ""


def shape_and_norm(embedder: Embedder, texts: Sequence[str]) -> None:
    """One finite float32 row of length one per text; no rows for no texts."""
    vectors = embedder.encode(texts)
    assert vectors.shape == (len(texts), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=TOLERANCE)
    assert embedder.encode([]).shape == (0, embedder.dimension)


def batch_is_single(embedder: Embedder, texts: Sequence[str]) -> None:
    """A text's vector does not depend on its neighbours in the batch."""
    vectors = embedder.encode(texts)
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(embedder.encode([text])[0], vector, atol=TOLERANCE)
