"""The entity linker: finds the nodes of the graph that a question mentions.

Mentions come from the label trie (labels that stand in the question, but for case and accents), the fuzzy index (names
with typos, and parts of names) and, where entity labels have been embedded and nothing else was found, the vector index
(paraphrased names). Entities named explicitly, ``[in brackets]`` or as an argument, are used as given. If no match
reaches the minimum score, the ``Linking`` is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_QUESTION_CHARS
from clew.kg.time_limit import looking
from clew.retrieval.linking.completion import Completion, complete
from clew.retrieval.linking.evidence import LinkEvidence
from clew.retrieval.linking.explicit import GivenTopics, without_brackets
from clew.retrieval.linking.index import stored
from clew.retrieval.linking.index.stored import LinkerIndex
from clew.retrieval.linking.mentions import MentionFinder
from clew.retrieval.linking.priors import Priors
from clew.retrieval.linking.types import Linking
from clew.retrieval.linking.word_weights import WordWeights
from clew.retrieval.vectors.label_index import EntityIndex
from clew.tries.labels.label_trie import Match
from clew.tries.storage import Base


class EntityLinker:
    """Links questions to one graph version; immutable but for ``entity_index``, which may be set when it is built."""

    def __init__(self, graph: Graph, index: LinkerIndex, entity_index: EntityIndex | None = None) -> None:
        self.graph = graph
        self.entity_index = entity_index
        self._trie, self._fuzzy = index.trie, index.fuzzy
        evidence = LinkEvidence(graph, WordWeights.of(graph, index.fuzzy), Priors(graph, index.degree))
        self._given = GivenTopics(graph, index.trie, index.fuzzy, evidence)
        self._finder = MentionFinder(index.trie, index.fuzzy, evidence)

    @classmethod
    def build(cls, graph: Graph, folder: Path | None = None, entity_index: EntityIndex | None = None) -> EntityLinker:
        """Build the label trie and the fuzzy index (some 4 s per million labels) and store them in ``folder``."""
        return cls(graph, stored.build(graph, folder), entity_index)

    @classmethod
    def load(cls, graph: Graph, folder: Path, entity_index: EntityIndex | None = None) -> EntityLinker:
        """Open what is stored, memory-mapped; ``StaleIndex`` when missing or of another graph version."""
        return cls(graph, stored.load(graph, folder), entity_index)

    @classmethod
    def open(
        cls, graph: Graph, folder: Path, entity_index: EntityIndex | None = None, base: Base | None = None
    ) -> EntityLinker:
        """Load, or build and store where nothing usable is stored: what has changed since ``base``, where that has a
        usable index (``stored.update``), else all of it."""
        index = stored.opened(graph, folder, base)
        index.rehearse()
        return cls(graph, index, entity_index)

    def link(self, question: str, topics: Sequence[str] | None = None) -> Linking:
        """Return the mentions of a question, best first; empty when it names nothing of the graph.

        ``topics`` (keys or labels) and ``[brackets]`` in the question name its entities explicitly (``how="given"``);
        nothing else is then linked. Offsets refer to ``Linking.question``, which is the question without the brackets.

        Raises ``UnknownNode`` for a topic that is neither a key nor a label of the graph (brackets that enclose neither
        are taken for punctuation), ``BadInput`` for a question longer than ``clew.kg.limits.MAX_QUESTION_CHARS``.
        """
        if len(question) > MAX_QUESTION_CHARS:
            raise BadInput(f"the question has {len(question)} characters; the limit is {MAX_QUESTION_CHARS}")
        plain, spans = without_brackets(question)
        if topics:
            return Linking(plain, tuple(self._given.given(plain, topic) for topic in looking(topics)))
        explicit = [mention for span in looking(spans) if (mention := self._given.bracketed(plain, *span))]
        if explicit:
            return Linking(plain, tuple(explicit))
        return Linking(plain, tuple(self._finder.find(plain, self.entity_index)))

    def named(self, text: str) -> list[Match]:
        """Return every label of the graph that stands in a text at word boundaries, but for case and accents; those
        within longer ones included."""
        return self._trie.scan(text, nested=True)

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Return the entities whose names complete a text that is being typed, best first; see ``completion``."""
        return complete(self._fuzzy, text, limit, self.graph.degree)

    def suggest(self, name: str, limit: int = 3) -> list[str]:
        """Return labels spelled like a name, best first."""
        return self._given.suggest(name, limit)
