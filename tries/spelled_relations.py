"""The constraint at relation-path granularity, spelled token by token: ``-> relation -> relation ..``, for a causal LM.

Which relations may follow is the relation automaton's; this spells their labels with the token index. A position is a
node of a trie that is grown as far as rows go: the labels of the relations that may follow a prefix, below each prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kg.errors import BadInput, StaleIndex
from tries.composition import ragged
from tries.constraint import Allowed, Bool, Int32, Int64, SpelledPath
from tries.relation_automaton import RelationAutomaton, RelationStates
from tries.token_index import TokenIndex

DEAD = -1


@dataclass(frozen=True, slots=True)
class SpellingStates:
    """Rows: the trie node each stands at (-1 when dead) and whether it took the end token."""

    node: Int64
    ended: Bool

    def __len__(self) -> int:
        return len(self.node)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.node[rows], self.ended[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(np.concatenate([self.node, other.node]), np.concatenate([self.ended, other.ended]))


@dataclass(slots=True)
class _Node:
    """A position: relations whose label goes on at ``depth`` (with the prefix each would give), and the prefixes whose
    label ends here; several where relations share a label."""

    depth: int
    going: list[tuple[Int32, int]]
    done: list[int]
    children: dict[int, int] | None = None
    ends: bool = False


class SpelledRelationAutomaton:
    """The relation paths of a ``RelationAutomaton`` as token strings; a ``Constraint``.

    The topic's label stands before the string. Not safe for use by two threads at once: make one per question.

    Args:
        index: the token index of the automaton's graph.
        relations: which relation paths there are: hops, forbidden relations, whether the topic may be revisited.
        end_token: the token that closes a path; it may stand in no label.

    Raises:
        BadInput: an end token that labels hold, or inverse relations without an index that has them.
        StaleIndex: the index is of another graph.
    """

    def __init__(self, index: TokenIndex, relations: RelationAutomaton, end_token: int) -> None:
        if index.content_hash != relations.graph.content_hash:
            raise StaleIndex("the token index is of another graph than the relation automaton")
        if end_token < 0 or bool(np.any(index.tokens == end_token)):
            raise BadInput(f"the end token {end_token} stands in a label or is negative; choose another")
        self.index, self.relations, self.end_token = index, relations, end_token
        self._nodes: list[_Node] = []
        self._roots: dict[int, int] = {}

    def start(self, entities: Sequence[int]) -> SpellingStates:
        """Return one row per topic, placed after its label; UnknownNode for an id outside the graph."""
        prefixes = self.relations.start(entities).prefix.tolist()
        for prefix in prefixes:
            if prefix not in self._roots:
                self._roots[prefix] = self._add(_Node(0, [], [prefix]))
        nodes = np.array([self._roots[prefix] for prefix in prefixes], np.int64)
        return SpellingStates(nodes, np.zeros(len(nodes), np.bool_))

    def allowed(self, states: SpellingStates) -> Allowed:
        """Return the allowed next tokens of each row, ascending, then the end token where the path may end."""
        rows = []
        for node, ended in zip(states.node.tolist(), states.ended.tolist(), strict=True):
            tokens = sorted(self._children(node)) if node >= 0 and not ended else []
            closing = [self.end_token] if node >= 0 and not ended and self._ends(node) else []
            rows.append(np.array([*tokens, *closing], np.int32))
        return ragged(rows)

    def advance(self, states: SpellingStates, tokens: Int32) -> SpellingStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        nodes, ended = np.full(len(states), DEAD, np.int64), np.zeros(len(states), np.bool_)
        for i, (node, token) in enumerate(zip(states.node.tolist(), np.asarray(tokens).tolist(), strict=True)):
            if node < 0 or states.ended[i]:
                continue
            if token == self.end_token:
                ended[i] = self._ends(node)
                nodes[i] = node if ended[i] else DEAD
            else:
                nodes[i] = self._children(node).get(token, DEAD)
        return SpellingStates(nodes, ended)

    def is_complete(self, states: SpellingStates) -> Bool:
        """Return, per row, whether it took the end token."""
        return states.ended.copy()

    def paths(self, states: SpellingStates) -> list[list[SpelledPath]]:
        """Return, per complete row, every relation path that its tokens spell."""
        found: list[list[SpelledPath]] = []
        for node, ended in zip(states.node.tolist(), states.ended.tolist(), strict=True):
            done = self._prefixes(self._nodes[node].done) if ended else self._prefixes([])
            closed = self.relations.advance(done, np.full(len(done), self.relations.end_token, np.int32))
            found.append([path for paths in self.relations.paths(closed) for path in paths])
        return found

    def _add(self, node: _Node) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _prefixes(self, prefixes: Sequence[int]) -> RelationStates:
        return RelationStates(np.array(prefixes, np.int64), np.zeros(len(prefixes), np.bool_))

    def _ends(self, node: int) -> bool:
        self._children(node)
        return self._nodes[node].ends

    def _children(self, at: int) -> dict[int, int]:
        """Return the children of a node by token, growing them when first asked for."""
        node = self._nodes[at]
        if node.children is not None:
            return node.children
        by_token: dict[int, tuple[list[tuple[Int32, int]], list[int]]] = {}
        for tokens, prefix in node.going:
            going, done = by_token.setdefault(int(tokens[node.depth]), ([], []))
            if len(tokens) > node.depth + 1:
                going.append((tokens, prefix))
            else:
                done.append(prefix)
        node.children = {token: self._add(_Node(node.depth + 1, *parts)) for token, parts in by_token.items()}
        following = self._following(node)
        if following:
            child = _Node(0, following, [])
            node.children |= self._children(self._add(child))
        return node.children

    def _following(self, node: _Node) -> list[tuple[Int32, int]]:
        """Return the relations that may follow a label that has ended, each with the prefix it gives."""
        done = self._prefixes(node.done)
        allowed = self.relations.allowed(done)
        ending = allowed.token_ids == self.relations.end_token
        node.ends = bool(ending.any())
        rows, relations = allowed.rows()[~ending], allowed.token_ids[~ending]
        if len(relations) and int(relations.max()) >= self.index.num_directed:
            raise BadInput("the token index has no inverse relations; build it with them, or forbid them")
        grown = self.relations.advance(done.take(rows), relations).prefix.tolist()
        return [(self.index.relation_tokens(int(r)), prefix) for r, prefix in zip(relations, grown, strict=True)]
