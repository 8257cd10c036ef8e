"""The constraint over programs: which token may come next so that only programs that can be run are spelled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clew.tries.constraint import Int32
from clew.tries.prefix_tree import DEAD, PrefixStates, PrefixTree
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.grammar import Grammar, ProgramBounds, ProgramState
from clew.tries.programs.machine import Machine, Operand
from clew.tries.programs.tokens import Anchor, Op, ProgramTokens, Token


class ProgramAutomaton(PrefixTree):
    """Programs over a graph and the anchors of a question; a ``Constraint``.

    A row starts at an anchor (its number): an entity or a class. A program is in the language if every prefix of it can
    be run, leaves something and changes the stack (see ``Grammar``); no token leads to a dead end. Nothing is
    enumerated: each prefix keeps its stack, and equal sets are one.

    Time of a new prefix: linear in the edges of the set on top. Not safe for use by two threads at once: make one per
    question.
    """

    def __init__(self, algebra: Algebra, anchors: Sequence[Anchor], bounds: ProgramBounds | None = None) -> None:
        self.vocabulary = ProgramTokens(algebra.graph.num_relations, anchors)
        self.grammar = Grammar(Machine(algebra, self.vocabulary.anchors), self.vocabulary, bounds or ProgramBounds())
        super().__init__(end_token=self.vocabulary.start(Op.STOP))
        self._known_progress: list[ProgramState | None] = []
        self._leads: dict[int, bool] = {}

    @property
    def truncated(self) -> bool:
        """Whether any set met so far was cut: programs may be missing, none is wrong."""
        return any(
            item.is_set and item.nodes.cut for progress in self._known_progress if progress for item in progress.stack
        )

    def program(self, states: PrefixStates, row: int) -> tuple[Token, ...]:
        """Return the tokens of a row, ``STOP`` left out; the row must not be dead."""
        prefix = self._alive_prefix(states, row)
        root = Token(self.vocabulary.anchors[self._root[prefix]].op, self._root[prefix])
        return (root, *(self.vocabulary[token] for token in self._spelled(prefix)))

    def result(self, states: PrefixStates, row: int) -> Operand:
        """Return what lies on top of a row's stack; the row must not be dead."""
        return self._progress(self._alive_prefix(states, row)).stack[-1]

    def _begin(self, root: int) -> None:
        anchors = self.vocabulary.anchors
        if not 0 <= root < len(anchors) or anchors[root].op is Op.LIT:
            raise ValueError(f"no anchor {root} names a set")

    def _added(self, prefix: int) -> None:
        self._known_progress.append(None)

    def _progress(self, prefix: int) -> ProgramState:
        known = self._known_progress[prefix]
        if known is None:
            parent, token = self._parent[prefix], self._token[prefix]
            if parent == DEAD:
                root = Token(self.vocabulary.anchors[token].op, token)
                known = self.grammar.after(ProgramState(), root)
            else:
                known = self.grammar.after(self._progress(parent), self.vocabulary[token])
            self._known_progress[prefix] = known
        return known

    def _after(self, prefix: int) -> Int32:
        tokens = self.grammar.tokens(self._progress(prefix))
        return np.array(sorted(token for token in tokens if self._leads_on(prefix, token)), np.int32)

    def _leads_on(self, prefix: int, token: int) -> bool:
        """Return whether a token that can be run leads to a whole program."""
        if token == self.end_token or self.grammar.completes(self._progress(prefix), self.vocabulary[token]):
            return True
        return self._completes(self._child(prefix, token))

    def _completes(self, prefix: int) -> bool:
        known = self._leads.get(prefix)
        if known is None:
            parts = self.grammar.parts(self._progress(prefix))
            known = self._leads[prefix] = any(self._leads_on(prefix, token) for part in parts for token in part)
        return known
