"""The entity linker: which nodes of the graph a question names.

Mentions come from three sources, each asked only for what the ones before left open: the label trie (every label that
stands in the question, but for case and accents), the fuzzy index (names with typos), and, where entity labels have
been embedded, the vector index (names said otherwise). What is named explicitly, ``[in brackets]`` or as an argument,
is taken at its word. A question that names nothing gives an empty ``Linking``: there is a least score, and no guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import BadInput, StaleIndex, UnknownNode
from kg.graph import Graph
from kg.limits import MAX_QUESTION_CHARS
from retrieval.evidence import KIND, Casing, Evidence
from retrieval.fuzzy_index import FuzzyIndex
from retrieval.label_index import EntityIndex
from retrieval.types import Candidate, Linking, Mention
from retrieval.typos import misspellings
from retrieval.word_weights import WordWeights
from retrieval.words import Word, folded_words
from tries.label_trie import LabelTrie

MIN_SCORE = 0.3
"""Least score of a mention; below it lie single common words that happen to be some entity's label."""
RELATIVE_SCORE = 0.4
"""Least score relative to the best mention's."""
MAX_CANDIDATES = 20
"""Candidates kept per mention; further bearers of a name score no better and cannot be told apart."""
HALF_SURE = 0.5
"""A best mention below this lets the vector index have its say."""
MIN_COSINE = 0.6
NEIGHBOURS = 5
BRACKETED = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Hit:
    """One reading of a span of the question: a candidate node."""

    start: int
    end: int
    candidate: Candidate


