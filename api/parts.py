"""What an engine is made of, made on first use: nothing heavy is imported before a question is asked."""

from __future__ import annotations

from typing import Protocol

from api.settings import EMBEDDED, Settings
from api.topics import Linker
from decoding.reasoner import Reasoner
from kg.catalogue import Catalogue
from kg.graph import Graph

LINKER_INDEX = "1"
"""Names what the stored linker index depends on beside the graph; change it when its format changes."""


class Parts(Protocol):
    """Makes the linker of a graph version, and the reasoner that all graphs share."""

    def linker(self, graph: Graph) -> Linker:
        """Return a linker over the graph's labels."""

    def reasoner(self) -> Reasoner:
        """Return the reasoner, not yet prepared for any graph."""


class DefaultParts:
    """The linker of ``retrieval``, its index kept beside the graph; the embedded model or a Hugging Face causal LM."""

    def __init__(self, catalogue: Catalogue, settings: Settings) -> None:
        self._catalogue, self._settings = catalogue, settings

    def linker(self, graph: Graph) -> Linker:
        """Open the graph's linker, building its index (seconds per million labels) where none is stored yet."""
        from retrieval.linker import EntityLinker

        return EntityLinker.open(graph, self._catalogue.derived(graph, "linker", LINKER_INDEX))

    def reasoner(self) -> Reasoner:
        """Load the model that the settings name. Raises ``ModelUnavailable``."""
        if self._settings.model == EMBEDDED:
            from decoding.embedded.reasoner import EmbeddedReasoner

            return EmbeddedReasoner()
        from decoding.loading import load_causal_lm
        from decoding.token_reasoner import TokenReasoner

        return TokenReasoner(load_causal_lm(self._settings.model, self._settings.device))
