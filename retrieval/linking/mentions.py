"""Finds mentions in a question: by label, with typos, by part of a name, and by meaning."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import replace

from clew.kg.limits import MAX_LINK_CANDIDATES, MAX_NEAREST_LABELS
from clew.kg.time_limit import looking
from clew.retrieval.linking.common_words import common_words
from clew.retrieval.linking.evidence import OTHER_CASE, Casing, LinkEvidence
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.name_runs import NameRuns
from clew.retrieval.linking.partials import parts
from clew.retrieval.linking.types import Candidate, Hit, Mention
from clew.retrieval.linking.typos import misspellings
from clew.retrieval.linking.words import Word, folded_words
from clew.retrieval.vectors.label_index import EntityIndex
from clew.tries.labels.label_trie import LabelTrie, Match

MIN_SCORE = 0.4
"""Least score of a mention; below it lie single common words that happen to be some entity's label."""
RELATIVE_SCORE = 0.4
"""Least score relative to the best mention's."""
HALF_SURE = 0.5
"""A best mention below this lets the vector index have its say."""
MIN_COSINE = 0.6
PLACE = 0.9
"""Factor of a name that only places the one before it: the "Ohio" of "Cleveland, Ohio"."""
SYMBOL = 0.7
"""Strength of a name without a letter or digit ("!!!"), which counts only as it is written."""
SURNAME = 0.25
"""Least score of a part of a name that stands alone."""
SURNAME_BEARERS = 3
"""Labels that have the part: a word of more labels than that is no surname to go by."""
COMMON = 0.3
"""Least strength of a name made of common words."""
ASKING = frozenset(["how", "many", "most", "what", "which", "whose"])
"""Words before the noun that says what is asked for."""


class MentionFinder:
    """Finds the mentions of one graph's entities in questions."""

    def __init__(self, trie: LabelTrie, fuzzy: FuzzyIndex, evidence: LinkEvidence) -> None:
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
        if not kept:
            kept = _resolved(question, self._surnames(words, hits))[:1]
        if not kept and not self._names_something(question, words, casing):
            kept = _resolved(question, self._common(question, words))[:1]
        return [self._settled(mention, words) for mention in _specific_first(question, kept)]

    def _settled(self, mention: Mention, words: list[Word]) -> Mention:
        """Let the question's other words weigh between several bearers of a name."""
        if len(mention.candidates) == 1:
            return mention
        spoken = self._evidence.spoken([w.text for w in words if w.end <= mention.start or w.start >= mention.end])
        fitting = [replace(c, score=c.score * self._evidence.fit(c.node, spoken)) for c in mention.candidates]
        return replace(mention, candidates=ranked(fitting))

    def _exact(self, question: str, words: list[Word], casing: Casing) -> list[Hit]:
        hits = []
        for match in looking(self._trie.scan(question, nested=True)):
            span = [replace(w, start=w.start + match.start, end=w.end + match.start) for w in folded_words(match.text)]
            if not span:
                if _is_symbol_name(question, match):
                    hits += self._hits(match.start, match.end, match.nodes, SYMBOL, match.kind)
                continue
            if _cuts_word(question, match.start, match.end):
                continue
            strength = self._evidence.matched(question, words, span, match.kind, casing)
            factor = OTHER_CASE if match.kind == "case" and not casing.informative else 1.0
            hits += self._hits(match.start, match.end, match.nodes, strength, match.kind, factor)
        return hits

    def _surnames(self, words: list[Word], hits: list[Hit]) -> list[Hit]:
        """Parts of names that stand alone, for a question in which nothing else is a name: "where was obama born"."""
        content = [self._weights.is_content(word.text) for word in words]
        found = []
        for hit in looking(hits):
            if hit.candidate.how == "partial" and hit.candidate.score >= SURNAME:
                inside = [at for at, word in enumerate(words) if hit.start <= word.start and word.end <= hit.end]
                beside = [at for at in (inside[0] - 1, inside[-1] + 1) if 0 <= at < len(words)]
                bearers = min(self._fuzzy.word_frequency(words[at].text) for at in inside)
                if bearers <= SURNAME_BEARERS and not any(content[at] for at in beside):
                    found.append(hit)
        return found

    def _names_something(self, question: str, words: list[Word], casing: Casing) -> bool:
        """Whether a question in which no name was found has words that look like one all the same."""
        telling = [word for word in words if self._weights.is_content(word.text)]
        if casing.informative:
            return any(question[word.start].isupper() for word in telling if word is not words[0])
        return any(word.text not in common_words() for word in telling)

    def _common(self, question: str, words: list[Word]) -> list[Hit]:
        """Names made of common words, for a question in which nothing else is a name: "What is a subclass of tram?".

        The noun that says what is asked for ("which engineers") is none of them, and neither are function words,
        unless they are quoted or capitalised within the question.
        """
        hits = []
        for match in looking(self._trie.scan(question, nested=True)):
            span = [word for word in words if match.start <= word.start and word.end <= match.end]
            if not span or _cuts_word(question, match.start, match.end):
                continue
            if any(self._weights.is_content(word.text) for word in span):
                continue  # judged before
            before = [word.text for word in words if word.end <= match.start]
            strength = self._evidence.common(question, words, span)
            if strength >= COMMON and not (before and before[-1] in ASKING):
                hits += self._hits(match.start, match.end, match.nodes, strength, match.kind)
        return hits

    def _partial(self, question: str, words: list[Word], casing: Casing, exact: list[Hit]) -> list[Hit]:
        """Parts of names, but within no span that is a label as it stands."""
        labels = _Within((h.start, h.end) for h in exact if h.strength >= MIN_SCORE and h.candidate.how != "case")
        hits = []
        for part in looking(parts(words, self._fuzzy, self._weights)):
            span = words[part.first : part.last]
            start, end = span[0].start, span[-1].end
            if not labels.hold(start, end):
                strength = self._evidence.partial(question, words, span, self._fuzzy.text(part.label), casing)
                hits += self._hits(start, end, self._fuzzy.nodes(part.label), strength, "partial")
        return hits

    def _misspelled(self, question: str, words: list[Word], casing: Casing, exact: list[Hit]) -> list[Hit]:
        """Typos, but within no span that is a label as it stands."""
        labels = _Within((hit.start, hit.end) for hit in exact if hit.strength >= MIN_SCORE)
        hits = []
        for found in looking(misspellings(words, self._fuzzy, self._weights)):
            span = words[found.first : found.last]
            start, end = span[0].start, span[-1].end
            if labels.hold(start, end):
                continue
            name = self._fuzzy.text(found.label)
            score = self._evidence.misspelled(question, words, span, name, found.similarity, casing)
            nodes = self._fuzzy.nodes(found.label)
            if found.edits:
                nodes = [node for node in nodes if not self._evidence.is_acronym(node)]
            hits += self._hits(start, end, nodes, score, "typo" if found.edits else "case")
        return hits

    def _by_meaning(self, question: str, words: list[Word], entities: EntityIndex) -> list[Hit]:
        """The labels nearest to each run of content words."""
        runs = _runs([self._weights.is_content(word.text) for word in words])
        spans = [(words[first].start, words[last - 1].end, words[first:last]) for first, last in runs]
        nearest = (
            entities.nearest([question[start:end] for start, end, _ in spans], MAX_NEAREST_LABELS) if spans else []
        )
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


