"""Mentions in running text: what spans of a question may name, found by label, typo, part and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clew.kg.limits import MAX_LINK_CANDIDATES
from clew.retrieval.linking.evidence import OTHER_CASE, Casing, Evidence
from clew.retrieval.linking.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.name_runs import NameRuns
from clew.retrieval.linking.partials import parts
from clew.retrieval.linking.types import Candidate, Mention
from clew.retrieval.linking.typos import misspellings
from clew.retrieval.linking.words import Word, folded_words
from clew.retrieval.vectors.label_index import EntityIndex
from clew.tries.labels.label_trie import LabelTrie

MIN_SCORE = 0.4
"""Least score of a mention; below it lie single common words that happen to be some entity's label."""
RELATIVE_SCORE = 0.4
"""Least score relative to the best mention's."""
HALF_SURE = 0.5
"""A best mention below this lets the vector index have its say."""
MIN_COSINE = 0.6
NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One reading of a span of the question: a candidate node, and how strongly the words speak for it."""

    start: int
    end: int
    strength: float
    candidate: Candidate


class MentionFinder:
    """Finds the mentions of one graph's entities in questions."""

    def __init__(self, trie: LabelTrie, fuzzy: FuzzyIndex, evidence: Evidence) -> None:
        self._trie, self._fuzzy, self._evidence = trie, fuzzy, evidence
        self._weights = evidence.weights

    def find(self, question: str, entities: EntityIndex | None = None) -> list[Mention]:
        """Return the mentions, best first, none overlapping another.

        ``entities`` is asked only when nothing that looks like a label was found.
        """
        words = folded_words(question)
        casing = Casing.of(question, words)
        hits = self._exact(question, words, casing)
        hits += self._misspelled(question, words, casing, hits) + self._partial(question, words, casing, hits)
        literal = [self._evidence.is_literal(hit.candidate.node) for hit in hits]
        hits = NameRuns(question, words, self._weights, casing).weigh(hits, MIN_SCORE, literal)
        mentions = _resolved(question, hits)
        if entities is not None and not any(m.candidates[0].score >= HALF_SURE for m in mentions):
            mentions = _resolved(question, hits + self._by_meaning(question, words, entities))
        least = max([MIN_SCORE, *(RELATIVE_SCORE * mention.candidates[0].score for mention in mentions[:1])])
        kept = [mention for mention in mentions if mention.candidates[0].score >= least]
        return [self._settled(mention, words) for mention in kept]

    def _settled(self, mention: Mention, words: list[Word]) -> Mention:
        """Let the question's other words weigh between several bearers of a name."""
        if len(mention.candidates) == 1:
            return mention
        spoken = self._evidence.spoken([w.text for w in words if w.end <= mention.start or w.start >= mention.end])
        fitting = [replace(c, score=c.score * self._evidence.fit(c.node, spoken)) for c in mention.candidates]
        return replace(mention, candidates=ranked(fitting))

    def _exact(self, question: str, words: list[Word], casing: Casing) -> list[Hit]:
        hits = []
        for match in self._trie.scan(question, nested=True):
            span = [replace(w, start=w.start + match.start, end=w.end + match.start) for w in folded_words(match.text)]
            if not span or _cuts_word(question, match.start, match.end):
                continue
            strength = self._evidence.matched(question, words, span, match.kind, casing)
            factor = OTHER_CASE if match.kind == "case" and not casing.informative else 1.0
            hits += self._hits(match.start, match.end, match.nodes, strength, match.kind, factor)
        return hits

    def _partial(self, question: str, words: list[Word], casing: Casing, exact: list[Hit]) -> list[Hit]:
        """Parts of names, but within no span that is a label as it stands."""
        labels = [(h.start, h.end) for h in exact if h.strength >= MIN_SCORE and h.candidate.how != "case"]
        hits = []
        for part in parts(words, self._fuzzy, self._weights):
            span = words[part.first : part.last]
            start, end = span[0].start, span[-1].end
            if not any(a <= start and end <= b for a, b in labels):
                strength = self._evidence.partial(question, words, span, self._fuzzy.text(part.label), casing)
                hits += self._hits(start, end, self._fuzzy.nodes(part.label), strength, "partial")
        return hits

    def _misspelled(self, question: str, words: list[Word], casing: Casing, exact: list[Hit]) -> list[Hit]:
        """Typos, but within no span that is a label as it stands."""
        labels = {(hit.start, hit.end) for hit in exact if hit.strength >= MIN_SCORE}
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

    def _by_meaning(self, question: str, words: list[Word], entities: EntityIndex) -> list[Hit]:
        """The labels nearest to each run of content words."""
        runs = _runs([self._weights.is_content(word.text) for word in words])
        spans = [(words[first].start, words[last - 1].end, words[first:last]) for first, last in runs]
        nearest = entities.nearest([question[start:end] for start, end, _ in spans], NEIGHBOURS) if spans else []
        hits = []
        for (start, end, span), found in zip(spans, nearest, strict=True):
            for node, cosine in found:
                if cosine >= MIN_COSINE:
                    hits += self._hits(start, end, [node], self._evidence.meant(span, cosine), "embedding")
        return hits

    def _hits(
        self, start: int, end: int, nodes: Sequence[int], strength: float, how: str, factor: float = 1.0
    ) -> list[Hit]:
        scores = [strength * factor * self._evidence.prior(node, how) for node in nodes]
        return [Hit(start, end, strength, Candidate(*pair, how)) for pair in zip(nodes, scores, strict=True)]


def _cuts_word(question: str, start: int, end: int) -> bool:
    """Whether a span begins or ends at the apostrophe within a word, a genitive's aside: the "s" or the "O" of
    "O'Clock's", not the "Alien" of "Alien's"."""
    begins = start >= 2 and question[start - 1] in "'’" and question[start - 2].isalnum()
    rest = question[end : end + 3]
    ends = len(rest) >= 2 and rest[0] in "'’" and rest[1].isalnum()
    return begins or (ends and not (rest[1] in "sS" and not rest[2:].isalnum()))


def _resolved(question: str, hits: list[Hit]) -> list[Mention]:
    """Group hits by span and keep the spans that overlap no stronger one, best first."""
    spans: dict[tuple[int, int], list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.strength, hit.start - hit.end, hit.start)):
        if all(hit.end <= start or hit.start >= end or (start, end) == (hit.start, hit.end) for start, end in spans):
            spans.setdefault((hit.start, hit.end), []).append(hit)
    mentions = [
        Mention(start, end, question[start:end], ranked([hit.candidate for hit in found]))
        for (start, end), found in spans.items()
    ]
    return sorted(mentions, key=lambda mention: (-mention.candidates[0].score, mention.start))


def ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates best first, each node once, at most ``MAX_LINK_CANDIDATES``."""
    best: dict[int, Candidate] = {}
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.node)):
        best.setdefault(candidate.node, candidate)
    return tuple(best.values())[:MAX_LINK_CANDIDATES]


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
