"""Wordings for each relation of a graph: patterns from its name, and from the lexicon if it contains the relation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clew.decoding.embedded.search.wording import readable
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords
from clew.kg.graph.graph import Graph
from clew.kg.terms.names import is_iri
from clew.training.own_graph.sampling.edges import EdgesByRelation
from clew.training.own_graph.sampling.plain_patterns import (
    ANYTHING,
    PREPOSITIONS,
    class_relation,
    plain_relation,
    plural,
)
from clew.training.synthetic.lexicon import Domain, EntityType, LexicalRelation

KNOWN_TOGETHER = 2
"""Relations of a graph that a domain must know before its wordings are borrowed where the graph tells no types, and
before a name that is only part of another counts: a lone ``country`` is in most domains."""
STEM = 6
"""Letters that words are compared by: ``director`` and ``directed`` are one, ``country`` and ``county`` are not."""
_EMPTY = frozenset((*PREPOSITIONS, "has", "have", "is", "was", "are", "were", "the", "a", "an", "and"))
_PATTERNS = (
    "forward_questions", "forward_phrases", "inverse_questions", "inverse_phrases", "sharing", "cosharing", "twice",
    "inverse_twice", "clauses", "inverse_clauses",
)  # fmt: skip

Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Match:
    """A relation of the lexicon that one of the graph's may be; ``exact``: their names have the same words."""

    relation: LexicalRelation
    exact: bool


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
        names = [_core(graph.relation_key(i), words.labels[i]) for i in range(size)]
        matches = _matches([stems(name) for name in names], domains)
        votes = Counter(name for found in matches for name in {m.relation.domain for m in found if m.exact})
        edges = EdgesByRelation(graph)
        self._typed = any(words.targets)
        self.relations: list[LexicalRelation] = []
        self.borrowed: list[bool] = []
        for i, name in enumerate(names):
            head, tail = words.targets[i + size], words.targets[i]
            tails = edges.ends(i, slice(1))[1]
            literal = bool(len(tails)) and graph.is_literal(int(tails[0]))
            plain = plain_relation(name, head, tail, literal)
            best = self._best(matches[i], votes, head, tail)
            if i == graph.type_relation:
                plain, best = class_relation(name), None
            self.relations.append(_merged(plain, best) if best else plain)
            self.borrowed.append(best is not None)
        for relation in self.relations:
            for end in (relation.head, relation.tail):
                self.types.setdefault(end, EntityType(end, (end,), (plural(end),)))

    def _best(self, matches: Sequence[_Match], votes: Counter[str], head: str, tail: str) -> LexicalRelation | None:
        """Return the lexicon's relation that fits best; none where types contradict, or too little speaks for it.

        In a graph with types, heads must be what the lexicon's heads are, for its wordings name them ("films by {x}").
        """
        scored = []
        alone = len({match.relation.domain for match in matches if match.exact}) == 1
        for match in matches:
            relation = match.relation
            if self._typed:
                known = bool(head) and self._fits(head, relation.head) and (not tail or self._fits(tail, relation.tail))
            else:
                known = votes[relation.domain] >= KNOWN_TOGETHER or (alone and match.exact)
            if known:
                scored.append((match.exact, votes[relation.domain], relation.domain, relation.labels, relation))
        return max(scored, key=lambda one: one[:-1])[-1] if scored else None

    def _fits(self, noun: str, type_name: str) -> bool:
        entity_type = self.types.get(type_name)
        names = (type_name, *(entity_type.nouns + entity_type.plurals if entity_type else ()))
        return noun in {readable(name) for name in names}


def stems(name: str) -> Stems:
    """Return the beginnings of a name's words, but for those that say nothing by themselves."""
    found = (word.removesuffix("s")[:STEM] for word in name.split() if word not in _EMPTY)
    return frozenset(found) or frozenset(name.split())


def _matches(names: Sequence[Stems], domains: Sequence[Domain]) -> list[list[_Match]]:
    """Return what each relation may be: what has the same words; else, in domains that know others, a part of them."""
    known = [
        (relation, {stems(readable(text)) for text in (*relation.labels, *relation.nouns)})
        for domain in domains
        for relation in domain.relations
    ]
    exact = [[_Match(relation, True) for relation, texts in known if name in texts] for name in names]
    votes = Counter(name for found in exact for name in {match.relation.domain for match in found})
    at_home = [pair for pair in known if votes[pair[0].domain] >= KNOWN_TOGETHER]
    return [
        found or [_Match(r, False) for r, texts in at_home if any(text < name for text in texts)]
        for name, found in zip(names, exact, strict=True)
    ]


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