class _Within:
    """Spans, of which it is asked whether one holds another span."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        """Keep, for each start, the last end of the spans that begin there or before."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(set(spans)):
            self._starts.append(start)
            self._ends.append(max(end, self._ends[-1] if self._ends else 0))

    def hold(self, start: int, end: int) -> bool:
        """Return whether a span lies within one of them."""
        at = bisect(self._starts, start)
        return at > 0 and self._ends[at - 1] >= end


def _cuts_word(question: str, start: int, end: int) -> bool:
    """Whether a span begins or ends at the apostrophe within a word, a genitive's aside: the "s" or the "O" of
    "O'Clock's", not the "Alien" of "Alien's"."""
    begins = start >= 2 and question[start - 1] in "'’" and question[start - 2].isalnum()
    rest = question[end : end + 3]
    ends = len(rest) >= 2 and rest[0] in "'’" and rest[1].isalnum()
    return begins or (ends and not (rest[1] in "sS" and not rest[2:].isalnum()))


def _is_symbol_name(question: str, match: Match) -> bool:
    """Whether a match without letters or digits is a name as written, and not the question's punctuation."""
    if match.kind == "case" or (len(match.text) == 1 and match.text.isascii()):
        return False
    before, after = question[: match.start], question[match.end :]
    return (not before or before[-1].isspace()) and (not after or after[0].isspace() or not after.strip("?.! "))


def _resolved(question: str, hits: list[Hit]) -> list[Mention]:
    """Group hits by span and keep the spans that overlap no stronger one, best first."""
    spans: dict[tuple[int, int], list[Hit]] = {}
    taken: list[tuple[int, int]] = []  # ascending, none overlapping another
    for hit in looking(sorted(hits, key=lambda hit: (-hit.strength, hit.start - hit.end, hit.start))):
        span = (hit.start, hit.end)
        if span not in spans:
            at = bisect(taken, span)
            if (at and taken[at - 1][1] > hit.start) or (at < len(taken) and taken[at][0] < hit.end):
                continue
            taken.insert(at, span)
        spans.setdefault(span, []).append(hit)
    mentions = [
        Mention(start, end, question[start:end], ranked([hit.candidate for hit in found]))
        for (start, end), found in spans.items()
    ]
    return sorted(mentions, key=lambda mention: (-mention.candidates[0].score, mention.start))


def _specific_first(question: str, mentions: list[Mention]) -> list[Mention]:
    """Rank "Cleveland, Ohio" as the city: what follows a name after a comma says where it is."""
    ends = {mention.end for mention in mentions}
    placing = {
        mention.start
        for mention in mentions
        if question[mention.start - 2 : mention.start] == ", " and mention.start - 2 in ends
    }
    found = [
        replace(m, candidates=tuple(replace(c, score=c.score * PLACE) for c in m.candidates))
        if m.start in placing
        else m
        for m in mentions
    ]
    return sorted(found, key=lambda mention: (-mention.candidates[0].score, mention.start))


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
