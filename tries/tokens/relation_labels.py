"""The labels of a graph's directed relations in a tokenizer's tokens: all that relation paths need of a token index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from clew.kg.graph.graph import Graph
from clew.tries.tokens.label_classes import self_test, spell
from clew.tries.tokens.spelling import Spelling
from clew.tries.tokens.tokenize import as_tokenize


@dataclass(frozen=True)
class RelationSpelling:
    """The token sequence of each directed relation, ``tokens[r]`` for r in ``[0, 2R)``, the separator at its head.

    special_ids: the tokenizer's control tokens; none stands in ``tokens``.
    content_hash: of the graph that it spells.
    """

    spelling: Spelling
    tokens: tuple[tuple[int, ...], ...]
    special_ids: frozenset[int]
    content_hash: str

    @classmethod
    def of(cls, graph: Graph, tokenizer: Any) -> Self:
        """Spell a graph's directed relations, and test the spelling as ``TokenIndex.build`` does.

        Raises:
            BadInput: no separator fits the tokenizer and the labels, or tok(whole) differs from concat(tok(parts)).
        """
        tokenize = as_tokenize(tokenizer)
        labels = [graph.relation_label(r) for r in range(2 * graph.num_relations)]
        spelling, _ = spell(labels, tokenize)
        self_test(labels, spelling, tokenize)
        tokens = spelling.encoded_parts(tokenize, [spelling.escape(label) for label in labels])
        return cls(spelling, tuple(map(tuple, tokens)), tokenize.special_ids, graph.content_hash)
