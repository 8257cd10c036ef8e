"""What the first question to a graph version needs, derived from the graph and kept beside it.

Each part is opened where it is stored, else built and stored, said in the log where it was stale or damaged. ``build``
does so for all of them, so that the first question builds nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clew.decoding.embedded.vocabulary.vocabulary import label_texts, relation_names
from clew.kg.errors import ClewError, StorageFailed
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta_files import is_delta
from clew.kg.store.earlier import Earlier
from clew.retrieval.encoder import kept_states
from clew.retrieval.encoder.kept_states import KeptStates
from clew.retrieval.encoder.minilm import MiniLM
from clew.retrieval.linking.index import stored
from clew.retrieval.vectors import label_index
from clew.retrieval.vectors.label_index import LabelIndex
from clew.tries.columns import stored as columns
from clew.tries.columns.stored import columns_of, keep_columns_in
from clew.tries.survey import survey
from clew.tries.survey.stored import open_survey
from clew.tries.survey.survey import Survey

if TYPE_CHECKING:
    from clew.retrieval.linking.linker import EntityLinker

LINKER, LINKER_INDEX = "linker", "2"
"""The kind of index, and what names its format; change that when the format changes."""
_NAMES = (LINKER, LINKER_INDEX)
SURVEY_INDEX = "1"
"""The same for the survey."""

Told = Callable[[str], None]
"""Told what is built next."""


class Indices:
    """The indices of the graphs of one catalogue. Safe for threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.embedder = MiniLM(device="cpu")  # the embedded model shares its tensors, and is run on the CPU

    def survey(self, graph: Graph, earlier: Earlier) -> Survey:
        """Open what is known of a graph's edges; ``survey_of(graph)`` then returns it."""
        place = (survey.KIND, SURVEY_INDEX)
        return open_survey(graph, self._catalogue.derived(graph, *place), earlier.index(*place))

    def keep_columns(self, graph: Graph, earlier: Earlier) -> None:
        """Let ``columns_of(graph)``, at its first call, open the columns of typed values."""
        place = (columns.KIND, columns.INDEX)
        keep_columns_in(graph, self._catalogue.derived(graph, *place), earlier.index(*place))

    def linker(self, graph: Graph) -> EntityLinker:
        """Open the linker of a graph; what is not stored is built from what the version that an update started from
        has."""
        from clew.retrieval.linking.linker import EntityLinker  # more than an update needs

        earlier = Earlier(self._catalogue, graph)
        self.survey(graph, earlier)
        self.keep_columns(graph, earlier)
        folder, base = self._catalogue.derived(graph, *_NAMES), earlier.index(*_NAMES)
        return EntityLinker.open(graph, folder, self.labels(graph).entities, base)

    def labels(self, graph: Graph, earlier: Graph | None = None) -> LabelIndex:
        """Open the vectors of a graph's labels; of ``earlier``, another version, what has not changed is taken."""
        return LabelIndex(graph, self.embedder, *self._folders(label_index.KIND, graph, earlier))

    def states(self, graph: Graph, earlier: Graph | None = None) -> KeptStates:
        """Open the token states of a graph's relation labels; ``earlier``: see ``labels``."""
        return KeptStates(self.embedder, *self._folders(kept_states.KIND, graph, earlier))

    def build(self, name: str, told: Told, earlier: str | None = None) -> bool:
        """Build what the current version of a graph lacks, step by step; ``earlier``: the version before an update.

        Return whether it has all. A graph is published without its indices as well as with them: what prevents them (a
        full disk, a missing model) is said in the log, and they are left to the first question.
        """
        try:
            told("opening the graph")
            graph = self._catalogue.open(name)
            before, base = self._whole(name, earlier), Earlier(self._catalogue, graph)
            told("looking at all edges")
            self.survey(graph, base)
            told("sorting values")
            self.keep_columns(graph, base)
            columns_of(graph)
            told("indexing relation labels")
            self.labels(graph, before)
            self.states(graph, before).keep(label_texts(relation_names(graph).words))
            told("indexing names")
            stored.opened(graph, self._catalogue.derived(graph, *_NAMES), base.index(*_NAMES))
            self._check_stored(graph)
        except (ClewError, OSError) as error:
            logging.getLogger(__name__).warning("%s is published, but not indexed: %s", name, error)
            return False
        return True

    def _check_stored(self, graph: Graph) -> None:
        """Raise ``StorageFailed`` or ``StaleIndex`` where a part was built, but could not be stored."""
        encoder = self.embedder.fingerprint
        parts = {
            survey.KIND: SURVEY_INDEX,
            columns.KIND: columns.INDEX,
            LINKER: LINKER_INDEX,
            label_index.KIND: encoder,
            kept_states.KIND: encoder,
        }
        for kind, fingerprint in parts.items():
            folder = self._catalogue.derived(graph, kind, fingerprint)
            if not folder.is_dir():
                raise StorageFailed(f"{folder} could not be written")
        stored.load(graph, self._catalogue.derived(graph, LINKER, LINKER_INDEX))  # it has several parts

    def _whole(self, name: str, version: str | None) -> Graph | None:
        """Return an earlier version that can be opened without building it."""
        if version is None or version not in self._catalogue.versions(name):
            return None
        if is_delta(self._catalogue.folder(name, version)):
            return None
        return self._catalogue.open(name, version)

    def _folders(self, kind: str, *graphs: Graph | None) -> list[Path]:
        """Return where what the encoder reads is kept, of each graph that is given."""
        given = [graph for graph in graphs if graph is not None]
        return [self._catalogue.derived(graph, kind, self.embedder.fingerprint) for graph in given]
