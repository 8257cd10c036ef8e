"""The VectorIndex port: nearest vectors by inner product, over FAISS or, where FAISS is absent, plain numpy.

Laws (``clew.retrieval.laws.vector_index``): an ``exact`` index gives the scores of brute force; rows come best first,
ties by ascending id; a row short of hits is padded with id -1 and score -inf; batch = single; save and load change
nothing; vectors of another model or graph are refused (``StaleIndex``).

FAISS: Douze et al. 2024, *The Faiss library*, arXiv 2401.08281.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import BadInput, StaleIndex
from clew.kg.limits import MAX_EXACT_VECTORS, MAX_GPU_HITS
from clew.tries.storage import open_file, read_array, read_index, write_index

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]

FORMAT = 1
FAISS_FILE = "index.faiss"
PROBES = 64
"""Inverted lists visited per query, of some 4 * sqrt(n)."""
REBUILD = "clew index --graph NAME"


class VectorIndex(Protocol):
    """The vectors nearest to a query, by inner product (cosine, as embedders normalise)."""

    @property
    def size(self) -> int:
        """Return the number of vectors."""

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Return the name of what was indexed and by which model."""

    @property
    def exact(self) -> bool:
        """Return whether every search finds the true nearest vectors."""

    def search(self, queries: Float32, k: int) -> tuple[Float32, Int64]:
        """Return scores and ids of the k nearest vectors of each query, best first, both ``[len(queries), k]``."""

    def save(self, folder: Path) -> None:
        """Write the index to a folder, replacing what was there."""


class NumpyIndex:
    """Exact search by one matrix product; needs no FAISS."""

    kind = "numpy"
    exact = True

    def __init__(self, vectors: Float32, fingerprint: str) -> None:
        self.vectors = vectors
        self.fingerprint = fingerprint

    @property
    def size(self) -> int:
        """Number of vectors."""
        return len(self.vectors)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    def search(self, queries: Float32, k: int) -> tuple[Float32, Int64]:
        """See ``VectorIndex.search``."""
        queries = _checked(queries, self.dimension, k)
        scores = queries @ self.vectors.T
        top = min(k, self.size)
        ids = np.argpartition(-scores, top - 1, axis=1)[:, :top] if top else np.zeros((len(queries), 0), np.int64)
        return _arranged(np.take_along_axis(scores, ids, axis=1), ids, k)

    def save(self, folder: Path) -> None:
        """See ``VectorIndex.save``."""
        write_index(folder, _manifest(self), {"vectors": self.vectors})


class FaissIndex:
    """A FAISS index: ``IndexFlatIP``, or ``IndexIVFFlat`` when large; cloned to the GPU where FAISS can."""

    def __init__(self, index: Any, kind: str, fingerprint: str) -> None:
        self._index = index
        self.kind = kind
        self.fingerprint = fingerprint
        self._gpu = _gpu_clone(index)

    @property
    def exact(self) -> bool:
        """True for the flat index."""
        return self.kind == "flat"

    @property
    def on_gpu(self) -> bool:
        """Whether searches run on a GPU."""
        return self._gpu is not None

    @property
    def size(self) -> int:
        """Number of vectors."""
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, queries: Float32, k: int) -> tuple[Float32, Int64]:
        """See ``VectorIndex.search``."""
        queries = _checked(queries, self.dimension, k)
        if not self.size or not len(queries):
            return _arranged(np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64), k)
        index = self._gpu if self._gpu is not None and k <= MAX_GPU_HITS else self._index
        scores, ids = index.search(queries, min(k, self.size))
        return _arranged(scores, ids, k)

    def save(self, folder: Path) -> None:
        """See ``VectorIndex.save``."""
        import faiss

        write_index(folder, _manifest(self), {}, {FAISS_FILE: lambda path: faiss.write_index(self._index, path)})


