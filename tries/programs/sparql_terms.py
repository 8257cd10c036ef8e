"""``SparqlTerms``: the terms, paths, variables and values of a query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from clew.kg.errors import BadInput
from clew.kg.graph.export import term_of
from clew.kg.graph.graph import Graph
from clew.tries.programs.scales import Marks, Scale, scales_of
from clew.tries.programs.tokens import Anchor, Token
from clew.tries.programs.values import AttributeValues


@dataclass
class SparqlTerms:
    """What a query over one graph is written with."""

    graph: Graph
    values: AttributeValues | None
    anchors: tuple[Anchor, ...]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def _named(self, token: Token) -> str:
        return self._term(self.anchors[token.argument].node)

    def _lexical(self, anchor: int) -> str:
        literal = self.anchors[anchor].literal
        assert literal is not None
        return literal.lexical

    def _term(self, node: int) -> str:
        key = self.graph.key(node)
        if key.startswith("_:"):
            raise BadInput("a node without a name has no words in SPARQL")
        return term_of(key)

    def _path(self, directed: int) -> str:
        iri = term_of(self.graph.relation_key(directed))
        return f"^{iri}" if directed >= self.graph.num_relations else iri

    def _scale(self, token: Token) -> Scale:
        return self._scales((token.argument,))[0]

    def _scales(self, attributes: Sequence[int], whole: bool = False) -> list[Scale]:
        assert self.values is not None
        return scales_of(self.graph, self.values, attributes, whole)

    def _new(self) -> str:
        return f"?v{next(self._numbers)}"

    def _marks(self) -> Marks:
        return Marks(*(self._new() for _ in range(4)))

    def _values(self, scale: Scale, attribute: int, x: str) -> tuple[str, Marks, str]:
        """Return the variables of a value of ``x`` and of its places, and the pattern that binds them."""
        v, at = self._new(), self._marks()
        return v, at, f"{x} {self._path(attribute)} {v} . {scale.bind(v, at)}"
