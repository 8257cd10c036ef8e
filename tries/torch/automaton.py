"""The graph automaton as fixed-shape torch operations: a step without host synchronisation, fit for a CUDA graph.

Same language and same tokens as ``GraphAutomaton``, whose index and conditions it takes over: hops, filters, simple
paths. Every row has ``slots`` elements, most of them empty; a row that would need more, or more looking ahead than
there is patience for, is killed and marked in ``overflow``, never narrowed silently: let the caller replay it on the
CPU. Duplicate tokens of a row are left in, since masking twice is masking once.

``clew.tries.torch.step`` captures the loop's whole step in a CUDA graph.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from clew.kg import limits
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.entities.kernels import ALIVE, COMPLETE, DEAD, DEPTH, HOP, STATUS, TRACE
from clew.tries.entities.states import GraphStates
from clew.tries.torch.index import TorchIndex
from clew.tries.torch.lookahead import any_completes
from clew.tries.torch.offer import NO_TOKEN, Offer, any_of, expanded
from clew.tries.torch.states import TorchStates


class TorchAutomaton(Constraint[TorchStates]):
    """A ``Constraint`` over a ``GraphAutomaton`` on any torch device.

    ``tokens``, ``best``, ``mask`` and ``step`` are for the decoding loop: fixed shapes, no synchronisation.
    ``allowed``, ``advance``, ``is_complete`` and ``paths`` are the port, and copy to the host.

    Args:
        automaton: the graph automaton, with its index and conditions.
        device: where the step runs.
        slots: most elements of a row.
        budget: most items that all rows of a step may look at together; memory and time of a step go with it. A row
            beyond it is masked wholly, and dead after the step, with ``overflow``.
        patience: where walks must be simple, most turns of the search that looks ahead for each item, likewise.
    """

    def __init__(
        self,
        automaton: GraphAutomaton,
        device: str | torch.device = "cpu",
        slots: int = 16,
        budget: int = 1 << 16,
        patience: int = limits.MAX_LOOKAHEAD_TURNS,
    ) -> None:
        self.automaton, self.slots, self.device = automaton, slots, torch.device(device)
        self.end_token, self.patience, self.simple = automaton.end_token, patience, automaton.simple
        self._separator = automaton.index.separator_token
        self._index = TorchIndex(automaton, self.device)
        self._budget = torch.arange(budget, device=self.device)
        self._slot = torch.arange(slots, device=self.device)

    # --- the decoding loop
    def tokens(self, states: TorchStates) -> tuple[Tensor, Tensor]:
        """Return the allowed tokens as (row, token), int64[budget + 2n] each, ``NO_TOKEN`` where there is none.

        The last 2n are the separators, then the end tokens, of the n rows. A row beyond the budget has none at all.
        """
        offer = self._offer(states)
        labels = torch.where(offer.goes_on & ~offer.undecided[offer.row], offer.token, NO_TOKEN)
        separator = torch.where(offer.separates & ~offer.undecided, self._separator, NO_TOKEN)
        end = torch.where(offer.ends & ~offer.undecided, self.end_token, NO_TOKEN)
        every = torch.arange(len(states), device=self.device)
        return torch.cat([offer.row, every, every]), torch.cat([labels, separator, end])

    def best(self, logits: Tensor, states: TorchStates) -> Tensor:
        """Return the allowed token of each row with the highest of its logits [n, vocab], the least of equal ones.

        ``NO_TOKEN`` for a row that allows nothing. Looks only at the logits of allowed tokens, so that the cost does
        not grow with the vocabulary.
        """
        row, token = self.tokens(states)
        inside = (token >= 0) & (token < logits.shape[1])
        score = torch.where(inside, logits[row, torch.where(inside, token, 0)].float(), float("-inf"))
        top = torch.full((len(states),), float("-inf"), device=self.device).scatter_reduce(0, row, score, "amax")
        none = torch.iinfo(torch.int64).max
        chosen = torch.where(inside & (score == top[row]), token, none)
        least = torch.full((len(states),), none, device=self.device).scatter_reduce(0, row, chosen, "amin")
        return torch.where(least == none, NO_TOKEN, least)

    def mask(self, logits: Tensor, states: TorchStates) -> Tensor:
        """Return logits [n, vocab] with every forbidden token at minus infinity (a dead row: all of them)."""
        rows, vocab = logits.shape
        if not rows:
            return logits
        row, token = self.tokens(states)
        at = row * (vocab + 1) + torch.where((token < 0) | (token >= vocab), vocab, token)
        wide = torch.zeros(rows * (vocab + 1), dtype=torch.bool, device=logits.device).index_fill(0, at, True)
        return logits.masked_fill(~wide.view(rows, vocab + 1)[:, :-1], float("-inf"))

    def step(self, states: TorchStates, tokens: Tensor) -> TorchStates:
        """Return each row after its token (int64[n]); a forbidden token kills the row."""
        rows, lo, hi = states.rows, states.lo, states.hi
        status, depth, hop = rows[:, STATUS], rows[:, DEPTH], rows[:, HOP]
        alive = (status == ALIVE) & (tokens >= 0)
        closes = (depth > 0) & ((tokens == self._separator) | (tokens == self.end_token))
        label_lo, label_hi, unsure = self._narrowed(states, tokens)
        items, ended, total, element = self._ended(lo, hi, depth)
        relation = ((lo < self._index.groups) & (lo < hi)).any(1)
        seen = states.seen.gather(1, element[:, :, None].expand(-1, -1, states.seen.shape[2]))
        opened, next_seen, completes, doubtful = self._opened(items, ended, relation, hop, seen)
        completes = closes & completes & (tokens == self.end_token) & alive
        separates = closes & (tokens == self._separator)
        looked_at = (hi - lo).sum(1).where(status == ALIVE, 0).cumsum(0)
        overflow = alive & ((closes & (total > self.slots)) | (looked_at > len(self._budget)))
        if self.simple and len(states):
            undecided = self._offer(states).undecided | torch.where(closes, doubtful, unsure)
            overflow = overflow | (status == ALIVE) & undecided
        new_lo = torch.where(separates[:, None], opened[0], torch.where(closes[:, None], 0, label_lo))
        new_hi = torch.where(separates[:, None], opened[1], torch.where(closes[:, None], 0, label_hi))
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
        new_seen = torch.where(separates[:, None, None], next_seen, states.seen)
        return TorchStates(torch.cat([changed, noted], 1), new_lo, new_hi, new_seen, states.overflow | overflow)

    # --- the port
    def start(self, entities: Sequence[int]) -> TorchStates:
        """Return one row per node, placed after its label; UnknownNode for an id outside the graph."""
        return self.from_states(self.automaton.start(entities))

    def from_states(self, states: GraphStates) -> TorchStates:
        """Return rows of the graph automaton on this device; those with too many elements are dead and marked."""
        return TorchStates.of(states, self.slots, self.device)

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
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        return self.step(states, torch.from_numpy(np.array(tokens, np.int64)).to(self.device))

    def is_complete(self, states: TorchStates) -> Bool:
        """Return, per row, whether it has spelled a whole path and the end token."""
        done: Bool = (states.rows[:, STATUS] == COMPLETE).cpu().numpy()
        return done

    def paths(self, states: TorchStates) -> list[list[SpelledPath]]:
        """Return, per complete row, every path of the graph that it spells."""
        rows = states.rows.cpu().numpy().astype(np.int32)
        none = np.empty((0, 2), np.int32)
        return self.automaton.paths(GraphStates.of(rows, np.zeros(len(rows) + 1, np.int64), none))

    # --- parts of a step
    def _offer(self, states: TorchStates) -> Offer:
        """Return what every row may say next."""
        index, row_of = self._index, expanded(states, self._budget, self.slots)
        row, items, there = row_of.row, row_of.items, row_of.there
        depth, hop = states.rows[row, DEPTH], states.rows[row, HOP]
        relation, seen = items < index.groups, states.seen[row, row_of.slot]
        there, unsure = self._taken(items, items + 1, there, torch.where(relation, hop + 1, hop), seen)
        token = index.token_at(items, depth)
        ended = there & (token < 0)
        place = index.place_of(items, there & ~relation)
        goes, doubtful = self._goes(place, ended & ~relation, hop, seen)
        return Offer(
            row,
            token,
            there & ~ended,
            any_of(ended & relation | goes, row_of.stop),
            any_of(ended & ~relation & index.may_end(place, hop), row_of.stop),
            any_of(unsure | doubtful, row_of.stop),
        )

    def _taken(
        self, first: Tensor, last: Tensor, asked: Tensor, arrival: Tensor, seen: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return (taken, undecided) for each range of items asked for: whether any of it may be taken."""
        taken = asked & self._index.any_live(first, last, arrival)
        if not self.simple:
            return taken, torch.zeros_like(taken)
        begin, end = self._index.targets(first, last)
        begin, end = torch.where(taken, begin, 0), torch.where(taken, end, 0)
        return self._searched(begin, end, seen, torch.where(taken, arrival, 1))

    def _goes(self, place: Tensor, asked: Tensor, hop: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return (goes, undecided): whether a path that is at each place asked for may go on."""
        index = self._index
        goes = asked & index.may_go(place, hop)
        if not self.simple:
            return goes, torch.zeros_like(goes)
        groups, after = index.node_ptr[place].long(), index.node_ptr[place + 1].long()
        begin = torch.where(goes, index.group_ptr[groups].long(), 0)
        end = torch.where(goes, index.group_ptr[after].long(), 0)
        return self._searched(begin, end, self._visited(seen, hop, place), torch.where(goes, hop + 1, 1))

    def _searched(self, begin: Tensor, end: Tensor, seen: Tensor, arrival: Tensor) -> tuple[Tensor, Tensor]:
        flat = (begin.flatten(), end.flatten(), seen.reshape(-1, seen.shape[-1]), arrival.expand_as(begin).flatten())
        found, undecided = any_completes(self._index, *flat, self.patience)
        return found.view(begin.shape), undecided.view(begin.shape)

    def _visited(self, seen: Tensor, hop: Tensor, place: Tensor) -> Tensor:
        """Return the places visited with the one that is reached after ``hop`` hops."""
        hops = torch.arange(seen.shape[-1], device=self.device)
        return torch.where(hops == hop[..., None], place[..., None], seen)

    def _narrowed(self, states: TorchStates, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return each element narrowed to a label token, empty where it has none that may be taken, and per row whether
        that is undecided."""
        index, depth, hop = self._index, states.rows[:, DEPTH, None], states.rows[:, HOP, None]
        first = index.bound(states.lo, states.hi, depth, tokens[:, None])
        last = index.bound(first, states.hi, depth, tokens[:, None] + 1)
        arrival = torch.where(first < index.groups, hop + 1, hop)
        taken, undecided = self._taken(first, last, first < last, arrival, states.seen)
        return torch.where(taken, first, 0), torch.where(taken, last, 0), undecided.any(1)

    def _ended(self, lo: Tensor, hi: Tensor, depth: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the items whose label has ended, packed into the slots, which slots hold one, their number, and the
        element each is of."""
        size = self._index.bound(lo, hi, depth[:, None], torch.zeros_like(depth)[:, None]) - lo
        stop = size.cumsum(1)
        element = (self._slot[None, :, None] >= stop[:, None, :]).sum(2)
        inside = element < self.slots
        element = element.clamp(max=self.slots - 1)
        items = lo.gather(1, element) + self._slot - (stop - size).gather(1, element)
        return torch.where(inside, items, 0), inside, stop[:, -1], element

    def _opened(
        self, items: Tensor, ended: Tensor, relation: Tensor, hop: Tensor, seen: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor, Tensor]:
        """Return the elements after the separator with what they visited, whether a row may end here instead, and
        whether that is undecided."""
        index, relation, hop = self._index, relation[:, None], hop[:, None]
        ended, unsure = self._taken(items, items + 1, ended, torch.where(relation, hop + 1, hop), seen)
        group = torch.where(relation & ended, items, 0).clamp(max=max(index.groups - 1, 0))
        place = index.place_of(items, ended & ~relation)
        goes, doubtful = self._goes(place, ended & ~relation, hop, seen)
        goes = goes | ended & relation
        lo = torch.where(goes, torch.where(relation, index.group_ptr[group].long(), index.node_ptr[place].long()), 0)
        hi = torch.where(
            goes, torch.where(relation, index.group_ptr[group + 1].long(), index.node_ptr[place + 1].long()), 0
        )
        ends = (ended & ~relation & index.may_end(place, hop)).any(1)
        visited = torch.where(relation[..., None], seen, self._visited(seen, hop, place))
        return self._distinct(lo, hi), visited, ends, (unsure | doubtful).any(1)

    def _distinct(self, lo: Tensor, hi: Tensor) -> tuple[Tensor, Tensor]:
        """Return distinct ranges, ascending; where walks must be simple, all as they are: each has a history."""
        if self.simple:
            return lo, hi
        lo, hi = lo.sort(1)[0], hi.sort(1)[0]
        again = torch.zeros_like(lo, dtype=torch.bool)
        again[:, 1:] = (lo[:, 1:] == lo[:, :-1]) & (hi[:, 1:] == hi[:, :-1])
        return torch.where(again, 0, lo), torch.where(again, 0, hi)

    def _noted(self, rows: Tensor, items: Tensor, closed: Tensor, relation: Tensor, hop: Tensor) -> Tensor:
        """Return the traces with the class of each label that has just ended."""
        column = torch.where(closed, torch.where(relation, 2 * hop, 2 * hop - 1), 0)[:, None]
        trace = rows[:, TRACE:]
        klass = self._index.klass[self._index.item[items[:, 0]].long()].long()[:, None]
        return trace.scatter(1, column, torch.where(closed[:, None], klass, trace.gather(1, column)))
