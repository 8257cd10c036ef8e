"""Entities that the question names explicitly: in brackets, or as an argument."""

from __future__ import annotations

import re
from collections.abc import Sequence

from clew.kg.errors import UnknownNode
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.evidence import LinkEvidence
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.mentions import ranked
from clew.retrieval.linking.types import Candidate, Mention
from clew.retrieval.linking.typos import misspellings
from clew.retrieval.linking.words import folded_words
from clew.tries.labels.label_trie import LabelTrie

BRACKETED = re.compile(r"\[([^\[\]]+)\]")


class GivenTopics:
    """Resolves explicit names over one graph. A label that several nodes share stands for all of them."""

    def __init__(self, graph: Graph, trie: LabelTrie, fuzzy: FuzzyIndex, evidence: LinkEvidence) -> None:
        self._graph, self._trie, self._fuzzy, self._evidence = graph, trie, fuzzy, evidence

    def given(self, question: str, topic: str) -> Mention:
        """Return the mention of a topic named by key or label; its span is where the question says it, else empty.

        Raises ``UnknownNode``, with similar labels, when it is neither a key nor a label.
        """
        nodes = self._named(topic)
        if not nodes:
            similar = self.suggest(topic)
            hint = f"; similar labels: {', '.join(map(repr, dict.fromkeys(similar)))}" if similar else ""
            raise UnknownNode(f"no entity of the graph has the key or label {topic!r}{hint}")
        at = -1
        for name in dict.fromkeys([topic, *(self._graph.label(node) for node in nodes)]):
            at = question.lower().find(name.lower()) if len(question.lower()) == len(question) else question.find(name)
            if name and at >= 0:
                return _given_mention(question, at, at + len(name), nodes)
        return _given_mention(question, 0, 0, nodes)

    def bracketed(self, question: str, start: int, end: int) -> Mention | None:
        """Return what a bracketed span names: a key, a label, or a label with typos that takes up the whole of it."""
        text = question[start:end]
        nodes = self._named(text)
        if nodes:
            return _given_mention(question, start, end, nodes)
        words = folded_words(text)
        whole = [
            m for m in misspellings(words, self._fuzzy, self._evidence.weights) if (m.first, m.last) == (0, len(words))
        ]
        if not whole:
            return None
        best = max(m.similarity for m in whole)
        hits = [
            Candidate(node, m.similarity * self._evidence.prior(node, "typo"), "typo")
            for m in whole
            if m.similarity == best
            for node in self._fuzzy.nodes(m.label)
        ]
        return Mention(start, end, text, ranked(hits))

    def _named(self, name: str) -> list[int]:
        """The node of a key and every node of a label as written; else the nodes of a label but for case."""
        key = self._graph.find_node(name)
        written = [] if key is None else [key]
        matches = self._trie.lookup(name)
        for match in matches:
            if match.kind != "case":
                written += match.nodes
        return list(dict.fromkeys(written)) or [node for match in matches for node in match.nodes]

    def suggest(self, name: str, limit: int = 3) -> list[str]:
        """Return labels spelled like a name, best first."""
        found = sorted(
            misspellings(folded_words(name), self._fuzzy, self._evidence.weights), key=lambda m: -m.similarity
        )
        nodes = dict.fromkeys(node for one in found for node in self._fuzzy.nodes(one.label))
        return [self._graph.label(node) for node in list(nodes)[:limit]]


def _given_mention(question: str, start: int, end: int, nodes: Sequence[int]) -> Mention:
    return Mention(start, end, question[start:end], tuple(Candidate(node, 1.0, "given") for node in nodes))


def without_brackets(question: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the question without brackets, and where the bracketed texts now stand."""
    plain, spans, at = "", [], 0
    for match in BRACKETED.finditer(question):
        inner = match.group(1).strip()
        plain += question[at : match.start()]
        if inner:
            spans.append((len(plain), len(plain) + len(inner)))
        plain += inner
        at = match.end()
    return plain + question[at:], spans