class EntityLinker:
    """Links questions to one graph version; immutable but for ``entity_index``, which may be set when it is built."""

    def __init__(
        self, graph: Graph, label_trie: LabelTrie, fuzzy: FuzzyIndex, entity_index: EntityIndex | None = None
    ) -> None:
        self.graph = graph
        self.entity_index = entity_index
        self._trie, self._fuzzy = label_trie, fuzzy
        self._weights = WordWeights.of(graph, fuzzy)
        self._evidence = Evidence(graph, self._weights)

    @classmethod
    def build(cls, graph: Graph, folder: Path | None = None, entity_index: EntityIndex | None = None) -> EntityLinker:
        """Build the label trie and the fuzzy index (seconds per million labels) and store them in ``folder``."""
        trie, fuzzy = LabelTrie.build(graph), FuzzyIndex.build(graph)
        if folder is not None:
            trie.save(folder / "labels")
            fuzzy.save(folder / "fuzzy")
        return cls(graph, trie, fuzzy, entity_index)

    @classmethod
    def load(cls, graph: Graph, folder: Path, entity_index: EntityIndex | None = None) -> EntityLinker:
        """Open what ``build`` stored, memory-mapped; ``StaleIndex`` when missing or of another graph version."""
        trie = LabelTrie.load(folder / "labels", graph.content_hash)
        return cls(graph, trie, FuzzyIndex.load(folder / "fuzzy", graph.content_hash), entity_index)

    @classmethod
    def open(cls, graph: Graph, folder: Path, entity_index: EntityIndex | None = None) -> EntityLinker:
        """Load, or build and store where nothing usable is stored."""
        try:
            return cls.load(graph, folder, entity_index)
        except StaleIndex:
            return cls.build(graph, folder, entity_index)

    def link(self, question: str, topics: Sequence[str] | None = None) -> Linking:
        """Return the mentions of a question, best first; empty when it names nothing of the graph.

        ``topics`` (keys or labels) and ``[brackets]`` in the question name its entities explicitly (``how="given"``);
        nothing else is then linked. Offsets refer to ``Linking.question``, which is the question without the brackets.

        Raises ``UnknownNode`` for a topic that is neither a key nor a label of the graph (brackets that enclose neither
        are taken for punctuation), ``BadInput`` for a question longer than ``kg.limits.MAX_QUESTION_CHARS``.
        """
        if len(question) > MAX_QUESTION_CHARS:
            raise BadInput(f"the question has {len(question)} characters; at most {MAX_QUESTION_CHARS} are read")
        plain, spans = _without_brackets(question)
        if topics:
            return Linking(plain, tuple(self._given(plain, topic) for topic in topics))
        explicit = [mention for span in spans if (mention := self._bracketed(plain, *span))]
        if explicit:
            return Linking(plain, tuple(explicit))
        return Linking(plain, tuple(self._mentions(plain)))

    def suggest(self, name: str, limit: int = 3) -> list[str]:
        """Return labels spelled like a name, best first."""
        found = sorted(misspellings(folded_words(name), self._fuzzy, self._weights), key=lambda m: -m.similarity)
        nodes = dict.fromkeys(node for one in found for node in self._fuzzy.nodes(one.label))
        return [self.graph.label(node) for node in list(nodes)[:limit]]

    # --- explicit topics

    def _given(self, question: str, topic: str) -> Mention:
        nodes = self._named(topic)
        if not nodes:
            similar = self.suggest(topic)
            hint = f"; similar labels: {', '.join(map(repr, similar))}" if similar else ""
            raise UnknownNode(f"no entity of the graph has the key or label {topic!r}{hint}")
        at = -1
        for name in dict.fromkeys([topic, *(self.graph.label(node) for node in nodes)]):
            at = question.lower().find(name.lower()) if len(question.lower()) == len(question) else question.find(name)
            if name and at >= 0:
                return _given_mention(question, at, at + len(name), nodes)
        return _given_mention(question, 0, 0, nodes)

    def _bracketed(self, question: str, start: int, end: int) -> Mention | None:
        """What a bracketed span names: a key, a label, or a label with typos that takes up the whole of it."""
        text = question[start:end]
        nodes = self._named(text)
        if nodes:
            return _given_mention(question, start, end, nodes)
        words = folded_words(text)
        whole = [m for m in misspellings(words, self._fuzzy, self._weights) if (m.first, m.last) == (0, len(words))]
        if not whole:
            return None
        best = max(m.similarity for m in whole)
        hits = [
            Candidate(node, m.similarity * self._evidence.prior(node), "typo")
            for m in whole
            if m.similarity == best
            for node in self._fuzzy.nodes(m.label)
        ]
        return Mention(start, end, text, _ranked(hits))

    def _named(self, name: str) -> list[int]:
        """The node of a key and every node of a label as written; else the nodes of a label but for case."""
        key = self.graph.find_node(name)
        written = [] if key is None else [key]
        matches = self._trie.lookup(name)
        for match in matches:
            if match.kind != "case":
                written += match.nodes
        return list(dict.fromkeys(written)) or [node for match in matches for node in match.nodes]

    # --- mentions in running text

    def _mentions(self, question: str) -> list[Mention]:
        words = folded_words(question)
        casing = Casing.of(question, words)
        hits = self._exact(question, words, casing)
        hits += self._misspelled(question, words, casing, hits)
        mentions = _resolved(question, hits)
        if self.entity_index is not None and not any(m.candidates[0].score >= HALF_SURE for m in mentions):
            mentions = _resolved(question, hits + self._by_meaning(question, words))
        least = max([MIN_SCORE, *(RELATIVE_SCORE * mention.candidates[0].score for mention in mentions[:1])])
        return [mention for mention in mentions if mention.candidates[0].score >= least]

    def _exact(self, question: str, words: list[Word], casing: Casing) -> list[Hit]:
        hits = []
        for match in self._trie.scan(question, nested=True):
            span = [word for word in words if word.end > match.start and word.start < match.end]
            if not span:
                continue  # a label of punctuation alone
            score = self._evidence.matched(question, words, span, match.kind, casing)
            hits += self._hits(match.start, match.end, match.nodes, score, match.kind)
        return hits

    def _misspelled(self, question: str, words: list[Word], casing: Casing, exact: list[Hit]) -> list[Hit]:
        """Typos, but within no span that is a label as it stands."""
        labels = {(hit.start, hit.end) for hit in exact if hit.candidate.score >= MIN_SCORE}
        hits = []
        for found in misspellings(words, self._fuzzy, self._weights):
            span = words[found.first : found.last]
            start, end = span[0].start, span[-1].end
            if any(a <= start and end <= b for a, b in labels):
                continue
            name = self._fuzzy.text(found.label)
            score = self._evidence.misspelled(question, words, span, name, found.similarity, casing)
            hits += self._hits(start, end, self._fuzzy.nodes(found.label), score, "typo" if found.edits else "case")
        return hits

    def _by_meaning(self, question: str, words: list[Word]) -> list[Hit]:
        """The labels nearest to each run of content words."""
        assert self.entity_index is not None
        runs = _runs([self._weights.is_content(word.text) for word in words])
        spans = [(words[first].start, words[last - 1].end, words[first:last]) for first, last in runs]
        nearest = (
            self.entity_index.nearest([question[start:end] for start, end, _ in spans], NEIGHBOURS) if spans else []
        )
        hits = []
        for (start, end, span), found in zip(spans, nearest, strict=True):
            salience = self._evidence.salience([word.text for word in span])
            for node, cosine in found:
                if cosine >= MIN_COSINE:
                    hits += self._hits(start, end, [node], KIND["embedding"] * cosine * salience, "embedding")
        return hits

    def _hits(self, start: int, end: int, nodes: Sequence[int], score: float, how: str) -> list[Hit]:
        return [Hit(start, end, Candidate(node, score * self._evidence.prior(node), how)) for node in nodes]


def _resolved(question: str, hits: list[Hit]) -> list[Mention]:
    """Group hits by span and keep the spans that overlap no better one, best first."""
    spans: dict[tuple[int, int], list[Candidate]] = {}
    for hit in hits:
        spans.setdefault((hit.start, hit.end), []).append(hit.candidate)
    mentions = [Mention(start, end, question[start:end], _ranked(found)) for (start, end), found in spans.items()]
    mentions.sort(key=lambda m: (-m.candidates[0].score, -(m.end - m.start), m.start))
    kept: list[Mention] = []
    for mention in mentions:
        if all(mention.end <= other.start or mention.start >= other.end for other in kept):
            kept.append(mention)
    return kept


def _ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Best first, each node once."""
    best: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.node)):
        best.setdefault(candidate.node, candidate)
    return tuple(best.values())[:MAX_CANDIDATES]


def _given_mention(question: str, start: int, end: int, nodes: Sequence[int]) -> Mention:
    return Mention(start, end, question[start:end], tuple(Candidate(node, 1.0, "given") for node in nodes))


def _without_brackets(question: str) -> tuple[str, list[tuple[int, int]]]:
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


def _runs(flags: list[bool]) -> list[tuple[int, int]]:
    """Return the maximal runs of True as (first, last + 1)."""
    runs, first = [], None
    for at, flag in enumerate([*flags, False]):
        if flag and first is None:
            first = at
        elif not flag and first is not None:
            runs.append((first, at))
            first = None
    return runs
