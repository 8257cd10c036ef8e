"""The ways to ask for each relation of a graph: patterns from its name, and the lexicon's where it knows the relation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process

from decoding.embedded.vocabulary import RelationWords
from decoding.embedded.wording import readable
from kg.graph import Graph
from kg.names import is_iri
from training.lexicon import Domain, EntityType, LexicalRelation
from training.own_graph.plain_patterns import ANYTHING, plain_relation, plural

ALIKE = 92.0
"""Least similarity (per cent, words in any order) at which a label is taken for one of the lexicon's: a plural or a
letter apart. Below it are names that share a word and mean something else (``birth date``, ``birth place``)."""
KNOWN_TOGETHER = 2
"""Relations of a graph that a domain must know before its wordings are borrowed where the graph tells no types: a lone
``country`` is in most domains."""
_PATTERNS = (
    "forward_questions", "forward_phrases", "inverse_questions", "inverse_phrases", "sharing", "cosharing", "clauses",
    "inverse_clauses",
)  # fmt: skip


class Wordings:
    """A lexical relation for each of a graph's R relations, and the types that their ends name.

    ``borrowed[i]``: whether relation i has wordings of the lexicon beside those made from its name.
    """

    def __init__(self, graph: Graph, words: RelationWords, domains: Sequence[Domain]) -> None:
        size = graph.num_relations
        self.types: dict[str, EntityType] = {}
        for domain in domains:
            for name, entity_type in domain.types.items():
                self.types.setdefault(name, entity_type)
        known = _known_labels(domains)
        matches = [_matches(label, known) for label in words.labels[:size]]
        votes = Counter(domain for found in matches for domain in {relation.domain for relation in found})
        self.relations: list[LexicalRelation] = []
        self.borrowed: list[bool] = []
        for i in range(size):
            head, tail = words.targets[i + size], words.targets[i]
            plain = plain_relation(_core(graph.relation_key(i), words.labels[i]), head, tail, _is_literal(graph, i))
            best = self._best(matches[i], votes, head, tail)
            self.relations.append(_merged(plain, best) if best else plain)
            self.borrowed.append(best is not None)
        for relation in self.relations:
            for end in (relation.head, relation.tail):
                self.types.setdefault(end, EntityType(end, (end,), (plural(end),)))

    def _best(
        self, matches: Sequence[LexicalRelation], votes: Counter[str], head: str, tail: str
    ) -> LexicalRelation | None:
        """Return the lexicon's relation that fits best; none where the types contradict, or too little speaks for it."""
        scored = []
        for relation in matches:
            fits = [self._fits(noun, end) for noun, end in ((head, relation.head), (tail, relation.tail)) if noun]
            if fits and not any(fits):
                continue
            together = votes[relation.domain] >= KNOWN_TOGETHER or len({m.domain for m in matches}) == 1
            if any(fits) or together:
                scored.append((sum(fits), votes[relation.domain], relation.domain, relation.labels, relation))
        return max(scored, key=lambda one: one[:-1])[-1] if scored else None

    def _fits(self, noun: str, type_name: str) -> bool:
        entity_type = self.types.get(type_name)
        names = (type_name, *(entity_type.nouns + entity_type.plurals if entity_type else ()))
        return noun in {readable(name) for name in names}


def _known_labels(domains: Sequence[Domain]) -> dict[str, list[LexicalRelation]]:
    known: dict[str, list[LexicalRelation]] = {}
    for domain in domains:
        for relation in domain.relations:
            for label in sorted({readable(label) for label in relation.labels}):
                known.setdefault(label, []).append(relation)
    return known


def _matches(label: str, known: dict[str, list[LexicalRelation]]) -> list[LexicalRelation]:
    """Return the lexicon's relations of this name; else those of the most similar name, if it is alike."""
    if label in known:
        return known[label]
    found = process.extractOne(label, known.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE)
    return known[found[0]] if found else []


def _merged(plain: LexicalRelation, known: LexicalRelation) -> LexicalRelation:
    """Return a relation with the patterns of both; ends that the graph does not tell are named as in the lexicon."""
    patterns = {key: getattr(known, key) + getattr(plain, key) for key in _PATTERNS}
    return LexicalRelation(
        known.domain,
        known.head if plain.head == ANYTHING else plain.head,
        known.tail if plain.tail == ANYTHING else plain.tail,
        plain.labels,
        known.nouns or plain.nouns,
        **patterns,
        tail_literal=plain.tail_literal or known.tail_literal,
    )


def _core(key: str, label: str) -> str:
    """Return what a path-like key ends with (Freebase's ``/people/person/place_of_birth``), else the label."""
    if is_iri(key) or not any(mark in key.strip("/.") for mark in "/."):
        return label
    return readable(key.rstrip("/.").replace("/", ".").rsplit(".", 1)[1]) or label


def _is_literal(graph: Graph, relation: int) -> bool:
    """Return whether a relation's first tail is a literal."""
    rows = np.flatnonzero(np.asarray(graph.out.relation) == relation)
    return bool(len(rows)) and graph.is_literal(int(graph.out.node[rows[0]]))
