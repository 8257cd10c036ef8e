"""What a match of a label in a question is worth, in (0, 1].

``score = kind x salience x prior``, then raised towards 1 where the asker marked the words as a name:

* *kind*: as written 1, alternative label 0.95, other case or accents 0.75 (but 1 in a question without capitals,
  where case says nothing), a typo less the more of the name is wrong;
* *salience* ``w / (w + 0.5)`` of the summed word weights w: long and rare beats short and common;
* *prior*: 0.95 to 1 by degree; less for classes, literals and nodes without edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg.graph import Graph
from retrieval.word_weights import WordWeights, classes
from retrieval.words import Word

KIND = {"exact": 1.0, "alternative": 0.95, "case": 0.75, "typo": 0.9, "embedding": 0.6}
HALF = 0.5
"""Word weight at which salience is one half; one rare word weighs up to 1."""
CAPITALISED = 0.6
QUOTED = 0.3
"""What remains of the doubt (1 - score) about words that are capitalised amid lower case, or in quotation marks."""
LOWER_CASE_NAME = 0.8
"""A misspelled name in lower case amid a question that does use capitals is doubtful."""
CLASS_PRIOR, LITERAL_PRIOR, ISOLATED_PRIOR = 0.7, 0.85, 0.5
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


class Evidence:
    """Scores matches over one graph."""

    def __init__(self, graph: Graph, weights: WordWeights) -> None:
        self.weights = weights
        degree = np.diff(graph.out.ptr) + np.diff(graph.inc.ptr)
        prior = 0.95 + 0.05 * np.log1p(degree) / max(float(np.log1p(degree.max(initial=0))), 1.0)
        prior[graph.num_entities :] *= LITERAL_PRIOR
        prior[classes(graph)] *= CLASS_PRIOR
        prior[degree == 0] *= ISOLATED_PRIOR
        self._prior = prior.astype(np.float32)

    def prior(self, node: int) -> float:
        """Return how likely a node is to be asked about, in (0, 1], before anything is read."""
        return float(self._prior[node])

    def salience(self, words: Sequence[str]) -> float:
        """Return how much folded words tell, in (0, 1)."""
        weight = self.weights.total(words)
        return weight / (weight + HALF)

    def matched(self, question: str, words: Sequence[Word], span: Sequence[Word], kind: str, casing: Casing) -> float:
        """Return the score, the node's prior aside, of a label found in the question but for case and accents."""
        factor = KIND[kind] if casing.informative or kind != "case" else 1.0
        score = factor * self.salience([word.text for word in span])
        return marked(question, words, span, score, casing)

    def misspelled(
        self, question: str, words: Sequence[Word], span: Sequence[Word], name: str, similarity: float, casing: Casing
    ) -> float:
        """Return the score, the node's prior aside, of a folded label that the span spells with typos."""
        salience = min(self.salience([word.text for word in span]), self.salience(name.split()))
        score = KIND["typo"] * similarity**2 * salience
        if casing.informative and not any(_upper(question, word) for word in span):
            score *= LOWER_CASE_NAME
        return marked(question, words, span, score, casing)


def marked(question: str, words: Sequence[Word], span: Sequence[Word], score: float, casing: Casing) -> float:
    """Raise a score where the asker's quotation marks or capitals mark the span as a name."""
    start, end = span[0].start, span[-1].end
    before, after = question[start - 1 : start], question[end : end + 1]
    if before in QUOTES and after and QUOTES[before] == after:
        return 1 - QUOTED * (1 - score)
    ends = [word for word in (span[0], span[-1]) if word is not words[0]]
    if casing.informative and ends and all(_upper(question, word) for word in ends):
        return 1 - CAPITALISED * (1 - score)
    return score


def _upper(question: str, word: Word) -> bool:
    first = question[word.start]
    return first.isupper() or first.isdigit()
