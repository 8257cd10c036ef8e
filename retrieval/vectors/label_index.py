"""Vectors of a graph's labels: every directed relation always, entities on request.

A CPU embeds some hundreds of labels a second, so relation labels (tens to thousands) are embedded when first needed,
entity labels (thousands to millions) only when someone asks for it, in the foreground or the background.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clew.kg.errors import BadInput, LimitReached, StaleIndex
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.embedder import Embedder
from clew.retrieval.encoder.kept_arrays import Arrays, KeptArrays, fingerprint_of
from clew.retrieval.linking.labels import entity_names
from clew.retrieval.vectors import vector_index
from clew.retrieval.vectors.vector_index import REBUILD, VectorIndex
from clew.tries.storage import read_array, write_index

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Progress = Callable[[int, int], None]
"""Told the number of labels embedded so far, and of all labels."""

FORMAT = 1
KIND = "labels"
"""The name under which the catalogue keeps these vectors."""
CHUNK = 2_048
"""Labels embedded between two reports of progress (a few seconds on a CPU)."""


class RelationIndex:
    """One vector per directed relation: row ``r`` of ``vectors`` (float32 ``[2R, d]``) is relation ``r``'s label."""

    def __init__(self, texts: list[str], vectors: Float32) -> None:
        self.texts = texts
        self.vectors = vectors

    @classmethod
    def open(
        cls, graph: Graph, embedder: Embedder, folder: Path | None = None, earlier: Path | None = None
    ) -> RelationIndex:
        """Load the relation vectors from ``folder``, or embed them and store them there (None: keep in memory).

        ``earlier``: the folder of another version of the graph; its vectors are taken where the labels are the same.
        """
        texts = [graph.relation_label(r) for r in range(2 * graph.num_relations)]
        kept = KeptArrays("relation-labels", fingerprint_of(texts, embedder), REBUILD)
        shape = (len(texts), embedder.dimension)

        def fits(arrays: Arrays) -> bool:
            return arrays["vectors"].shape == shape and arrays["vectors"].dtype == np.float32

        places = [place / "relations" for place in (folder, earlier) if place is not None]
        found = kept.open(places, ("vectors",), fits, lambda: {"vectors": embedder.encode(texts)})
        return cls(texts, found["vectors"])


