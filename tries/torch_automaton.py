"""The graph automaton as fixed-shape torch operations: a step without host synchronisation, fit for a CUDA graph.

Same language and same tokens as ``GraphAutomaton``, whose index and conditions it takes over. Every row has ``slots``
elements, most of them empty; a row that would need more is killed and marked in ``overflow``, never narrowed silently:
let the caller replay it on the CPU. Duplicate tokens of a row are left in, since masking twice is masking once.

Walks that must be simple are not offered here: their look-ahead is a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg.errors import BadInput
from tries.constraint import Allowed, Bool, Int32, Int64, SpelledPath
from tries.graph_automaton import GraphAutomaton
from tries.graph_kernels import ALIVE, COMPLETE, DEAD, DEPTH, HOP, STATUS, TRACE
from tries.graph_states import GraphStates

NO_TOKEN = -1


@dataclass(frozen=True, slots=True)
class TorchStates:
    """n rows: ``rows`` int64[n, 4 + 2 * max_hops] as in ``GraphStates``; ``lo``, ``hi`` int64[n, slots], empty where
    equal; ``overflow`` bool[n], whether the row died for want of slots."""

    rows: Tensor
    lo: Tensor
    hi: Tensor
    overflow: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Int64 | Tensor) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        at = torch.as_tensor(rows, dtype=torch.int64, device=self.rows.device)
        return type(self)(self.rows[at], self.lo[at], self.hi[at], self.overflow[at])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in ("rows", "lo", "hi", "overflow"))
        return type(self)(*(torch.cat(pair) for pair in pairs))


class TorchAutomaton:
    """A ``Constraint`` over a ``GraphAutomaton`` on any torch device.

    ``tokens``, ``mask`` and ``step`` are for the decoding loop: fixed shapes, no synchronisation. ``allowed``,
    ``advance``, ``is_complete`` and ``paths`` are the port, and copy to the host.

    Args:
        automaton: the graph automaton, with its index and conditions.
        device: where the step runs.
        slots: most elements of a row.
        budget: most items that all rows of a step may look at together; memory and time of a step go with it. A row
            beyond it is masked wholly, and dead after the step, with ``overflow``.

    Raises:
        BadInput: the automaton demands simple paths.
    """

    def __init__(
        self, automaton: GraphAutomaton, device: str | torch.device = "cpu", slots: int = 16, budget: int = 1 << 16
    ) -> None:
        if automaton.simple:
            raise BadInput("the torch automaton has no simple paths; use the graph automaton itself")
        self.automaton, self.slots, self.device = automaton, slots, torch.device(device)
        self.end_token = automaton.end_token
        index = automaton.index
        place = self._placed
        # each array has one entry more, so that what a masked-out slot reads is there even in an empty graph
        self._item, self._klass, self._tokens = place(index.item), place(index.klass), place(index.tokens)
        self._group_ptr, self._node_ptr = place(index.group_ptr), place(index.node_ptr)
        self._onward = place(index.onward)
        self._groups, self._directed = index.num_groups, index.num_directed
        self._longest = int(max(np.diff(index.group_ptr).max(initial=0), np.diff(index.node_ptr).max(initial=0), 1))
        self._budget = torch.arange(budget, device=self.device)
        self._slot = torch.arange(slots, device=self.device)
        self._filtered = automaton.filtered
        if self._filtered:
            bits = automaton.bits
            self._item_live, self._goes, self._ends = place(bits.item_live), place(bits.goes), place(bits.ends)
            hops = np.arange(automaton.max_hops + 2)[:, None]
            counts = np.cumsum((bits.item_live[None] >> hops) & 1, axis=1, dtype=np.int32)
            before = np.concatenate([np.zeros((len(hops), 1), np.int32), counts], axis=1)
            self._live_before = torch.from_numpy(before).to(self.device)

    def _placed(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.append(array, array[-1:] if len(array) else np.zeros(1, array.dtype))).to(
            self.device
        )

    # --- the decoding loop
    def tokens(self, states: TorchStates) -> tuple[Tensor, Tensor]:
        """Return the allowed tokens as (row, token), int64[budget + 2n] each, ``NO_TOKEN`` where there is none.

        The last 2n are the separators, then the end tokens, of the n rows. A row beyond the budget has none at all.
        """
        row, items, there = self._expanded(states)
        depth, hop = states.rows[row, DEPTH], states.rows[row, HOP]
        relation = items < self._groups
        there = there & self._is_live(items, torch.where(relation, hop + 1, hop))
        token = self._token_at(items, depth)
        ended = there & (token < 0)
        place = torch.where(there & ~relation, self._item[items].long() - self._directed, 0)
        separates = self._any(row, ended & (relation | self._may_go(place, hop)), len(states))
        finishes = self._any(row, ended & ~relation & self._may_end(place, hop), len(states))
        labels = torch.where(there & ~ended, token, NO_TOKEN)
        separator = torch.where(separates, self.automaton.index.separator_token, NO_TOKEN)
        end = torch.where(finishes, self.end_token, NO_TOKEN)
        every = torch.arange(len(states), device=self.device)
        return torch.cat([row, every, every]), torch.cat([labels, separator, end])

    def mask(self, logits: Tensor, states: TorchStates) -> Tensor:
        """Return logits [n, vocab] with every forbidden token at minus infinity (a dead row: all of them)."""
        if not len(states):
            return logits
        row, token = self.tokens(states)
        wide = torch.zeros(len(logits), logits.shape[1] + 1, dtype=torch.bool, device=logits.device)
        wide[row, torch.where(token < 0, logits.shape[1], token)] = True
        return logits.masked_fill(~wide[:, :-1], float("-inf"))

    def step(self, states: TorchStates, tokens: Tensor) -> TorchStates:
        """Return each row after its token (int64[n]); a forbidden token kills the row."""
        rows, lo, hi = states.rows, states.lo, states.hi
        status, depth, hop = rows[:, STATUS], rows[:, DEPTH], rows[:, HOP]
        alive = (status == ALIVE) & (tokens >= 0)
        separator = self.automaton.index.separator_token
        closes = (depth > 0) & ((tokens == separator) | (tokens == self.end_token))
        label_lo, label_hi = self._narrowed(lo, hi, depth, hop, tokens)
        items, ended, total = self._ended(lo, hi, depth)
        relation = ((lo < self._groups) & (lo < hi)).any(1)
        next_lo, next_hi, completes = self._opened(items, ended, relation, hop)
        completes = closes & completes & (tokens == self.end_token) & alive
        separates = closes & (tokens == separator)
        looked_at = (hi - lo).sum(1).where(status == ALIVE, 0).cumsum(0)
        overflow = alive & ((closes & (total > self.slots)) | (looked_at > len(self._budget)))
        new_lo = torch.where(separates[:, None], next_lo, torch.where(closes[:, None], 0, label_lo))
        new_hi = torch.where(separates[:, None], next_hi, torch.where(closes[:, None], 0, label_hi))
        lives = alive & ~overflow & (new_lo < new_hi).any(1)
        new_lo, new_hi = torch.where(lives[:, None], new_lo, 0), torch.where(lives[:, None], new_hi, 0)
        new_status = torch.where(completes & ~overflow, COMPLETE, torch.where(lives, ALIVE, DEAD))
        noted = self._noted(rows, items, closes & ended.any(1), relation, hop)
        changed = torch.stack(
            [
                new_status, rows[:, 1], torch.where(closes, 1, depth + 1),
                torch.where(separates & relation, hop + 1, hop),
            ], 1,
        )  # fmt: skip
        return TorchStates(torch.cat([changed, noted], 1), new_lo, new_hi, states.overflow | overflow)

    # --- the port
    def start(self, entities: Sequence[int]) -> TorchStates:
        """Return one row per node, placed after its label; UnknownNode for an id outside the graph."""
        return self.from_states(self.automaton.start(entities))

    def from_states(self, states: GraphStates) -> TorchStates:
        """Return rows of the graph automaton on this device; those with too many elements are dead and marked."""
        lo, hi = np.zeros((2, len(states), self.slots), np.int64)
        rows, size = states.rows.astype(np.int64), np.diff(states.elem_ptr)
        for b in np.flatnonzero(size <= self.slots):
            elements = states.elems[states.elem_ptr[b] : states.elem_ptr[b + 1]]
            lo[b, : len(elements)], hi[b, : len(elements)] = elements[:, 0], elements[:, 1]
        rows[size > self.slots, STATUS] = DEAD
        return TorchStates(*(torch.from_numpy(array).to(self.device) for array in (rows, lo, hi, size > self.slots)))

    def allowed(self, states: TorchStates) -> Allowed:
        """Return the allowed next tokens of each row, in the graph automaton's order."""
        if not len(states):
            return Allowed(np.zeros(1, np.int64), np.empty(0, np.int32))
        row, token = (part.cpu().numpy() for part in self.tokens(states))
        order = np.concatenate([np.zeros(len(row) - 2 * len(states), np.int64), np.repeat([1, 2], len(states))])
        columns = np.unique(np.stack([row, order, token])[:, token >= 0], axis=1)  # by row, label before special, token
        row_ptr = np.searchsorted(columns[0], np.arange(len(states) + 1)).astype(np.int64)
        return Allowed(row_ptr, columns[2].astype(np.int32))

    def advance(self, states: TorchStates, tokens: Int32) -> TorchStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        return self.step(states, torch.from_numpy(np.array(tokens, np.int64)).to(self.device))

    def is_complete(self, states: TorchStates) -> Bool:
        """Return, per row, whether it has spelled a whole path and the end token."""
        done: Bool = (states.rows[:, STATUS] == COMPLETE).cpu().numpy()
        return done

    def paths(self, states: TorchStates) -> list[list[SpelledPath]]:
        """Return, per complete row, every path of the graph that it spells."""
        rows = states.rows.cpu().numpy().astype(np.int32)
        none = np.empty((0, 2), np.int32)
        return self.automaton.paths(GraphStates(rows, np.zeros(len(rows) + 1, np.int64), none))

    # --- parts of a step
    def _expanded(self, states: TorchStates) -> tuple[Tensor, Tensor, Tensor]:
        """Return (row, item, whether it is there), int64[budget]: every item of every row, one after another."""
        size = torch.where((states.rows[:, STATUS] == ALIVE)[:, None], states.hi - states.lo, 0).flatten()
        stop = size.cumsum(0)
        element = torch.searchsorted(stop, self._budget, right=True).clamp(max=len(stop) - 1)
        row = element // self.slots
        items = states.lo.flatten()[element] + self._budget - (stop - size)[element]
        fits = stop[self.slots - 1 :: self.slots] <= len(self._budget)
        there = (self._budget < stop[-1]) & fits[row]
        return row, torch.where(there, items, 0), there

    def _any(self, row: Tensor, flags: Tensor, rows: int) -> Tensor:
        """Return, per row, whether any of its flags is set."""
        return torch.zeros(rows, dtype=torch.int64, device=self.device).index_add_(0, row, flags.long()) > 0

    def _token_at(self, items: Tensor, depth: Tensor) -> Tensor:
        """Return the token of each item's label at a depth, -1 where the label has ended."""
        at = self._klass[self._item[items].long()].long() + depth
        return self._tokens[at.clamp(max=len(self._tokens) - 1)].long()

    def _bound(self, lo: Tensor, hi: Tensor, depth: Tensor, token: Tensor) -> Tensor:
        """Return the first item of each ``[lo, hi)`` whose token at this depth is at least ``token``."""
        for _ in range(self._longest.bit_length()):
            open_ = lo < hi
            middle = torch.where(open_, (lo + hi) >> 1, 0)
            less = self._token_at(middle, torch.where(open_, depth, 0)) < token
            lo, hi = torch.where(open_ & less, middle + 1, lo), torch.where(open_ & ~less, middle, hi)
        return lo

    def _is_live(self, items: Tensor, arrival: Tensor) -> Tensor:
        if not self._filtered:
            return torch.ones_like(items, dtype=torch.bool)
        return ((self._item_live[items].long() >> arrival) & 1).bool()

    def _may_go(self, place: Tensor, hop: Tensor) -> Tensor:
        goes = (hop < self.automaton.max_hops) & self._onward[place]
        return goes & ((self._goes[place].long() >> hop) & 1).bool() if self._filtered else goes

    def _may_end(self, place: Tensor, hop: Tensor) -> Tensor:
        ends = (hop >= self.automaton.min_hops).expand_as(place)
        return ends & ((self._ends[place].long() >> hop) & 1).bool() if self._filtered else ends

    def _narrowed(self, lo: Tensor, hi: Tensor, depth: Tensor, hop: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return each element narrowed to a label token; empty where it has none, or none that is live."""
        first = self._bound(lo, hi, depth[:, None], tokens[:, None])
        last = self._bound(first, hi, depth[:, None], tokens[:, None] + 1)
        taken = first < last
        if self._filtered:
            arrival = torch.where(first < self._groups, hop[:, None] + 1, hop[:, None])
            taken = taken & (self._live_before[arrival, last] > self._live_before[arrival, first])
        return torch.where(taken, first, 0), torch.where(taken, last, 0)

    def _ended(self, lo: Tensor, hi: Tensor, depth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the items whose label has ended, packed into the slots, which slots hold one, and their number."""
        size = self._bound(lo, hi, depth[:, None], torch.zeros_like(depth)[:, None]) - lo
        stop = size.cumsum(1)
        element = (self._slot[None, :, None] >= stop[:, None, :]).sum(2)
        inside = element < self.slots
        element = element.clamp(max=self.slots - 1)
        items = lo.gather(1, element) + self._slot - (stop - size).gather(1, element)
        return torch.where(inside, items, 0), inside, stop[:, -1]

    def _opened(self, items: Tensor, ended: Tensor, relation: Tensor, hop: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the elements after the separator, and whether a row may end here instead."""
        relation = relation[:, None]
        ended = ended & self._is_live(items, torch.where(relation, hop[:, None] + 1, hop[:, None]))
        group = torch.where(relation & ended, items, 0).clamp(max=max(self._groups - 1, 0))
        place = torch.where(ended & ~relation, self._item[items].long() - self._directed, 0)
        goes = ended & (relation | self._may_go(place, hop[:, None]))
        lo = torch.where(relation, self._group_ptr[group].long(), self._node_ptr[place].long())
        hi = torch.where(relation, self._group_ptr[group + 1].long(), self._node_ptr[place + 1].long())
        lo, hi = torch.where(goes, lo, 0).sort(1)[0], torch.where(goes, hi, 0).sort(1)[0]
        again = torch.zeros_like(goes)
        again[:, 1:] = (lo[:, 1:] == lo[:, :-1]) & (hi[:, 1:] == hi[:, :-1])
        ends = (ended & ~relation & self._may_end(place, hop[:, None])).any(1)
        return torch.where(again, 0, lo), torch.where(again, 0, hi), ends

    def _noted(self, rows: Tensor, items: Tensor, closed: Tensor, relation: Tensor, hop: Tensor) -> Tensor:
        """Return the traces with the class of each label that has just ended."""
        column = torch.where(closed, torch.where(relation, 2 * hop, 2 * hop - 1), 0)[:, None]
        trace = rows[:, TRACE:]
        klass = self._klass[self._item[items[:, 0]].long()].long()[:, None]
        return trace.scatter(1, column, torch.where(closed[:, None], klass, trace.gather(1, column)))
