"""Token indices, stored with the graph versions that they were built from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.tries.tokens.token_index import TokenIndex

KIND = "tokens"


class TokenIndices:
    """The indices that ``clew index --tokenizer`` has stored in a home; one that is not there is built in memory."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __call__(self, graph: Graph, tokenizer: Any, *, inverse: bool = True) -> TokenIndex:
        """Return the index of a graph under a tokenizer. Raises ``StaleIndex`` for one that is damaged."""
        from clew.tries.tokens.token_index import TokenIndex

        folder = self.folder(graph, tokenizer, inverse)
        if not folder.is_dir():
            return TokenIndex.build(graph, tokenizer, inverse=inverse)
        return TokenIndex.load(folder, graph, tokenizer, inverse)

    def folder(self, graph: Graph, tokenizer: Any, inverse: bool) -> Path:
        """Return where the index is kept."""
        from clew.tries.tokens.tokenize import as_tokenize

        directions = "both" if inverse else "forward"
        return self._catalogue.derived(graph, KIND, f"{as_tokenize(tokenizer).fingerprint} {directions}")
