"""Vector indices against brute force, on disk, and refused when they are not what was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput, StaleIndex
from clew.retrieval.laws.vector_index import check_vector_index
from clew.retrieval.vectors import vector_index
from clew.retrieval.vectors.vector_index import FaissIndex, Float32, NumpyIndex, build, load

KINDS = ["numpy", "flat", "ivf"]


def unit(rng: np.random.Generator, n: int, d: int) -> Float32:
    vectors = rng.normal(size=(n, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 9), st.integers(0, 25), st.integers(1, 50), st.booleans()
)
def test_laws(tmp_path: Path, kind: str, seed: int, n: int, d: int, q: int, k: int, twins: bool) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(rng, n, d)
    if twins:
        vectors = np.concatenate([vectors, vectors[: n // 2 + 1]])
    queries = np.concatenate([unit(rng, q, d), vectors[:1]])
    check_vector_index(lambda v, f: build(v, f, kind), load, vectors, queries, k, tmp_path / "index")


@pytest.mark.parametrize("kind", ["numpy", "flat"])
def test_equals_brute_force_at_size(kind: str) -> None:
    rng = np.random.default_rng(1)
    vectors, queries = unit(rng, 5_000, 48), unit(rng, 64, 48)
    index = build(vectors, "f", kind)
    expected = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    np.testing.assert_array_equal(index.search(queries, 10)[1], expected)


def test_ivf_is_approximate_and_says_so() -> None:
    rng = np.random.default_rng(2)
    vectors = unit(rng, 20_000, 16)
    flat, ivf = build(vectors, "f", "flat"), build(vectors, "f", "ivf")
    assert flat.exact
    assert not ivf.exact
    queries = unit(rng, 50, 16)
    recall = np.mean(
        [
            len(set(a) & set(b)) / 10
            for a, b in zip(flat.search(queries, 10)[1], ivf.search(queries, 10)[1], strict=True)
        ]
    )
    assert recall > 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_no_queries(kind: str) -> None:
    index = build(unit(np.random.default_rng(0), 5, 4), "f", kind)
    assert index.search(np.zeros((0, 4), np.float32), 3)[1].shape == (0, 3)


@pytest.mark.parametrize("kind", ["numpy", "flat"])
def test_no_vectors(kind: str, tmp_path: Path) -> None:
    build(np.zeros((0, 4), np.float32), "f", kind).save(tmp_path / "x")
    scores, ids = load(tmp_path / "x").search(np.ones((2, 4), np.float32), 3)
    assert (ids == -1).all()
    assert np.isneginf(scores).all()


def test_auto_chooses_by_size_and_by_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(np.random.default_rng(0), 60, 4)
    assert isinstance(build(vectors, "f"), FaissIndex)
    assert build(vectors, "f").exact
    monkeypatch.setattr(vector_index, "EXACT_LIMIT", 50)
    assert not build(vectors, "f").exact
    monkeypatch.setattr(vector_index, "faiss_installed", lambda: False)
    assert isinstance(build(vectors, "f"), NumpyIndex)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input(kind: str) -> None:
    index = build(unit(np.random.default_rng(0), 5, 4), "f", kind)
    with pytest.raises(BadInput, match="shape"):
        index.search(np.zeros((1, 3), np.float32), 1)
    with pytest.raises(BadInput, match="shape"):
        index.search(np.zeros(4, np.float32), 1)
    with pytest.raises(BadInput, match="at least 1"):
        index.search(np.zeros((1, 4), np.float32), 0)
    with pytest.raises(BadInput, match="shape"):
        build(np.zeros(4, np.float32), "f", kind)
    with pytest.raises(BadInput, match="unknown kind"):
        build(np.zeros((1, 4), np.float32), "f", "tree")


@pytest.mark.parametrize("kind", KINDS)
def test_stale_index(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with pytest.raises(StaleIndex):
        load(folder)
    build(unit(np.random.default_rng(0), 300, 16), "one", kind).save(folder)
    assert load(folder, "one").size == 300
    with pytest.raises(StaleIndex, match="two"):
        load(folder, "two")
    data = folder / ("vectors.npy" if kind == "numpy" else "index.faiss")
    data.write_bytes(data.read_bytes()[:700])
    with pytest.raises(StaleIndex):
        load(folder, "one")
    data.unlink()
    with pytest.raises(StaleIndex):
        load(folder, "one")


def test_manifest_that_lies_about_the_size(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(unit(np.random.default_rng(0), 30, 8), "f", "flat").save(folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"size": 31}))
    with pytest.raises(StaleIndex, match="damaged"):
        load(folder)


def test_stored_index_needs_its_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(unit(np.random.default_rng(0), 30, 8), "f", "flat").save(tmp_path / "index")
    monkeypatch.setattr(vector_index, "faiss_installed", lambda: False)
    with pytest.raises(StaleIndex, match="faiss-cpu"):
        load(tmp_path / "index")


@pytest.mark.gpu
def test_gpu_agrees_with_cpu() -> None:
    rng = np.random.default_rng(3)
    vectors, queries = unit(rng, 3_000, 32), unit(rng, 20, 32)
    index = build(vectors, "f", "flat")
    assert isinstance(index, FaissIndex)
    if not index.on_gpu:
        pytest.skip("FAISS was built without GPU support, or there is no GPU")
    np.testing.assert_allclose(index.search(queries, 5)[0], NumpyIndex(vectors, "f").search(queries, 5)[0], atol=1e-4)


@pytest.mark.parametrize("kind", ["flat", "ivf"])
@pytest.mark.parametrize("gpus", [0, 1])
def test_the_gpu_build_is_used_where_faiss_sees_a_gpu(kind: str, gpus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretended by the CPU build: the clone is searched up to the GPU's largest k, the original is what is stored."""
    import faiss

    class Clone:
        def __init__(self, index: object) -> None:
            self.index, self.asked = index, 0

        def search(self, queries: np.ndarray, k: int) -> object:
            self.asked += 1
            return self.index.search(queries, k)  # type: ignore[attr-defined]

    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: gpus, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", lambda resources, device, index: Clone(index), raising=False)
    vectors = unit(np.random.default_rng(1), 3_000, 8)
    index = build(vectors, "f", kind)
    assert isinstance(index, FaissIndex)
    assert index.on_gpu == bool(gpus)
    index.search(vectors[:2], 3)
    index.search(vectors[:2], vector_index.GPU_MAX_K + 1)
    if gpus:
        assert index._gpu.asked == 1
