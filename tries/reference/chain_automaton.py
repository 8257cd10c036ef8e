r"""Well-formed chains: each new triple grows from any entity named so far, so chains branch.

After DoG (Li et al., 2024, "Decoding on Graphs: Faithful and Sound Reasoning on Knowledge Graphs through Generation of
Well-Formed Chains", arXiv 2410.18415): a chain of triples is well formed if each triple's head is an entity
of the question or of an earlier triple. Each triple is written on a line of its own behind its number::

    1. -> head -> relation -> tail
    2. -> head -> relation -> tail

Departures: inverse relations let a triple be entered by its tail; a triple is held to the graph itself, where DoG holds
it to a subgraph retrieved before.
Free text between triples is a switch; a triple is never free.

Bookkeeping is per hypothesis, in Python; the labels of heads, relations and tails go through the graph automaton, all
rows in one call. A row whose labels several nodes share carries every chain that it may stand for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from clew.kg.errors import BadInput
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.entities.states import GraphStates
from clew.tries.reference.composition import ragged
from clew.tries.tokens.token_index import TokenIndex

Triple = tuple[int, int, int]
Chain = tuple[int, tuple[Triple, ...]]
"""The node a row started from, and its triples (head, directed relation, tail)."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The tokens around triples. ``numbers[i]`` opens triple i + 1; ``line_end`` closes each triple.

    ``line_end`` may stand in no label and ``numbers[i][0]`` not in the free text; labels never hold a line break.
    """

    numbers: tuple[tuple[int, ...], ...]
    line_end: int
    end: int


@dataclass(frozen=True)
class ChainRow:
    """One hypothesis: its possible chains, and where it stands.

    ``marked``: tokens of the current number taken, -1 between lines. ``head``: tokens of the head's label taken, once
    the number is complete; None after it. ``free``: free tokens since the last triple. ``inner``: one row of the
    one-hop automaton for each node that the head may be.
    """

    chains: tuple[Chain, ...] = ()
    marked: int = -1
    head: tuple[int, ...] | None = None
    free: int = 0
    inner: GraphStates | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ChainStates:
    """Rows of a chain automaton."""

    rows: tuple[ChainRow, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(tuple(self.rows[i] for i in rows))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(self.rows + other.rows)


class ChainAutomaton(Constraint[ChainStates]):
    """Chains of ``min_triples .. max_triples`` triples; a ``Constraint``.

    ``paths`` gives each triple of each chain as a path of one hop; ``chains`` gives the chains.

    Args:
        index: the token index.
        marks: the tokens around triples; at least ``max_triples`` numbers.
        max_triples: most triples.
        min_triples: fewest triples.
        also: further entities of the question, open in every row.
        free: token ids that free text after a triple may use; empty to have none.
        max_free: most free tokens after a triple.

    Raises:
        BadInput: bounds out of order, too few numbers, or marks that cannot be told apart.
    """

    def __init__(
        self,
        index: TokenIndex,
        marks: Marks,
        max_triples: int,
        min_triples: int = 1,
        also: Sequence[int] = (),
        free: Sequence[int] = (),
        max_free: int = 0,
    ) -> None:
        if not 1 <= min_triples <= max_triples <= len(marks.numbers) or not all(marks.numbers) or max_free < 0:
            raise BadInput(f"chains need 1 <= min <= max <= {len(marks.numbers)} numbered triples, none unnumbered")
        openers = {number[0] for number in marks.numbers}
        if marks.end in openers or marks.end == marks.line_end:
            raise BadInput("the end token is also a number or the end of a line: they could not be told apart")
        self.index, self.marks, self.end_token = index, marks, marks.end
        self.max_triples, self.min_triples, self.also = max_triples, min_triples, tuple(also)
        self.free, self.max_free = frozenset(free) - openers - {marks.end}, max_free
        self.hop = GraphAutomaton(index, marks.line_end, 1)

    def start(self, entities: Sequence[int]) -> ChainStates:
        """Return one row per node, before its first triple."""
        self.hop.start([*entities, *self.also])  # refuses nodes outside the graph
        return ChainStates(tuple(ChainRow(((int(entity), ()),)) for entity in entities))

    def allowed(self, states: ChainStates) -> Allowed:
        """Return the allowed next tokens of each row, ascending."""
        inner = [row.inner for row in states.rows if row.inner is not None]
        found = iter(self._allowed_inside(inner))
        rows = [self._allowed_outside(row) if row.inner is None else next(found) for row in states.rows]
        return ragged([np.array(sorted(tokens), np.int32) for tokens in rows])

    def advance(self, states: ChainStates, tokens: Int32) -> ChainStates:
        """Return each row after its token; a forbidden token kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        allowed = self.allowed(states)
        taken = [int(t) if t in allowed.row(i) else -1 for i, t in enumerate(np.asarray(tokens))]
        busy = [i for i, row in enumerate(states.rows) if row.inner is not None and taken[i] >= 0]
        moved = dict(
            zip(busy, self._advance_inside([states.rows[i] for i in busy], [taken[i] for i in busy]), strict=True)
        )
        rows = (
            ChainRow() if token < 0 else moved[i] if i in moved else self._advance_outside(row, token)
            for i, (row, token) in enumerate(zip(states.rows, taken, strict=True))
        )  # fmt: skip
        return ChainStates(tuple(rows))

    def is_complete(self, states: ChainStates) -> Bool:
        """Return, per row, whether it has closed a chain with the end token."""
        return np.array([row.ended for row in states.rows], np.bool_)

    def chains(self, states: ChainStates) -> list[list[tuple[Triple, ...]]]:
        """Return, per complete row, every chain that its tokens spell."""
        return [sorted({triples for _, triples in row.chains}) if row.ended else [] for row in states.rows]

    def paths(self, states: ChainStates) -> list[list[SpelledPath]]:
        """Return, per complete row, the triples of all its chains as paths of one hop."""
        return [
            [SpelledPath((h, t), (r,)) for h, r, t in sorted({triple for chain in chains for triple in chain})]
            for chains in self.chains(states)
        ]

    # --- between triples, and while a head is named
    def _open(self, chain: Chain) -> set[int]:
        """Return the nodes that the next triple may start from."""
        start, triples = chain
        return {start, *self.also, *(node for h, _, t in triples for node in (h, t))}

    def _heads(self, row: ChainRow) -> list[int]:
        """Return the open nodes that have edges, whose label begins with the head's tokens so far."""
        index, taken = self.index, list(row.head or ())
        nodes = sorted({node for chain in row.chains for node in self._open(chain)})
        place = index.place[nodes]
        some = index.node_ptr[place] < index.node_ptr[place + 1]
        labelled = [(node, index.node_tokens(node)) for node in np.array(nodes)[some].tolist()]
        return [node for node, tokens in labelled if tokens[: len(taken)].tolist() == taken]

    def _allowed_outside(self, row: ChainRow) -> set[int]:
        if not row.chains or row.ended:
            return set()
        done = len(row.chains[0][1])
        if row.head is not None:
            nodes = self._heads(row)
            depth = len(row.head)
            sequences = [self.index.node_tokens(node).tolist() for node in nodes]
            onward = {tokens[depth] for tokens in sequences if len(tokens) > depth}
            return onward | (
                {self.index.separator_token} if any(len(tokens) == depth for tokens in sequences) else set()
            )
        if row.marked >= 0:
            return {self.marks.numbers[done][row.marked]}
        tokens = {self.end_token} if done >= self.min_triples else set()
        if done < self.max_triples and self._heads(replace(row, head=())):
            tokens.add(self.marks.numbers[done][0])
            tokens |= self.free if done and row.free < self.max_free else set()
        return tokens

    def _advance_outside(self, row: ChainRow, token: int) -> ChainRow:
        """Return a row after an allowed token outside a triple's relation and tail."""
        done = len(row.chains[0][1])
        if row.head is not None:
            if token != self.index.separator_token or not row.head:
                return replace(row, head=(*row.head, token))
            nodes = [node for node in self._heads(row) if len(self.index.node_tokens(node)) == len(row.head)]
            states = self.hop.start(nodes)
            inner = self.hop.advance(states, np.full(len(states), token, np.int32))
            return replace(row, head=None, inner=inner)
        if row.marked < 0 and token == self.end_token:
            return replace(row, ended=True)
        if row.marked < 0 and token != self.marks.numbers[done][0]:
            return replace(row, free=row.free + 1)
        marked = max(row.marked, 0) + 1
        if marked < len(self.marks.numbers[done]):
            return replace(row, marked=marked)
        return replace(row, marked=-1, head=())

    # --- while a relation and a tail are named
    def _allowed_inside(self, inner: Sequence[GraphStates]) -> list[set[int]]:
        """Return the tokens that any of each row's heads allows, in one call for all rows."""
        if not inner:
            return []
        joined = inner[0]
        for states in inner[1:]:
            joined = joined.append(states)
        allowed, ends = self.hop.allowed(joined), np.cumsum([len(states) for states in inner])
        return [
            set(allowed.token_ids[allowed.row_ptr[end - len(states)] : allowed.row_ptr[end]].tolist())
            for states, end in zip(inner, ends, strict=True)
        ]

    def _advance_inside(self, rows: Sequence[ChainRow], tokens: Sequence[int]) -> list[ChainRow]:
        """Return rows after an allowed token of a relation, a tail or a line's end."""
        moved = []
        for row, token in zip(rows, tokens, strict=True):
            assert row.inner is not None
            inner = self.hop.advance(row.inner, np.full(len(row.inner), token, np.int32))
            if token == self.marks.line_end:
                spelled = [path for paths in self.hop.paths(inner) for path in paths]
                moved.append(ChainRow(self._grown(row.chains, spelled)))
            else:
                alive = np.flatnonzero(np.diff(inner.elem_ptr) > 0)
                moved.append(replace(row, inner=inner.take(alive)))
        return moved

    def _grown(self, chains: Sequence[Chain], spelled: Sequence[SpelledPath]) -> tuple[Chain, ...]:
        """Return each chain grown by each triple that starts from a node it has open."""
        grown = [
            (start, (*triples, (path.nodes[0], path.relations[0], path.nodes[1])))
            for start, triples in chains
            for path in spelled
            if path.nodes[0] in self._open((start, triples))
        ]
        return tuple(dict.fromkeys(grown))