class EntityIndex:
    """Entity labels by meaning: row ``i`` of ``index`` is a distinct label, worn by ``nodes[ptr[i]:ptr[i+1]]``."""

    def __init__(self, index: VectorIndex, ptr: Int64, nodes: Int32, embedder: Embedder) -> None:
        self.index = index
        self._ptr = ptr
        self._nodes = nodes
        self._embedder = embedder

    @classmethod
    def build(
        cls,
        graph: Graph,
        embedder: Embedder,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
    ) -> EntityIndex:
        """Embed every distinct preferred and alternative label of an entity (literals and descriptions left out).

        Raises ``LimitReached`` when ``stop`` is set before the end.
        """
        texts, ptr, nodes = _entity_labels(graph)
        vectors = np.empty((len(texts), embedder.dimension), dtype=np.float32)
        for at in range(0, len(texts), CHUNK):
            if stop is not None and stop.is_set():
                raise LimitReached(f"embedding was stopped after {at} of {len(texts)} entity labels")
            vectors[at : at + CHUNK] = embedder.encode(texts[at : at + CHUNK])
            if progress is not None:
                progress(min(at + CHUNK, len(texts)), len(texts))
        return cls(vector_index.build(vectors, _fingerprint(graph, embedder)), ptr, nodes, embedder)

    @classmethod
    def load(cls, graph: Graph, embedder: Embedder, folder: Path) -> EntityIndex:
        """Open a stored index, memory-mapped; raises ``StaleIndex`` when missing, damaged or of another model."""
        index = vector_index.load(folder / "entities" / "vectors", _fingerprint(graph, embedder))
        ptr, nodes = (read_array(folder / "entities", name, REBUILD) for name in ("ptr", "nodes"))
        if len(ptr) != index.size + 1 or ptr[-1] != len(nodes):
            raise StaleIndex(f"{folder}: entity labels and vectors do not match; rebuild them with: {REBUILD}")
        return cls(index, ptr, nodes, embedder)

    def read_by(self, embedder: Embedder) -> EntityIndex:
        """Return the same index, with questions embedded by this embedder."""
        return EntityIndex(self.index, self._ptr, self._nodes, embedder)

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, replacing what was there."""
        write_index(
            folder / "entities",
            {"format": FORMAT, "kind": "entity-labels"},
            {"ptr": self._ptr, "nodes": self._nodes},
            {"vectors": lambda path: self.index.save(Path(path))},
        )

    def nearest(self, texts: list[str], k: int) -> list[list[tuple[int, float]]]:
        """Return, per text, (entity, cosine) of the k nearest labels, best first; each entity once."""
        scores, rows = self.index.search(self._embedder.encode(texts), k)
        found: list[list[tuple[int, float]]] = []
        for of_text, ids in zip(scores, rows, strict=True):
            best: dict[int, float] = {}
            for score, row in zip(of_text.tolist(), ids.tolist(), strict=True):
                if row >= 0:
                    for node in self._nodes[self._ptr[row] : self._ptr[row + 1]].tolist():
                        best.setdefault(node, score)
            found.append(list(best.items()))
        return found


class LabelIndex:
    """Both indices of one graph version, kept under ``folder`` (``Catalogue.derived(graph, KIND, fingerprint)``)."""

    def __init__(
        self, graph: Graph, embedder: Embedder, folder: Path | None = None, earlier: Path | None = None
    ) -> None:
        """``earlier``: see ``RelationIndex.open``."""
        self.relations = RelationIndex.open(graph, embedder, folder, earlier)
        self.entities: EntityIndex | None = None
        self._graph, self._embedder, self._folder = graph, embedder, folder
        if folder is not None and (folder / "entities").is_dir():
            try:
                self.entities = EntityIndex.load(graph, embedder, folder)
            except StaleIndex:
                self.entities = None  # built by another model: linking by meaning waits for ``build_entities``

    def build_entities(
        self,
        progress: Progress | None = None,
        stop: threading.Event | None = None,
        embedder: Embedder | None = None,
    ) -> EntityIndex:
        """Embed the entity labels, store them and use them from now on.

        ``embedder``: the same model on a faster device, used for the labels only. Raises ``BadInput`` for another.
        """
        if embedder is not None and embedder.fingerprint != self._embedder.fingerprint:
            raise BadInput(f"labels must be embedded with {self._embedder.fingerprint}, not {embedder.fingerprint}")
        built = EntityIndex.build(self._graph, embedder or self._embedder, progress, stop).read_by(self._embedder)
        if self._folder is not None:
            built.save(self._folder)
        self.entities = built
        return built

    def build_entities_in_background(
        self, progress: Progress | None = None, stop: threading.Event | None = None
    ) -> Future[EntityIndex]:
        """Start ``build_entities`` in a thread that does not keep the process alive."""
        future: Future[EntityIndex] = Future()

        def work() -> None:
            try:
                future.set_result(self.build_entities(progress, stop))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=work, name="embed-entity-labels", daemon=True).start()
        return future


def _fingerprint(graph: Graph, embedder: Embedder) -> str:
    return f"{graph.content_hash[:16]}/{embedder.fingerprint}"


def _entity_labels(graph: Graph) -> tuple[list[str], Int64, Int32]:
    """Return the distinct label texts of entities, sorted, and who wears each (CSR)."""
    wearers: dict[str, set[int]] = {}
    for node, text in entity_names(graph):
        wearers.setdefault(text, set()).add(node)
    texts = sorted(wearers)
    groups = [sorted(wearers[text]) for text in texts]
    ptr = np.concatenate(([0], np.cumsum([len(group) for group in groups], dtype=np.int64))).astype(np.int64)
    nodes = np.fromiter((node for group in groups for node in group), dtype=np.int32, count=int(ptr[-1]))
    return texts, ptr, nodes