def build(vectors: Float32, fingerprint: str, kind: str = "auto") -> NumpyIndex | FaissIndex:
    """Index float32 vectors ``[n, d]``; ids are row numbers.

    ``kind``: ``flat`` (exact), ``ivf`` (approximate), ``numpy`` (exact, without FAISS), or ``auto``: flat up to
    ``MAX_EXACT_VECTORS`` vectors and IVF beyond; numpy where FAISS is not installed.
    """
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    if vectors.ndim != 2:
        raise BadInput(f"vectors must have shape [n, d], not {vectors.shape}")
    if kind == "auto":
        large = "ivf" if len(vectors) > MAX_EXACT_VECTORS else "flat"
        kind = large if faiss_installed() else "numpy"
    if kind == "numpy":
        return NumpyIndex(vectors, fingerprint)
    if kind not in ("flat", "ivf"):
        raise BadInput(f"unknown kind of vector index: {kind!r} (auto, flat, ivf or numpy)")
    import faiss

    index: Any = faiss.IndexFlatIP(vectors.shape[1])
    if kind == "ivf":
        lists = max(1, min(int(4 * len(vectors) ** 0.5), len(vectors)))
        index = faiss.IndexIVFFlat(index, vectors.shape[1], lists, faiss.METRIC_INNER_PRODUCT)
        index.cp.min_points_per_centroid = 1  # fewer points than FAISS's taste is no reason to print a warning
        index.train(vectors)
        index.nprobe = min(PROBES, lists)
    index.add(vectors)
    return FaissIndex(index, kind, fingerprint)


def load(folder: Path, fingerprint: str | None = None) -> NumpyIndex | FaissIndex:
    """Open a saved index, memory-mapped.

    Raises ``StaleIndex`` when it is missing, damaged, of another format, or has another fingerprint than asked for.
    """
    expected: dict[str, object] = {"format": FORMAT, "kind": "vectors"}
    if fingerprint is not None:
        expected["fingerprint"] = fingerprint
    manifest = read_index(folder, expected, REBUILD)
    found = str(manifest["fingerprint"])
    index: NumpyIndex | FaissIndex
    if manifest["engine"] == "numpy":
        index = NumpyIndex(read_array(folder, "vectors", REBUILD), found)
    else:
        index = FaissIndex(_read_faiss(folder), str(manifest["engine"]), found)
    if (index.size, index.dimension) != (manifest["size"], manifest["dimension"]):
        raise StaleIndex(f"the index at {folder} is damaged; rebuild it with: {REBUILD}")
    return index


def faiss_installed() -> bool:
    """Whether FAISS can be imported."""
    try:
        import faiss  # noqa: F401
    except ImportError:
        return False
    return True


def _gpu_clone(index: Any) -> Any | None:
    """Return a copy of the index on GPU 0 when FAISS was built for GPUs and one is there."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return faiss.index_cpu_to_gpu(faiss.StandardGpuResources(), 0, index)


def _checked(queries: Float32, dimension: int, k: int) -> Float32:
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    if queries.ndim != 2 or queries.shape[1] != dimension:
        raise BadInput(f"queries must have shape [q, {dimension}], not {queries.shape}")
    if k < 1:
        raise BadInput(f"k must be at least 1, not {k}")
    return queries


def _arranged(scores: Float32, ids: NDArray[Any], k: int) -> tuple[Float32, Int64]:
    """Sort hits by score, ties by id; pad to k columns."""
    ids = ids.astype(np.int64)
    scores = np.where(ids < 0, -np.inf, scores).astype(np.float32)
    order = np.lexsort((ids, -scores), axis=1)
    scores, ids = np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)
    short = ((0, 0), (0, k - scores.shape[1]))
    return np.pad(scores, short, constant_values=-np.inf), np.pad(ids, short, constant_values=-1)


def _manifest(index: NumpyIndex | FaissIndex) -> dict[str, object]:
    return {
        "format": FORMAT,
        "kind": "vectors",
        "engine": index.kind,
        "fingerprint": index.fingerprint,
        "size": index.size,
        "dimension": index.dimension,
    }


def _read_faiss(folder: Path) -> Any:
    if not faiss_installed():
        raise StaleIndex(f"the index at {folder} needs FAISS: run `pip install faiss-cpu`, or rebuild with: {REBUILD}")
    import faiss

    file = open_file(folder, FAISS_FILE, REBUILD)
    try:
        return faiss.read_index(str(file.path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise StaleIndex(f"the index at {folder} is damaged; rebuild it with: {REBUILD}") from error
