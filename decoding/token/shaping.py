"""The Shaping port: makes a ``Shaper`` for each question of a token reasoner. Settings choose one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.reasoner import Topic
from clew.decoding.search.shaper import Shaper
from clew.decoding.token.knn import Spell
from clew.decoding.token.layout import Opened
from clew.kg.graph.graph import Graph


class Shaping(Protocol):
    """What weighs in beside the model, question by question."""

    @property
    def name(self) -> str:
        """What tells this shaping from others: part of what an answer depends on."""

    def prepare(self, graph: Graph, spell: Spell) -> None:
        """Build or load what is needed per graph version; ``spell`` gives an example's tokens. Idempotent."""

    def open(
        self, question: str, graph: Graph, topics: Sequence[Topic], opened: Opened, context: TokenTree
    ) -> Shaper | None:
        """Return the shaper of one question, whose prompt ``context`` holds; None: the model alone."""
