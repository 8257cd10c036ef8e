"""Whether what a program finds is of the class that the question asks for."""

from __future__ import annotations

from clew.decoding.programs.reading.costs.costs import TokenCosts
from clew.decoding.programs.reading.search import Found
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.outcome import Number, Table
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op

SURE = 0.3
"""Cost up to which words name a class."""
_NOTHING: Stack = ()


class AskedClass:
    """The classes, and the entities that classify, by which one question calls what it asks for."""

    def __init__(self, algebra: Algebra, costs: TokenCosts) -> None:
        self._algebra, self._value = algebra, costs.value_asked
        self._anchors = tuple(one.anchor for one in costs.anchors)
        named = [one for one in costs.anchors if one.bits & costs.focus and one.cost <= SURE]
        self._classes = [one.anchor.node for one in named if one.anchor.op is Op.CLS]
        self._kinds = [one.anchor.node for one in named if one.classifies]
        self._classifying = costs.names.classifying

    def missed(self, one: Found) -> float:
        """Return the share, from 0 to 1, of what a program finds or counts that is of none of them; 0 where the
        question names none; 1 where things are found and a value of theirs is asked for: "the least depth of locks"."""
        if one.top.is_set and self._asks_for_value(one):
            return 1.0
        some = self._found(one)
        if not (self._classes or self._kinds) or some is None or not len(some):
            return 0.0
        algebra, size = self._algebra, self._algebra.graph.num_relations
        kept = set[int]()
        for node in self._classes:
            kept |= set(algebra.typed(some, node).nodes.tolist())
        for node in self._kinds:
            kind = algebra.entity(node)
            for relation in self._classifying:
                kept |= set(algebra.both(some, algebra.hop(kind, relation + size)).nodes.tolist())
        return 1 - len(kept) / len(some)

    def _asks_for_value(self, one: Found) -> bool:
        """Return whether what is asked for is the value by which a program chooses, and not what it finds."""
        read = zip(one.tokens, one.claims, strict=True)
        chosen = {token.argument for token, bits in read if token.op is Op.ARG and bits & self._value}
        last = one.tokens[-1]
        return bool(chosen) and not (last.op is Op.HOP and last.argument in chosen)

    def _found(self, one: Found) -> NodeSet | None:
        match one.top.value:
            case NodeSet() as some:
                return some
            case Table() as table:
                return table.rows if table.columns else None
            case Number() if one.tokens[-1].op is Op.COUNT:
                machine, stack = Machine(self._algebra, self._anchors), _NOTHING
                for token in one.tokens[:-1]:
                    stack = machine.step(stack, token)
                return stack[-1].nodes if stack[-1].is_set else None
        return None
