"""The parts of a pipeline, created on first use, so that heavy modules are imported only for questions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from clew.api.service.make_reasoner import other_reasoner, with_fallback
from clew.api.service.token_indices import TokenIndices
from clew.api.settings import EMBEDDED, Settings
from clew.decoding.answering.suggestions import Suggest, suggester
from clew.decoding.answering.topics import Linker
from clew.decoding.reasoner import Reasoner
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.training.own_graph.store import ModelStore

if TYPE_CHECKING:
    from clew.api.service.indices import Indices, Told
    from clew.retrieval.encoder.minilm import MiniLM
    from clew.retrieval.vectors.label_index import LabelIndex
    from clew.retrieval.vectors.path_prior import PathPrior


class Parts(Protocol):
    """Makes the linker of a graph version, and the reasoner that all graphs share."""

    def linker(self, graph: Graph) -> Linker:
        """Return a linker over the graph's labels."""

    def suggest(self, graph: Graph) -> Suggest | None:
        """Return what suggests relations where a question is declined; None: nothing does."""

    def reasoner(self) -> Reasoner:
        """Return the reasoner, not yet prepared for any graph."""

    def own_model(self, name: str) -> str:
        """Name the model that a graph was trained with (``clew train``), asked at every question; "": none."""

    def own_reasoner(self, graph: Graph) -> Reasoner | None:
        """Return the reasoner of the graph's own model; None where it has none that fits it."""

    def index(self, name: str, told: Told, earlier: str | None = None) -> bool:
        """Build what the first question to a graph would have to wait for; see ``Indices.build``."""


class DefaultParts:
    """The linker of ``retrieval``, its index kept beside the graph; the embedded model, a Hugging Face causal LM or
    a remote engine."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue, self._settings = catalogue, settings
        self._priors: dict[str, PathPrior] = {}

    def linker(self, graph: Graph) -> Linker:
        """Open the graph's linker, building its index where none is stored yet: of an updated graph what has changed,
        else all of it (seconds per million labels)."""
        return self._indices.linker(graph)

    def suggest(self, graph: Graph) -> Suggest:
        """Suggest by the meaning of relation labels."""
        return suggester(graph, self.labels(graph).relations, self._embedder)

    def labels(self, graph: Graph) -> LabelIndex:
        """Open the vectors of the graph's labels, embedding those of its relations where none are stored yet."""
        return self._indices.labels(graph)

    def label_embedder(self) -> MiniLM:
        """Return the embedder for a graph's many entity labels: on a GPU where there is one, else the one in use.

        Its fingerprint is that of the embedder that reads the questions, so that their vectors go together.
        """
        from clew.retrieval.encoder.minilm import MiniLM

        fast = MiniLM()
        return self._embedder if fast.device == "cpu" else fast

    def index(self, name: str, told: Told, earlier: str | None = None) -> bool:
        """Build all indices of a graph; see ``Indices.build``."""
        return self._indices.build(name, told, earlier)

    @cached_property
    def _indices(self) -> Indices:
        from clew.api.service.indices import Indices

        return Indices(self._catalogue)

    @property
    def _embedder(self) -> MiniLM:
        return self._indices.embedder

    def reasoner(self) -> Reasoner:
        """Load the model that the settings name. Raises ``ModelUnavailable``."""
        if self._settings.model == EMBEDDED:
            return with_fallback(self._settings, self._embedded(), self.prior, TokenIndices(self._catalogue))
        return other_reasoner(self._settings, self.prior, TokenIndices(self._catalogue), self._embedded)

    def _embedded(self) -> Reasoner:
        from clew.decoding.embedded.reasoner import EmbeddedReasoner

        return EmbeddedReasoner(self._embedder, label_states=self._indices.states)

    def prior(self, graph: Graph) -> PathPrior:
        """Return the prior over a graph's relations, those of the latest graphs kept."""
        from clew.retrieval.vectors.path_prior import PathPrior

        known = self._priors.get(graph.content_hash)
        if known is None:
            known = PathPrior(graph, self._embedder, self.labels(graph).relations)
            latest = list(self._priors.items())[1 - limits.MAX_PREPARED_GRAPHS :]
            self._priors = dict(latest) | {graph.content_hash: known}  # replaced: other threads may be reading it
        return known

    def own_model(self, name: str) -> str:
        """Name the folder of the graph's own model."""
        if self._settings.model != EMBEDDED:
            return ""
        folder = ModelStore(self._catalogue, name).current()
        return folder.name if folder else ""

    def own_reasoner(self, graph: Graph) -> Reasoner | None:
        """Load the graph's own model, if it was trained on much the same relations. Raises ``ModelUnavailable``."""
        from clew.decoding.embedded.reasoner import EmbeddedReasoner

        folder = ModelStore(self._catalogue, graph.name).usable(graph)
        if folder is None:
            return None
        own = EmbeddedReasoner(self._embedder, folder, self._indices.states)
        return with_fallback(self._settings, own, self.prior, TokenIndices(self._catalogue))
