"""Words that a program stands for though no token of it reads them.

A question says some things more than once ("which authors WROTE the most novels"), and names classes that everything
found is of: ``TYPE`` would change nothing there, so no program states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from clew.decoding.embedded.answer_type.lexical import is_person
from clew.decoding.programs.reading.alignment import ASSOCIATED, FORM, said_itself, similarity
from clew.decoding.programs.reading.anchors import CLASS_SURE, Named
from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.names import Name
from clew.decoding.programs.reading.question import NUMBER_COST, ones, union
from clew.decoding.programs.reading.search import Found
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import RELATIONAL, Op, Token

_CLASSES = frozenset([Op.CLS, Op.TYPE])
_NOTHING: Stack = ()


class Implied:
    """What the words of one question say again, or of everything that is found."""

    def __init__(self, algebra: Algebra, costs: TokenCosts) -> None:
        self._algebra, self._costs = algebra, costs
        self._machine = Machine(algebra, tuple(one.anchor for one in costs.anchors))
        classes = [one for one in costs.anchors if one.anchor.op is Op.CLS or one.classifies]
        self._classes = [one for one in classes if one.bits and one.cost <= CLASS_SURE]
        self._known: dict[tuple[int, NodeSet], bool] = {}

    def of(self, one: Found) -> int:
        """Return the words outside ``one.read`` that the program stands for all the same, as bits."""
        left = union(1 << i for i in self._costs.asked.left(one.read))
        if not left:
            return 0
        sets = list(self._sets(one.tokens))
        return self._said_again(one, sets, left & ~self._apart) | self._holding(sets, left)

    @cached_property
    def _apart(self) -> int:
        """The words that cannot say a relation again, as bits: names, numbers, and the cues of operators."""
        asked = self._costs.asked
        numbers = union(1 << i for i, cost in enumerate(asked.costs) if cost == NUMBER_COST)
        return asked.capitals | numbers | union(cue.bits for cue in self._costs.cues if cue.strong)

    def _said_again(self, one: Found, sets: Sequence[NodeSet], left: int) -> int:
        """Return words that say a relation or a class of the program, and no other relation better that leads on from
        anything that it comes by."""
        words = {word for name in self._names(one) for word in name.words}
        others = self._words_around(sets) - words
        found = 0
        for i in ones(left):
            text = self._costs.asked.texts[i]
            own = max((said_alone(word, text) for word in words), default=0.0)
            if own >= FORM or (own >= ASSOCIATED and not any(said_itself(word, text, 1.0) for word in others)):
                found |= 1 << i
        return found

    def _words_around(self, sets: Sequence[NodeSet]) -> set[str]:
        """Return the heads of the names of relations that lead on from what a program comes by."""
        names, around = self._costs.names, set[int]()
        for some in sets:
            around.update(self._algebra.relations(some).tolist())
        return {name.words[-1] for each in around for name in names.relations[each] if not name.reached}

    def _names(self, one: Found) -> Iterator[Name]:
        names, size = self._costs.names, self._algebra.graph.num_relations
        for token in one.tokens:
            if token.op in RELATIONAL and token.argument >= 0:
                for directed in (token.argument % size, token.argument % size + size):
                    yield from names.relations[directed]
            elif token.op in _CLASSES:
                yield from names.classes.get(self._costs.anchors[token.argument].anchor.node, ())

    def _holding(self, sets: Sequence[NodeSet], left: int) -> int:
        """Return words for classes that hold of all of a set that the program comes by: what is asked for first, of the
        result."""
        found = 0
        for known in (known for known in self._classes if known.bits & left):
            some = sets[-1:] if known.bits & self._costs.focus else sets
            if any(self._holds(known, each) for each in some):
                found |= known.bits & left
        return found

    def _sets(self, tokens: tuple[Token, ...]) -> Iterator[NodeSet]:
        stack = _NOTHING
        for token in tokens:
            stack = self._machine.step(stack, token)
            if stack[-1].is_set and token.op is not Op.ENT:
                yield stack[-1].nodes

    def _holds(self, known: Named, some: NodeSet) -> bool:
        key = (known.anchor.node, some)
        if key not in self._known:
            self._known[key] = bool(len(some)) and self._all(known, some)
        return self._known[key]

    def _all(self, known: Named, some: NodeSet) -> bool:
        algebra, node = self._algebra, known.anchor.node
        if known.anchor.op is Op.CLS:
            return len(algebra.typed(some, node)) == len(some)
        size, kind = algebra.graph.num_relations, algebra.entity(node)
        hops = (algebra.hop(kind, relation + size).nodes for relation in self._costs.names.classifying)
        return any(bool(np.isin(some.nodes, nodes).all()) for nodes in hops)


def said_alone(word: str, text: str) -> float:
    """Return how much a word of a question says one of a name by its form or by what it is known to mean: one that
    only goes with it, where that is what someone does, "wrote" and "author"."""
    said = said_itself(word, text, 1.0) or similarity(word, text, 0.0)
    return said if said > ASSOCIATED or is_person(word) else 0.0
