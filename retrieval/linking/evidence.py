"""The strength of a match between words of a question and a label, in (0, 1].

``strength = e / (e + 0.5)`` with ``e = quality x weight``, then raised towards 1 where the asker marked the words as a
name; a node's score is the strength times the node's prior.

* *quality*: as written 1, alternative label 0.95, other case or accents 0.75 (nearly 1 in a question whose capitals
  say nothing), a typo the less, the more of the name is wrong;
* *weight*: summed over the words, so long and rare beats short and common;
* *marks*: quotation marks, or capitals amid lower case;
* *prior*: 0.95 to 1 by degree; less for classes, literals and nodes without edges, and slightly less for a node that
  has none of the relations which the question seems to speak of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.kg.graph.graph import Graph
from clew.retrieval.linking.priors import Priors
from clew.retrieval.linking.word_weights import FUNCTION_WORDS, WordWeights
from clew.retrieval.linking.words import Word

QUALITY = {"exact": 1.0, "alternative": 0.95, "case": 0.75, "typo": 0.9, "partial": 0.8, "embedding": 0.6}
OTHER_CASE = 0.98
"""Factor of another case where the question's capitals say nothing: what was typed is still a little likelier."""
PHRASE = 0.1
"""Weight per word beyond two: three common words in a row ("Out of Time") are hardly a label by chance."""
HALF = 0.5
"""Evidence at which strength is one half; one rare word weighs up to 1."""
CAPITALISED = 0.6
QUOTED = 0.3
"""What remains of the doubt (1 - strength) about words capitalised amid lower case, or in quotation marks."""
ACRONYM = 6
"""Letters of the longest acronym."""
LOWER_CASE_NAME = 0.8
"""A misspelled name in lower case amid a question that does use capitals is doubtful."""
UNRELATED_PRIOR = 0.97
QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "'": "'", "‘": "’"}


@dataclass(frozen=True, slots=True)
class Casing:
    """Whether a question's capitals tell names from other words: it has capitalised words and others, the first one
    aside ("WHO DIRECTED ALIEN" and "who directed alien" have no such contrast)."""

    informative: bool

    @classmethod
    def of(cls, question: str, words: Sequence[Word]) -> Casing:
        """Look at the first letters of all words but the first."""
        initials = [question[word.start] for word in words[1:]]
        return cls(any(c.isupper() for c in initials) and any(c.islower() for c in initials))


class LinkEvidence:
    """Scores matches over one graph."""

    def __init__(self, graph: Graph, weights: WordWeights, priors: Priors) -> None:
        self.weights = weights
        self._graph, self._priors = graph, priors

    def is_literal(self, node: int) -> bool:
        """Whether a node is a literal."""
        return node >= self._graph.num_entities

    def is_acronym(self, node: int) -> bool:
        """Whether a node's label is one short word in capitals: a letter more or less makes another acronym of it."""
        label = self._graph.label(node)
        return len(label) <= ACRONYM and label.isalpha() and label.isupper()

    def prior(self, node: int, how: str) -> float:
        """Return how likely a node is to be asked about, in (0, 1], before anything is read. Who goes by a part of a
        name ("Spielberg") is mostly who is best known, so popularity counts for more there."""
        fame = 0.7 + 0.3 * self._priors.popularity(node) if how == "partial" else 1.0
        return self._priors.prior(node) * fame

    def fit(self, node: int, spoken: frozenset[int]) -> float:
        """Return ``UNRELATED_PRIOR`` for a node that has none of the relations spoken of (if any are), else 1."""
        if not spoken or any(int(r) % self._graph.num_relations in spoken for r in self._graph.relations_of(node)):
            return 1.0
        return UNRELATED_PRIOR

    def spoken(self, words: Sequence[str]) -> frozenset[int]:
        """Return the (undirected) relations whose label shares a stem with any of the words."""
        return frozenset().union(*(self.weights.relations(word) for word in words))

    def matched(self, question: str, words: Sequence[Word], span: Sequence[Word], kind: str, casing: Casing) -> float:
        """Return the strength of a label that stands in the question, but for case and accents."""
        quality = QUALITY[kind] if casing.informative or kind != "case" else 1.0
        weight = self.weights.total(word.text for word in span) + PHRASE * max(0, len(span) - 2)
        evidence = quality * weight
        share = 1.0 if kind == "case" else 0.0  # written as the label is, "Italy national football team" is a name
        return marked(
            question, words, span, evidence, casing.informative and _capitalised(question, words, span, share)
        )

    def common(self, question: str, words: Sequence[Word], span: Sequence[Word]) -> float:
        """Return the strength of a label made of common words, where no other name is in the question: 0 for function
        words that nothing marks as a name."""
        marks = _quoted(question, span) or _capitalised(question, words, span, 1.0, grammar=True)
        told = [word.text for word in span if marks or not self.weights.is_function(word.text)]
        return _strength(sum(self.weights.rarity(word) for word in told)) if told else 0.0

    def misspelled(
        self, question: str, words: Sequence[Word], span: Sequence[Word], name: str, similarity: float, casing: Casing
    ) -> float:
        """Return the strength of a folded label that the span spells with typos."""
        weight = (self.weights.total(word.text for word in span) + self.weights.total(name.split())) / 2
        capitals = casing.informative and _capitalised(question, words, span, 0.5)
        doubt = LOWER_CASE_NAME if casing.informative and not capitals else 1.0
        return marked(question, words, span, QUALITY["typo"] * similarity**2 * weight * doubt, capitals)

    def partial(self, question: str, words: Sequence[Word], span: Sequence[Word], name: str, casing: Casing) -> float:
        """Return the strength of a folded label of which the span is a part: "Spielberg", "Godfather"."""
        weight = self.weights.total(word.text for word in span)
        share = weight / max(self.weights.total(name.split()), weight)
        capitals = casing.informative and _capitalised(question, words, span, 1.0)
        doubt = LOWER_CASE_NAME if casing.informative and not capitals else 1.0
        return marked(question, words, span, QUALITY["partial"] * share * weight * doubt, capitals)

    def meant(self, span: Sequence[Word], cosine: float) -> float:
        """Return the strength of a label that is near the span in meaning."""
        return _strength(QUALITY["embedding"] * cosine * self.weights.total(word.text for word in span))


def marked(question: str, words: Sequence[Word], span: Sequence[Word], evidence: float, capitalised: bool) -> float:
    """Return the strength of evidence about a span, raised where quotation marks or capitals mark it as a name."""
    quoted = _quoted(question, span)
    return 1 - (1 - _strength(evidence)) * (QUOTED if quoted else CAPITALISED if capitalised else 1.0)


def _quoted(question: str, span: Sequence[Word]) -> bool:
    start, end = span[0].start, span[-1].end
    before, after = question[max(start - 1, 0) : start], question[end : end + 1]
    return before in QUOTES and QUOTES[before] == after


def _strength(evidence: float) -> float:
    return evidence / (evidence + HALF)


def _capitalised(
    question: str, words: Sequence[Word], span: Sequence[Word], share: float, grammar: bool = False
) -> bool:
    """Whether that share of the span's words, and one at least, have a capital or begin with a digit; the word that
    begins the question aside, and function words too unless ``grammar``."""
    telling = [
        question[w.start : w.end]
        for w in span
        if w.start != words[0].start and (grammar or w.text not in FUNCTION_WORDS)
    ]
    marks = [not text.islower() or text[0].isdigit() for text in telling]
    return any(marks) and sum(marks) >= share * len(marks)
